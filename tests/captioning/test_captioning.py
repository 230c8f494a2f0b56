import asyncio
import itertools
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.audio import Listener, listen
from appliance.audio.wavefile import WavFile
from appliance.board import Board
from appliance.captioning import captioning as supervising
from appliance.captioning import connecting, conversation
from appliance.captioning.calm import Erasure
from appliance.captioning.captioning import Captioning, Routes
from appliance.captions import Caption, Gap
from appliance.sound import FRAME_SECONDS, SAMPLE_RATE, Frame, Heard
from appliance.state import State, Status
from appliance.vendors.contract import Busy, ConfigurationFault, Lost
from tests.rigs.scripted import Script, ScriptedVendor
from tests.rigs.speech import speak


def frames(first: int, count: int) -> list[float]:
    """When so many frames begin."""
    return [round(n * FRAME_SECONDS, 3) for n in range(first, first + count)]


LOST = Lost("The network was away.")


@pytest.fixture(scope="module")
def meeting() -> Path:
    return speak("We have more money than we expected at the start of the year.")


@pytest.fixture(autouse=True)
def _no_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "_back_off", lambda _: 0.01)


class Run:
    """One captioning of a file, with everything that was shown."""

    def __init__(
        self,
        wav: Path,
        *scripts: Script,
        longest: float | None = None,
        paced: bool = False,
        fallback: Script | None = None,
        idle_after: float = 0.0,
        sent: Callable[[str], None] = lambda _account: None,
        listener: Callable[[], Listener] | None = None,
    ) -> None:
        self.vendor = ScriptedVendor(list(scripts), longest=longest)
        self.other = ScriptedVendor([fallback or Script()], account="other")
        self.board = Board()
        self.states: list[State] = []
        self.reasons: list[str] = []
        self.published: list[Caption | Gap] = []
        self.captioning = Captioning(
            routes=Routes(
                first=self.vendor.route(),
                fallback=self.other.route() if fallback else None,
                patience=0.05,
                idle_after=idle_after,
            ),
            sent=sent,
            listen=listener or (lambda: listen(f"file:{wav}", paced=paced)),
            publish=self._publish,
            board=self.board,
            numbers=itertools.count(1),
            erasure=Erasure(),
            live=paced,
        )
        self.vendor.opened = self._note

    async def run(self) -> None:
        await self.captioning.run()

    async def _publish(self, item: Caption | Gap) -> None:
        self.published.append(item)

    def _note(self) -> None:
        status: Status = self.board.status
        self.states.append(status.state)
        self.reasons.append(status.reason or "")

    async def until(self, condition: Callable[[Status], bool]) -> Status:
        """Until a status comes that is wanted."""
        async with asyncio.timeout(20), aclosing(self.board.watch()) as watch:
            async for _ in watch:
                if condition(self.board.status):
                    return self.board.status
        raise AssertionError

    @property
    def sound(self) -> list[float]:
        return [round(f.start, 3) for s in self.vendor.streams for f in s.frames]


async def test_all_sound_reaches_the_vendor_and_the_last_words_are_drained(meeting: Path) -> None:
    run = Run(meeting, Script())
    await run.run()
    assert run.sound == [round(n * FRAME_SECONDS, 3) for n in range(len(run.sound))]
    assert [c.text for c in run.published if isinstance(c, Caption)][-1] == "the last words"
    assert run.board.status.state is State.FINISHING
    assert all(s.closed for s in run.vendor.streams)


async def test_after_a_lost_connection_the_vendor_hears_again_what_it_had_not_made_words_of(
    meeting: Path,
) -> None:
    run = Run(meeting, Script(breaks_after=90, breaks_with=LOST), Script(), paced=True)
    await run.run()
    first, second = ([round(f.start, 3) for f in s.frames] for s in run.vendor.streams)
    assert first == frames(0, 90)
    assert second == frames(round(second[0] / FRAME_SECONDS), len(second))
    assert 0 < second[0] < 90 * FRAME_SECONDS
    assert run.states == [State.CONNECTING, State.RECONNECTING]
    assert run.reasons[1] == "The network was away."
    finals = [c.segment for c in run.published if isinstance(c, Caption) and c.text]
    assert finals == sorted(set(finals)), "no segment is used twice"


async def test_times_go_on_over_a_lost_connection(meeting: Path) -> None:
    run = Run(meeting, Script(breaks_after=40, breaks_with=LOST), Script())
    await run.run()
    starts = [c.start for c in run.published if isinstance(c, Caption) and c.text]
    assert starts == sorted(starts)
    assert starts[-1] > 40 * FRAME_SECONDS


async def test_a_vendor_that_hangs_up_politely_is_connected_again_at_once(meeting: Path) -> None:
    run = Run(meeting, Script(breaks_after=40), Script())
    await run.run()
    assert len(run.vendor.streams) == 2
    assert State.RECONNECTING not in run.states


async def test_a_vendor_that_does_not_answer_is_told_of_before_it_is_given_up(meeting: Path) -> None:
    run = Run(meeting, Script(breaks_after=10), Script(hangs=True), paced=True)
    async with running(run):
        status = await run.until(lambda s: s.state is State.RECONNECTING)
        assert status.reason == "The speech vendor does not answer yet."
        run.vendor.scripts[:] = [Script()]
        await run.captioning.change(Routes(first=run.vendor.route()))
        await run.until(lambda s: s.state is State.LIVE)


async def test_a_busy_vendor_is_asked_again_after_the_time_it_named(meeting: Path) -> None:
    run = Run(meeting, Script(refuses=Busy("Too many rooms at once.", wait=0.0)), Script())
    await run.run()
    assert run.reasons[1] == "Too many rooms at once."
    assert run.sound


async def test_a_wrong_key_stops_at_once_and_says_why(meeting: Path) -> None:
    run = Run(meeting, Script(refuses=ConfigurationFault("The key is not known.")))
    with pytest.raises(ConfigurationFault, match="The key is not known"):
        await run.run()
    assert run.states == [State.CONNECTING]


async def test_a_vendor_that_never_says_its_last_words_does_not_hold_the_box(
    meeting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.captioning.conversation.DRAIN", 0.05)
    run = Run(meeting, Script(mute=True))
    await run.run()
    assert all(s.closed for s in run.vendor.streams)
    [gap] = run.published
    assert isinstance(gap, Gap)
    assert gap.reason == "The speech vendor did not say its last words."


async def test_stopping_while_the_vendor_cannot_be_reached_ends_with_a_gap(
    meeting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "LAST_WORDS", 0.05)
    monkeypatch.setattr(connecting, "_back_off", lambda _: 0.01)
    run = Run(meeting, Script(refuses=LOST), paced=True)
    await run.run()
    [gap] = run.published
    assert isinstance(gap, Gap)
    assert gap.end > gap.start


async def test_before_a_vendor_ends_a_stream_the_next_one_goes_on_and_no_sound_is_lost_or_doubled() -> None:
    meeting = speak("Good morning.", "Good morning.", "Good morning.")
    run = Run(meeting, Script(), longest=1.5, paced=True)
    await run.run()
    assert len(run.vendor.streams) >= 3
    assert run.sound == [round(n * FRAME_SECONDS, 3) for n in range(len(run.sound))]
    ends = [c.text for c in run.published if isinstance(c, Caption)].count("the last words")
    assert ends == len(run.vendor.streams), "every stream says its last words"
    assert State.RECONNECTING not in run.states


async def test_a_stream_is_left_in_a_pause_where_there_is_one() -> None:
    meeting = speak("Good morning.", "Good morning.", "Good morning.")
    run = Run(meeting, Script(), longest=3.0, paced=True)
    await run.run()
    *left, _ = run.vendor.streams
    assert left
    assert all(not frame.speech for stream in left for frame in stream.frames[-5:])


async def test_an_announced_end_is_not_waited_for(meeting: Path) -> None:
    run = Run(meeting, Script(ends_in=1.5), Script(), paced=True)
    await run.run()
    assert len(run.vendor.streams) == 2
    assert run.sound == [round(n * FRAME_SECONDS, 3) for n in range(len(run.sound))]


async def test_a_language_that_the_vendor_does_not_list_is_a_warning_and_no_refusal(
    meeting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(meeting, Script())
    warnings: list[str | None] = []
    run.vendor.opened = lambda: warnings.append(run.board.status.warning)
    monkeypatch.setattr(ScriptedVendor, "manifest", replace(ScriptedVendor.manifest, languages=("nl", "de-DE")))
    await run.run()
    assert run.published
    assert warnings == ["Scripted does not list English (United States); captions may be wrong."]
    assert run.board.status.warning is None


@pytest.mark.parametrize(
    ("listed", "known"), [((), True), (("en",), True), (("en-GB", "nl"), True), (("nl",), False)]
)
def test_a_language_is_listed_with_or_without_its_country(listed: tuple[str, ...], *, known: bool) -> None:
    assert replace(ScriptedVendor.manifest, languages=listed).knows("en-US") is known


@asynccontextmanager
async def running(run: Run) -> AsyncIterator[None]:
    task = asyncio.create_task(run.run())
    try:
        yield
        async with asyncio.timeout(20):
            await task
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_the_fallback_takes_over_from_the_same_word_and_says_why(meeting: Path) -> None:
    run = Run(
        meeting, Script(breaks_after=30, breaks_with=LOST), Script(refuses=LOST), fallback=Script(), paced=True
    )
    async with running(run):
        status = await run.until(lambda s: s.state is State.FALLBACK)
    assert (
        status.reason == "The network was away. Until the speech vendor is back, captions come from Scripted."
    )
    heard = [round(f.start, 3) for s in (*run.vendor.streams, *run.other.streams) for f in s.frames]
    assert sorted(set(heard)) == frames(0, len(set(heard))), "no frame is missing"


async def test_the_chosen_account_takes_over_again_when_it_is_back(meeting: Path) -> None:
    run = Run(
        meeting, Script(breaks_after=10, breaks_with=LOST), Script(refuses=LOST), fallback=Script(), paced=True
    )
    async with running(run):
        await run.until(lambda s: s.state is State.FALLBACK)
        run.vendor.scripts.append(Script())
        await run.until(lambda s: s.state is State.LIVE)
    first, second = run.other.streams[0].frames[-1], run.vendor.streams[-1].frames[0]
    assert second.start == pytest.approx(first.end), "it goes on with the next frame"


async def test_a_key_that_is_revoked_in_a_meeting_falls_back_and_asks_for_a_person(meeting: Path) -> None:
    revoked = ConfigurationFault("The key is not known.")
    run = Run(meeting, Script(breaks_after=10, breaks_with=revoked), fallback=Script(), paced=True)
    async with running(run):
        status = await run.until(lambda s: s.state is State.FALLBACK)
    assert status.reason == (
        "The key is not known. A person must see to it; until then captions come from Scripted."
    )
    assert len(run.vendor.streams) == 1


async def test_a_key_that_is_revoked_in_a_meeting_without_a_fallback_ends_it_with_the_reason(
    meeting: Path,
) -> None:
    run = Run(meeting, Script(breaks_after=10, breaks_with=ConfigurationFault("The key is not known.")))
    with pytest.raises(ConfigurationFault, match="The key is not known"):
        await run.run()


async def test_at_the_cap_the_fallback_goes_on_with_every_word(meeting: Path) -> None:
    counted = itertools.count(1)

    def sent(account: str) -> None:
        if account == "scripted" and next(counted) == 20:
            raise ConfigurationFault("The cap is reached.")

    run = Run(meeting, Script(), fallback=Script(), paced=True, sent=sent)
    async with running(run):
        status = await run.until(lambda s: s.state is State.FALLBACK)
    assert status.reason
    assert status.reason.startswith("The cap is reached.")
    assert run.other.streams[0].frames[0].start == 0.0


async def test_someone_talking_without_words_is_told_and_the_vendor_connected_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("appliance.captioning.watch.TOLD", 0.5)
    monkeypatch.setattr("appliance.captioning.watch.STALLED", 1.0)
    meeting = speak("We have more money than we expected at the start of the year.")
    run = Run(meeting, Script(mute=True), Script(), paced=True)
    async with running(run):
        told = await run.until(lambda s: s.warning is not None)
        await run.until(lambda s: s.state is State.RECONNECTING)
    assert told.warning == "Someone is talking, but no words come from the speech vendor."
    assert run.board.status.warning is None
    assert len(run.vendor.streams) == 2
    assert run.vendor.streams[1].frames[0].start == 0.0, "what was said in vain is heard again"


async def test_a_vendor_that_gives_no_words_twice_is_replaced_by_the_fallback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("appliance.captioning.watch.STALLED", 0.5)
    meeting = speak("We have more money than we expected at the start of the year.")
    run = Run(meeting, Script(mute=True), fallback=Script(), paced=True)
    async with running(run):
        await run.until(lambda s: s.state is State.FALLBACK)
    assert len(run.vendor.streams) == 2


def silence_between(*sentences: str) -> Path:
    """The sentences with five seconds between them."""
    path = speak(*sentences)
    spaced = path.with_name(f"spaced-{path.name}")
    pause = bytes(2 * 5 * SAMPLE_RATE)
    with wave.open(str(spaced), "wb") as out:
        out.setparams((1, 2, SAMPLE_RATE, 0, "NONE", ""))
        for sentence in sentences:
            with wave.open(str(speak(sentence))) as said:
                out.writeframes(said.readframes(said.getnframes()) + pause)
    return spaced


async def test_a_resting_vendor_is_not_connected_for_a_roll_over_that_nobody_needs() -> None:
    run = Run(silence_between("Good morning."), Script(), idle_after=1.0, longest=7.0, paced=True)
    await run.run()
    assert len(run.vendor.streams) == 1


@pytest.mark.parametrize("pauses", [True, False])
async def test_a_long_silence_costs_nothing_and_the_first_word_after_it_is_heard(*, pauses: bool) -> None:
    run = Run(
        silence_between("Good morning.", "Good evening."), Script(pauses=pauses), idle_after=2.0, paced=True
    )
    await run.run()
    heard = [frame for stream in run.vendor.streams for frame in stream.frames]
    spoken = [frame.start for frame in heard if frame.speech]
    morning = max(start for start in spoken if start < 5)
    evening = min(start for start in spoken if start > 5)
    between = [frame.start for frame in heard if morning < frame.start < evening]
    left_out = max(after - before for before, after in itertools.pairwise([morning, *between, evening]))
    assert left_out > 1.0, "some of the silence was not sent"
    assert sum(evening - 1.1 < start < evening for start in between) * FRAME_SECONDS > 1.0
    assert len(run.vendor.streams) == (1 if pauses else 2)


class LateOnce(Listener):
    """Sound that is late once, in the middle of a word, as on a machine that has too much to do."""

    spoken = 0

    async def __anext__(self) -> Heard:
        heard = await super().__anext__()
        self.spoken += isinstance(heard, Frame) and heard.speech
        if self.spoken == 10:
            await asyncio.sleep(0.5)
        return heard


async def test_sound_that_is_late_within_a_word_is_waited_for(
    meeting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "FED", 0.1)
    monkeypatch.setattr(conversation, "LATE", 30.0)
    run = Run(
        meeting, Script(), paced=True, listener=lambda: LateOnce(WavFile(meeting, again=False, paced=True))
    )
    await run.run()
    [stream] = run.vendor.streams
    spoken = [number for number, frame in enumerate(stream.frames) if frame.speech]
    within = run.sound[spoken[0] : spoken[-1]]
    assert within == frames(round(within[0] / FRAME_SECONDS), len(within))


async def test_a_mute_closes_the_microphone_and_lets_the_vendor_rest_in_the_same_stream() -> None:
    run = Run(silence_between("Good morning.", "Good evening."), Script(pauses=True), paced=True)
    async with running(run):
        await run.until(lambda s: s.state is State.LIVE)
        await run.captioning.mute()
        await run.until(lambda s: s.state is State.MUTED)
        [stream] = run.vendor.streams
        await wait_for(lambda: bool(stream.paused_at))
        run.captioning.unmute()
        assert run.board.status.state is State.LIVE
        before = len(stream.frames)
        await wait_for(lambda: len(stream.frames) > before)
        await run.captioning.stop()
    assert [i.reason for i in run.published if isinstance(i, Gap)] == ["The microphone was muted."]
    assert len(run.vendor.streams) == 1


async def test_mute_and_unmute_in_one_breath_do_not_end_the_meeting(meeting: Path) -> None:
    run = Run(meeting, Script(), paced=True)
    async with running(run):
        await run.until(lambda s: s.state is State.LIVE)
        await run.captioning.mute()
        run.captioning.unmute()
        await wait_for(lambda: any(isinstance(item, Gap) for item in run.published))
        assert run.board.status.state is State.LIVE
        await run.captioning.stop()


@pytest.mark.parametrize("changes", [True, False])
async def test_another_language_is_taken_up_in_the_middle_of_a_meeting(*, changes: bool) -> None:
    run = Run(silence_between("Good morning."), Script(changes=changes), paced=True)
    async with running(run):
        await run.until(lambda s: s.state is State.LIVE)
        await run.captioning.change(Routes(first=run.vendor.route("nl")))
        await wait_for(lambda: any(isinstance(c, Caption) and c.language == "nl" for c in run.published))
    heard = [round(f.start, 3) for s in run.vendor.streams for f in s.frames]
    assert heard == frames(0, len(heard))
    assert len(run.vendor.streams) == (1 if changes else 2)
    assert State.RECONNECTING not in run.states


async def test_a_key_that_is_corrected_while_the_vendor_is_tried_again_is_used_at_once(meeting: Path) -> None:
    run = Run(meeting, Script(refuses=Busy("Too many rooms.", wait=3600.0)), Script(), paced=True)
    async with running(run):
        await run.until(lambda s: s.state is State.RECONNECTING)
        await run.captioning.change(Routes(first=run.vendor.route()))
        await run.until(lambda s: s.state is State.LIVE)


async def wait_for(condition: Callable[[], bool]) -> None:
    """Until something is true that nobody announces."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - as said
            await asyncio.sleep(0.02)
