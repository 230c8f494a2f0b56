"""What an administrator can set of a Wyoming server."""

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from appliance.settings.addresses import refuse_nobodys
from appliance.vendors.contract import VendorModel

_ADDRESS: Final = re.compile(r"tcp://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):[0-9]{1,5}/?")


def _uri(value: str) -> str:
    if not _ADDRESS.fullmatch(value) or not 0 < int(value.rstrip("/").rpartition(":")[2]) < 65_536:
        raise ValueError("must be an address such as tcp://192.168.1.20:10300")
    refuse_nobodys(urlsplit(value).hostname or "")
    return value.rstrip("/")


Uri = Annotated[str, AfterValidator(_uri)]
"""Where a Wyoming server listens; any host, in plain TCP, for the protocol has nothing else."""


class WyomingAccount(VendorModel):
    """A server on the local network; the protocol knows no keys."""

    uri: Uri = Field(
        max_length=300, title="Address of the server", description="Such as tcp://192.168.1.20:10300."
    )

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.uri)
        assert parts.hostname
        assert parts.port
        return parts.hostname, parts.port


class WyomingOptions(VendorModel):
    """Options of a room that a Wyoming server hears."""

    model: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        title="Model",
        description="Leave empty for the server's own choice.",
    )
