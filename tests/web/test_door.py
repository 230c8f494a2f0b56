import asyncio
import ssl
from http import HTTPStatus
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser

from appliance.web.tls import self_signed
from tests.rigs.https import serving

NAMES = ("boardroom", "boardroom.local", "127.0.0.1")


async def test_captions_reach_a_phone_over_https(tmp_path: Path) -> None:
    secured = self_signed(tmp_path, NAMES)
    trusted = aiohttp.Fingerprint(bytes.fromhex(secured.fingerprint))
    async with (
        serving(tmp_path, secured) as place,
        aiohttp.ClientSession() as session,
        session.get(f"https://{place}/api/v1/captions", ssl=trusted) as stream,
    ):
        assert (await stream.content.readline()).startswith(b"id:")


@pytest.fixture
def from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test comes from this machine, whom the door trusts more."""
    monkeypatch.setattr("appliance.web.door._is_here", lambda _: False)


async def test_the_screen_of_the_box_itself_needs_no_certificate(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, self_signed(tmp_path, NAMES)) as place,
        aiohttp.ClientSession() as session,
        session.get(f"http://{place}/healthz", allow_redirects=False) as answer,
    ):
        assert answer.status == HTTPStatus.OK


@pytest.mark.usefixtures("from_elsewhere")
async def test_who_forgot_the_s_is_led_to_https(tmp_path: Path) -> None:
    secured = self_signed(tmp_path, NAMES)
    trusted = aiohttp.Fingerprint(bytes.fromhex(secured.fingerprint))
    async with serving(tmp_path, secured) as place, aiohttp.ClientSession() as session:
        url = f"http://{place}/healthz?a=b"
        async with session.get(url, allow_redirects=False) as answer:
            assert answer.status == HTTPStatus.TEMPORARY_REDIRECT
            assert answer.headers["Location"] == f"https://{place}/healthz?a=b"
            assert answer.headers["Server"] == "captionbox"
        async with session.get(url, ssl=trusted) as answer:
            assert answer.status == HTTPStatus.OK


@pytest.mark.usefixtures("from_elsewhere")
async def test_a_program_that_sends_its_token_in_the_clear_is_told_so(tmp_path: Path) -> None:
    async with (
        serving(tmp_path, self_signed(tmp_path, NAMES)) as place,
        aiohttp.ClientSession() as session,
        session.post(f"http://{place}/api/v1/commands", json={"command": "start"}) as answer,
    ):
        assert answer.status == HTTPStatus.BAD_REQUEST
        assert "only https" in (await answer.json(content_type=None))["detail"]


@pytest.mark.parametrize("words", [b"", b"\x16nonsense", b"\x00" * 100, b"canary\r\n\r\n"])
async def test_nonsense_at_the_door_harms_nobody(tmp_path: Path, words: bytes) -> None:
    secured = self_signed(tmp_path, NAMES)
    trusted = aiohttp.Fingerprint(bytes.fromhex(secured.fingerprint))
    async with serving(tmp_path, secured) as place, aiohttp.ClientSession() as session:
        reader, writer = await asyncio.open_connection(*place.split(":"))
        writer.write(words)
        writer.write_eof()
        assert b"canary" not in await asyncio.wait_for(reader.read(), 15)
        writer.close()
        async with session.get(f"https://{place}/healthz", ssl=trusted) as answer:
            assert answer.status == HTTPStatus.OK


async def test_a_visitor_who_says_nothing_does_not_keep_the_box_from_stopping(tmp_path: Path) -> None:
    async with asyncio.timeout(5):
        async with serving(tmp_path, self_signed(tmp_path, NAMES)) as place:
            reader, writer = await asyncio.open_connection(*place.split(":"))
            await asyncio.sleep(0.1)
        assert await reader.read() == b""
        writer.close()


async def test_a_visitor_who_speaks_only_tls_that_is_broken_today_is_refused(tmp_path: Path) -> None:
    visitor = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    visitor.check_hostname, visitor.verify_mode = False, ssl.CERT_NONE
    visitor.set_ciphers("ALL:@SECLEVEL=0")
    async with serving(tmp_path, self_signed(tmp_path, NAMES)) as place, aiohttp.ClientSession() as session:
        async with session.get(
            f"https://{place}/healthz", ssl=visitor, headers={"Connection": "close"}
        ) as answer:
            assert answer.status == HTTPStatus.OK
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            visitor.minimum_version, visitor.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"https://{place}/healthz", ssl=visitor)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.usefixtures("from_elsewhere")
async def test_a_browser_shows_the_page_once_the_visitor_accepts_the_certificate(
    tmp_path: Path, browser: Browser
) -> None:
    async with serving(tmp_path, self_signed(tmp_path, NAMES)) as place:
        context = await browser.new_context(ignore_https_errors=True)
        page = await context.new_page()
        await page.goto(f"http://{place}/")
        assert page.url.startswith(f"https://{place}/")
        assert await page.locator("main").count() == 1
        await context.close()
