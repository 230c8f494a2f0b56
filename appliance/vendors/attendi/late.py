"""Words that come after the meeting: the utterances on the shelf, one request each, in order."""

from collections.abc import AsyncGenerator
from typing import Final

from appliance.spool import Job
from appliance.vendors.attendi import api
from appliance.vendors.attendi.config import AttendiAccount, AttendiOptions
from appliance.vendors.contract import Progress, Words

SENDING: Final = "Sending what was said to Attendi."


async def deliver(
    account: AttendiAccount, options: AttendiOptions, job: Job
) -> AsyncGenerator[Words | Progress, None]:
    """The words of each utterance, which is deleted once they were written down.

    Raises:
        VendorFailure: not now, or not without a person.
        OSError: the spool cannot be read or written.
    """
    pieces = job.pieces()
    for done, piece in enumerate(pieces):
        yield Progress(SENDING, done / len(pieces))
        text = (await api.transcribe(account, options, await piece.pcm())).strip()
        if text:
            yield Words(segment=str(piece.number), text=text, final=True, start=piece.start, end=piece.end)
        await piece.remove()
