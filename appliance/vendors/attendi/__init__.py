"""Attendi: Dutch speech recognition for healthcare, as a live stream or a request for each utterance."""

from collections.abc import AsyncGenerator

from appliance.spool import Job
from appliance.vendors.attendi import api, customers, late, units
from appliance.vendors.attendi.config import AttendiAccount, AttendiOptions
from appliance.vendors.attendi.requests import AttendiRequests
from appliance.vendors.attendi.stream import CHUNK_SECONDS, AttendiStream
from appliance.vendors.contract import Delivery, Manifest, Order, Progress, Stream, Vendor, Words


class AttendiVendor(Vendor[AttendiAccount, AttendiOptions]):
    """Recognises Dutch at Attendi."""

    manifest = Manifest(
        title="Attendi",
        delivery=Delivery.LIVE,
        languages=("nl-NL", "nl-BE", "nl"),
        frame_seconds=CHUNK_SECONDS,
        fed_in_silence=True,
    )
    actions = (*customers.ACTIONS, *units.ACTIONS)
    account_model = AttendiAccount
    options_model = AttendiOptions

    def longest_stream(self, order: Order[AttendiOptions]) -> float | None:
        """An hour for a live stream: Attendi is not known to end it, but its document grows and grows."""
        return 3600.0 if order.options.mode == "stream" else None

    def delivery(self, order: Order[AttendiOptions]) -> Delivery:
        """By the mode of the room."""
        return Delivery.LIVE if order.options.mode == "stream" else Delivery.UTTERANCE

    async def check(self, account: AttendiAccount) -> str:
        """Sign in as for a stream, and look up the customer where a secret key is set; no speech is sent."""
        await api.sign_in(account)
        if account.secret_key is None:
            return f"Attendi ({account.environment}) takes the key; no speech was sent, so it cost nothing."
        await api.look_up_customer(account, account.secret_key)
        return f"Attendi ({account.environment}) takes both keys; no speech was sent, so it cost nothing."

    async def open(self, account: AttendiAccount, order: Order[AttendiOptions]) -> Stream:
        """Open a stream in the mode of the room; no language is sent, for Attendi has no field for it."""
        if order.options.mode == "transcribe":
            return AttendiRequests(account, order)
        return await AttendiStream.open(account, order.options)

    def deliver(
        self, account: AttendiAccount, order: Order[AttendiOptions], job: Job
    ) -> AsyncGenerator[Words | Progress, None]:
        """The utterances that were kept while Attendi could not be had."""
        return late.deliver(account, order.options, job)
