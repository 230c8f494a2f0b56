import asyncio

import pytest
from pydantic import ValidationError

from appliance.vendors.contract import ConfigurationFault, Lost, Order
from appliance.vendors.wyoming import WyomingVendor
from appliance.vendors.wyoming.config import WyomingAccount, WyomingOptions
from tests.emulators.wyoming import Emulator


async def check(uri: str) -> str:
    return await WyomingVendor().check(WyomingAccount(uri=uri))


async def test_a_good_server_is_named_with_its_languages() -> None:
    async with Emulator(streaming=True) as emulator:
        sentence = await check(emulator.uri)
    assert sentence == (
        "The Wyoming server “program of tiny” works, without a key: "
        "words while people speak; languages: en, de."
    )


async def test_a_server_that_is_not_there_is_said_to_be_so() -> None:
    async with Emulator() as emulator:
        uri = emulator.uri
    with pytest.raises(Lost, match="No Wyoming server answers at tcp://"):
        await check(uri)


async def test_a_server_for_something_else_is_not_taken_for_speech_recognition() -> None:
    async with Emulator(asr=False) as emulator:
        with pytest.raises(ConfigurationFault, match="does not recognise speech"):
            await check(emulator.uri)


async def test_a_server_without_a_model_is_not_taken_for_a_good_one() -> None:
    async with Emulator(models=("tiny",), installed=False) as emulator:
        with pytest.raises(ConfigurationFault, match="no model installed"):
            await check(emulator.uri)


async def test_a_server_of_another_protocol_is_found_out() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        with pytest.raises(Lost, match="really a Wyoming server"):
            await check(f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def test_a_model_that_the_server_does_not_have_is_refused_with_those_it_has() -> None:
    async with Emulator(models=("tiny", "base")) as emulator:
        order = Order(from_language="en-US", to_languages=(), options=WyomingOptions(model="huge"))
        with pytest.raises(ConfigurationFault, match="no model “huge”; it has tiny, base"):
            await WyomingVendor().open(WyomingAccount(uri=emulator.uri), order)


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("tcp://192.168.1.20:10300", ("192.168.1.20", 10300)),
        ("tcp://whisper.local:10300/", ("whisper.local", 10300)),
        ("tcp://[fd00::1]:10300", ("fd00::1", 10300)),
    ],
)
def test_an_address_is_understood(uri: str, place: tuple[str, int]) -> None:
    assert WyomingAccount(uri=uri).place == place


@pytest.mark.parametrize(
    "uri",
    [
        *("whisper.local:10300", "tcp://whisper.local", "http://whisper.local:10300", "unix:///run/wyoming"),
        *(
            "tcp://me:secret@host:10300",
            "tcp://host:0",
            "tcp://host:70000",
            "tcp://host:10300/path",
            "tcp://:1",
        ),
        "stdio://",
    ],
)
def test_an_address_that_cannot_be_right_is_refused_with_an_example(uri: str) -> None:
    with pytest.raises(ValidationError, match=r"tcp://192\.168\.1\.20:10300"):
        WyomingAccount(uri=uri)
