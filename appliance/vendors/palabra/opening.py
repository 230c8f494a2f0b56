"""Opening a stream to Palabra in the mode of a room's options."""

import asyncio
from importlib import import_module
from typing import Any, Final
from uuid import uuid4

from appliance.vendors.contract import ConfigurationFault, Lost, Order, Stream
from appliance.vendors.palabra import s2s, stt
from appliance.vendors.palabra.api import Session, create_session, delete_session
from appliance.vendors.palabra.config import PalabraAccount, PalabraOptions
from appliance.vendors.palabra.languages import Codes, codes_of, target_code
from appliance.vendors.palabra.refusals import refusal
from appliance.vendors.palabra.stream import PalabraStream, Release
from appliance.vendors.palabra.tasking import TaskStream
from appliance.vendors.palabra.webrtc import SpeechInRoom
from appliance.vendors.transport import Refused, Socket

MISSING: Final = (
    "The package for WebRTC is not installed: run “pip install 'captionbox[webrtc]'” in the box's environment,"
    " or choose another way to Palabra for the room."
)


async def open_stream(account: PalabraAccount, order: Order[PalabraOptions]) -> Stream:
    """Open a stream in the mode of the room's options.

    A room, and the older pair of credentials, need a session, which ends with the stream; an API key opens any
    other stream directly.

    Raises:
        VendorFailure: it cannot be opened.
    """
    in_room = order.options.mode == "webrtc"
    if in_room:  # what cannot work shall take no session
        _speaks(order)
        await _library()
    session = await create_session(account, order.options) if in_room or not account.api_key else None

    async def release() -> None:
        nonlocal session
        ended, session = session, None
        if ended:
            await delete_session(account, ended.id)

    try:
        return await _open(account, order, session, release)
    except BaseException:
        await release()
        raise


async def _open(
    account: PalabraAccount, order: Order[PalabraOptions], session: Session | None, release: Release
) -> Stream:
    secret = session.publisher[0] if session else account.api_key
    assert secret
    token = secret.get_secret_value()
    secrets = (*account.secrets, token)
    codes = codes_of(order)
    if order.options.mode == "stt":
        base = stt.OLDER_ADDRESS if session else stt.ADDRESS
        socket = await _connect(account.address(stt.address(base, token, codes, order.options)), secrets)
        return PalabraStream(socket, stt.SpeechToText(codes, secrets), secrets, release)
    if order.options.mode == "webrtc":
        assert session
        return await _enter(account, order, session, codes, release)
    base = session.ws_url if session else s2s.ADDRESS.format(name=uuid4().hex)
    socket = await _connect(account.address(s2s.address(base, token)), secrets)
    return await _started(TaskStream(socket, s2s.SpeechToSpeech(codes, secrets), order, secrets, release))


async def _enter(
    account: PalabraAccount,
    order: Order[PalabraOptions],
    session: Session,
    codes: Codes,
    release: Release,
) -> Stream:
    if not session.webrtc_url:
        raise Lost("Palabra gave the session no address for WebRTC.")
    token = session.publisher[0].get_secret_value()
    secrets = (*account.secrets, token)
    speaks = _speaks(order)
    library = await _library()
    room = await library.Room.enter(
        account.address(session.webrtc_url),
        token,
        secrets,
        track=f"translation_{speaks}".lower(),
        loudspeaker=order.loudspeaker if speaks else None,
    )
    dialect = SpeechInRoom(codes, secrets, speaks=bool(speaks))
    return await _started(library.RoomStream(room, dialect, order, secrets, release))


async def _library() -> Any:
    """The module of the room, with the library that it needs; loading that takes a while."""
    try:
        return await asyncio.to_thread(import_module, "appliance.vendors.palabra.room")
    except ImportError:
        raise ConfigurationFault(MISSING) from None


def _speaks(order: Order[PalabraOptions]) -> str | None:
    """The code of the language to be spoken aloud; None for none."""
    speak = order.options.speak
    if not speak:
        return None
    code = target_code(speak)
    if code not in codes_of(order).targets:
        raise ConfigurationFault(f"Palabra cannot speak {speak}: it is not among the room's languages; add it.")
    return code if order.loudspeaker.sounds else None


async def _started(stream: TaskStream) -> Stream:
    try:
        await stream.start()
    except BaseException:
        await stream.close()
        raise
    return stream


async def _connect(url: str, secrets: tuple[str, ...]) -> Socket:
    try:
        return await Socket.open(url)
    except Refused as refused:
        raise refusal(refused, secrets) from None
