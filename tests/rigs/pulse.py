"""A virtual meeting room: a PulseAudio server of its own whose sink is heard by a microphone."""

import asyncio
import contextlib
import os
import re
from pathlib import Path
from types import TracebackType
from typing import Final, Self

MICROPHONE: Final = "roommic"
"""The name of the room's microphone in PortAudio, besides being the default one."""

_ALSA_CONFIG: Final = """\
pcm.!default { type pulse device "room.monitor" }
ctl.!default { type pulse }
"""
_ALSA_MICROPHONE: Final = """\
pcm.NAME { type pulse device "room.monitor" hint { show on description "Room monitor" } }
"""
_ALSA_BOTH_WAYS: Final = """\
pcm.!default {
  type asym
  playback.pcm { type pulse device "room" }
  capture.pcm { type pulse device "room.monitor" }
}
ctl.!default { type pulse }
"""
_ALSA_GAIN: Final = """\
ctl.NAME { type pulse source "room.monitor" }
"""


class PulseRoom:
    """A sound server with one sink, ``room``, and a microphone that hears exactly what is played there.

    Use it as an asynchronous context manager; everything lives in ``folder`` and ends with it.

    Args:
        folder: where its socket and configuration go; its path must be short enough for a socket.
        rate: samples a second of the sink. At 16 kHz mono nothing is resampled on the way to the box.
        channels: channels of the sink.
        samples: their format: s16le, or s32le as I2S boards have it.

    Attributes:
        env: what a process needs in its environment to hear this room and no other.
    """

    def __init__(self, folder: Path, *, rate: int = 48_000, channels: int = 2, samples: str = "s16le") -> None:
        self._folder = folder
        self._samples = samples
        self._rate = rate
        self._channels = channels
        self._socket = folder / "native"
        self._alsa = folder / "asoundrc"
        self._processes: list[asyncio.subprocess.Process] = []
        self.env: dict[str, str] = {
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_COOKIE": str(folder / "cookie"),
            "ALSA_CONFIG_PATH": str(self._alsa),
            "JACK_NO_START_SERVER": "1",
        }

    async def __aenter__(self) -> Self:
        self.plug_in()
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the server; returns when it can be played to and heard."""
        sink = f"sink_name=room rate={self._rate} channels={self._channels} format={self._samples} norewinds=1"
        await self._spawn(
            *("pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no"),
            *("--exit-idle-time=-1", "--disable-shm=true"),
            *("-L", f"module-native-protocol-unix auth-anonymous=1 socket={self._socket}"),
            *("-L", f"module-null-sink {sink}"),
        )
        async with asyncio.timeout(20):
            while not await self._answers():  # noqa: ASYNC110 - nothing tells when the server is up
                await asyncio.sleep(0.02)
            # Without a player the sink renders in blocks of seconds, which no real microphone does.
            await self._spawn("pacat", "--latency-msec=50", *self._sink_format(), "/dev/zero")
            while b"RUNNING" not in await self._ask("list", "short", "sinks"):  # noqa: ASYNC110 - nor when it plays
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """Kill the server and every player, as a crash would."""
        for process in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        self._processes.clear()
        self._socket.unlink(missing_ok=True)

    async def play(self, wav: Path) -> None:
        """Play a WAV file into the room; returns when it has been played."""
        player = await self._spawn("paplay", "--device=room", str(wav))
        if await player.wait():
            raise RuntimeError(f"{wav} cannot be played")
        self._processes.remove(player)

    async def gain(self) -> int:
        """The gain of the microphone, in percent."""
        (volume,) = re.findall(rb"(\d+)%", await self._ask("get-source-volume", "room.monitor"))[:1]
        return int(volume)

    async def listeners(self) -> int:
        """How many programs hear the room."""
        return len((await self._ask("list", "short", "source-outputs")).splitlines())

    def plug_in(self, *names: str, gain: bool = True) -> None:
        """Give the room microphones of these names (`MICROPHONE` where none is given), and the default one."""
        template = _ALSA_MICROPHONE + _ALSA_GAIN * gain
        microphones = (template.replace("NAME", name) for name in names or (MICROPHONE,))
        self._alsa.write_text(_ALSA_CONFIG + "".join(microphones))

    def plug_in_loudspeaker(self) -> None:
        """Let programs that start from now on play into the room, whose one microphone hears them."""
        self._alsa.write_text(_ALSA_BOTH_WAYS + _ALSA_MICROPHONE.replace("NAME", MICROPHONE))

    def unplug(self) -> None:
        """Take every microphone away for those who look for one from now on."""
        self._alsa.write_text("pcm.!default { type null }\n")

    def _sink_format(self) -> tuple[str, ...]:
        shape = (f"--rate={self._rate}", f"--channels={self._channels}", f"--format={self._samples}")
        return ("-d", "room", *shape)

    async def _answers(self) -> bool:
        return b"room" in await self._ask("list", "short", "sinks")

    async def _ask(self, *question: str) -> bytes:
        pactl = await asyncio.create_subprocess_exec(
            "pactl",
            *question,
            env=self._environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        answer, _ = await pactl.communicate()
        return answer

    async def _spawn(self, *command: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=self._environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._processes.append(process)
        return process

    def _environment(self) -> dict[str, str]:
        return os.environ | self.env | {"HOME": str(self._folder), "XDG_RUNTIME_DIR": str(self._folder)}
