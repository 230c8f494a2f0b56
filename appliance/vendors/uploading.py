"""Sending a file to a vendor, however long that takes, as long as it goes on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Final

import aiohttp

from appliance.vendors.contract import ConfigurationFault, Lost
from appliance.vendors.transport import NONSENSE, UNVERIFIED, Refused, unreachable

STALLED: Final = 60.0
"""Seconds in which something must have been sent, or the answer have come."""

_CHUNK: Final = 65_536
_SAID: Final = 4_096


async def upload(url: str, path: Path, *, headers: Mapping[str, str], sent: Callable[[float], None]) -> None:
    """Put a file with one request; redirects are not followed.

    Args:
        url: the whole address, which may be a secret itself.
        path: the file.
        headers: its type among them.
        sent: is told the share that was sent, from 0 to 1.

    Raises:
        Refused: status 300 or above.
        ConfigurationFault: the certificate is not the vendor's.
        Lost: it could not be sent to the end.
        OSError: the file cannot be read.
    """
    size = (await asyncio.to_thread(path.stat)).st_size
    try:
        async with (
            asyncio.timeout(STALLED) as limit,
            aiohttp.ClientSession(trust_env=True, timeout=aiohttp.ClientTimeout(total=None)) as session,
            session.put(
                url,
                data=_read(path, size, sent, limit),
                headers={**headers, "Content-Length": str(size)},
                allow_redirects=False,
            ) as response,
        ):
            if response.status >= 300:
                said = await response.content.read(_SAID)
                raise Refused(response.status, said.decode("utf-8", "replace"))
    except aiohttp.ClientConnectorCertificateError:
        raise ConfigurationFault(UNVERIFIED) from None
    except (aiohttp.ClientResponseError, aiohttp.InvalidURL):
        raise Lost(NONSENSE) from None
    except (aiohttp.ClientError, ConnectionError, TimeoutError):
        raise unreachable(url) from None


async def _read(
    path: Path, size: int, sent: Callable[[float], None], limit: asyncio.Timeout
) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    done = 0
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
            done += len(chunk)
            sent(done / size)
            limit.reschedule(loop.time() + STALLED)
