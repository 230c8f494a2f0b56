"""Whatever a vendor sends, the box stays up, stays small, answers, and says what happened."""

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from appliance.captions import LONGEST_TEXT
from tests.emulators.hostile import (
    MEGABYTE,
    WELL,
    Attack,
    Hostile,
    a_deep_message,
    a_growing_segment,
    a_huge_message,
    endless_words,
    ever_other_interims,
    hostile_text,
    impossible_numbers,
    many_finals,
    never_a_final,
    quick_interims,
    restless_words,
    text_that_is_none,
    without_end,
)
from tests.rigs.box import RunningBox, simple_settings
from tests.rigs.speech import speak

PATIENCE = 60.0
ANSWER = 5.0
GROWTH = 60 * MEGABYTE

ACCOUNTS = {
    "reverie": 'vendor = "reverie"\nbase_url = "URL"\napp_id = "app"',
    "palabra": 'vendor = "palabra"\nbase_url = "URL"',
    "palabra-speech": 'vendor = "palabra"\nbase_url = "URL"',  # of its own: connections are counted by the key
    "scriptix": 'vendor = "scriptix"\nbase_url = "URL"',
    "attendi": 'vendor = "attendi"\nbase_url = "URL"',
    "stenomatic": 'vendor = "stenomatic"\nbase_url = "GRPC"',
    "wyoming": 'vendor = "wyoming"\nuri = "TCP"',
}
SECRETS = {
    "reverie": 'api_key = "key"',
    "palabra": 'api_key = "key"',
    "palabra-speech": 'api_key = "another-key"',
    "scriptix": 'realtime_token = "key"',
    "attendi": 'customer_key = "ck_key"',
    "stenomatic": 'api_key = "key"',
}
ROOMS = {
    "reverie": 'account = "reverie"\nfrom_language = "en-IN"',
    "palabra-stt": 'account = "palabra"',
    "palabra-s2s": 'account = "palabra-speech"\noptions = { mode = "s2s" }',
    "scriptix": 'account = "scriptix"',
    "attendi-stream": 'account = "attendi"\nfrom_language = "nl"',
    "attendi-transcribe": 'account = "attendi"\nfrom_language = "nl"\noptions = { mode = "transcribe" }',
    "stenomatic": 'account = "stenomatic"',
    "wyoming": 'account = "wyoming"',
}
STREAMS = tuple(room for room in ROOMS if room != "attendi-transcribe")

FLOODS = {
    "reverie": (ever_other_interims, quick_interims),
    "palabra-stt": (many_finals,),
    "palabra-s2s": (a_growing_segment, never_a_final),
    "scriptix": (a_growing_segment, quick_interims),
    "attendi-stream": (a_growing_segment, many_finals),
    "stenomatic": (a_growing_segment, many_finals),
    "wyoming": (quick_interims, many_finals),
}
EXPLAINED = re.compile("makes no sense|far too large|more text than")
"""What the box says of a message that nobody can make sense of."""

INSIDE = re.compile("mistake|frame|bytes|position|ping|larger than|exceeds")
"""What no person should have to read."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


def settings(vendor: Hostile) -> str:
    accounts = "".join(f"[accounts.{name}]\n{lines}\n" for name, lines in ACCOUNTS.items())
    rooms = "".join(f"[rooms.{name}]\n{lines}\n" for name, lines in ROOMS.items())
    more = f"{accounts}\n{rooms}"
    for name, address in (("URL", vendor.url), ("GRPC", vendor.grpc_url), ("TCP", vendor.uri)):
        more = more.replace(f'"{name}"', f'"{address}"')
    return simple_settings(f"file:{speak('We have more money than we expected.')}?loop", more=more)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vendor() -> AsyncIterator[Hostile]:
    async with Hostile() as hostile:
        yield hostile


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def box(tmp_path_factory: pytest.TempPathFactory, vendor: Hostile) -> AsyncIterator[RunningBox]:
    """One box for all attacks: whatever one leaves behind, the next ones meet."""
    folder = tmp_path_factory.mktemp("box")
    secrets = "".join(f"[accounts.{name}]\n{line}\n" for name, line in SECRETS.items())
    (folder / "secrets.toml").write_text(secrets, "utf-8")
    async with RunningBox.started(folder, settings(vendor)) as running:
        yield running
        assert running.process.returncode is None


@dataclass
class Seen:
    """What a phone has seen of a meeting."""

    sentences: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    gaps: int = 0
    well: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, box: RunningBox) -> None:
        async with aclosing(box.events()) as events:
            async for event in events:
                self._take(event.kind, event.data)

    def _take(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "state":
            self.sentences += [said for said in (data["reason"], data["warning"]) if said]
        elif kind == "gap":
            self.gaps += 1
        else:
            self.texts.append(data["text"])
            if data["final"] and WELL in data["text"]:
                self.well.set()


@asynccontextmanager
async def meeting(box: RunningBox, room: str) -> AsyncIterator[Seen]:
    """A meeting in a room, with a phone that reads it."""
    while (await box.state())["room"]["id"] != room:
        await box.command("next_room")
    seen = Seen()
    reading = asyncio.create_task(seen.read(box))
    try:
        await box.command("start")
        yield seen
    finally:
        await box.command("stop")
        await until(box, "idle", "fault")
        reading.cancel()
        await asyncio.wait([reading])


async def until(box: RunningBox, *states: str) -> None:
    """Wait for one of the states; all the while, the box answers."""
    async with asyncio.timeout(PATIENCE):
        while await state_of(box) not in states:  # noqa: ASYNC110 - asking is what is tested
            await asyncio.sleep(0.05)


async def state_of(box: RunningBox) -> str:
    """The state, and it comes soon."""
    async with asyncio.timeout(ANSWER):
        async with box.session.get(f"{box.url}/healthz") as response:
            assert response.status == 200
        return str((await box.state())["state"])


async def until_well(box: RunningBox, seen: Seen) -> None:
    """Wait for words of the vendor come to its senses; all the while, the box answers."""
    waiting = asyncio.create_task(seen.well.wait())
    try:
        async with asyncio.timeout(PATIENCE):
            while not waiting.done():
                await state_of(box)
                await asyncio.wait([waiting], timeout=0.1)
    finally:
        waiting.cancel()


@contextmanager
def bounded_memory(box: RunningBox) -> Iterator[None]:
    """What happens meanwhile takes the box little memory, at no moment much of it."""
    process = psutil.Process(box.process.pid)
    before = process.memory_info().rss
    Path(f"/proc/{process.pid}/clear_refs").write_text("5", "ascii")  # forgets the peak so far: proc(5)
    yield
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text("ascii"))
    assert found
    assert int(found[1]) * 1024 - before < GROWTH


async def attacked(box: RunningBox, vendor: Hostile, room: str, *attacks: Attack) -> Seen:
    """A meeting with attacks, until words come again."""
    vendor.arm(*attacks)
    with bounded_memory(box):
        async with meeting(box, room) as seen:
            await until_well(box, seen)
    assert vendor.made == len(attacks)
    assert_fit(seen)
    return seen


def assert_fit(seen: Seen) -> None:
    """Everything that was seen can be shown on any display and read by anyone."""
    assert all(len(text) <= LONGEST_TEXT for text in seen.texts)
    assert not {"Cc", "Cs", "Cn"} & {unicodedata.category(letter) for text in seen.texts for letter in text}
    assert not any(INSIDE.search(said) for said in seen.sentences)


@pytest.mark.parametrize(
    ("room", "attack"), [(room, attack) for room, attacks in FLOODS.items() for attack in attacks]
)
async def test_a_flood_of_words_neither_fills_the_memory_nor_keeps_anyone_waiting(
    box: RunningBox, vendor: Hostile, room: str, attack: Attack
) -> None:
    await attacked(box, vendor, room, attack)


@pytest.mark.parametrize("attack", [a_huge_message, text_that_is_none, a_deep_message])
@pytest.mark.parametrize("room", STREAMS)
async def test_the_box_says_that_a_message_makes_no_sense_and_words_come_again(
    box: RunningBox, vendor: Hostile, room: str, attack: Attack
) -> None:
    seen = await attacked(box, vendor, room, attack)
    assert any(EXPLAINED.search(said) for said in seen.sentences)


@pytest.mark.parametrize("attack", [impossible_numbers, endless_words, hostile_text])
@pytest.mark.parametrize("room", STREAMS)
async def test_words_and_times_that_cannot_be_are_made_fit_or_refused(
    box: RunningBox, vendor: Hostile, room: str, attack: Attack
) -> None:
    await attacked(box, vendor, room, attack)


async def test_answers_that_make_no_sense_are_asked_for_again_and_no_word_is_lost(
    box: RunningBox, vendor: Hostile
) -> None:
    seen = await attacked(box, vendor, "attendi-transcribe", a_huge_message, text_that_is_none)
    assert not seen.gaps


async def test_words_that_repeat_themselves_do_not_keep_anyone_waiting(
    box: RunningBox, vendor: Hostile
) -> None:
    await attacked(box, vendor, "reverie", restless_words)


async def test_the_button_stops_a_vendor_that_does_not_stop_talking(box: RunningBox, vendor: Hostile) -> None:
    vendor.arm(without_end)
    with bounded_memory(box):
        async with meeting(box, "attendi-stream") as seen:
            async with asyncio.timeout(PATIENCE):
                while vendor.sent < MEGABYTE:  # noqa: ASYNC110 - the flood tells nobody how far it is
                    await asyncio.sleep(0.05)
            await box.command("stop")
            async with asyncio.timeout(ANSWER):
                await until(box, "finishing", "idle")
    assert_fit(seen)
