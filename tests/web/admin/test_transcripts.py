import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.captions import Caption, Gap
from appliance.web.admin.transcripts import PAGE
from tests.rigs.admin import PASSWORD
from tests.rigs.office import NOON, Office, office
from tests.spool.test_spool import ticket


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path) as opened:
        yield opened


async def meet(there: Office, *texts: str, title: str = "Great hall", room: str = "hall") -> int:
    number = await there.store.begin(room, title, "en-US", started_at=NOON.timestamp())
    for segment, text in enumerate(texts, start=1):
        for language, origin in (("en-US", None), ("de", "en-US")):
            caption = Caption(
                segment=segment,
                revision=1,
                language=language,
                text=text if origin is None else f"Deutsch: {text}",
                final=True,
                start=4.0 * segment,
                end=4.0 * segment + 3,
                translated_from=origin,
            )
            await there.store.add(number, caption)
    await there.store.end(number, ended_at=NOON.timestamp() + 3600)
    return number


def seen(page: str) -> str:
    """What a person reads of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


async def test_a_box_without_transcripts_says_how_one_comes_about(there: Office) -> None:
    shown = await there.browser.look("/admin/transcripts")
    assert "There is no transcript yet" in shown.text
    assert "Delete all" not in shown.text


async def test_meetings_are_told_in_the_language_and_the_format_of_whoever_reads(there: Office) -> None:
    await meet(there, "Good morning everyone.", "Welcome.")
    shown = await there.browser.look("/admin/transcripts", **{"Accept-Language": "de-AT,de;q=0.9"})
    assert "04.03.2026" in shown.text
    assert "Englisch" in shown.text
    british = seen((await there.browser.look("/admin/transcripts", **{"Accept-Language": "en-GB"})).text)
    assert "4 Mar 2026" in british
    assert "4 words" in british


async def test_what_was_said_is_found_and_marked_and_leads_to_its_place(there: Office) -> None:
    number = await meet(there, "The budget is <script>alert(1)</script> agreed.", "Lunch.")
    shown = await there.browser.look("/admin/transcripts?q=BUDGET+agreed")
    assert "<mark>budget</mark>" in shown.text
    assert "<script>alert" not in shown.text
    assert f"/admin/transcripts/{number}?language=en-US#s1" in shown.text
    assert "Lunch" not in shown.text
    assert "Nobody said that" in (await there.browser.look("/admin/transcripts?q=holidays")).text


async def test_only_one_room_is_listed_and_searched_when_one_is_chosen(there: Office) -> None:
    await meet(there, "The budget.")
    await meet(there, "The budget too.", title="Library", room="library")
    for path in ("?room=library", "?room=library&q=budget"):
        shown = await there.browser.look(f"/admin/transcripts{path}")
        assert re.findall(r"<h2><a [^>]*>([^<]*)", shown.text) == ["Library"]


@pytest.mark.parametrize("query", ["", "q=word"])
async def test_every_page_leads_on_to_the_next_and_nothing_is_left_out(there: Office, query: str) -> None:
    numbers = {await meet(there, "A word.", title=f"Hall {n}") for n in range(PAGE + 3)}
    path, reached = f"/admin/transcripts?{query}", set[int]()
    while path:
        page = (await there.browser.look(path)).text
        reached |= {int(n) for n in re.findall(r'href="/admin/transcripts/(\d+)["?]', page)}
        onwards = re.search(r'href="([^"]*)" class="button" rel="next"', page)
        path = html.unescape(onwards[1]) if onwards else ""
    assert reached == numbers


@pytest.mark.parametrize(
    "query", ["page=x", "page=-3", "page=99999999999", "after=1-2", "q=a&after=%00", "room=%00"]
)
async def test_an_address_that_makes_no_sense_shows_a_page_all_the_same(there: Office, query: str) -> None:
    await meet(there, "A word.")
    assert (await there.browser.look(f"/admin/transcripts?{query}")).status == 200


async def test_a_transcript_is_read_in_one_language_with_its_gaps(there: Office) -> None:
    number = await meet(there, "Good morning.")
    await there.store.add(number, Gap(start=8, end=20, reason="The microphone was muted."))
    spoken = seen((await there.browser.look(f"/admin/transcripts/{number}")).text)
    assert "Good morning." in spoken
    assert "without captions: The microphone was muted." in spoken
    assert "Deutsch" not in spoken
    translated = await there.browser.look(f"/admin/transcripts/{number}?language=de")
    assert "Deutsch: Good morning." in translated.text
    assert f"/api/v1/transcripts/{number}.vtt?language=de" in translated.text


async def test_a_transcript_can_be_taken_along_in_every_format_it_offers(there: Office) -> None:
    page = (await there.browser.look(f"/admin/transcripts/{await meet(there, 'Good morning.')}")).text
    links = re.findall(r'href="(/api/[^"]*)"', page)
    assert len(links) == 4
    for link in links:
        shown = await there.browser.look(link)
        assert shown.status == 200
        assert "Good morning." in shown.text
        assert shown.headers["Content-Disposition"].startswith("attachment")


async def test_a_transcript_is_deleted_only_after_a_second_look(there: Office) -> None:
    number = await meet(there, "A secret plan.")
    path = f"/admin/transcripts/{number}"
    assert "Delete this transcript?" in (await there.browser.look(f"{path}/delete")).text
    assert await there.store.list()
    shown = await there.browser.send(f"{path}/delete")
    assert "The transcript is deleted." in shown.text
    assert (await there.browser.look(path)).status == 404
    assert (await there.browser.send(f"{path}/delete")).status == 404


async def test_all_transcripts_go_only_with_the_password_and_then_for_good(there: Office) -> None:
    await meet(there, "A canary sings.")
    assert "Transcripts that will go: 1." in (await there.browser.look("/admin/transcripts/wipe")).text
    wrong = await there.browser.send("/admin/transcripts/wipe", {"password": "not the password"})
    assert wrong.status == 422
    assert "Nothing was deleted" in wrong.text
    assert len(await there.store.list()) == 1
    shown = await there.browser.send("/admin/transcripts/wipe", {"password": PASSWORD})
    assert "All transcripts are deleted." in shown.text
    files = b"".join(path.read_bytes() for path in there.folder.glob("captionbox.db*"))
    assert b"canary" not in files


async def test_the_password_cannot_be_guessed_at_the_page_that_wipes(there: Office) -> None:
    await meet(there, "A word.")
    await there.browser.look("/admin/transcripts/wipe")
    guesses = [
        (await there.browser.send("/admin/transcripts/wipe", {"password": f"guess {n}"})).status
        for n in range(8)
    ]
    assert guesses[-1] == 429
    assert await there.store.list()


async def test_a_recording_whose_words_are_awaited_is_told_and_can_be_deleted(there: Office) -> None:
    job = await there.spool.begin(ticket(title="Board meeting"))
    await job.record(bytes(64_000))
    job.release()
    shown = await there.browser.look("/admin/transcripts")
    assert "Board meeting" in shown.text
    assert "It waits for its turn." in shown.text
    deleted = await there.browser.send(f"/admin/transcripts/recordings/{job.id}/delete")
    assert "The recording is deleted." in deleted.text
    assert "Board meeting" not in deleted.text
