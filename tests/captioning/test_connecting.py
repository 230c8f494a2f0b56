import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from appliance.captioning import connecting
from appliance.captioning.connecting import Connector
from appliance.vendors.contract import (
    Busy,
    ConfigurationFault,
    Lost,
    Planned,
    Route,
    Unreachable,
    VendorFailure,
)
from tests.rigs.scripted import Script, ScriptedVendor


@pytest.fixture(autouse=True)
def _long_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits an hour in these tests: whatever goes on does so for another reason."""
    monkeypatch.setattr(connecting, "_back_off", lambda _: 3600.0)


def connector(*scripts: Script, refusal: str | None = None) -> tuple[Connector, list[VendorFailure]]:
    failures: list[VendorFailure] = []

    def failed(_: Route, failure: VendorFailure) -> None:
        failures.append(failure)

    return Connector(ScriptedVendor(list(scripts)).route(), lambda _: refusal, failed), failures


@asynccontextmanager
async def nobody() -> AsyncIterator[int]:
    """A port at which nobody answers, until its owner says so."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    yield port


async def test_when_the_way_is_free_again_the_vendor_is_connected_at_once() -> None:
    async with nobody() as port, asyncio.timeout(10):
        failed = asyncio.Event()
        vendor = ScriptedVendor([Script(refuses=Unreachable("No network.", "127.0.0.1", port)), Script()])
        lines = Connector(vendor.route(), lambda _: None, lambda *_: failed.set())
        opening = asyncio.create_task(lines.open())
        await failed.wait()
        async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port):
            await (await opening).close()


async def test_a_name_that_is_not_known_is_waited_for_and_no_error() -> None:
    lines, failures = connector(Script(refuses=Unreachable("No network.", "no.such.host.invalid", 443)))
    opening = asyncio.create_task(lines.open())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(opening, 0.2)
    assert [str(failure) for failure in failures] == ["No network."]


async def test_a_vendor_that_answers_and_refuses_is_not_pestered() -> None:
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        lines, failures = connector(Script(refuses=Unreachable("Hung up.", "127.0.0.1", port)))
        opening = asyncio.create_task(lines.open())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(opening, 1.5)
        assert len(failures) == 1


async def test_a_busy_vendor_is_given_the_time_it_asked_for() -> None:
    lines, _ = connector(Script(refuses=Busy("Too many.", wait=0.05)), Script())
    async with asyncio.timeout(10):
        await (await lines.open()).close()


async def test_a_wrong_key_and_a_cap_are_no_reason_to_try_again() -> None:
    with pytest.raises(ConfigurationFault, match="not known"):
        await connector(Script(refuses=ConfigurationFault("The key is not known.")))[0].open()
    with pytest.raises(ConfigurationFault, match="cap"):
        await connector(Script(), refusal="The cap is reached.")[0].open()


@pytest.mark.parametrize(
    ("failure", "lasted", "waits"),
    [
        (Lost("The network was away."), 10.0, True),
        (Lost("The network was away."), 61.0, False),
        (Planned("The vendor ended the stream."), 10.0, False),
        (Planned("The vendor ended the stream."), 0.1, True),
    ],
)
def test_a_stream_that_was_good_for_a_while_is_replaced_at_once(
    failure: VendorFailure, lasted: float, *, waits: bool
) -> None:
    lines, _ = connector(Script())
    lines.broke(failure, lasted=lasted)
    assert (lines.due > 0) is waits
