"""What an administrator can set of Scriptix."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from appliance.vendors.contract import NetworkAccount, VendorModel


def _token(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not (0 < len(text) <= 4096 and text.isascii() and text.isprintable() and " " not in text):
        raise ValueError("must be a token without spaces or line breaks; copy it again from scriptix.app")
    return value


Token = Annotated[SecretStr, AfterValidator(_token)]


class ScriptixAccount(NetworkAccount):
    """Tokens made at scriptix.app; each kind serves its own mode."""

    realtime_token: Token = Field(title="Realtime token")
    batch_token: Token | None = Field(default=None, title="Batch token")


class ScriptixOptions(VendorModel):
    """Options of a room that Scriptix hears."""

    mode: Literal["realtime"] = Field(default="realtime", title="Mode")
    partial: bool = Field(default=True, title="Show words while they are spoken")
    actual_numbers: bool = Field(default=False, title="Write numbers in digits")
    type: Literal["fast", "quality"] | None = Field(
        default=None,
        title="Recognition",
        json_schema_extra={"labels": {"fast": "Fast", "quality": "Precise"}},
    )
