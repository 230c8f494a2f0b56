"""What systemd hears from the box: that it is ready, how it is, and that its loop still turns."""

import asyncio
import os
from typing import Protocol


class ServiceManager(Protocol):
    """Whoever started the box and looks after it."""

    def tell(self, message: str) -> None:
        """Pass on a message in the words of sd_notify(3)."""

    async def watch_over(self) -> None:
        """Show for ever that the event loop turns."""


class Systemd:
    """systemd, over the socket of ``$NOTIFY_SOCKET``."""

    def __init__(self) -> None:
        from systemd import daemon  # noqa: PLC0415 - a C library that only a service needs

        self._notify = daemon.notify
        self._beat = int(os.environ.get("WATCHDOG_USEC", "0")) / 2_000_000

    def tell(self, message: str) -> None:
        """Send one message."""
        self._notify(message)

    async def watch_over(self) -> None:
        """Beat twice as often as the watchdog wants."""
        while self._beat:
            self._notify("WATCHDOG=1")
            await asyncio.sleep(self._beat)


class Nobody:
    """The box was started by hand."""

    def tell(self, message: str) -> None:
        """Nobody listens."""

    async def watch_over(self) -> None:
        """Nobody watches."""


def service_manager() -> ServiceManager:
    """Whoever looks after this process."""
    return Systemd() if os.environ.get("NOTIFY_SOCKET") else Nobody()
