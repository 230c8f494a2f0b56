import os
import subprocess
from pathlib import Path

import pytest

from appliance.panel import FrontPanel
from appliance.panel.display import Wire
from appliance.panel.farewell import Farewell, farewell, understood
from appliance.panel.fonts import Fonts
from appliance.panel.screens import Screens
from appliance.panel.simulated import SimulatedPins
from appliance.panel.typesetting import Typesetter
from appliance.settings.models import Panel
from tests.panel.chips import Ssd1306
from tests.panel.test_front import running

UNIT = "captionbox.service"


@pytest.mark.parametrize(
    ("jobs", "words"),
    [
        ("  812 poweroff.target start waiting\n  90 captionbox.service stop running\n", Farewell.UNPLUG),
        ("90 captionbox.service stop running\n812 halt.target start waiting\n", Farewell.UNPLUG),
        ("812 reboot.target start waiting\n90 captionbox.service stop running\n", Farewell.RESTARTING),
        ("90 captionbox.service restart running\n", Farewell.RESTARTING),
        ("90 captionbox.service stop running\n", Farewell.OFF),
        ("77 apt-daily.service start running\n", Farewell.RESTARTING),
        ("", Farewell.RESTARTING),
    ],
    ids=[
        "the machine is switched off",
        "the machine is halted",
        "the machine restarts",
        "the box restarts",
        "the box is stopped",
        "the box ended by itself while something else went on",
        "the box ended by itself",
    ],
)
def test_the_glass_tells_off_from_restarting(jobs: str, words: Farewell) -> None:
    assert understood(jobs, UNIT) is words


def test_a_box_started_by_hand_is_off_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INVOCATION_ID", raising=False)
    assert farewell() is Farewell.OFF


@pytest.mark.parametrize(
    "fault", [FileNotFoundError(2, "systemctl"), subprocess.TimeoutExpired("systemctl", 1)]
)
def test_a_box_whose_systemd_does_not_answer_never_says_that_the_plug_may_go(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setenv("INVOCATION_ID", "1")
    monkeypatch.setattr(subprocess, "run", refuse)
    assert farewell() is Farewell.OFF


def test_a_question_that_systemd_ended_with_the_box_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [subprocess.CalledProcessError(-15, "systemctl"), "812 poweroff.target start waiting\n"]

    def answer(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        match answers.pop(0):
            case Exception() as fault:
                raise fault
            case jobs:
                return subprocess.CompletedProcess([], 0, stdout=str(jobs))

    monkeypatch.setenv("INVOCATION_ID", "1")
    monkeypatch.setattr(subprocess, "run", answer)
    assert farewell() is Farewell.UNPLUG


@pytest.mark.parametrize(
    ("jobs", "words"),
    [
        ("812 poweroff.target start waiting", Farewell.UNPLUG),
        ("812 reboot.target start waiting", Farewell.RESTARTING),
        ("90 captionbox.service restart running", Farewell.RESTARTING),
        ("90 captionbox.service stop running", Farewell.OFF),
    ],
    ids=["the machine is switched off", "the machine restarts", "the box restarts", "the box is stopped"],
)
async def test_the_last_words_stay_lit_on_the_glass(
    jobs: str, words: Farewell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(f"#!/bin/sh\necho '{jobs}'\n")
    systemctl.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("INVOCATION_ID", "1")
    monkeypatch.setattr("appliance.panel.farewell._unit", lambda: UNIT)
    chip = Ssd1306()
    settings = Panel(driver="simulated")
    panel = FrontPanel(SimulatedPins(settings), settings, Wire(lambda: chip))
    async with running(panel) as hand:
        await hand.sees(lambda view: view.picture > 0)
    assert chip.picture() == Screens(Typesetter(Fonts()), chip.size).farewell(words)
