"""An emulator of a LiveKit server with one room, one guest and one bot; media and data are real WebRTC.

There is no LiveKit server to be had for these tests, so this one speaks its signalling as the vendor's protocol
files have it (`livekit.protocol`), as far as the client library asks for it, and aiortc is the peer behind it.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from aiohttp import WSMsgType, web
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.jitterbuffer import JitterBuffer
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import candidate_from_sdp
from livekit.protocol import models, rtc

for chatty in ("aiortc", "aioice"):  # a line a packet
    logging.getLogger(chatty).setLevel(logging.WARNING)

MICROPHONE = models.TrackSource.MICROPHONE
RATE = 48_000
PIECE = RATE // 50
"""Samples of a packet of Opus, 20 ms."""


class Voice(MediaStreamTrack):
    """A track of the bot: what it is told to say, silence otherwise, at the pace of speech."""

    kind = "audio"

    def __init__(self, name: str, sid: str) -> None:
        super().__init__()
        self.name = name
        self.sid = sid
        self._sound = deque[bytes]()
        self._said = 0
        self._began: float | None = None

    def say(self, pcm: bytes) -> None:
        """Mono, 16 bit, at `RATE`."""
        size = 2 * PIECE
        self._sound.extend(pcm[at : at + size].ljust(size, b"\0") for at in range(0, len(pcm), size))

    async def recv(self) -> av.AudioFrame:
        now = asyncio.get_running_loop().time
        self._began = now() if self._began is None else self._began
        await asyncio.sleep(self._began + self._said / RATE - now())
        pcm = self._sound.popleft() if self._sound else bytes(2 * PIECE)
        frame = av.AudioFrame.from_ndarray(np.frombuffer(pcm, "<i2").reshape(1, -1), "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._said, Fraction(1, RATE)
        self._said += PIECE
        return frame


@dataclass
class Room:
    """One room, served to one guest over one WebSocket.

    Attributes:
        socket: the guest's signalling.
        bot: the identity of the bot.
        bot_after: seconds after which the bot comes.
        heard: is told the sound of the guest's microphone, mono, 16 bit, at `RATE`.
        received: is told every packet of the guest: whether it came reliably, its topic, and what it says.
        published: what the guest said of its track.
    """

    socket: web.WebSocketResponse
    bot: str
    bot_after: float
    heard: Callable[[bytes], Awaitable[None]]
    received: Callable[[bool, str, bytes], Awaitable[None]]
    published: rtc.AddTrackRequest | None = None

    def __post_init__(self) -> None:
        self._publisher = RTCPeerConnection(RTCConfiguration([]))
        self._subscriber = RTCPeerConnection(RTCConfiguration([]))
        self._reliable = self._subscriber.createDataChannel("_reliable", ordered=True)
        self._subscriber.createDataChannel("_lossy", ordered=False, maxRetransmits=0)
        self._open = asyncio.Event()
        self._reliable.on("open", self._open.set)
        self._publisher.on("datachannel", self._listen_to)
        self._publisher.on("track", self._hear)
        self._voices: dict[str, Voice] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._answered = asyncio.Event()
        self._negotiating = asyncio.Lock()
        self._inbox: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()

    async def serve(self) -> None:
        """Until the guest or the room's owner hangs up."""
        there = self.bot_after <= 0
        await self._tell(join=self._welcome(there=there))
        self._do(self._negotiate())
        self._do(self._read_inbox())
        if not there:
            self._do(self._let_the_bot_in())
        try:
            async for message in self.socket:
                if message.type is WSMsgType.BINARY:
                    await self._signal(rtc.SignalRequest.FromString(message.data))
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._publisher.close()
            await self._subscriber.close()

    async def send(self, payload: str, *, topic: str = "") -> None:
        """A packet of the bot's to the guest."""
        await self._open.wait()
        user = models.UserPacket(payload=payload.encode(), topic=topic, participant_identity=self.bot)
        packet = models.DataPacket(user=user, participant_identity=self.bot, participant_sid="PA_bot")
        with suppress(Exception):  # a guest that has gone hears nothing
            self._reliable.send(packet.SerializeToString())

    async def speak(self, name: str, pcm: bytes) -> None:
        """Say something on a track of the bot's, which is published the first time."""
        if name not in self._voices:
            self._voices[name] = Voice(name, f"TR_{name}")
            self._do(self._negotiate(self._voices[name]))
        self._voices[name].say(pcm)

    async def end(self) -> None:
        """Close the room, once all that was said has gone out."""
        while self._reliable.bufferedAmount and not self.socket.closed:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.02)
        reason, action = models.DisconnectReason.ROOM_DELETED, rtc.LeaveRequest.Action.DISCONNECT
        await self._tell(leave=rtc.LeaveRequest(reason=reason, action=action))
        await self.socket.close()

    def abort(self) -> None:
        """Break the connection as a network does."""
        assert self.socket._req
        assert self.socket._req.transport
        self.socket._req.transport.abort()

    def _do(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)

    async def _tell(self, **what: Any) -> None:
        if not self.socket.closed:
            with suppress(ConnectionError):
                await self.socket.send_bytes(rtc.SignalResponse(**what).SerializeToString())

    def _welcome(self, *, there: bool) -> rtc.JoinResponse:
        allowed = models.ParticipantPermission(
            can_subscribe=True, can_publish=True, can_publish_data=True, can_update_metadata=True
        )
        guest = models.ParticipantInfo(
            sid="PA_guest", identity="guest", state=models.ParticipantInfo.State.JOINED, permission=allowed
        )
        return rtc.JoinResponse(
            room=models.Room(
                sid="RM_room",
                name="room",
                enabled_codecs=[models.Codec(mime="audio/opus"), models.Codec(mime="audio/red")],
            ),
            participant=guest,
            other_participants=[self._bot()] if there else [],
            subscriber_primary=True,
            ping_interval=5,
            ping_timeout=15,
            server_info=models.ServerInfo(
                edition=models.ServerInfo.Edition.Standard, version="1.8.0", protocol=15
            ),
        )

    def _bot(self) -> models.ParticipantInfo:
        tracks = [
            models.TrackInfo(
                sid=voice.sid,
                name=voice.name,
                type=models.TrackType.AUDIO,
                source=models.TrackSource.MICROPHONE,
                mime_type="audio/opus",
            )
            for voice in self._voices.values()
        ]
        active = models.ParticipantInfo.State.ACTIVE
        return models.ParticipantInfo(sid="PA_bot", identity=self.bot, state=active, tracks=tracks)

    async def _let_the_bot_in(self) -> None:
        await asyncio.sleep(self.bot_after)
        await self._tell(update=rtc.ParticipantUpdate(participants=[self._bot()]))

    async def _negotiate(self, voice: Voice | None = None) -> None:
        """Tell the guest how to receive, and what is new: one track at a time."""
        async with self._negotiating:
            if voice:
                sender = self._subscriber.addTrack(voice)
                sender._stream_id, sender._track_id = f"PA_bot|{voice.sid}", voice.sid
                await self._tell(update=rtc.ParticipantUpdate(participants=[self._bot()]))
            self._answered.clear()
            await self._subscriber.setLocalDescription(await self._subscriber.createOffer())
            local = self._subscriber.localDescription
            await self._tell(offer=rtc.SessionDescription(type="offer", sdp=local.sdp))
            await self._answered.wait()

    async def _signal(self, request: rtc.SignalRequest) -> None:
        match request.WhichOneof("message"):
            case "offer":
                await self._publisher.setRemoteDescription(RTCSessionDescription(request.offer.sdp, "offer"))
                await self._publisher.setLocalDescription(await self._publisher.createAnswer())
                sdp = self._publisher.localDescription.sdp
                await self._tell(answer=rtc.SessionDescription(type="answer", sdp=sdp, id=request.offer.id))
            case "answer":
                await self._subscriber.setRemoteDescription(RTCSessionDescription(request.answer.sdp, "answer"))
                self._answered.set()
            case "trickle":
                await self._trickle(request.trickle)
            case "add_track":
                asked = self.published = request.add_track
                track = models.TrackInfo(
                    sid="TR_mic",
                    name=asked.name,
                    type=asked.type,
                    source=asked.source,
                    disable_dtx=asked.disable_dtx,
                    disable_red=asked.disable_red,
                )
                await self._tell(track_published=rtc.TrackPublishedResponse(cid=asked.cid, track=track))
            case "ping_req":
                await self._tell(pong_resp=rtc.Pong(last_ping_timestamp=request.ping_req.timestamp))
            case "leave":
                await self.socket.close()

    async def _trickle(self, trickle: rtc.TrickleRequest) -> None:
        init = json.loads(trickle.candidateInit)
        if not init.get("candidate"):
            return
        candidate = candidate_from_sdp(init["candidate"].removeprefix("candidate:"))
        candidate.sdpMid, candidate.sdpMLineIndex = init.get("sdpMid"), init.get("sdpMLineIndex")
        of_guest = trickle.target == rtc.SignalTarget.PUBLISHER
        with suppress(ValueError):  # mDNS names and the like
            await (self._publisher if of_guest else self._subscriber).addIceCandidate(candidate)

    def _listen_to(self, channel: RTCDataChannel) -> None:
        channel.on("message", lambda message: self._inbox.put_nowait((channel.label, message)))

    async def _read_inbox(self) -> None:
        while True:
            label, message = await self._inbox.get()
            packet = models.DataPacket.FromString(message)
            if packet.WhichOneof("value") == "user":
                await self.received(label == "_reliable", packet.user.topic, packet.user.payload)

    def _hear(self, track: MediaStreamTrack) -> None:
        for receiver in self._publisher.getReceivers():  # a busy machine shall not cost a word
            receiver._RTCRtpReceiver__jitter_buffer = JitterBuffer(capacity=128, prefetch=4)  # type: ignore[attr-defined] # private
        self._do(self._listen(track))

    async def _listen(self, track: MediaStreamTrack) -> None:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        with suppress(MediaStreamError):
            while True:
                received = await track.recv()
                assert isinstance(received, av.AudioFrame)
                for frame in resampler.resample(received):
                    await self.heard(frame.to_ndarray().astype("<i2").tobytes())
