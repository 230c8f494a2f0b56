"""Text of strangers that wants to be more than text: on pages, on the display, in a terminal and in files."""

import json
import logging
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import Browser, Page

from appliance.captions import LONGEST_TEXT, Caption, Gap, clean
from appliance.host.logs import RECENT
from appliance.settings import Room
from appliance.state import RoomInUse, State
from appliance.transcripts.exports import FORMATS, export_entries
from appliance.transcripts.record import TranscriptRecord
from appliance.web.sessions import COOKIE
from tests.attacks.victim import Victim, session_of, victim
from tests.rigs.browser import open_browser, visit
from tests.rigs.site import caption

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCRIPT: Final = "\"'><img src=x onerror=alert(1)>{{7*7}}${7*7}</script>"
LONG: Final = (
    f"{SCRIPT}<script>alert(2)</script><svg onload=alert(3)><a href='javascript:alert(4)'>x</a>&lt;b&gt;"
)
SETTINGS: Final = f"""
[box]
name = {json.dumps(SCRIPT)}

[rooms.hall]
title = {json.dumps(SCRIPT)}
account = "mine"

[accounts.mine]
vendor = "wyoming"
uri = "tcp://127.0.0.1:9"
"""
ESCAPES: Final = (
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred\r\n\n"
    "00:00:09.000 --> 00:00:10.000\nfaked\u202edrawkcab\u2066\u200b\x00\x9b31m\ufeff\u2028"
)
STEERING: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as browser:
        yield browser


async def fill(box: Victim) -> None:
    """Put script wherever a stranger's words may stand."""
    room = RoomInUse(id="hall", title=SCRIPT, from_language="en-US")
    said = caption(1, LONG)
    record = TranscriptRecord(box.transcripts, room)
    await record.add(said)
    await record.add(Gap(start=8, end=9, reason=LONG))
    await box.access.tokens.make(SCRIPT)
    box.board.update(state=State.LIVE, room=room, name=SCRIPT)
    box.board.post(said)
    box.board.post(caption(2, LONG, final=False))
    box.board.post(Gap(start=12, end=13, reason=LONG))
    box.board.update(state=State.RECONNECTING, reason=LONG, warning=LONG)


async def looks_harmless(page: Page) -> None:
    assert await page.locator("img[src='x'], svg[onload], a[href^='javascript:']").count() == 0
    assert await page.locator("script:not([src], [type='application/json'])").count() == 0
    assert "{{49" not in await page.content()


@pytest.mark.parametrize("path", ["/", "/kiosk", "/kiosk?languages=en,de", "/panel"])
async def test_words_and_names_run_nothing_on_a_phone_or_the_big_screen(
    tmp_path: Path, browser: Browser, path: str
) -> None:
    async with victim(tmp_path, f'{SETTINGS}\n[web]\nviewers = "open"\n', simulate=True) as box:
        assert not box.box._store.problem
        await fill(box)
        async with visit(browser, f"{box.url}{path}") as page:
            page.on("dialog", lambda _: pytest.fail("a script ran"))
            if path != "/panel":
                await page.get_by_text("onerror=alert(1)").first.wait_for(state="attached")
            await looks_harmless(page)


async def test_words_and_names_run_nothing_in_the_administration(tmp_path: Path, browser: Browser) -> None:
    async with victim(tmp_path, SETTINGS) as box, box.administrator() as administrator:
        await fill(box)
        url = f"{box.url}/healthz"
        async with visit(browser, url, refused=True) as page:
            page.on("dialog", lambda _: pytest.fail("a script ran"))
            await page.context.add_cookies(
                [{"name": COOKIE, "value": session_of(administrator), "url": box.url, "sameSite": "Strict"}]
            )
            shown = 0
            for _, path in box.places("GET"):
                if path.startswith("/admin") and not path.endswith(
                    (".zip", ".toml", ".png", "/events", "/level")
                ):
                    answer = await page.goto(f"{box.url}{path}")
                    if (
                        answer
                        and "text/html" in answer.headers.get("content-type", "")
                        and answer.status == 200
                    ):
                        await looks_harmless(page)
                        shown += "onerror=alert(1)" in await page.inner_text("body")
            assert shown > 10
            for path in (
                f"/admin/transcripts?q={quote(LONG)}",
                f"/admin/transcripts?room={quote(SCRIPT)}&q=alert",
                f"/admin/log?level={quote(SCRIPT)}",
                f"/login?to={quote(SCRIPT)}",
                "/admin/accounts/mine",
            ):
                await page.goto(f"{box.url}{path}")
                await looks_harmless(page)


@pytest.mark.parametrize(
    "path",
    [
        f"/{quote(LONG, safe='')}",
        f"/j/{quote(SCRIPT, safe='')}",
        f"/?language={quote(SCRIPT)}",
        f"/kiosk?theme={quote(SCRIPT)}&size={quote(SCRIPT)}&languages={quote(SCRIPT)}",
        f"/setup?to={quote(SCRIPT)}",
        f"/static/{quote(SCRIPT, safe='')}",
    ],
)
async def test_an_address_runs_nothing(tmp_path: Path, browser: Browser, path: str) -> None:
    async with (
        victim(tmp_path, '[web]\nviewers = "open"\n') as box,
        visit(browser, f"{box.url}{path}", refused=True) as page,
    ):
        await looks_harmless(page)


async def test_even_a_script_that_came_into_a_page_would_not_run(tmp_path: Path, browser: Browser) -> None:
    async with victim(tmp_path, '[web]\nviewers = "open"\n') as box:
        page = await browser.new_page()
        await page.goto(f"{box.url}/kiosk")
        ran = await page.evaluate(
            """async () => {
              window.ran = false;
              const put = (html) => document.body.append(document.createRange().createContextualFragment(html));
              put('<script>window.ran = true</script><img src="data:,x" onerror="window.ran = true">');
              put('<base href="https://evil.example/"><object data="data:text/html,x"></object>');
              await new Promise((done) => setTimeout(done, 300));
              return [window.ran, document.baseURI.includes('evil')];
            }"""
        )
        await page.close()
        assert ran == [False, False]


@given(st.text(max_size=300) | st.just(ESCAPES) | st.just("\u202e" * 5_000) | st.just("x" * 9_999))
async def test_no_words_steer_a_display(text: str) -> None:
    kept = clean(text)
    assert len(kept) <= LONGEST_TEXT
    assert not {unicodedata.category(sign) for sign in kept if sign not in "\u200c\u200d"} & STEERING


@pytest.mark.parametrize("form", FORMATS)
async def test_no_words_fake_a_subtitle_a_tag_or_an_escape_in_a_file(form: str) -> None:
    entries: list[Caption | Gap] = [
        caption(1, clean(f"{ESCAPES}{LONG}-->")),
        caption(2, clean("W" * 9_999)),
        Gap(start=20, end=22, reason=clean(ESCAPES)),
    ]
    text = export_entries(entries, form)  # type: ignore[arg-type] # one of its formats
    assert not {unicodedata.category(sign) for sign in text if sign != "\n"} & STEERING
    if form == "json":
        assert len(json.loads(text)["entries"]) == 3
    else:
        arrows = [line for line in text.splitlines() if "-->" in line and form in ("vtt", "srt")]
        assert all(line[:2].isdigit() and line.count("-->") == 1 for line in arrows)
    if form in ("vtt", "srt"):
        assert "<" not in text
        assert all(len(line) <= 200 for line in text.splitlines())


async def test_no_name_of_a_room_steers_anything() -> None:
    for title in (ESCAPES, "a\nb", "\x1b[2J", "x\u202ey", "\u2066", "x" * 61, "\ud800"):
        with pytest.raises(ValueError, match="title"):
            Room(title=title)


async def test_the_log_is_shown_as_text(tmp_path: Path) -> None:
    async with victim(tmp_path) as box, box.administrator() as administrator:
        RECENT.emit(logging.LogRecord("x", logging.WARNING, "", 0, LONG, None, None))
        mine = {"Cookie": f"{COOKIE}={session_of(administrator)}"}
        for path in ("/admin/log", "/admin/log/lines"):
            answer = await box.ask("GET", path, headers=mine)
            assert "<img" not in answer.text
            assert "onerror=alert(1)" in answer.text
