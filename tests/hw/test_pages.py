import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from appliance.settings import Settings
from tests.hw.pages import FOLDER

APPLIANCE = FOLDER.parent / "appliance"
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


def test_what_the_bring_up_page_explains_is_what_the_box_says() -> None:
    said = "".join(path.read_text("utf-8") for path in APPLIANCE.rglob("*.py"))
    page = (FOLDER / "bring-up.md").read_text("utf-8")
    for table in re.findall(r"^\| it says \|.*\n\|[-|]+\n((?:\|.*\n)+)", page, re.MULTILINE):
        for sentence in re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE):
            if sentence.startswith("a "):  # a sentence that differs from file to file or from vendor to vendor
                continue
            for words in re.split(r"“[^”]*”|…", sentence):
                assert words.strip() in said, sentence


def test_the_settings_on_the_page_are_understood_and_the_first_are_those_of_the_box() -> None:
    page = (FOLDER / "README.md").read_text("utf-8")
    shown = [
        Settings.model_validate(tomllib.loads(toml))
        for toml in re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    ]
    assert len(shown) > 1
    assert shown[0].panel == Settings().panel


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


@pytest.mark.skipif(not shutil.which("openscad"), reason="this machine has no OpenSCAD")
def test_what_goes_into_the_case_has_room_in_it(tmp_path: Path) -> None:
    built = subprocess.run(
        ["openscad", "-D", 'part="collisions"', "-o", tmp_path / "collisions.stl", FOLDER / "case.scad"],
        capture_output=True,
        text=True,
        check=True,
    )
    (volumes,) = re.findall(r"Volumes: +(\d+)", built.stderr)
    assert volumes == "1"  # the space around: faces that touch enclose nothing
