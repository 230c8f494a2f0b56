"""What happens with sound on the shelf: job after job goes to its vendor, and its words into a transcript.

It is done by one task of the box, whatever it takes: a reboot, a network that is away, a vendor that is slow.
"""

import asyncio
import itertools
import logging
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from pydantic import ValidationError
from tenacity import wait_random_exponential

from appliance.board import Board
from appliance.captions import Caption, clean
from appliance.database import DatabaseFailure
from appliance.i18n import N_
from appliance.spool import Job, Spool, SpoolFull, Ticket
from appliance.spool.spool import AGE
from appliance.state import RoomInUse
from appliance.transcripts.store import LATE, NoSuchTranscript, TranscriptStore
from appliance.vendors.contract import (
    NO_SHELF,
    WORDS_LATER,
    AnyVendor,
    ConfigurationFault,
    Lost,
    Order,
    Progress,
    Route,
    Shelf,
    VendorFailure,
    Words,
)
from appliance.vendors.tries import Tries

HOUR: Final = 3600.0
"""Seconds after which all is looked at again, whatever needs a person too."""

SEGMENTS: Final = 1_000_000
"""Segments that one job may have."""

_back_off = wait_random_exponential(multiplier=2, exp_base=2, max=300)

_IN_HAND: Final = N_("Sound is still added to it.")
_WAITS: Final = N_("It waits for its turn.")
_AGAIN: Final = N_("It is tried again by itself.")
_DELETED: Final = N_("The recording was deleted before its words came.")
_TOO_OLD: Final = N_("The recording was kept for 30 days, and its words never came.")
_MISTAKE: Final = N_("The box made a mistake with it; it is tried again in an hour.")
_UNREADABLE: Final = N_("The recording cannot be read or written: look at the disk.")
_NO_ROOM: Final = N_("No sound can be kept: the disk does not take it; make room on it, or replace the card.")

_log = logging.getLogger(__name__)


class Meeting(Protocol):
    """The record of a meeting, whose transcript may have to begin before its first words."""

    async def begin(self) -> int:
        """The number of its transcript.

        Raises:
            DatabaseFailure: it cannot begin now.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How it stands with one job, for people.

    Attributes:
        id: its name.
        room: key of the room in the settings.
        title: what people called the room.
        vendor: whose words are awaited, as people write it.
        transcript: number of the transcript into which they come.
        created_at: when it began, seconds since 1970, UTC.
        seconds: of sound that waits.
        sentence: what happens with it now.
        percent: how far that is; None where nobody knows.
        needs_person: whether somebody must do something first.
    """

    id: str
    room: str
    title: str
    vendor: str
    transcript: int
    created_at: float
    seconds: float
    sentence: str
    percent: int | None = None
    needs_person: bool = False


@dataclass(slots=True)
class _State:
    sentence: str = _WAITS
    share: float | None = None
    needs_person: bool = False
    not_before: float = 0.0
    tries: Tries = field(default_factory=Tries)


class Deliveries:
    """Brings the words of all jobs, one job at a time.

    Args:
        spool: where the jobs are.
        store: where the words go.
        account: the vendor of an account and its credentials; raises `ConfigurationFault` where there is none.
        board: is told when a job needs a person.
    """

    def __init__(
        self,
        spool: Spool,
        store: TranscriptStore,
        account: Callable[[str], tuple[AnyVendor, Any]],
        board: Board,
    ) -> None:
        self._spool = spool
        self._store = store
        self._account = account
        self._board = board
        self._meeting: Meeting | None = None
        self._room = RoomInUse(id="", title="", from_language="")
        self._parts = itertools.count()
        self._states: dict[str, _State] = {}
        self._woken = spool.released

    def meet(self, meeting: Meeting | None, room: RoomInUse) -> None:
        """Another meeting begins.

        Args:
            meeting: its record; None where nothing is kept of it.
            room: where it is.
        """
        self._meeting, self._room, self._parts = meeting, room, itertools.count()

    def shelved(self, route: Route) -> Route:
        """The same route, whose streams may keep sound of the meeting for later."""
        shelf = _Shelf(self, route.account, route.manifest.title)
        return replace(route, order=replace(route.order, shelf=shelf))

    def try_again(self) -> None:
        """Let nothing wait any longer: the settings have changed."""
        for state in self._states.values():
            state.not_before = 0.0
        self._woken.set()

    async def run(self) -> None:
        """Deliver, until cancelled."""
        await asyncio.to_thread(self._spool.tidy)
        while True:
            self._woken.clear()
            await self._go_through()
            try:
                async with asyncio.timeout(self._rest()):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def all(self) -> list[Delivery]:
        """How it stands with each job, the oldest first."""
        return await asyncio.to_thread(lambda: [self._view(job) for job in self._spool.jobs()])

    async def delete(self, name: str) -> bool:
        """Delete a job with its sound; its words never come. False where there is none that may be deleted."""
        job = next((job for job in self._spool.waiting() if job.id == name), None)
        if job is None:
            return False
        await self._give_up(job, _DELETED)
        return True

    async def begin(self, account: str, vendor: str, order: Order[Any]) -> Job:
        """A job of the meeting that is held now; see `Shelf.begin`."""
        meeting, room = self._meeting, self._room
        if meeting is None:
            return await NO_SHELF.begin(order)
        try:
            transcript = await meeting.begin()
            return await self._spool.begin(
                Ticket(
                    account=account,
                    vendor=vendor,
                    room=room.id,
                    title=room.title,
                    transcript=transcript,
                    part=next(self._parts),
                    created_at=time.time(),
                    from_language=order.from_language,
                    to_languages=order.to_languages,
                    options=order.options.model_dump(mode="json"),
                )
            )
        except DatabaseFailure as failure:
            raise Lost(f"The transcript cannot begin: {failure}.") from None
        except SpoolFull as full:
            raise Lost(str(full)) from None
        except OSError:
            raise Lost(_NO_ROOM) from None

    @property
    def keeps(self) -> bool:
        """Whether anything is kept of the meeting that is held now."""
        return self._meeting is not None

    async def _go_through(self) -> None:
        jobs = await asyncio.to_thread(self._spool.waiting)
        self._states = {job.id: self._states.get(job.id, _State()) for job in jobs}
        for job in jobs:
            state = self._states[job.id]
            if await self._is_wanted(job) and state.not_before <= time.monotonic():
                await self._attempt(job, state)
            self._complain()

    def _rest(self) -> float:
        """Seconds until something is to be done again."""
        now = time.monotonic()
        return min([HOUR, *(max(0.0, state.not_before - now) for state in self._states.values())])

    async def _is_wanted(self, job: Job) -> bool:
        """Whether its words still have somewhere to go; a job whose words have not goes."""
        try:
            if not await self._has_transcript(job):
                await asyncio.to_thread(job.remove)
            elif time.time() - job.ticket.created_at > AGE.total_seconds():
                await self._give_up(job, _TOO_OLD)
        except (DatabaseFailure, OSError) as failure:
            _log.info("%s", failure)
            return False
        return job.exists

    async def _has_transcript(self, job: Job) -> bool:
        """Whether its transcript is there; one that went with a damaged database begins anew."""
        ticket = job.ticket
        if await self._store.exists(ticket.transcript):
            return True
        if await self._store.knew(ticket.transcript):
            return False
        began = ticket.created_at - ticket.at(0.0)
        number = await self._store.begin(ticket.room, ticket.title, ticket.from_language, started_at=began)
        await job.readdress(number)
        return True

    async def _attempt(self, job: Job, state: _State) -> None:
        """Bring the words of a job, as far as that goes now."""
        state.needs_person = False
        try:
            await self._deliver(job, state)
        except NoSuchTranscript:
            await asyncio.to_thread(job.remove)
        except VendorFailure as failure:
            self._put_off(job, state, failure)
        except (OSError, DatabaseFailure) as failure:
            if job.exists:
                self._put_off(job, state, Lost(_UNREADABLE if isinstance(failure, OSError) else f"{failure}."))
        except Exception:  # noqa: BLE001 - a stranger's plug-in must not keep all other jobs from their words
            _log.exception("A job could not be delivered")
            state.sentence, state.share = _MISTAKE, None
            state.not_before = time.monotonic() + HOUR

    async def _deliver(self, job: Job, state: _State) -> None:
        ticket = job.ticket
        vendor, credentials = self._account(ticket.account)
        order = _order(vendor, ticket)
        waits = await asyncio.to_thread(_stretch, job)
        async with aclosing(vendor.deliver(credentials, order, job)) as steps:
            async for step in steps:
                if not job.exists:
                    return
                if isinstance(step, Progress):
                    state.sentence, state.share = step.sentence, step.share
                else:
                    await self._write(ticket, step)
        start, end = waits or await asyncio.to_thread(_stretch, job) or (0.0, 0.0)
        await self._store.settle(ticket.transcript, WORDS_LATER, start, end)
        await asyncio.to_thread(job.remove)
        _log.info("The words of %s have come.", job.id)

    async def _write(self, ticket: Ticket, words: Words) -> None:
        text = clean(words.text)
        start = ticket.at(words.start or 0.0)
        if text:
            caption = Caption(
                segment=LATE + ticket.part * SEGMENTS + int(words.segment) % SEGMENTS,
                revision=1,
                language=words.language or ticket.from_language,
                text=text,
                final=True,
                translated_from=words.translated_from,
                start=round(start, 3),
                end=round(max(start, ticket.at(words.end or 0.0)), 3),
            )
            timed = [(w.text, round(ticket.at(w.start), 3), round(ticket.at(w.end), 3)) for w in words.timed]
            await self._store.add_late(ticket.transcript, caption, timed)

    def _put_off(self, job: Job, state: _State, failure: VendorFailure) -> None:
        state.needs_person = isinstance(failure, ConfigurationFault)
        state.share = None
        wait = state.tries.wait(failure, _back_off)
        state.not_before = time.monotonic() + (HOUR if state.needs_person else wait)
        state.sentence = str(failure) if state.needs_person else f"{failure} {_AGAIN}"
        _log.info("%s: %s", job.id, failure)

    async def _give_up(self, job: Job, why: str) -> None:
        """Delete a job; where its words were to come, the transcript says why they never will."""
        if waits := await asyncio.to_thread(_stretch, job):
            await self._store.settle(job.ticket.transcript, WORDS_LATER, *waits, now=why)
        await asyncio.to_thread(job.remove)

    def _complain(self) -> None:
        complaints = (state.sentence for state in self._states.values() if state.needs_person)
        complaint = next(complaints, None)
        self._board.warn("recordings", f"A recording waits for its words: {complaint}" if complaint else None)

    def _view(self, job: Job) -> Delivery:
        ticket, state = job.ticket, self._states.get(job.id, _State())
        return Delivery(
            id=job.id,
            room=ticket.room,
            title=ticket.title,
            vendor=ticket.vendor,
            transcript=ticket.transcript,
            created_at=ticket.created_at,
            seconds=round(job.seconds, 1),
            sentence=_IN_HAND if self._spool.is_in_hand(job.id) else state.sentence,
            percent=None if state.share is None else round(100 * state.share),
            needs_person=state.needs_person,
        )


class _Shelf(Shelf):
    """The shelf of one account."""

    def __init__(self, deliveries: Deliveries, account: str, vendor: str) -> None:
        self._deliveries = deliveries
        self._account = account
        self._vendor = vendor

    @property
    def keeps(self) -> bool:
        """Whether anything is kept of the meeting."""
        return self._deliveries.keeps

    async def begin(self, order: Order[Any]) -> Job:
        """A job of the meeting that is held now."""
        return await self._deliveries.begin(self._account, self._vendor, order)


def _order(vendor: AnyVendor, ticket: Ticket) -> Order[Any]:
    """What the room wanted when it was recorded."""
    try:
        options = vendor.options_model.model_validate(ticket.options)
    except ValidationError:
        raise ConfigurationFault(
            f"{ticket.vendor} has other options now than when this was recorded; delete the recording."
        ) from None
    return Order(from_language=ticket.from_language, to_languages=ticket.to_languages, options=options)


def _stretch(job: Job) -> tuple[float, float] | None:
    """From when to when its sound is, in seconds since the captioning began; None where there is none."""
    if pieces := job.pieces():
        return pieces[0].start, pieces[-1].end
    seconds = job.seconds
    return (job.ticket.at(0.0), job.ticket.at(seconds)) if seconds else None
