from urllib.parse import urlsplit

import pytest

from appliance.vendors.contract import Unreachable
from appliance.vendors.stenomatic.calls import dial, try_key
from appliance.vendors.stenomatic.config import StenomaticAccount
from tests.emulators.stenomatic import Emulator
from tests.faults.proxy import Proxy


async def test_a_vendor_that_is_back_is_reached_at_once_however_often_it_was_not() -> None:
    async with Emulator(key="key") as vendor, Proxy(urlsplit(vendor.url).port or 0) as proxy:
        account = StenomaticAccount(api_key="key", base_url=f"http://127.0.0.1:{proxy.port}")
        proxy.cut()
        async with dial(account) as before:
            with pytest.raises(Unreachable):
                await try_key(before, account)
            await proxy.restore()
            async with dial(account) as now:
                await try_key(now, account)
