from pathlib import Path

import pytest

from appliance.web.access import Who
from appliance.web.api.openapi import document
from appliance.web.routes import Route, RouteTable
from tests.attacks.victim import address, victim

PUBLIC = {
    "GET /healthz",
    "GET /static/{name}",
    "GET /j/{code}",
    "GET /screen/{key}",
    "GET /login",
    "POST /login",
    "GET /setup",
    "POST /setup",
    "GET /setup/password",
    "POST /setup/password",
    "GET /api/v1/openapi.json",
}
SIMULATED = {
    "GET /panel",
    "GET /api/v1/panel.png",
    "GET /api/v1/panel/events",
    "POST /api/v1/panel/buttons",
}
VIEWERS = {
    "GET /",
    "GET /kiosk",
    "GET /join.svg",
    "GET /manifest.webmanifest",
    "GET /transcript.txt",
    "GET /api/v1/state",
    "GET /api/v1/captions",
}
PROMISED = {
    "GET /api/v1/state",
    "POST /api/v1/commands",
    "GET /api/v1/captions",
    *(f"{method} /api/v1/settings" for method in ("GET", "PUT")),
    *(f"{method} /api/v1/accounts" for method in ("GET", "PUT")),
    *(f"{method} /api/v1/accounts/{{id}}" for method in ("GET", "PUT", "DELETE")),
    "POST /api/v1/accounts/{id}/check",
    *(f"{method} /api/v1/rooms" for method in ("GET", "PUT")),
    *(f"{method} /api/v1/rooms/{{id}}" for method in ("GET", "PUT", "DELETE")),
    "GET /api/v1/vendors",
    "GET /api/v1/microphones",
    "GET /api/v1/languages",
    *(f"{method} /api/v1/transcripts" for method in ("GET", "DELETE")),
    "GET /api/v1/transcripts/{number}.{form}",
    "DELETE /api/v1/transcripts/{number}",
    *(f"{method} /api/v1/tokens" for method in ("GET", "POST")),
    "DELETE /api/v1/tokens/{number}",
    "GET /api/v1/panel.png",
    "GET /api/v1/panel/events",
    "GET /api/v1/openapi.json",
    "GET /healthz",
    "GET /metrics",
}


async def table(folder: Path, *, simulate: bool = False) -> RouteTable:
    async with victim(folder, claimed=False, simulate=simulate) as box:
        return box.table


def names(routes: list[Route], who: Who) -> set[str]:
    return {f"{route.method} {route.path}" for route in routes if route.who is who}


async def test_nobody_opens_a_door_to_everyone_or_to_viewers_unnoticed(tmp_path: Path) -> None:
    routes = await table(tmp_path)
    assert names(routes, Who.ANYONE) == PUBLIC
    assert names(routes, Who.VIEWER) == VIEWERS


async def test_a_simulated_panel_is_all_that_a_simulation_opens(tmp_path: Path) -> None:
    routes = await table(tmp_path, simulate=True)
    assert names(routes, Who.ANYONE) == PUBLIC | SIMULATED
    assert names(routes, Who.VIEWER) == VIEWERS


async def test_every_route_that_is_promised_is_there_and_documented(tmp_path: Path) -> None:
    paths = document(await table(tmp_path))["paths"]
    told = {f"{method.upper()} {path}": each for path, route in paths.items() for method, each in route.items()}
    assert told.keys() >= PROMISED
    assert all(operation["summary"] for operation in told.values())
    operations = [operation["operationId"] for operation in told.values()]
    assert len(set(operations)) == len(operations)


async def test_every_route_of_the_api_says_what_goes_in_and_out(tmp_path: Path) -> None:
    routes = await table(tmp_path, simulate=True)
    assert [route.path for route in routes if route.path.startswith("/api/") and not route.exchange] == []


@pytest.mark.parametrize("simulate", [False, True])
async def test_no_route_of_the_administrator_answers_a_stranger_or_a_viewer(
    tmp_path: Path, *, simulate: bool
) -> None:
    async with victim(tmp_path, claimed=False, simulate=simulate) as box:
        for route in box.table:
            for query in ("", f"?code={box.access.join_code.text}") if route.who is Who.ADMIN else ():
                answer = await box.ask(route.method, address(route) + query)
                assert answer.status == 401, route.path
