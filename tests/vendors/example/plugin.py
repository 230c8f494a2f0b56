"""Parrot, a vendor that does not exist: a whole plug-in, for those who write one."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlencode

from pydantic import BaseModel, Field, SecretStr, TypeAdapter, ValidationError

from appliance.sound import Frame
from appliance.vendors.chunks import Chunker
from appliance.vendors.contract import (
    Busy,
    ConfigurationFault,
    Delivery,
    Lost,
    Manifest,
    NetworkAccount,
    Order,
    Stream,
    Vendor,
    VendorFailure,
    VendorModel,
    Words,
)
from appliance.vendors.transport import Refused, Socket

ADDRESS: Final = "wss://live.parrot.example/v1/listen"
CHUNK: Final = 0.128
READY: Final = 10.0
TAIL: Final = 8.0


class ParrotAccount(NetworkAccount):
    """The credentials; a secret is a `SecretStr`."""

    api_key: SecretStr = Field(min_length=1, max_length=200, title="API key")


class ParrotOptions(VendorModel):
    """What a room may set; the web form is made from this model."""

    punctuate: bool = Field(default=True, title="Punctuation")


class _Ready(BaseModel):
    type: Literal["ready"]


class _Heard(BaseModel):
    type: Literal["heard"]
    segment: int
    text: str = Field(max_length=10_000, strict=True)
    final: bool
    start: float = Field(ge=0)
    end: float = Field(ge=0)


class _Bye(BaseModel):
    type: Literal["bye"]


class _Unknown(BaseModel):
    """What Parrot may think of tomorrow is ignored."""


_Message = _Ready | _Heard | _Bye
_MESSAGES: Final[TypeAdapter[_Message]] = TypeAdapter(Annotated[_Message, Field(discriminator="type")])


def parse(message: bytes | str) -> _Message | _Unknown:
    """What a message says.

    Raises:
        Lost: it makes no sense.
    """
    try:
        return _MESSAGES.validate_json(message)
    except ValidationError as error:
        if error.errors()[0]["type"] in ("union_tag_invalid", "union_tag_not_found"):
            return _Unknown()
        raise Lost("Parrot sent something that makes no sense.") from None


def refusal(refused: Refused, key: str) -> VendorFailure:
    """Which failure a refused handshake is, in the vendor's own words without the key."""
    said = " ".join(refused.body.replace(key, "…").split())[:200]
    if refused.status in (409, 429):
        return Busy(f"Parrot asks to wait: {said}", refused.retry_after)
    if refused.status >= 500:
        return Lost(f"Parrot is out of order: {said}")
    return ConfigurationFault(f"Parrot refuses the account: {said}")


class ParrotStream(Stream):
    """One WebSocket."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._messages = aiter(socket)
        self._chunker = Chunker(CHUNK)
        self._finishing = self._closed = False
        self._tail: asyncio.Timeout | None = None

    @classmethod
    async def open(cls, account: ParrotAccount, language: str, *, punctuate: bool) -> Self:
        """Connect, and wait until Parrot is ready."""
        key = account.api_key.get_secret_value()
        query = urlencode({"language": language, "punctuate": punctuate})
        try:
            headers = {"Authorization": f"Bearer {key}"}
            socket = await Socket.open(f"{account.address(ADDRESS)}?{query}", headers=headers)
        except Refused as refused:
            raise refusal(refused, key) from None
        stream = cls(socket)
        try:
            async with asyncio.timeout(READY):
                await stream._until_ready()
        except TimeoutError:
            await stream.close()
            raise Lost("Parrot does not become ready.") from None
        except BaseException:
            await stream.close()
            raise
        return stream

    async def send(self, frame: Frame) -> None:
        """Every fourth frame makes a message."""
        for chunk in self._chunker.add(frame):
            await self._socket.send(chunk)

    async def finish(self) -> None:
        """Send what is left; Parrot says its last words and bye."""
        if rest := self._chunker.rest():
            await self._socket.send(rest)
        await self._socket.send(json.dumps({"type": "end"}))
        self._finishing = True
        if self._tail:
            self._tail.reschedule(asyncio.get_running_loop().time() + TAIL)

    async def __aiter__(self) -> AsyncIterator[Words]:
        """Words by segment, with times."""
        while (message := await self._next()) is not None:
            match parse(message):
                case _Heard(segment=segment, text=text, final=final, start=start, end=end):
                    yield Words(segment=str(segment), text=text, final=final, start=start, end=end)
                case _Bye():
                    return
        if not self._closed:
            raise Lost(self._socket.farewell)

    async def close(self) -> None:
        """Close the connection; an iteration under way ends."""
        self._closed = True
        await self._socket.close()

    async def _until_ready(self) -> None:
        async for message in self._messages:
            if isinstance(parse(message), _Ready):
                return
        raise Lost(self._socket.farewell)

    async def _next(self) -> bytes | str | None:
        try:
            async with asyncio.timeout(TAIL if self._finishing else None) as self._tail:
                return await anext(self._messages, None)
        except TimeoutError:
            raise Lost("Parrot did not say its last words in time.") from None
        finally:
            self._tail = None


class ParrotVendor(Vendor[ParrotAccount, ParrotOptions]):
    """Named in the entry points ``captionbox.vendors`` of its own package."""

    manifest = Manifest(title="Parrot", delivery=Delivery.LIVE, languages=("en", "fr"), frame_seconds=CHUNK)
    account_model = ParrotAccount
    options_model = ParrotOptions

    async def check(self, account: ParrotAccount) -> str:
        """Open a stream and send nothing."""
        await (await ParrotStream.open(account, "en", punctuate=False)).close()
        return "Parrot accepts the key; no sound was sent, so it cost nothing."

    async def open(self, account: ParrotAccount, order: Order[ParrotOptions]) -> Stream:
        """Open a stream that is ready for sound."""
        language = order.from_language.partition("-")[0]
        return await ParrotStream.open(account, language, punctuate=order.options.punctuate)
