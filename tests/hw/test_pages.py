import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.hw.pages import FOLDER

PARTS = ("body", "lid", "pipe", "assembled", "exploded", "step1", "step2", "step3", "step4", "collisions")


@pytest.mark.parametrize("page", sorted(FOLDER.glob("*.md")), ids=lambda page: page.name)
def test_links_and_pictures_of_the_hardware_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for place, anchor in re.findall(r"\]\(([^)#:]*)#?([^):]*)\)", text):
        target = FOLDER / place if place else page
        assert target.exists(), place
        if anchor:
            assert anchor in headings(target), f"{place}#{anchor}"


def headings(page: Path) -> set[str]:
    """The anchors of a page."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_microphone_of_the_alsa_snippet_is_found_by_its_name() -> None:
    listed = subprocess.run(
        ["arecord", "-L"],
        env=os.environ | {"ALSA_CONFIG_PATH": str(FOLDER / "asound.conf")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout == "captionmic\n    I2S microphone with gain\n"
    assert listed.stderr == ""


@pytest.mark.skipif(not shutil.which("udevadm"), reason="this machine has no udev")
def test_udev_understands_the_rules() -> None:
    verified = subprocess.run(
        ["udevadm", "verify", "--no-style", FOLDER / "99-captionbox.rules"],
        capture_output=True,
        text=True,
        check=False,
    )
    if "Unknown command" in verified.stderr:
        pytest.skip("this udev cannot verify rules")
    assert verified.returncode == 0, verified.stderr


@pytest.mark.skipif(not shutil.which("openscad"), reason="this machine has no OpenSCAD")
@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_the_case_is_built_without_a_warning(part: str, tmp_path: Path) -> None:
    built = subprocess.run(
        ["openscad", "-D", f'part="{part}"', "-o", tmp_path / "part.csg", FOLDER / "case.scad"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "WARNING" not in built.stderr
    assert "cylinder" in (tmp_path / "part.csg").read_text()
