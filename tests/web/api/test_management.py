from pathlib import Path

from appliance.web.api.management import ManagementApi
from tests.emulators.attendi import AttendiEmulator, Refusal
from tests.rigs.api import administrator
from tests.rigs.vendors import manager
from tests.web.admin.test_vendors import care

UNITS = "/accounts/care/actions/units"


async def test_a_program_does_what_the_page_can(tmp_path: Path) -> None:
    async with (
        AttendiEmulator(customer="hall") as emulator,
        administrator(ManagementApi(manager(care(tmp_path, emulator.url)))) as program,
    ):
        listed = await program.get("/accounts/care/actions")
        names = [f"{action['group']} {action['name']}" for action in listed.body]
        assert "units upsert" in names
        assert listed.body[0]["args_schema"]["type"] == "object"
        team = {"id": "team", "name": "Team", "users": 3}
        made = await program.post(f"{UNITS}/upsert", team)
        assert made.body == {"done": "The unit team is made.", "rows": [team], "trouble": ""}


async def test_a_program_never_sees_a_rolled_key(tmp_path: Path) -> None:
    async with (
        AttendiEmulator(customer="hall") as emulator,
        administrator(ManagementApi(manager(care(tmp_path, emulator.url)))) as program,
    ):
        answer = await program.post("/accounts/care/actions/customers/roll-key", {})
        assert answer.status == 200
        assert answer.body["rows"] == []
        assert emulator.managed.rolls


async def test_each_failure_has_its_status(tmp_path: Path) -> None:
    refusals = {
        "/v1/customers": Refusal(401),
        "/v1/customers/hall/units": Refusal(429, headers={"Retry-After": "7"}),
    }
    async with (
        AttendiEmulator(refusals=refusals) as emulator,
        administrator(ManagementApi(manager(care(tmp_path, emulator.url)))) as program,
    ):
        assert (await program.post("/accounts/care/actions/customers/list", {})).status == 409
        assert (await program.post(f"{UNITS}/list", {})).status == 503
        wrong = await program.post(f"{UNITS}/upsert", {"id": "team", "name": "Team", "users": "3"})
        assert wrong.status == 422
        assert wrong.body["errors"][0]["key"] == "users"
        assert (await program.post(f"{UNITS}/explode", {})).status == 404
        assert (await program.get("/accounts/nobody/actions")).status == 404
        emulator.refusals["/v1/customers"] = Refusal(500)
        assert (await program.post("/accounts/care/actions/customers/list", {})).status == 502
