"""The messages of a socket, one at a time, each waited for as long as one likes."""

import asyncio
from typing import Any

from appliance.vendors.transport import Socket


class Inbox:
    """Reads a socket; a wait that was given up loses no message."""

    def __init__(self, socket: Socket) -> None:
        self._messages = aiter(socket)
        self._next: asyncio.Task[bytes | str | None] | None = None
        self._woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def get(self, within: float | None = None) -> bytes | str | None:
        """The next message; None once the socket is closed.

        Raises:
            TimeoutError: none came within so many seconds, or `wake` was called meanwhile.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._read())
        waited: set[asyncio.Future[Any]] = {self._next} if self._woken.done() else {self._next, self._woken}
        await asyncio.wait(waited, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        if not self._next.done():
            raise TimeoutError
        message = self._next.result()
        self._next = None
        return message

    def wake(self) -> None:
        """Have a wait that is under way end, for its bound has changed."""
        if not self._woken.done():
            self._woken.set_result(None)

    async def closed(self) -> None:
        """Wait until nothing reads the socket any more; call it after the socket was closed."""
        if self._next:
            await asyncio.wait([self._next])

    async def _read(self) -> bytes | str | None:
        return await anext(self._messages, None)
