"""A room at the vendor's LiveKit server: a microphone goes in, messages and spoken translations come out.

The library is an extra and large, so nothing imports this file before a room is to be entered.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from typing import Final, Self
from uuid import uuid4

from livekit import rtc

from appliance.sound import SAMPLE_BYTES, SAMPLE_RATE, VOICE_RATE
from appliance.vendors.contract import ConfigurationFault, Lost, Loudspeaker, Order, VendorFailure
from appliance.vendors.palabra.config import PalabraOptions
from appliance.vendors.palabra.refusals import refusal
from appliance.vendors.palabra.s2s import SpeechToSpeech
from appliance.vendors.palabra.stream import Release
from appliance.vendors.palabra.tasking import TaskStream
from appliance.vendors.transport import UNVERIFIED, Refused, unreachable

TRANSLATOR: Final = "palabra_translator_"
"""How the identity of the vendor's own participant begins."""

ENTERING: Final = 20.0
"""Seconds that entering the room, and the vendor's coming into it, may take each."""

LEAVING: Final = 3.0

AHEAD: Final = 500
"""Milliseconds of sound that wait for the track, which sends at the pace of speech; then the sender waits."""

CUSHION: Final = 0.2
"""Seconds of silence that go before sound where none waits: without them, every late frame would be a crack."""

FLIGHT: Final = 0.3
"""Seconds by which sound arrives later than a message, for it is put in order and decoded first."""

BITRATE: Final = 32_000

LONGEST_WAITING: Final = 4 * 1024 * 1024
"""Bytes of messages that wait to be read. More than that is nothing that a vendor says: the room is left."""

VOICE_WAITING: Final = 50
"""Pieces of 10 ms of a spoken translation that wait; then the oldest is dropped."""

logging.getLogger("livekit").setLevel(logging.CRITICAL)  # it quotes addresses and the answers of strangers

_STATUS: Final = re.compile(r"\b(?:client|server) error: ([45]\d\d)\b[^-]*(?:- )?(.*)", re.DOTALL)

_ENDS: Final = {
    "SERVER_SHUTDOWN": "its server is restarted",
    "PARTICIPANT_REMOVED": "the box was sent out of the room",
    "ROOM_DELETED": "the room was closed",
    "ROOM_CLOSED": "the room was closed",
}
"""Ends that the vendor wants; any other is a loss."""


class Room:
    """A connection whose bytes are sound for the microphone's track and whose texts are packets of data."""

    def __init__(self, room: rtc.Room, url: str) -> None:
        self._room = room
        self._url = url
        self._microphone: rtc.AudioSource | None = None
        self._messages: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._waiting = 0
        self._changed = asyncio.Event()
        self._code: int | None = None
        self._reason = ""
        self._breach = ""
        self._voices: set[asyncio.Task[None]] = set()
        room.on("data_received", self._received)
        room.on("participant_connected", lambda _: self._changed.set())
        room.on("participant_disconnected", self._left)
        room.on("reconnecting", lambda: self._end(1006))
        room.on("disconnected", self._disconnected)

    @classmethod
    async def enter(
        cls,
        url: str,
        token: str,
        secrets: tuple[str, ...],
        *,
        track: str = "",
        loudspeaker: Loudspeaker | None = None,
    ) -> Self:
        """Enter, and wait until the vendor is there, too.

        Args:
            url: of the LiveKit server.
            token: lets us in.
            secrets: what must not be seen in the vendor's words.
            track: the beginning of the name of the track to be heard aloud, in lower case.
            loudspeaker: where it is heard; None for nothing.

        Raises:
            ConfigurationFault: the vendor refuses.
            Busy: the vendor asks to wait.
            Lost: nobody is there.
        """
        entered = cls(rtc.Room(), url)
        if loudspeaker:
            entered._have_heard(track, loudspeaker)
        try:
            async with asyncio.timeout(ENTERING):
                await entered._room.connect(url, token, rtc.RoomOptions(auto_subscribe=bool(loudspeaker)))
        except rtc.ConnectError as error:
            raise _refused(error.message, url, secrets) from None
        except TimeoutError:
            raise unreachable(url) from None
        try:
            await entered._find_translator()
        except BaseException:
            await entered.close()
            raise
        return entered

    async def publish(self) -> None:
        """Publish the microphone's track, on which nothing is heard yet.

        Raises:
            Lost: that is not possible.
        """
        source = rtc.AudioSource(SAMPLE_RATE, 1, AHEAD)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False, red=False)
        options.audio_encoding.max_bitrate = BITRATE
        track = rtc.LocalAudioTrack.create_audio_track(f"{uuid4()}_microphone", source)
        try:
            async with asyncio.timeout(ENTERING):
                await self._room.local_participant.publish_track(track, options)
        except (TimeoutError, rtc.participant.PublishTrackError):
            raise Lost("Palabra does not take the microphone's sound.") from None
        self._microphone = source

    async def send(self, message: bytes | str) -> None:
        """Send sound, or a message.

        Raises:
            Lost: the room was left.
        """
        if self._code is not None:
            raise Lost("The connection to the speech vendor was lost.")
        try:
            if isinstance(message, str):
                await self._room.local_participant.publish_data(message, reliable=True)
            elif self._microphone:
                if not self._microphone.queued_duration:
                    message = bytes(round(CUSHION * SAMPLE_RATE) * SAMPLE_BYTES) + message
                samples = len(message) // SAMPLE_BYTES
                await self._microphone.capture_frame(rtc.AudioFrame(message, SAMPLE_RATE, 1, samples))
        except Exception:  # noqa: BLE001 - the library raises nothing narrower
            raise Lost("The connection to the speech vendor was lost.") from None

    async def sound_has_arrived(self) -> None:
        """Wait until all sound that was sent is with the vendor: messages do not stand in line behind it."""
        if self._microphone and (queued := self._microphone.queued_duration):
            await asyncio.sleep(queued + FLIGHT)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Messages until the room is left, however that was; see `code`.

        Raises:
            Lost: we left it, for the vendor broke the rules.
        """
        while (message := await self._messages.get()) is not None:
            self._waiting -= len(message)
            yield message
        if self._breach:
            raise Lost(self._breach)

    async def close(self) -> None:
        """Leave, within a bounded time."""
        self._end(1000)
        for voice in self._voices:
            voice.cancel()
        await asyncio.gather(*self._voices, return_exceptions=True)
        try:
            async with asyncio.timeout(LEAVING):
                await self._room.disconnect()
                if self._microphone:
                    await self._microphone.aclose()
        except TimeoutError:
            logging.getLogger(__name__).info("A room at Palabra was left without a farewell")

    @property
    def code(self) -> int:
        """How it was left, as WebSockets have it (RFC 6455, 7.4); 1006 for a connection that broke."""
        return 1006 if self._code is None else self._code

    @property
    def reason(self) -> str:
        """Why the vendor ended it."""
        return self._reason

    async def _find_translator(self) -> None:
        try:
            async with asyncio.timeout(ENTERING):
                while not any(map(_is_translator, self._room.remote_participants)):
                    await self._changed.wait()
                    self._changed.clear()
                    if self._code is not None:
                        raise Lost("Palabra closed the room at once.")
        except TimeoutError:
            raise Lost(f"Palabra's translator did not come into the room within {ENTERING:g} s.") from None

    def _have_heard(self, track: str, loudspeaker: Loudspeaker) -> None:
        def subscribed(
            voice: rtc.Track, publication: rtc.RemoteTrackPublication, speaker: "rtc.RemoteParticipant"
        ) -> None:
            ours = publication.name.lower().startswith(track) and _is_translator(speaker.identity)
            if ours and publication.kind == rtc.TrackKind.KIND_AUDIO:
                self._voices.add(asyncio.create_task(_pass_on(voice, loudspeaker)))

        self._room.on("track_subscribed", subscribed)

    def _received(self, packet: rtc.DataPacket) -> None:
        """Whoever else is in the room has nothing to say here; the server itself has no identity."""
        if packet.participant and not _is_translator(packet.participant.identity):
            return
        self._waiting += len(packet.data)
        if self._waiting > LONGEST_WAITING:
            self._breach = "Palabra sends more than anybody can read."
            self._end(1009)
        elif self._code is None:
            self._messages.put_nowait(packet.data)

    def _left(self, participant: rtc.RemoteParticipant) -> None:
        if _is_translator(participant.identity):
            self._end(1001, "its translator has left the room")

    def _disconnected(self, reason: rtc.DisconnectReason.ValueType) -> None:
        name = rtc.DisconnectReason.Name(reason)
        self._end(1001 if name in _ENDS else 1006, _ENDS.get(name, ""))

    def _end(self, code: int, reason: str = "") -> None:
        if self._code is None:
            self._code, self._reason = code, reason
            self._messages.put_nowait(None)
            self._changed.set()


class RoomStream(TaskStream):
    """A stream of speech to speech in a room.

    Args:
        room: entered.
        dialect: its protocol.
        order: what the room on this side wants.
        secrets: what must not be seen in the vendor's words.
        release: gives back what belongs to the stream.
    """

    def __init__(
        self,
        room: Room,
        dialect: SpeechToSpeech,
        order: Order[PalabraOptions],
        secrets: tuple[str, ...],
        release: Release,
    ) -> None:
        super().__init__(room, dialect, order, secrets, release)
        self._room = room

    async def start(self) -> None:
        """Set the task, wait until it runs, and have the microphone heard.

        Raises:
            VendorFailure: it is refused, or does not run in time.
        """
        await super().start()
        await self._room.publish()

    async def flush(self) -> None:
        """Let all sound arrive: what follows may stop the task, or change it."""
        await super().flush()
        await self._room.sound_has_arrived()


async def _pass_on(voice: rtc.Track, loudspeaker: Loudspeaker) -> None:
    stream = rtc.AudioStream(voice, sample_rate=VOICE_RATE, num_channels=1, capacity=VOICE_WAITING)
    try:
        async for event in stream:
            loudspeaker.play(bytes(event.frame.data))
    finally:
        await stream.aclose()


def _is_translator(identity: str) -> bool:
    return identity.lower().startswith(TRANSLATOR)


def _refused(message: str, url: str, secrets: tuple[str, ...]) -> VendorFailure:
    """The failure that the library's words mean; it has no more than words."""
    if answered := _STATUS.search(message):
        return refusal(Refused(int(answered[1]), answered[2]), secrets)
    return ConfigurationFault(UNVERIFIED) if "certificate" in message else unreachable(url)
