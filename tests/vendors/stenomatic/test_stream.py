import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from grpc import StatusCode

from appliance.audio import listen
from appliance.sound import Frame
from appliance.testing import word_error_rate
from appliance.vendors.contract import (
    Busy,
    ConfigurationFault,
    Lost,
    Order,
    Planned,
    Stream,
    VendorFailure,
    Words,
)
from appliance.vendors.stenomatic import StenomaticVendor
from appliance.vendors.stenomatic.config import StenomaticAccount, StenomaticOptions
from tests.emulators.stenomatic import Emulator
from tests.rigs.speech import speak
from tests.vendors.stenomatic.rig import CANARY, SAID, everything


def account(emulator: Emulator, **fields: Any) -> StenomaticAccount:
    return StenomaticAccount.model_validate({"api_key": CANARY, "base_url": emulator.url} | fields)


def emulator(**knobs: Any) -> Emulator:
    return Emulator(key=CANARY, sentences=SAID, **knobs)


async def opened(at: Emulator, *to: str, phrases: tuple[str, ...] = ()) -> Stream:
    order = Order(from_language="en-US", to_languages=to, options=StenomaticOptions(phrases=phrases))
    return await StenomaticVendor().open(account(at), order)


async def spoken(*sentences: str, paced: bool = False) -> AsyncIterator[Frame]:
    async with listen(f"file:{speak(*sentences)}", paced=paced) as listener:
        async for heard in listener:
            if isinstance(heard, Frame):
                yield heard


async def conversation(stream: Stream, *sentences: str, paced: bool = False) -> list[Words]:
    """All words of a whole conversation; the first failure of either side is raised as it is."""
    failure: BaseException | None = None
    try:
        async with asyncio.TaskGroup() as group:
            receiving = group.create_task(everything(stream))
            async for frame in spoken(*(sentences or SAID[:1]), paced=paced):
                await stream.send(frame)
            await stream.finish()
    except* VendorFailure as failures:
        failure = failures.exceptions[0]
    finally:
        await stream.close()
    if failure:
        raise failure
    return receiving.result()


def said(words: list[Words], language: str | None = None) -> str:
    return " ".join(w.text for w in words if w.final and w.language == language)


async def test_every_word_that_is_said_comes_back_once_with_interims_before_finals() -> None:
    async with emulator(ahead=1.0) as vendor:
        words = await conversation(await opened(vendor, phrases=("March",)), *SAID, paced=True)
    assert word_error_rate(" ".join(SAID), said(words)) == 0
    finals = [w for w in words if w.final]
    assert [w.segment for w in finals] == ["0", "1"]
    assert words.index(finals[0]) > 1
    [config] = vendor.configs
    assert config.phrases == ["March"]


async def test_translations_come_with_their_segment_while_people_speak_and_nothing_is_read_aloud() -> None:
    async with emulator() as vendor:
        words = await conversation(await opened(vendor, "de-DE", "fr-FR"), *SAID)
    for language in (None, "de-DE", "fr-FR"):
        assert [w.segment for w in words if w.final and w.language == language] == ["0", "1"]
    assert said(words, "de-DE").replace("de-DE ", "") == said(words)
    assert any(w.language == "fr-FR" and not w.final for w in words)
    assert {w.translated_from for w in words if w.language} == {"en-US"}
    assert "x-mint-debug-record-audio" not in vendor.metadata[0]


async def test_the_last_words_come_although_no_pause_follows_them() -> None:
    async with emulator() as vendor:
        stream = await opened(vendor)
        async with asyncio.TaskGroup() as group:
            words = group.create_task(everything(stream))
            frames = [frame async for frame in spoken(SAID[1])]
            for frame in frames[: -round(0.9 / 0.032)]:
                await stream.send(frame)
            await stream.finish()
        await stream.close()
    assert words.result()[-1].final
    assert words.result()[-1].text.endswith("happy")


async def test_a_wrong_key_is_refused_in_the_vendors_words_without_the_key() -> None:
    async with Emulator(key="another") as vendor:
        with pytest.raises(ConfigurationFault, match="does not accept the key: invalid api key …") as fault:
            await opened(vendor)
    assert CANARY not in repr(fault.value)


async def test_a_language_that_the_vendor_does_not_know_is_refused_in_its_words() -> None:
    async with emulator() as vendor:
        with pytest.raises(ConfigurationFault, match="unsupported language tlh"):
            await conversation(await opened(vendor, "tlh"))


async def test_a_vendor_that_asks_to_wait_is_busy() -> None:
    async with emulator(busy=True) as vendor:
        with pytest.raises(Busy, match="too many streams"):
            await conversation(await opened(vendor))


@pytest.mark.parametrize("status", [StatusCode.UNAVAILABLE, StatusCode.CANCELLED])
async def test_a_call_that_the_vendor_breaks_off_in_mid_word_is_lost(status: StatusCode) -> None:
    async with emulator(fail_after=1.5, fail_with=status) as vendor:
        with pytest.raises(Lost, match="connection to Stenomatic was lost"):
            await conversation(await opened(vendor))


async def test_a_stream_that_became_too_long_only_wants_a_new_one() -> None:
    async with emulator(longest=2.0) as vendor:
        with pytest.raises(Planned):
            await conversation(await opened(vendor))


async def test_a_stream_can_be_closed_at_any_time_and_twice_and_the_reader_ends() -> None:
    async with emulator(deaf_to_the_end=True) as vendor:
        stream = await opened(vendor)
        reading = asyncio.create_task(everything(stream))
        await stream.finish()
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await stream.close()
            await stream.close()
            await reading
        unread = await opened(vendor)
        await unread.close()


async def test_only_listening_also_learns_that_the_vendor_is_gone() -> None:
    async with emulator() as vendor:
        stream = await opened(vendor)
        reading = asyncio.create_task(everything(stream))
        await asyncio.sleep(0.1)
    with pytest.raises(Lost):
        await reading
    with pytest.raises(Lost):
        await stream.send(Frame(0.0, bytes(6400)))
    await stream.close()


async def test_a_reader_that_is_cancelled_stays_cancelled() -> None:
    async with emulator() as vendor:
        stream = await opened(vendor)
        reading = asyncio.create_task(everything(stream))
        await asyncio.sleep(0.1)
        reading.cancel()
        await stream.close()
        with pytest.raises(asyncio.CancelledError):
            await reading


async def test_the_check_says_that_the_key_works_and_that_asking_is_free() -> None:
    async with emulator() as vendor:
        sentence = await StenomaticVendor().check(account(vendor))
    assert sentence == "Stenomatic accepts the key for 6 languages; this check is free."


async def test_the_check_does_without_the_list_of_languages_where_it_cannot_be_had() -> None:
    async with emulator(list_status=503) as vendor:
        assert "accepts the key;" in await StenomaticVendor().check(account(vendor))


async def test_the_developer_key_serves_where_no_api_key_is_given() -> None:
    async with emulator() as vendor:
        developer = account(vendor, api_key=None, developer_key=CANARY)
        sentence = await StenomaticVendor().check(developer)
    assert sentence.startswith("Stenomatic accepts the developer key for rooms. Stenomatic accepts the key")


async def test_the_check_tells_which_of_two_keys_is_wrong_and_what_a_developer_key_is_good_for() -> None:
    async with emulator() as vendor:
        with pytest.raises(ConfigurationFault, match="does not accept the developer key"):
            await StenomaticVendor().check(account(vendor, developer_key="wrong"))
        with pytest.raises(ConfigurationFault, match="does not accept the key"):
            await StenomaticVendor().check(account(vendor, api_key="wrong", developer_key=CANARY))
        vendor.paid = False
        sentence = await StenomaticVendor().check(account(vendor, api_key=None, developer_key=CANARY))
    assert sentence.endswith("captions on this box need an API key.")


async def test_a_wrong_key_an_unpaid_plan_and_no_network_are_told_apart() -> None:
    sentences = []
    for vendor in (Emulator(key="another"), emulator(paid=False)):
        async with vendor:
            with pytest.raises(ConfigurationFault) as fault:
                await StenomaticVendor().check(account(vendor))
            sentences.append(str(fault.value))
    with pytest.raises(Lost) as lost:
        await StenomaticVendor().check(account(vendor))
    sentences.append(str(lost.value))
    assert len(set(sentences)) == 3
    assert "subscription expired" in sentences[1]
    assert "network" in sentences[2]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of this machine that it signed itself."""
    path = tmp_path_factory.mktemp("certificate") / "both.pem"
    how = f"req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {path}.key -out {path}.crt -subj /CN=emulator"
    name = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(["openssl", *how.split(), *name], check=True, capture_output=True)
    path.write_bytes(Path(f"{path}.key").read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


async def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    async with emulator(certificate=certificate) as vendor:
        assert vendor.url.startswith("https://")
        with pytest.raises(ConfigurationFault, match="certificate"):
            await opened(vendor)


async def test_the_certificates_that_the_system_trusts_are_trusted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with emulator(certificate=certificate) as vendor:
        await (await opened(vendor)).close()
