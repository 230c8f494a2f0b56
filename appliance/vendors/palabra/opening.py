"""Opening a stream to Palabra in the mode of a room's options."""

from uuid import uuid4

from appliance.vendors.contract import Order, Stream
from appliance.vendors.palabra import s2s, stt
from appliance.vendors.palabra.api import Session, create_session, delete_session
from appliance.vendors.palabra.config import PalabraAccount, PalabraOptions
from appliance.vendors.palabra.languages import codes_of
from appliance.vendors.palabra.refusals import refusal
from appliance.vendors.palabra.stream import PalabraStream, Release
from appliance.vendors.palabra.tasking import TaskStream
from appliance.vendors.transport import Refused, Socket


async def open_stream(account: PalabraAccount, order: Order[PalabraOptions]) -> Stream:
    """Open a stream in the mode of the room's options.

    An API key opens a stream directly; the older pair needs a session, which ends with the stream.

    Raises:
        VendorFailure: it cannot be opened.
    """
    session = None if account.api_key else await create_session(account, order.options)

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
    base = session.ws_url if session else s2s.ADDRESS.format(name=uuid4().hex)
    socket = await _connect(account.address(s2s.address(base, token)), secrets)
    stream = TaskStream(socket, s2s.SpeechToSpeech(codes, secrets), order, secrets, release)
    try:
        await stream.start()
    except BaseException:
        await stream.close()
        raise
    else:
        return stream


async def _connect(url: str, secrets: tuple[str, ...]) -> Socket:
    try:
        return await Socket.open(url)
    except Refused as refused:
        raise refusal(refused, secrets) from None
