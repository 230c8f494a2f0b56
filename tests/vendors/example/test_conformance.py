from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from appliance.testing import Circumstance, Said, Scene, VendorConformance
from appliance.vendors.contract import Order
from tests.rigs.speech import speak
from tests.vendors.example.emulator import ParrotEmulator
from tests.vendors.example.plugin import ParrotAccount, ParrotOptions, ParrotVendor

KEY, WRONG = "canary-right", "canary-wrong"
SENTENCES = ("Winter comes early.", "Seven people came today.")


class TestParrot(VendorConformance):
    vendor = ParrotVendor()
    secrets = (KEY, WRONG)
    silence = 3.0

    @property
    def said(self) -> tuple[Said, Said]:
        first, second = (Said(sentence, speak(sentence)) for sentence in SENTENCES)
        return first, second

    @asynccontextmanager
    async def emulated(self, circumstance: Circumstance) -> AsyncIterator[Scene]:
        key = WRONG if circumstance is Circumstance.WRONG_KEY else KEY
        async with ParrotEmulator(key=KEY, sentences=SENTENCES, circumstance=circumstance) as parrot:
            yield Scene(
                account=ParrotAccount(base_url=parrot.url, api_key=SecretStr(key)),
                order=Order(from_language="en-US", to_languages=(), options=ParrotOptions()),
                other=Order(from_language="fr-FR", to_languages=(), options=ParrotOptions()),
                complaints=parrot.complaints,
            )
