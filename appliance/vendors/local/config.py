"""What an administrator can set of the on-device engine."""

from pydantic import Field

from appliance.vendors.contract import VendorModel


class LocalAccount(VendorModel):
    """It needs no credentials."""


class LocalOptions(VendorModel):
    """Options of a room that the on-device engine hears."""

    pause: float = Field(default=0.5, ge=0.2, le=3, title="Pause that ends a segment (seconds)")
    longest_segment: float = Field(default=15, ge=5, le=60, title="Longest segment (seconds)")
