import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.audio import listen
from appliance.sound import Frame
from appliance.testing import word_error_rate
from appliance.vendors.contract import ConfigurationFault, Delivery, Lost, Order, Stream, Unreachable
from appliance.vendors.local import LocalVendor
from appliance.vendors.local.config import LocalAccount, LocalOptions
from appliance.vendors.stenomatic import StenomaticVendor, rtmp, rtmps
from appliance.vendors.stenomatic.config import StenomaticAccount, StenomaticOptions
from appliance.vendors.stenomatic.rtmps import RtmpsStream
from tests.emulators.stenomatic import Emulator
from tests.rigs.speech import speak
from tests.vendors.stenomatic.rig import CANARY, SAID, everything
from tests.vendors.stenomatic.rtmp_server import RtmpServer, rtmp_server


@asynccontextmanager
async def scene(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, trusted: bool = True
) -> AsyncIterator[tuple[RtmpServer, Emulator]]:
    async with rtmp_server(folder, key=CANARY) as server, Emulator(key=CANARY) as vendor:
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
        vendor.rooms.push_to = lambda number: f"rtmps://localhost:{server.port}/z/{CANARY}-{number}"
        vendor.rooms.rooms["room"] = {"id": "room"}
        yield server, vendor


async def opened(vendor: Emulator, **options: Any) -> Stream:
    account = StenomaticAccount.model_validate({"developer_key": CANARY, "base_url": vendor.url})
    given = {"mode": "rtmps", "room_id": "room", "speaker_name": "John Doe", "phrases": ["March"], **options}
    order = Order(
        from_language="en-GB", to_languages=("de-DE",), options=StenomaticOptions.model_validate(given)
    )
    assert StenomaticVendor().delivery(order) is Delivery.BROADCAST
    return await StenomaticVendor().open(account, order)


async def speak_into(stream: Stream, wav: Path, *, paced: bool = True) -> None:
    async with listen(f"file:{wav}", paced=paced) as listener:
        async for heard in listener:
            if isinstance(heard, Frame):
                await stream.send(heard)


async def lost(stream: Stream) -> str:
    """Why the stream is lost, once it is."""
    with pytest.raises(Lost) as caught:
        await everything(stream)
    return str(caught.value)


async def decoded(recording: Path, how: str) -> bytes:
    ffmpeg = await asyncio.create_subprocess_exec(
        *("ffmpeg", "-loglevel", "quiet", "-i", str(recording), *how.split(), "pipe:1"), stdout=-1
    )
    sound, _ = await ffmpeg.communicate()
    return sound


async def understood(wav: Path) -> str:
    """The words that the on-device engine understands."""
    order = Order(from_language="en-US", to_languages=(), options=LocalOptions())
    stream = await LocalVendor().open(LocalAccount(), order)
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(everything(stream))
        await speak_into(stream, wav, paced=False)
        await stream.finish()
    await stream.close()
    return " ".join(words.text for words in reading.result() if words.final)


@pytest.mark.parametrize("video", ["none", "black"])
async def test_what_the_server_records_has_the_words_that_were_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, video: str
) -> None:
    wav = speak(*SAID)
    async with scene(tmp_path, monkeypatch) as (server, vendor):
        stream = await opened(vendor, video=video)
        reading = asyncio.create_task(everything(stream))
        await speak_into(stream, wav)
        await stream.finish()
        async with asyncio.timeout(10):
            assert await reading == []
        await stream.close()
        recording = await server.record()
    pushed = tmp_path / "pushed.wav"
    pushed.write_bytes(await decoded(recording, "-ar 16000 -ac 1 -f wav"))
    heard, original = await understood(pushed), await understood(wav)
    assert word_error_rate(original, heard) <= 0.2
    assert bool(await decoded(recording, "-map 0:v:0 -frames:v 1 -f rawvideo")) is (video == "black")
    assert vendor.rooms.sent[-1].body == {
        "speaker_name": "John Doe",
        "language": "en-GB",
        "phrases": ["March"],
    }


async def test_a_server_that_nobody_vouches_for_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch, trusted=False) as (_, vendor):
        with pytest.raises(ConfigurationFault, match="certificate") as fault:
            await opened(vendor)
    assert CANARY not in repr(fault.value)


async def test_a_server_whose_certificate_is_for_another_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as (server, vendor):
        vendor.rooms.push_to = lambda _: f"rtmps://127.0.0.1:{server.port}/z/{CANARY}"
        with pytest.raises(ConfigurationFault, match="certificate"):
            await opened(vendor)


async def test_a_flood_from_a_server_that_reads_nothing_only_loses_the_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as (_, vendor), flooding() as port:
        vendor.rooms.push_to = lambda _: f"rtmp://127.0.0.1:{port}/z"
        monkeypatch.setattr(rtmps, "OPENING", 2.0)
        with pytest.raises(Lost):
            await opened(vendor)


@asynccontextmanager
async def flooding() -> AsyncIterator[int]:
    """A server that asks for answers for ever and takes none."""

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            writer.write(b"\x03" + bytes(3072))
            while True:
                writer.write(b"\x02\0\0\0\0\0\x06\x04\0\0\0\0\0\x06abcd" * 1000)
                await writer.drain()

    async with await asyncio.start_server(flood, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_a_server_that_freezes_is_noticed_within_five_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as (server, vendor):
        stream = await opened(vendor)
        waiting = asyncio.create_task(lost(stream))
        await asyncio.sleep(3)
        server.freeze()
        async with asyncio.timeout(5):
            assert "takes no sound any more" in await waiting
        await stream.close()


async def test_a_server_that_is_killed_is_noticed_and_the_next_stream_has_an_address_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as (server, vendor):
        stream = await opened(vendor)
        server.kill()
        async with asyncio.timeout(2):
            assert "was lost" in await lost(stream)
        await stream.close()
        with pytest.raises(Unreachable):
            await opened(vendor)
        assert vendor.rooms.gave == 2


async def test_an_encoder_that_dies_only_loses_the_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as (_, vendor):
        stream = await opened(vendor)
        assert isinstance(stream, RtmpsStream)
        os.kill(stream._encoder.pid, signal.SIGKILL)
        assert "could not be encoded" in await lost(stream)
        await stream.close()


@pytest.mark.parametrize("window", [rtmp.WINDOW, 2**31 - 1], ids=["acknowledging", "never-acknowledging"])
async def test_silence_keeps_the_stream_alive_and_is_as_long_as_it_lasted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    monkeypatch.setattr(rtmp, "WINDOW", window)
    async with scene(tmp_path, monkeypatch) as (server, vendor):
        stream = await opened(vendor)
        reading = asyncio.create_task(everything(stream))
        await asyncio.sleep(6)
        assert not reading.done()
        await stream.finish()
        await reading
        await stream.close()
        recording = await server.record()
    assert 5 < len(await decoded(recording, "-f s16le -ar 16000 -ac 1")) / 32_000 < 6.5


async def test_the_address_of_the_documents_form_reaches_the_server_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as (server, vendor):
        vendor.rooms.push_to = lambda _: f"rtmps://localhost:{server.port}/z"
        stream = await opened(vendor, phrases=["phrase 1", CANARY])
        await stream.close()
        said = await asyncio.to_thread((server.folder / "error.log").read_text)
    assert f"/z?lang=en-GB&name=John+Doe&phrases=phrase+1&phrases={CANARY}'" in said


async def test_a_server_that_does_not_take_the_stream_is_lost_and_a_new_address_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as (server, vendor):
        vendor.rooms.push_to = lambda _: f"rtmps://localhost:{server.port}/closed"
        for _ in range(2):
            with pytest.raises(Lost, match="does not take the sound"):
                await opened(vendor)
        assert vendor.rooms.gave == 2


async def test_no_sound_leaves_this_machine_without_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as (_, vendor):
        vendor.rooms.push_to = lambda _: "rtmp://192.0.2.1/z"
        with pytest.raises(ConfigurationFault, match="without TLS"):
            await opened(vendor)


async def test_without_ffmpeg_or_a_room_it_is_said_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as (_, vendor):
        with pytest.raises(ConfigurationFault, match="Which room"):
            await opened(vendor, room_id=None)
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(ConfigurationFault, match="apt install ffmpeg"):
            await opened(vendor)


async def test_a_stream_can_be_closed_at_any_time_and_twice_and_the_reader_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(tmp_path, monkeypatch) as (_, vendor):
        stream = await opened(vendor)
        reading = asyncio.create_task(everything(stream))
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            await stream.close()
            await stream.close()
            assert await reading == []
        with pytest.raises(Lost):
            await stream.send(Frame(0.0, bytes(1024)))


async def test_the_address_is_in_no_list_of_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with scene(tmp_path, monkeypatch) as (_, vendor):
        stream = await opened(vendor)
        shown = await asyncio.to_thread(_processes)
        await stream.close()
    assert any(b"pipe:0" in line for line in shown)
    assert not any(CANARY.encode() in line or b"rtmps:" in line for line in shown)


def _processes() -> list[bytes]:
    """The command line of each process that runs; some end while we look."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(path.read_bytes())
    return found
