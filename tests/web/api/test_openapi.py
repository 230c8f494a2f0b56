import asyncio
import json
import re
import sys
from pathlib import Path

import pytest

from appliance.web.api.openapi import OpenApi
from tests.rigs.api import administrator
from tests.rigs.box import RunningBox, simple_settings

CONFIGURATION = """\
[checks]
# Whether a body makes sense, only the vendor of an account knows, or the other settings.
positive_data_acceptance.enabled = false
# Who comes too late is told so before anybody looks at the body.
negative_data_rejection.expected-statuses = [400, 404, 405, 409, 412, 413, 415, 422]

[[operations]]
# Null puts a default back, of which the models of the settings know nothing.
include-name = "PUT /api/v1/settings"
checks.negative_data_rejection.enabled = false
"""


async def test_the_document_is_there_for_everybody_and_tells_nothing_of_this_box() -> None:
    async with administrator(OpenApi()) as stranger:
        stranger.headers = {}
        answer = await stranger.get("/openapi.json")
    assert answer.body["openapi"] == "3.1.0"
    assert answer.body["paths"]["/api/v1/state"]["get"]["security"][0] == {"token": []}
    assert answer.body["paths"]["/healthz"]["get"]["security"] == []
    assert answer.body["paths"]["/api/v1/commands"]["post"]["requestBody"]["required"]


async def test_all_that_the_document_refers_to_is_in_it(tmp_path: Path) -> None:
    async with (
        RunningBox.started(tmp_path, simple_settings("microphone")) as box,
        box.session.get(f"{box.url}/api/v1/openapi.json") as response,
    ):
        text = await response.text()
    document = json.loads(text)
    for reference in set(re.findall(r'"#/([^"]+)"', text)):
        place = document
        for key in reference.split("/"):
            place = place[key]


@pytest.mark.timeout(300)
async def test_whatever_is_sent_the_box_answers_as_its_document_says(tmp_path: Path) -> None:
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION, "utf-8")
    state = tmp_path / "state"
    state.mkdir()
    async with RunningBox.started(state, simple_settings("microphone")) as box:
        process = await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(configuration)),
            *("run", f"{box.url}/api/v1/openapi.json", "--header", f"Authorization: Bearer {box.token}"),
            *("--exclude-path-regex", "captions$|events$"),  # these never end
            *("--exclude-path", "/api/v1/tokens/{number}"),  # would take its own token away
            *(
                "--phases",
                "coverage,fuzzing",
                "--max-examples",
                "5",
                "--seed",
                "1",
                "--generation-deterministic",
            ),
            *("--suppress-health-check", "all", "--no-color"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        assert not [line for line in box.log if "Traceback" in line]
        assert await box.state()
