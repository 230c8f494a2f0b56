"""The link that the box's own kiosk opens, where only the box's user can read it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LINK: Final = "kiosk.url"
PAGE: Final = "kiosk.html"

_FORWARDING: Final = '<!doctype html><title>captionbox</title><meta http-equiv="refresh" content="0;url={}">\n'


@contextmanager
def kiosk_link(folder: Path, link: str) -> Iterator[None]:
    """The link in a file, and in a page: an address among a browser's arguments could be read by everybody.

    Args:
        folder: where both are while the context is open.
        link: holds the key of the screen.
    """
    texts = {folder / LINK: f"{link}\n", folder / PAGE: _FORWARDING.format(link)}
    for path, text in texts.items():
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, "utf-8")
    yield
    for path in texts:
        path.unlink(missing_ok=True)
