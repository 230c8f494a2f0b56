"""What an administrator can set of Attendi."""

from typing import Annotated, Final, Literal
from uuid import uuid4

from pydantic import AfterValidator, Field, SecretStr

from appliance.settings.schemas import ADVANCED
from appliance.vendors.contract import NetworkAccount, VendorModel

PSEUDONYM: Final = f"captionbox-{uuid4()}"
"""Who the box is to Attendi where nobody says: random, so it tells nothing of the people in the room."""

_HOSTS: Final = {"sandbox": "sandbox.api.attendi.nl", "production": "api.attendi.nl"}


def _sendable(key: SecretStr) -> SecretStr:
    value = key.get_secret_value()
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise ValueError("must be a key as Attendi gave it, without spaces or line ends")
    return key


def _for_customers(key: SecretStr) -> SecretStr:
    if key.get_secret_value().startswith("sk_"):
        raise ValueError("must be the customer key (ck_…); this is a secret key (sk_…)")
    return key


def _for_servers(key: SecretStr) -> SecretStr:
    if key.get_secret_value().startswith("ck_"):
        raise ValueError("must be the secret key (sk_…); this is a customer key (ck_…)")
    return key


_Secret = Annotated[SecretStr, Field(min_length=1, max_length=500), AfterValidator(_sendable)]
_CustomerKey = Annotated[_Secret, AfterValidator(_for_customers)]
_ServerKey = Annotated[_Secret, AfterValidator(_for_servers)]
_Name = Annotated[str, Field(min_length=1, max_length=200)]


class AttendiAccount(NetworkAccount):
    """Credentials of one customer at Attendi."""

    customer_key: _CustomerKey = Field(title="Customer key", description="It begins with ck_.")
    secret_key: _ServerKey | None = Field(
        default=None,
        title="Secret key",
        description="It begins with sk_. Captions do not need it, only the management of customers and units.",
        json_schema_extra=ADVANCED,
    )
    environment: Literal["sandbox", "production"] = Field(
        default="production",
        title="Environment",
        json_schema_extra={"labels": {"sandbox": "Sandbox", "production": "Production"}},
    )
    customer_id: _Name | None = Field(default=None, title="Customer ID")
    unit_id: _Name | None = Field(
        default=None, title="Unit ID", description="The location or team; Attendi advises to give it."
    )
    user_id: _Name = Field(
        default=PSEUDONYM,
        title="User ID",
        description="A pseudonym, never a person's name.",
        json_schema_extra=ADVANCED,
    )

    def endpoint(self, path: str, *, scheme: str = "https") -> str:
        """The address of an endpoint in the environment of the account."""
        return self.address(f"{scheme}://{_HOSTS[self.environment]}{path}")


class AttendiOptions(VendorModel):
    """Options of a room that Attendi hears."""

    mode: Literal["stream", "transcribe"] = Field(
        default="stream",
        title="Way to Attendi",
        json_schema_extra={"labels": {"stream": "A live stream", "transcribe": "A request for each utterance"}},
    )
    model: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        title="Model",
        description="DistrictCare, ResidentialCare or MentalHealthCare; empty: the customer's own.",
    )
    voice_editing: bool = Field(default=False, title="Spoken commands edit the text")
