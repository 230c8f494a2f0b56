import asyncio

import pytest

from appliance.vendors.contract import Busy
from appliance.vendors.palabra import PalabraVendor
from appliance.vendors.palabra.limits import Connects, Turns
from tests.vendors.palabra.meeting import account, emulator, order


def test_a_twenty_first_connection_of_a_key_within_a_minute_waits_for_the_minute_to_pass() -> None:
    connects = Connects()
    for second in range(20):
        connects.count(1, now=float(second))
    with pytest.raises(Busy) as caught:
        connects.count(1, now=20.0)
    assert caught.value.wait == 45
    connects.count(2, now=20.0)
    connects.count(1, now=65.0)
    with pytest.raises(Busy):
        connects.count(1, now=65.5)


async def test_a_box_that_reconnects_too_often_does_not_even_ask_the_vendor() -> None:
    async with emulator() as served:
        vendor = PalabraVendor()
        for _ in range(20):
            await (await vendor.open(account(served), order())).close()
        with pytest.raises(Busy, match="20 connections in a minute") as caught:
            await vendor.open(account(served), order())
        assert len(served.queries) == 20
        assert "canary" not in str(caught.value)


async def test_commands_follow_each_other_no_faster_than_allowed() -> None:
    now = asyncio.get_running_loop().time
    turns = Turns(0.1)
    began = now()
    for _ in range(3):
        await turns.wait()
    assert now() - began >= 0.2
