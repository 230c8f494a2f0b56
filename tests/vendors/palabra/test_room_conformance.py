"""The suite that all plug-ins go through, over real WebRTC on this machine."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from appliance.testing import Circumstance
from appliance.vendors.palabra.config import PalabraAccount, PalabraOptions
from tests.vendors import test_conformance as others


class TestPalabraInRoom(others.TestPalabraSpeechToText):
    options = PalabraOptions(mode="webrtc")
    word_errors = 0.34  # a busy machine is late with a packet now and then, and the ear makes a word of it
    late: ClassVar[Mapping[str, Any]] = {"late": 1.0, "translator_after": 0.5}
    impossible: ClassVar[Mapping[Circumstance, str]] = {
        Circumstance.HUGE: "a packet of data holds 256 KiB at most",
    }

    @pytest.fixture(autouse=True)
    def _takes_long(self) -> None:
        """It is sat through here."""

    def _account(self, circumstance: Circumstance, url: str) -> PalabraAccount:
        if circumstance is Circumstance.LATE:  # the room is, with whatever credentials
            circumstance = Circumstance.GOOD
        return super()._account(circumstance, url)
