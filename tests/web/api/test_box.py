from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import aiohttp
import pytest

from appliance.board import Board
from appliance.captions import Caption, Gap
from appliance.state import RoomInUse, Sign, State, Status
from appliance.web.access import Access
from tests.rigs.web import serving_with_access

CLIENT = aiohttp.ClientTimeout(total=10)


class Client:
    """A program that speaks to the box."""

    def __init__(self, url: str, access: Access, board: Board, session: aiohttp.ClientSession) -> None:
        self.url = url
        self.access = access
        self.board = board
        self.session = session

    async def status(self, path: str, **headers: str) -> int:
        async with self.session.get(self.url + path, headers=headers, allow_redirects=False) as response:
            return response.status

    async def admin(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {await self.access.tokens.make('test')}"}


@asynccontextmanager
async def client(viewers: Literal["code", "open"] = "code") -> AsyncIterator[Client]:
    room = RoomInUse(
        id="boardroom", title="Boardroom", from_language="en-US", to_languages=("nl",), vendor="local"
    )
    board = Board(Status(state=State.LIVE, name="Box", room=room))
    async with (
        serving_with_access(board, viewers=viewers) as (url, access),
        aiohttp.ClientSession(timeout=CLIENT) as session,
    ):
        yield Client(url, access, board, session)


def caption(segment: int, text: str, *, final: bool = True, language: str = "en-US") -> Caption:
    return Caption(segment=segment, revision=1, language=language, text=text, final=final, start=0, end=1)


async def received(response: aiohttp.ClientResponse, count: int) -> str:
    """The first `count` events, as they came."""
    text = ""
    while text.count("\n\n") < count:
        text += (await response.content.readany()).decode()
    return text


async def test_nobody_reads_or_commands_without_a_code_or_a_token() -> None:
    async with client() as c:
        for path in ("/", "/kiosk", "/api/v1/state", "/api/v1/captions"):
            assert await c.status(path) == 401
        async with c.session.post(f"{c.url}/api/v1/commands", json={"command": "start"}) as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer wrong", "Basic YTpi", "bearer  ", "Token x"])
async def test_a_wrong_or_broken_token_opens_nothing(header: str) -> None:
    async with client() as c:
        assert await c.status("/api/v1/state", Authorization=header) == 401


async def test_a_viewer_with_the_code_reads_but_does_not_command() -> None:
    async with client() as c:
        code = c.access.join_code.text
        assert await c.status(f"/api/v1/state?code={code}") == 200
        assert await c.status(f"/api/v1/state?code={code.lower()}") == 200
        assert await c.status("/api/v1/state?code=WRONG") == 401
        url = f"{c.url}/api/v1/commands?code={code}"
        async with c.session.post(url, json={"command": "start"}) as response:
            assert response.status == 401


async def test_the_join_link_lets_a_phone_in_for_good() -> None:
    async with client() as c:
        link = f"{c.url}/j/{c.access.join_code.text}"
        async with c.session.get(link, allow_redirects=False) as response:
            cookie = response.headers["Set-Cookie"]
            assert response.headers["Location"] == "/"
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert await c.status("/api/v1/state", Cookie=cookie.split(";")[0]) == 200
        assert await c.status("/j/WRONGCODE") == 403


async def test_in_an_open_room_everyone_reads_and_still_nobody_commands() -> None:
    async with client("open") as c:
        assert await c.status("/api/v1/state") == 200
        async with c.session.post(f"{c.url}/api/v1/commands", json={"command": "start"}) as response:
            assert response.status == 401


async def test_the_state_tells_what_every_screen_needs() -> None:
    async with client("open") as c, c.session.get(f"{c.url}/api/v1/state") as response:
        state = await response.json()
    assert state["state"] == "live"
    assert state["room"] == {"id": "boardroom", "title": "Boardroom"}
    assert state["languages"]["from"] == {"tag": "en-US", "name": "English (United States)"}
    assert [language["name"] for language in state["languages"]["to"]] == ["Nederlands"]
    assert {"reason", "warning", "microphone", "vendor", "spend", "version"} <= state.keys()


async def test_a_command_of_an_administrator_is_obeyed() -> None:
    async with client() as c:
        admin = await c.admin()
        url = f"{c.url}/api/v1/commands"
        async with c.session.post(url, json={"command": "show_join"}, headers=admin) as response:
            assert response.status == 200
            assert (await response.json())["sign"] == "join"
        assert c.board.status.sign is Sign.JOIN


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"command": "explode"}', "application/json", 422),
        (b"{}", "application/json", 422),
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"command": "start"}', "text/plain", 415),
        (b"x" * 100_000, "application/json", 413),
    ],
)
async def test_a_command_that_makes_no_sense_gets_one_clear_answer(body: bytes, kind: str, status: int) -> None:
    async with client() as c:
        headers = await c.admin() | {"Content-Type": kind}
        async with c.session.post(f"{c.url}/api/v1/commands", data=body, headers=headers) as response:
            assert response.status == status
            assert response.content_type == "application/problem+json"
            problem = await response.json()
    assert problem["status"] == status
    assert problem["detail"].endswith(".")


async def test_another_site_cannot_command_through_a_browser() -> None:
    async with client() as c:
        headers = await c.admin() | {"Origin": "https://evil.example"}
        async with c.session.post(
            f"{c.url}/api/v1/commands", json={"command": "start"}, headers=headers
        ) as response:
            assert response.status == 403


async def test_an_address_that_does_not_exist_is_a_problem_document_for_programs_and_a_page_for_people() -> (
    None
):
    async with client() as c:
        async with c.session.get(f"{c.url}/api/v1/nothing") as response:
            assert (response.status, response.content_type) == (404, "application/problem+json")
        async with c.session.get(f"{c.url}/nothing", headers={"Accept": "text/html"}) as response:
            assert (response.status, response.content_type) == (404, "text/html")


async def test_a_machine_that_watches_over_boxes_needs_no_key() -> None:
    async with client() as c, c.session.get(f"{c.url}/healthz") as response:
        assert await response.json() == {"status": "ok", "state": "live"}


async def test_a_page_may_load_nothing_from_elsewhere_and_run_no_inline_script() -> None:
    async with client("open") as c, c.session.get(c.url) as response:
        policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


async def test_captions_stream_with_the_board_first() -> None:
    async with client("open") as c:
        c.board.post(caption(1, "good morning"))
        async with c.session.get(f"{c.url}/api/v1/captions") as response:
            assert response.content_type == "text/event-stream"
            assert "good morning" in await received(response, 2)
            c.board.post(caption(2, "and wel", final=False))
            assert "and wel" in await received(response, 1)
            c.board.post(Gap(start=1, end=2, reason="The network was away."))
            assert "event: gap" in await received(response, 1)


async def test_a_viewer_reads_one_language_only() -> None:
    async with client("open") as c:
        c.board.post(caption(1, "good morning"))
        c.board.post(caption(1, "goedemorgen", language="nl"))
        async with c.session.get(f"{c.url}/api/v1/captions?language=nl") as response:
            text = await received(response, 2)
        assert "goedemorgen" in text
        assert "good morning" not in text
        assert await c.status("/api/v1/captions?language=klingonese") == 400


@pytest.mark.parametrize(("asked", "shown"), [("en", True), ("en-US", True), ("en-GB", False), ("nl", False)])
async def test_a_language_is_found_with_its_country_or_without(asked: str, *, shown: bool) -> None:
    async with client("open") as c:
        c.board.post(caption(1, "good morning"))
        async with c.session.get(f"{c.url}/api/v1/captions?language={asked}") as response:
            assert ("good morning" in await received(response, 1 + shown)) is shown


async def test_after_a_cut_connection_the_last_event_id_brings_back_exactly_what_was_missed() -> None:
    async with client("open") as c:
        c.board.post(caption(1, "seen"))
        async with c.session.get(f"{c.url}/api/v1/captions") as response:
            text = await received(response, 2)
        last = [line for line in text.splitlines() if line.startswith("id: ")][-1].removeprefix("id: ")
        for n in range(2, 40):
            c.board.post(caption(n, f"missed {n} interim", final=False))
            c.board.post(caption(n, f"missed {n}."))
        async with c.session.get(f"{c.url}/api/v1/captions", headers={"Last-Event-ID": last}) as response:
            text = await received(response, 38)
        assert [f"missed {n}." in text for n in range(2, 40)] == [True] * 38
        assert "seen" not in text
        assert "interim" not in text


@pytest.mark.parametrize(
    "last", ["", "-", "x-1", "0badcafe-7", "-9999", "9" * 400, "\N{GREEK SMALL LETTER ALPHA}"]
)
async def test_a_last_event_id_of_an_earlier_run_or_of_nobody_gets_the_board(last: str) -> None:
    async with client("open") as c:
        c.board.post(caption(1, "good morning"))
        url = f"{c.url}/api/v1/captions"
        async with c.session.get(url, params={"last_event_id": last}) as response:
            assert "good morning" in await received(response, 2)


async def test_a_reader_that_stalls_costs_the_others_nothing() -> None:
    async with client("open") as c, c.session.get(f"{c.url}/api/v1/captions") as stalled:
        assert stalled.status == 200
        async with c.session.get(f"{c.url}/api/v1/captions") as reading:
            await received(reading, 1)
            for n in range(2_000):
                c.board.post(caption(n, f"{n} " + "words " * 200))
            text = ""
            while "1999 words" not in text:
                text = (text + (await reading.content.readany()).decode())[-4_000:]
