from pathlib import Path

from aiohttp.test_utils import make_mocked_request

from appliance.database import open_database
from appliance.web.access import Access, Who


async def who(access: Access, *, token: str = "", code: str = "") -> Who:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return await access.who(make_mocked_request("GET", f"/?code={code}", headers=headers))


async def test_after_a_reset_nobody_who_was_let_in_before_comes_in_again(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        access = Access(database, "code")
        await access.open()
        token, code = await access.tokens.make("test"), access.join_code.text
        assert await who(access, token=token) is Who.ADMIN
        assert await who(access, code=code) is Who.VIEWER
        await access.reset()
        assert await who(access, token=token) is Who.ANYONE
        assert await who(access, code=code) is Who.ANYONE
        assert await who(access, code=access.join_code.text) is Who.VIEWER


async def test_a_reset_holds_after_a_restart(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        access = Access(database, "code")
        await access.open()
        token = await access.tokens.make("test")
        await access.reset()
        code = access.join_code
    async with open_database(tmp_path) as database:
        access = Access(database, "code")
        await access.open()
        assert access.join_code == code
        assert await who(access, token=token) is Who.ANYONE
        assert await who(access, token=await access.tokens.make("new")) is Who.ADMIN
