"""How to publish over RTMP: bytes in and out, without I/O and clock.

The order is: the handshake, ``connect``, ``createStream``, ``publish``; then the tags of an FLV stream.
"""

import os
import struct
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import urlsplit

from appliance.vendors.contract import Lost
from appliance.vendors.stenomatic import amf
from appliance.vendors.stenomatic.amf import NONSENSE
from appliance.vendors.stenomatic.flv import Tag

WINDOW: Final = 1024
"""Bytes after which the server is asked to acknowledge: that it still takes the sound shows by nothing else."""

_PROMPT: Final = 16
"""Windows within which a server acknowledges first that heeds ours, and not one of its own."""

_VERSION: Final = 3
_RANDOM: Final = 1536
_CHUNK: Final = 4096
_LONGEST: Final = 64 * 1024
_EXTENDED: Final = 0xFFFFFF
_MOST_LINES: Final = 64

_SET_CHUNK, _ABORT, _ACKNOWLEDGE, _USER_CONTROL, _SET_WINDOW = 1, 2, 3, 4, 5
_DATA, _COMMAND = 18, 20
_PING, _PONG = 6, 7
_CONNECT, _RELEASE, _ANNOUNCE, _CREATE, _PUBLISH, _FORGET, _DELETE = 1, 2, 3, 4, 5, 6, 7
"""The numbers that commands bear."""

_Key = tuple[int, bytes]

REFUSED: Final = "Stenomatic's stream server does not take the sound now."


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """Where to publish, as an address says; all of it is secret but host and port.

    Attributes:
        secure: whether TLS is spoken.
        host: of the server.
        port: of the server.
        app: the application, with the query where nothing follows it.
        name: of the stream in the application; maybe empty.
        url: the address up to the end of the application.
    """

    secure: bool
    host: str
    port: int
    app: str
    name: str
    url: str

    @classmethod
    def of(cls, address: str) -> Self:
        """Take an address apart as ffmpeg does.

        Raises:
            ValueError: it is no address that can be published to.
        """
        parts = urlsplit(address)
        secure = parts.scheme == "rtmps"
        if parts.scheme not in ("rtmp", "rtmps") or not parts.hostname or not address.isascii():
            raise ValueError("no address of a stream")
        path, mark, query = [*address.split("/", 3), ""][3].partition("?")
        pieces = path.split("/")
        app = "/".join(pieces[: min(len(pieces) - 1, 2)]) if len(pieces) > 1 else path + mark + query
        name = path[len(app) + 1 :] + mark + query if len(pieces) > 1 else ""
        return cls(
            secure=secure,
            host=parts.hostname,
            port=parts.port or (443 if secure else 1935),
            app=app,
            name=name,
            url=f"{parts.scheme}://{parts.netloc}/{app}",
        )


@dataclass(slots=True)
class _Line:
    """A chunk stream: the last header, and the message that is in the making."""

    length: int = 0
    kind: int = 0
    extended: bool = False
    message: bytearray = field(default_factory=bytearray)


class Publisher:
    """One connection.

    Attributes:
        publishing: whether the server takes the stream.
        acknowledged: bytes that the server has said to have.
        is_prompt: whether it says so as often as it was asked to.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._received = bytearray()
        self._shaken = 0
        self._lines: dict[_Key, _Line] = {}
        self._chunk = 128
        self._window = 0
        self._count = self._told = 0
        self._stream = 0
        self.publishing = False
        self.acknowledged = 0
        self.is_prompt = False

    def begin(self) -> bytes:
        """The first bytes."""
        return bytes((_VERSION,)) + bytes(8) + os.urandom(_RANDOM - 8)

    def receive(self, data: bytes) -> bytes:
        """What is to be answered to this.

        Raises:
            Lost: the server refuses, or makes no sense.
        """
        self._received += data
        self._count += len(data)
        answer = self._shake() if self._shaken < 2 else b""
        if self._shaken == 2:
            while (message := self._next()) is not None:
                answer += self._answer(*message)
        if self._window and self._count - self._told >= self._window // 2:
            self._told = self._count
            answer += _message(2, _ACKNOWLEDGE, struct.pack(">I", self._count & 0xFFFFFFFF))
        return answer

    def tag(self, tag: Tag) -> bytes:
        """A part of the stream."""
        prefix = amf.encoded("@setDataFrame") if tag.kind == _DATA else b""
        return _message(4, tag.kind, prefix + tag.data, timestamp=tag.timestamp, stream=self._stream)

    def end(self) -> bytes:
        """The last bytes."""
        return self._command("FCUnpublish", _FORGET, None, self._target.name) + self._command(
            "deleteStream", _DELETE, None, self._stream
        )

    def _shake(self) -> bytes:
        """The handshake: what the server begins with is sent back, what it sends back is not looked at."""
        answer = b""
        if self._shaken == 0 and len(self._received) >= 1 + _RANDOM:
            if self._received[0] != _VERSION:
                raise Lost(NONSENSE)
            answer = bytes(self._received[1 : 1 + _RANDOM])
            del self._received[: 1 + _RANDOM]
            self._shaken = 1
        if self._shaken == 1 and len(self._received) >= _RANDOM:
            del self._received[:_RANDOM]
            self._shaken = 2
            answer += self._introduction()
        return answer

    def _introduction(self) -> bytes:
        fields = {
            "app": self._target.app,
            "type": "nonprivate",
            "flashVer": "FMLE/3.0 (captionbox)",
            "tcUrl": self._target.url,
        }
        return (
            _message(2, _SET_CHUNK, struct.pack(">I", _CHUNK))
            + _message(2, _SET_WINDOW, struct.pack(">I", WINDOW))
            + self._command("connect", _CONNECT, fields)
        )

    def _answer(self, kind: int, data: bytes) -> bytes:
        if kind == _SET_CHUNK:
            self._chunk = min(max(1, _number(data) & 0x7FFFFFFF), _LONGEST)
        elif kind == _ACKNOWLEDGE:
            self.is_prompt = self.is_prompt or 0 < _number(data) <= _PROMPT * WINDOW
            self.acknowledged = _number(data)
        elif kind == _SET_WINDOW:
            self._window = _number(data)
        elif kind == _USER_CONTROL and data[:2] == struct.pack(">H", _PING):
            return _message(2, _USER_CONTROL, struct.pack(">H", _PONG) + data[2:6])
        elif kind == _COMMAND:
            return self._obey(amf.decoded(data))
        return b""

    def _obey(self, said: list[Any]) -> bytes:
        name, number, _, value = [*said, None, None, None, None][:4]
        if name == "_result" and number == _CONNECT:
            return (
                self._command("releaseStream", _RELEASE, None, self._target.name)
                + self._command("FCPublish", _ANNOUNCE, None, self._target.name)
                + self._command("createStream", _CREATE, None)
            )
        if name == "_result" and number == _CREATE:
            if not isinstance(value, float) or not 0 <= value < 2**32:
                raise Lost(NONSENSE)
            self._stream = int(value)
            return self._command("publish", _PUBLISH, None, self._target.name, "live", stream=self._stream)
        if name == "_error" and number in (_CONNECT, _CREATE, _PUBLISH):
            raise Lost(REFUSED)
        if name == "onStatus" and isinstance(value, dict):
            self._note(value)
        return b""

    def _note(self, status: dict[str, Any]) -> None:
        if status.get("code") == "NetStream.Publish.Start":
            self.publishing = True
        elif status.get("level") == "error" or status.get("code") == "NetStream.Unpublish.Success":
            raise Lost(REFUSED)

    def _command(self, name: str, number: int, *values: Any, stream: int = 0) -> bytes:
        return _message(3, _COMMAND, amf.encoded(name, number, *values), stream=stream)

    def _next(self) -> tuple[int, bytes] | None:
        """The next message that is complete; None where more must come first."""
        while (head := _head(self._received, self._lines, self._chunk)) is not None:
            line, start, end = head
            line.message += self._received[start:end]
            del self._received[:end]
            if len(line.message) >= line.length:
                message = bytes(line.message)
                line.message.clear()
                return line.kind, message
        return None


def _head(data: bytearray, lines: dict[_Key, _Line], chunk: int) -> tuple[_Line, int, int] | None:
    """The line of the next chunk, and where its content stands; None where it is not all there.

    Raises:
        Lost: it makes no sense.
    """
    at = 1 + {0: 1, 1: 2}.get(data[0] & 0x3F, 0) if data else 1
    if len(data) < at:
        return None
    form, key = data[0] >> 6, (data[0] & 0x3F, bytes(data[1:at]))
    line = lines.get(key) or _Line()
    size = (11, 7, 3, 0)[form]
    head = data[at : at + size]
    extended = int.from_bytes(head[:3]) == _EXTENDED if size else line.extended
    length = int.from_bytes(head[3:6]) if size > 3 else line.length
    start = at + size + (4 if extended else 0)
    end = start + min(chunk, length - len(line.message))
    if len(data) < start:
        return None
    if length > _LONGEST or end < start or (key not in lines and (form or len(lines) >= _MOST_LINES)):
        raise Lost(NONSENSE)
    if len(data) < end:
        return None
    kind = head[6] if size > 3 else line.kind
    lines[key] = line
    line.extended, line.length, line.kind = extended, length, kind
    return line, start, end


def _message(line: int, kind: int, data: bytes, *, timestamp: int = 0, stream: int = 0) -> bytes:
    """A message in chunks."""
    late = min(timestamp, _EXTENDED)
    extra = struct.pack(">I", timestamp) if late == _EXTENDED else b""
    head = (
        bytes((line,)) + late.to_bytes(3) + len(data).to_bytes(3) + bytes((kind,)) + struct.pack("<I", stream)
    )
    chunks = [data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)] or [b""]
    between = bytes((0xC0 | line,)) + extra
    return head + extra + between.join(chunks)


def _number(data: bytes) -> int:
    if len(data) < 4:
        raise Lost(NONSENSE)
    return int.from_bytes(data[:4])
