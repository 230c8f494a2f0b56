"""What an administrator can set of Reverie."""

from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, SecretStr

from appliance.settings.schemas import ADVANCED
from appliance.vendors.contract import NetworkAccount, VendorModel
from appliance.vendors.reverie.encoding import Format

LONGEST: Final = 180.0
"""Seconds that Reverie keeps a stream open at most."""


def _as_written(value: Any) -> Any:
    """``logging = false`` without quotes is what people write, and they mean it."""
    return str(value).lower() if isinstance(value, bool) else value


Logging = Annotated[Literal["false", "no_audio", "no_transcript", "true"], BeforeValidator(_as_written)]


class ReverieAccount(NetworkAccount):
    """The credentials of an application at Reverie."""

    app_id: str = Field(min_length=1, max_length=200, title="App ID")
    api_key: SecretStr = Field(min_length=1, max_length=500, title="API key")


class ReverieOptions(VendorModel):
    """Options of a room that Reverie hears."""

    domain: str = Field(
        default="generic", pattern=r"^[A-Za-z0-9_-]{1,64}$", title="Subject that is spoken about"
    )
    silence: float = Field(default=1, ge=0.1, le=30, title="Silence that ends an utterance (seconds)")
    timeout: float = Field(
        default=LONGEST, ge=10, le=LONGEST, title="Longest stream (seconds)", json_schema_extra=ADVANCED
    )
    format: Format = Field(
        default="16k_int16",
        title="Format of the sound",
        description="What takes less of a slow line is understood less well.",
        json_schema_extra={
            "labels": {
                "16k_int16": "16 kHz, 16 bits (best)",
                "16k_uint8": "16 kHz, 8 bits",
                "16k_ulaw": "16 kHz, µ-law",
                "8k_int16": "8 kHz, 16 bits",
                "8k_uint8": "8 kHz, 8 bits",
                "8k_ulaw": "8 kHz, µ-law",
            },
            **ADVANCED,
        },
    )
    punctuate: bool = Field(default=True, title="Punctuation", description="In English and Hindi.")
    continuous: bool = Field(
        default=True, title="Keep the stream open after silence", json_schema_extra=ADVANCED
    )
    logging: Logging = Field(
        default="false",
        title="What Reverie keeps for itself",
        json_schema_extra={
            "labels": {
                "false": "Nothing",
                "no_audio": "The text, not the sound",
                "no_transcript": "The sound, not the text",
                "true": "Sound and text",
            }
        },
    )
