"""Speech recognition servers on the local network that speak the Wyoming protocol."""

from appliance.vendors.contract import ConfigurationFault, Delivery, Manifest, Order, Stream, Vendor
from appliance.vendors.wyoming.config import WyomingAccount, WyomingOptions
from appliance.vendors.wyoming.connection import describe
from appliance.vendors.wyoming.protocol import choose, first_of, languages_of
from appliance.vendors.wyoming.stream import WyomingStream

NAMED = 12
"""Languages that the check names; some servers know a hundred."""


class WyomingVendor(Vendor[WyomingAccount, WyomingOptions]):
    """Has a server recognise one utterance after the other."""

    manifest = Manifest(
        title="Wyoming server",
        delivery=Delivery.UTTERANCE,
        hold_back=1,
        in_real_time=False,
        bills_by_time=False,
    )
    account_model = WyomingAccount
    options_model = WyomingOptions

    async def check(self, account: WyomingAccount) -> str:
        """Ask the server to describe itself, which costs nothing."""
        programs = await describe(account)
        first = first_of(programs)
        languages = languages_of(programs)
        if not languages and not any(model.installed for program in programs for model in program.models):
            raise ConfigurationFault(f"The Wyoming server “{first.name}” has no model installed.")
        named = ", ".join(languages[:NAMED]) + (" …" if len(languages) > NAMED else "")
        how = "words while people speak" if first.supports_transcript_streaming else "words after each pause"
        return (
            f"The Wyoming server “{first.name}” works, without a key: {how}; languages: {named or 'unknown'}."
        )

    async def open(self, account: WyomingAccount, order: Order[WyomingOptions]) -> Stream:
        """Ask what the server offers; connections for sound are opened as people speak."""
        request = choose(await describe(account), model=order.options.model, language=order.from_language)
        return WyomingStream(account, request, language=order.from_language)
