"""What a vendor plug-in is tested with: one suite for all of them, ours and others'.

Derive a class from `VendorConformance` in your own tests; `appliance/vendors/README.md` shows a whole example.
Needs the extra ``captionbox[testing]``.
"""

import pytest

pytest.register_assert_rewrite(
    "appliance.testing.conformance", "appliance.testing.judgement", "appliance.testing.rig"
)

from appliance.testing.circumstances import Circumstance, Scene  # noqa: E402 - after the line above
from appliance.testing.conformance import VendorConformance  # noqa: E402 - as above
from appliance.testing.hearing import Hearing, Understood  # noqa: E402 - as above
from appliance.testing.speech import Said, word_error_rate  # noqa: E402 - as above

__all__ = ["Circumstance", "Hearing", "Said", "Scene", "Understood", "VendorConformance", "word_error_rate"]
