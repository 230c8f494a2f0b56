"""The way to Stenomatic over RTMPS: ffmpeg makes AAC in FLV of the sound, and we publish it.

Ffmpeg never learns the address: whoever may look at the list of processes could read it there.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from typing import Final, Self

from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE, Frame
from appliance.vendors.contract import ConfigurationFault, Lost, Order, Stream, Words
from appliance.vendors.stenomatic import flv
from appliance.vendors.stenomatic.api import stream_url
from appliance.vendors.stenomatic.config import StenomaticAccount, StenomaticOptions
from appliance.vendors.stenomatic.rtmp import REFUSED, Publisher, Target
from appliance.vendors.transport import CLOSING, OPENING, UNVERIFIED, unreachable

FROZEN: Final = 4.0
"""Seconds in which the server must have taken something of what it was sent."""

LOOKS: Final = 0.25
"""Seconds between two looks at that, and at whether there is sound."""

QUIET: Final = 0.5
"""Seconds without sound after which silence is sent instead."""

ENDING: Final = 5.0
"""Seconds that ffmpeg and the server may take for the end."""

BEHIND: Final = 32 * 1024
"""Bytes, a few seconds of sound, that may wait for the server; beyond that sending waits."""

_PIECE: Final = 16 * 1024

_NO_FFMPEG: Final = "The way over RTMPS needs ffmpeg on this machine: install it with apt install ffmpeg."
_ENCODER: Final = "The sound could not be encoded; if this stays so, install ffmpeg again."
_GONE: Final = "The connection to Stenomatic's stream server was lost."
_STUCK: Final = "Stenomatic's stream server takes no sound any more."

_SOUND: Final = "-f s16le -ar 16000 -ac 1 -probesize 32 -analyzeduration 0 -i pipe:0"
_BLACK: Final = "-f lavfi -i color=black:s=320x180:r=5"
_AAC: Final = "-c:a aac -b:a 64k -ar 44100 -ac 1"
_H264: Final = "-c:v libx264 -preset ultrafast -tune zerolatency -g 10 -pix_fmt yuv420p -shortest"
_FLV: Final = "-flush_packets 1 -flvflags no_duration_filesize -f flv pipe:1"

_TAKEN: Final = struct.Struct("=120xQ")
"""Of Linux's ``tcp_info``: bytes that the server's machine has acknowledged."""


class RtmpsStream(Stream):
    """One encoder and one connection. No words come back: they are read on Stenomatic's page."""

    def __init__(self, encoder: asyncio.subprocess.Process, line: "_Line") -> None:
        assert encoder.stdin
        assert encoder.stdout
        self._encoder = encoder
        self._sound = encoder.stdin
        self._encoded = encoder.stdout
        self._line = line
        self._clock = asyncio.get_running_loop().time
        self._began = self._clock()
        self._given = 0.0
        self._finished = self._closed = False

    @classmethod
    async def open(cls, account: StenomaticAccount, order: Order[StenomaticOptions]) -> Self:
        """Ask for a fresh address, connect, and wait until the server takes the stream."""
        ffmpeg = shutil.which("ffmpeg")
        if ffmpeg is None:
            raise ConfigurationFault(_NO_FFMPEG)
        line = await _Line.open(await stream_url(account, order))
        try:
            return cls(await _encoder(ffmpeg, video=order.options.video == "black"), line)
        except BaseException:
            line.abort()
            raise

    async def send(self, frame: Frame) -> None:
        """Hand over one frame; waits while ffmpeg or the server is some seconds behind."""
        self._given += len(frame.pcm) / SAMPLE_BYTES / SAMPLE_RATE
        try:
            self._sound.write(frame.pcm)
            await self._sound.drain()
        except (ConnectionError, RuntimeError):
            raise Lost(_GONE if self._closed else _ENCODER) from None

    async def __aiter__(self) -> AsyncIterator[Words]:
        """Nothing, until all that was sent is out."""
        work = (self._carry(), self._line.listen(), self._stay_fed(), self._line.stay_alive())
        tasks = [asyncio.create_task(each) for each in work]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if not self._closed:
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        nothing: tuple[Words, ...] = ()
        for words in nothing:
            yield words

    async def finish(self) -> None:
        """Say that no more sound comes; ffmpeg gives the rest, and the server is told that it is over."""
        self._finished = True
        self._sound.close()

    async def close(self) -> None:
        """Kill ffmpeg and break the connection."""
        self._finished = self._closed = True
        # Not Popen.kill(): it reaps a child that has just gone from under asyncio's own waiting for it.
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._encoder.pid, signal.SIGKILL)
        self._sound.close()
        self._line.abort()
        await self._encoder.wait()

    async def _carry(self) -> None:
        reader = flv.Reader()
        while data := await self._encoded.read(_PIECE):
            for tag in reader.feed(data):
                await self._line.put(tag)
        if not self._finished:
            raise Lost(_ENCODER)
        await self._line.end()

    async def _stay_fed(self) -> None:
        """Send silence while no sound comes, such as while the microphone is away."""
        while True:
            await asyncio.sleep(LOOKS)
            missing = self._clock() - self._began - self._given - QUIET
            if missing > 0 and not self._finished and not self._sound.transport.get_write_buffer_size():
                silence = round(missing * SAMPLE_RATE)
                self._given += silence / SAMPLE_RATE
                self._sound.write(bytes(silence * SAMPLE_BYTES))


class _Line:
    """The connection to the server that takes the stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: Target) -> None:
        self._reader = reader
        self._writer = writer
        self._publisher = Publisher(target)
        self._has_sent = self._over = False

    @classmethod
    async def open(cls, target: Target) -> Self:
        """Connect, and wait until the server takes the stream.

        Raises:
            VendorFailure: it does not, or is not whom it should be.
        """
        try:
            async with asyncio.timeout(OPENING):
                line = cls(*await _connected(target), target)
                try:
                    await line._begin()
                except BaseException:
                    line.abort()
                    raise
        except ssl.SSLCertVerificationError:
            raise ConfigurationFault(UNVERIFIED) from None
        except (OSError, TimeoutError):
            raise unreachable(f"//{target.host}:{target.port}") from None
        return line

    async def put(self, tag: flv.Tag) -> None:
        """Send a part of the stream; waits while the server takes no more.

        Raises:
            Lost: it is gone.
        """
        self._has_sent = True
        await self._send(self._publisher.tag(tag))

    async def listen(self) -> None:
        """Answer the server until we or it hang up.

        Raises:
            Lost: it is gone, or does not want the stream any more.
        """
        try:
            while not await self._heard():
                pass
        except Lost:
            if not self._over:
                raise
        if not self._over:
            raise Lost(_GONE)

    async def stay_alive(self) -> None:
        """See that the server goes on taking what it is sent: buffers would hide for long that it does not.

        Raises:
            Lost: it does not.
        """
        seen, looks = self._progress(), 0
        while looks * LOOKS < FROZEN:
            await asyncio.sleep(LOOKS)
            now = self._progress()
            looks, seen = (looks + 1 if now == seen and self._has_sent else 0), now
        raise Lost(_STUCK)

    async def end(self) -> None:
        """Tell the server that the stream is over, and hang up."""
        self._over = True
        self._writer.write(self._publisher.end())
        self._writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            await asyncio.wait_for(self._writer.wait_closed(), ENDING)

    def abort(self) -> None:
        """Break it."""
        with contextlib.suppress(AttributeError):  # asyncio's, where TLS has ended already
            self._writer.transport.abort()

    async def _begin(self) -> None:
        self._writer.transport.set_write_buffer_limits(high=BEHIND)
        self._writer.write(self._publisher.begin())
        while not self._publisher.publishing:
            if await self._heard():
                raise Lost(REFUSED)

    async def _heard(self) -> bool:
        """Take what the server says next; whether it has hung up."""
        try:
            data = await self._reader.read(_PIECE)
        except OSError:
            raise Lost(_GONE) from None
        await self._send(self._publisher.receive(data))
        return not data

    async def _send(self, data: bytes) -> None:
        self._writer.write(data)
        try:
            await self._writer.drain()
        except OSError:
            raise Lost(_GONE) from None

    def _progress(self) -> int:
        """A number that changes as the server takes what it is sent; else only that its machine is there."""
        if self._publisher.is_prompt:
            return self._publisher.acknowledged
        wire: socket.socket = self._writer.get_extra_info("socket")
        try:
            told = wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TAKEN.size)
        except OSError:  # it has just been closed, which who listens tells
            return 0
        return int(_TAKEN.unpack(told)[0])


async def _connected(target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if not target.secure:
        return await asyncio.open_connection(target.host, target.port)
    trusted = await asyncio.to_thread(ssl.create_default_context)
    return await asyncio.open_connection(
        target.host, target.port, ssl=trusted, server_hostname=target.host, ssl_shutdown_timeout=CLOSING
    )


async def _encoder(ffmpeg: str, *, video: bool) -> asyncio.subprocess.Process:
    inputs, codecs = (f"{_SOUND} {_BLACK}", f"{_AAC} {_H264}") if video else (_SOUND, _AAC)
    return await asyncio.create_subprocess_exec(
        *(ffmpeg, "-nostdin", "-loglevel", "quiet", *f"{inputs} {codecs} {_FLV}".split()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # what a terminal sends to the box is not meant for it
    )
