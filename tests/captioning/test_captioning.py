import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.audio import listen
from appliance.board import Board
from appliance.captioning import captioning as supervising
from appliance.captioning import connecting
from appliance.captioning.calm import Erasure
from appliance.captioning.captioning import Captioning, Routes
from appliance.captions import Caption, Gap
from appliance.sound import FRAME_SECONDS
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
    monkeypatch.setattr(connecting, "_back_off", lambda _: 0.0)


class Run:
    """One captioning of a file, with everything that was shown."""

    def __init__(self, wav: Path, *scripts: Script, longest: float | None = None, paced: bool = False) -> None:
        self.vendor = ScriptedVendor(list(scripts), longest=longest)
        self.board = Board()
        self.states: list[State] = []
        self.reasons: list[str] = []
        self.published: list[Caption | Gap] = []
        self.captioning = Captioning(
            routes=Routes(first=self.vendor.route()),
            listen=lambda: listen(f"file:{wav}", paced=paced),
            publish=self._publish,
            board=self.board,
            numbers=itertools.count(1),
            erasure=Erasure(),
            live=False,
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


async def test_stopping_while_the_vendor_cannot_be_reached_ends_with_a_gap(
    meeting: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "LAST_WORDS", 0.05)
    monkeypatch.setattr(connecting, "_back_off", lambda _: 0.01)
    run = Run(meeting, Script(refuses=LOST))
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
