"""What the accounts, the options and the actions of vendors are made of."""

from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from appliance.settings import BaseUrl
from appliance.settings.schemas import ADVANCED


class VendorModel(BaseModel):
    """Base of a vendor's account and option models; the web forms are made from their JSON Schemas."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class NetworkAccount(VendorModel):
    """Base of the account of a vendor on the network."""

    base_url: BaseUrl | None = Field(
        default=None,
        title="Base address",
        description="To use another host than the vendor's own, such as a proxy of yours.",
        json_schema_extra=ADVANCED,
    )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown: the values of all fields that are secrets."""
        return tuple(value.get_secret_value() for _, value in self if isinstance(value, SecretStr) and value)

    def address(self, usual: str) -> str:
        """The usual address of an endpoint, with scheme, host and port of `base_url` where that is set.

        The scheme keeps its kind: ``wss`` stays a WebSocket when `base_url` says ``https``.
        """
        if self.base_url is None:
            return usual
        parts, base = urlsplit(usual), urlsplit(self.base_url)
        secure = base.scheme in ("https", "wss")
        kind = parts.scheme.startswith("ws")
        scheme = ("wss" if kind else "https") if secure else ("ws" if kind else "http")
        return urlunsplit((scheme, base.netloc, parts.path, parts.query, ""))
