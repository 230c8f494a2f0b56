from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.captions import Caption
from appliance.database import open_database
from appliance.transcripts.search import Match, Query
from appliance.transcripts.store import TranscriptStore


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[TranscriptStore]:
    async with open_database(tmp_path) as database:
        store = TranscriptStore(database)
        await store.open()
        yield store


async def keep(store: TranscriptStore, *texts: str, room: str = "hall", language: str = "de") -> int:
    number = await store.begin(room, room.title(), "de")
    for segment, text in enumerate(texts, start=1):
        caption = Caption(
            segment=segment,
            revision=1,
            language=language,
            text=text,
            final=True,
            start=2.0 * segment,
            end=2.0 * segment + 1,
        )
        await store.add(number, caption)
    return number


async def found(store: TranscriptStore, text: str, **more: str) -> list[Match]:
    return [match async for match in store.search(Query.of(text), **more)]  # type: ignore[arg-type] # only rooms


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Die Öffnung der Straße", "öffnung"),
        ("die öffnung der Straße", "ÖFFNUNG straße"),
        ("Budget für 2026", "budget 2026"),
        ("100 % sicher", "100 %"),
        ("snake_case", "e_c"),
        (r"C:\Temp", r":\t"),
        ("今日は会議です", "会議"),
        ("ΚΑΛΗΜΕΡΑ", "καλημερα"),
        ("Привет всем", "ПРИВЕТ"),
    ],
)
async def test_what_was_said_is_found_however_it_is_typed(
    store: TranscriptStore, text: str, words: str
) -> None:
    await keep(store, "Something else entirely.", text)
    assert [match.caption.text for match in await found(store, words)] == [text]


@pytest.mark.parametrize("words", ["budget 2027", "%", "_", "ä", "' OR 1=1 --", "\\", ""])
async def test_what_nobody_said_is_not_found(store: TranscriptStore, words: str) -> None:
    await keep(store, "Budget für 2026", "Ganz sicher")
    assert not await found(store, words)


async def test_the_latest_meeting_comes_first_and_each_in_its_order(store: TranscriptStore) -> None:
    old = await keep(store, "One budget", "Two budgets")
    new = await keep(store, "Three budgets", "Four budgets", room="library")
    places = [match.place for match in await found(store, "budget")]
    assert [(place.transcript, place.segment) for place in places] == [(new, 1), (new, 2), (old, 1), (old, 2)]
    assert [match.transcript for match in await found(store, "budget", room="hall")] == [old, old]
    for number, place in enumerate(places):
        rest = [match.place async for match in store.search(Query.of("budget"), after=place)]
        assert rest == places[number + 1 :]


def test_all_that_was_looked_for_is_marked_and_nothing_is_lost() -> None:
    text = "Über das Budget: das BUDGET <b>übersteigt</b>"
    pieces = Query.of("budget über").pieces(text)
    assert "".join(piece for piece, _ in pieces) == text
    assert [piece for piece, marked in pieces if marked] == ["Über", "Budget", "BUDGET", "über"]


async def test_words_are_counted_as_they_were_spoken(store: TranscriptStore) -> None:
    number = await keep(store, "Good morning everyone.", "Welcome.")
    translation = Caption(
        segment=1,
        revision=1,
        language="fr",
        text="Bonjour à tous et à toutes.",
        final=True,
        start=2,
        end=3,
        translated_from="de",
    )
    await store.add(number, translation)
    assert await store.words(number) == 4
    assert await store.words(await keep(store)) == 0


async def test_a_list_can_be_read_page_by_page(store: TranscriptStore) -> None:
    numbers = [await keep(store, "Hello.", room=room) for room in ("hall", "library", "hall")]
    assert [summary.id for summary in await store.list(limit=2)] == numbers[:0:-1]
    assert [summary.id for summary in await store.list(limit=2, skip=2)] == numbers[:1]
    assert [summary.id for summary in await store.list(room="library")] == [numbers[1]]
    assert await store.rooms() == {"hall": "Hall", "library": "Library"}
