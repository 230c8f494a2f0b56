"""AMF0, the notation of RTMP's commands, as far as publishing needs it."""

import struct
from collections.abc import Mapping
from typing import Any, Final

from appliance.vendors.contract import Lost

_NUMBER: Final = 0x00
_BOOLEAN: Final = 0x01
_STRING: Final = 0x02
_OBJECT: Final = 0x03
_NULL: Final = 0x05
_UNDEFINED: Final = 0x06
_MAPPING: Final = 0x08
_END: Final = 0x09
_LIST: Final = 0x0A
_DATE: Final = 0x0B
_LONG_STRING: Final = 0x0C
_DEEPEST: Final = 8
NONSENSE: Final = "Stenomatic's stream server sent something that makes no sense."


def encoded(*values: Any) -> bytes:
    """Numbers, booleans, texts, None and mappings of such, one after another."""
    return b"".join(_encoded(value) for value in values)


def _encoded(value: Any) -> bytes:
    if value is None:
        return bytes((_NULL,))
    if isinstance(value, bool):
        return bytes((_BOOLEAN, value))
    if isinstance(value, int | float):
        return struct.pack(">Bd", _NUMBER, value)
    if isinstance(value, Mapping):
        fields = b"".join(_name(key) + _encoded(inner) for key, inner in value.items())
        return bytes((_OBJECT,)) + fields + _name("") + bytes((_END,))
    return bytes((_STRING,)) + _name(value)


def _name(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


def decoded(data: bytes) -> list[Any]:
    """All values, objects as dictionaries.

    Raises:
        Lost: it is no AMF0.
    """
    reader = _Reader(data)
    values = []
    try:
        while reader.more:
            values.append(reader.value(_DEEPEST))
    except (struct.error, UnicodeDecodeError, ValueError):
        raise Lost(NONSENSE) from None
    return values


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def more(self) -> bool:
        return self._at < len(self._data)

    def value(self, levels: int) -> Any:
        if not levels:
            raise ValueError("too deep")
        kind = self._unpack(">B")
        if kind == _LIST:
            return [self.value(levels - 1) for _ in range(self._unpack(">I"))]
        if kind == _MAPPING:
            self._unpack(">I")  # how many there are, which servers get wrong
        if kind in (_OBJECT, _MAPPING):
            return self._fields(levels - 1)
        return self._plain(kind)

    def _plain(self, kind: int) -> Any:
        if kind == _NUMBER:
            return self._unpack(">d")
        if kind == _BOOLEAN:
            return bool(self._unpack(">B"))
        if kind == _STRING:
            return self._text(self._unpack(">H"))
        if kind == _LONG_STRING:
            return self._text(self._unpack(">I"))
        if kind == _DATE:
            return (self._unpack(">d"), self._unpack(">h"))[0]  # and a time zone that means nothing
        if kind in (_NULL, _UNDEFINED):
            return None
        raise ValueError("unknown kind")

    def _fields(self, levels: int) -> dict[str, Any]:
        fields = {}
        while name := self._text(self._unpack(">H")):
            fields[name] = self.value(levels)
        if self._unpack(">B") != _END:
            raise ValueError("no end")
        return fields

    def _text(self, length: int) -> str:
        raw = self._data[self._at : self._at + length]
        if len(raw) < length:
            raise ValueError("cut off")
        self._at += length
        return raw.decode()

    def _unpack(self, form: str) -> Any:
        (value,) = struct.unpack_from(form, self._data, self._at)
        self._at += struct.calcsize(form)
        return value
