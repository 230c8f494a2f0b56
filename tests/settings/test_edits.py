import random
import re
import tomllib
from typing import Any

import pytest

from appliance.settings import SettingsError
from appliance.settings.edits import applied, edited

BY_HAND = """\
# our box
[box]
name = "Boardroom"   # on the door
start = "button"

# sound
[audio]
input = "microphone"

[panel]
driver = "gpio"

# the screen
[panel.oled]
address = 0x3c  # hexadecimal
width = 128

[rooms.a]
title = "A"
to_languages = [
    "nl",  # for the guests
    "en",
]
[rooms.a.options]
domain = "generic"

[web]
port = 8080

# the second room
[rooms.b]
title = 'B'
# the end
"""
DOTTED = 'box.name = "x"\nbox.start="boot"  # early\n[panel]\nleds.red = 3\noled = {width = 128}\n'


def edit(text: str, changes: dict[str, Any]) -> str:
    return edited(text, changes, "settings.toml")


def test_a_changed_value_keeps_the_remark_behind_it() -> None:
    new = edit(BY_HAND, {"box": {"name": "Attic"}, "panel": {"oled": {"width": 64}}})
    assert new == BY_HAND.replace('"Boardroom"', '"Attic"').replace("width = 128", "width = 64")


def test_a_new_key_does_not_tear_the_remark_off_the_next_section() -> None:
    new = edit(BY_HAND, {"box": {"room": "a"}, "panel": {"button": 5}})
    assert new == BY_HAND.replace('start = "button"\n', 'start = "button"\nroom = "a"\n').replace(
        'driver = "gpio"\n', 'driver = "gpio"\nbutton = 5\n'
    )


def test_a_new_room_stands_by_itself() -> None:
    new = edit(BY_HAND, {"rooms": {"c": {"title": "C", "options": {"k": 1}}}})
    assert '\n\n[rooms.c]\ntitle = "C"\n\n[rooms.c.options]\nk = 1\n\n' in new


def test_a_room_that_is_all_defaults_is_written_too() -> None:
    assert edit("", {"rooms": {"c": {}}}) == "[rooms.c]\n"


def test_taking_away_what_is_not_there_writes_nothing() -> None:
    assert edit(BY_HAND, {"rooms": {"x": {"title": None}, "y": None}, "audio": {"gain": None}}) == BY_HAND


def test_what_did_not_change_is_not_rewritten() -> None:
    same = {
        "panel": {"oled": {"address": 60}},
        "rooms": {"b": {"title": "B"}, "a": {"to_languages": ("nl", "en")}},
    }
    assert edit(BY_HAND, same) == BY_HAND
    assert "0x3c" in edit(BY_HAND, {**same, "web": {"port": 80}})


def test_dotted_and_inline_sections_are_changed_where_they_stand() -> None:
    new = edit(DOTTED, {"box": {"room": "q"}, "panel": {"leds": {"blue": 4}, "oled": {"height": 32}}})
    assert tomllib.loads(new) == {
        "box": {"name": "x", "start": "boot", "room": "q"},
        "panel": {"leds": {"red": 3, "blue": 4}, "oled": {"width": 128, "height": 32}},
    }
    assert "# early" in new


def test_text_of_any_kind_is_written_so_that_it_can_be_read() -> None:
    for title in ('say "hi"', "a\\b", "हिन्दी", "tab\there", "'", "#", "[x]", "\u0001"):
        assert tomllib.loads(edit(BY_HAND, {"rooms": {"b": {"title": title}}}))["rooms"]["b"]["title"] == title


def test_a_value_that_toml_does_not_know_is_refused() -> None:
    with pytest.raises(SettingsError, match="change it by hand"):
        edit(BY_HAND, {"web": {"port": [None]}})


VALUES = ["text", "", 0, 0x7FFF, True, 1.5, ["a", "b"], [], [1, [2]]]
SECTIONS = [{}, {"k": "v"}, {"k": 1, "deep": {"er": 1}}, {"deep": {"er": True}}]


def random_changes(chance: random.Random, tables: dict[str, Any], *, top: bool = True) -> dict[str, Any]:
    """Some changes to some of the keys, and some new ones; sections stay sections."""
    changes: dict[str, Any] = {}
    for key in chance.sample(list(tables), k=chance.randint(0, len(tables))):
        if chance.random() < 0.2:
            changes[key] = None
        elif isinstance(tables[key], dict):
            changes[key] = random_changes(chance, tables[key], top=False)
        else:
            changes[key] = chance.choice(VALUES)
    for number in range(chance.randint(0, 2)):
        section = top or chance.random() < 0.3
        changes.setdefault(f"new{number}", chance.choice(SECTIONS if section else VALUES))
    return changes


@pytest.mark.parametrize(
    "text", [BY_HAND, DOTTED, "", "# only a remark\n"], ids=["by hand", "dotted", "none", "remark"]
)
@pytest.mark.parametrize("seed", range(40))
def test_any_series_of_changes_means_what_was_asked_and_keeps_the_remarks(text: str, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(6):
        before = tomllib.loads(text)
        changes = random_changes(chance, before)
        new = edit(text, changes)
        assert tomllib.loads(new) == applied(before, changes)
        if not any_taken_away(before, applied(before, changes)):
            assert remarks(new) == remarks(text)
            assert in_the_same_order(before, tomllib.loads(new))
        text = new


def any_taken_away(old: Any, new: Any) -> bool:
    """Whether something vanished or was replaced as a whole, and its remarks with it."""
    if isinstance(old, dict) and isinstance(new, dict):
        return any(key not in new or any_taken_away(value, new[key]) for key, value in old.items())
    return (isinstance(old, dict | list) or isinstance(new, dict | list)) and old != new


def remarks(text: str) -> list[str]:
    return re.findall(r"#.*", text)


def in_the_same_order(old: dict[str, Any], new: dict[str, Any]) -> bool:
    return [key for key in new if key in old] == list(old) and all(
        in_the_same_order(value, new[key]) for key, value in old.items() if isinstance(value, dict)
    )
