import random
import tomllib
from pathlib import Path

import pytest

from appliance.settings import SettingsError, SettingsStore, load
from appliance.settings.edits import edited
from appliance.settings.order import InOrder
from tests.settings.test_edits import BY_HAND, remarks

ROOMS = """\
# our box
[box]
room = "hall"

# the large one
[rooms.hall] # with the stage
title = "Hall"
[rooms.hall.options]
pause = 1

# The quiet one,
# upstairs.
[rooms.library]
title = "Library"

[rooms."attic"]

[web]
port = 8080
"""


def in_order(text: str, *names: str) -> str:
    return edited(text, {"rooms": InOrder({name: {} for name in names})}, "settings.toml")


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("text", [ROOMS, BY_HAND], ids=["together", "scattered"])
def test_rooms_in_another_order_mean_the_same_and_keep_their_remarks(text: str, seed: int) -> None:
    before = tomllib.loads(text)
    names = list(before["rooms"])
    random.Random(seed).shuffle(names)
    new = in_order(text, *names)
    assert tomllib.loads(new) == before
    assert list(tomllib.loads(new)["rooms"]) == names
    assert sorted(remarks(new)) == sorted(remarks(text))
    assert "\n\n\n" not in new


def test_a_room_takes_the_remark_above_it_along() -> None:
    new = in_order(ROOMS, "library", "hall", "attic")
    assert "\n\n# The quiet one,\n# upstairs.\n[rooms.library]\n" in new
    assert '\n\n# the large one\n[rooms.hall] # with the stage\ntitle = "Hall"\n[rooms.hall.options]\n' in new
    assert new.startswith("# our box\n[box]\n")
    assert new.endswith("\n\n[web]\nport = 8080\n")


def test_rooms_that_are_in_order_already_stay_where_they_were_written() -> None:
    assert in_order(BY_HAND, "a", "b") == BY_HAND


def test_a_room_may_come_go_and_change_while_the_others_change_places() -> None:
    changes = {"rooms": InOrder(new={"title": "New"}, library={"title": "Books"}, attic={}, hall=None)}
    rooms = tomllib.loads(edited(ROOMS, changes, "settings.toml"))["rooms"]
    assert rooms == {"new": {"title": "New"}, "library": {"title": "Books"}, "attic": {}}
    assert list(rooms) == ["new", "library", "attic"]


@pytest.mark.parametrize(
    "text",
    [
        '[rooms]\na = {title = "A"}\nb = {title = "B"}\n',
        "[rooms.a]\ntitle = '''\n[rooms.b]\n'''\n[rooms.b]\n",
    ],
    ids=["on one line", "in a text"],
)
def test_rooms_that_cannot_change_places_safely_are_left_to_the_hand_that_wrote_them(text: str) -> None:
    with pytest.raises(SettingsError, match="change it by hand"):
        in_order(text, "b", "a")


def test_the_order_of_the_rooms_is_the_same_after_a_restart(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(ROOMS, "utf-8")
    changes = {"rooms": InOrder(attic={}, library={}, hall={})}
    saved = SettingsStore(tmp_path).save(changes)
    assert list(saved.rooms) == list(load(tmp_path).rooms) == ["attic", "library", "hall"]
