from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from appliance.settings import Account, Problem, Settings, SettingsError, misplaced_secrets, problems_of
from tests.settings.test_models import CONTRACT


def settings_problems(tables: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(tables)
    return [str(problem) for problem in problems_of(caught.value, "settings.toml", "", Settings)]


@pytest.mark.parametrize(
    ("tables", "line"),
    [
        ({"box": {"start": 1}}, 'box.start: must be "button" or "boot"'),
        ({"panel": {"driver": "x"}}, 'panel.driver: must be "gpio", "simulated" or "none"'),
        ({"web": {"port": 70000}}, "web.port: must be a whole number, at least 0, at most 65535"),
        ({"web": {"port": "eighty"}}, "web.port: must be a whole number, at least 0, at most 65535"),
        ({"web": {"host": 5}}, "web.host: must be text in quotes"),
        (
            {"box": {"name": ""}},
            "box.name: must be text in quotes, 1 or more characters, 60 characters at most",
        ),
        ({"panel": {"leds": 3}}, "panel.leds: must be a section with keys of its own"),
        (
            {"rooms": {"a": {"to_languages": "nl"}}},
            "rooms.a.to_languages: must be a list in [ ], each entry text in quotes",
        ),
        ({"rooms": {"a": {"to_languages": ["nl", 5]}}}, "rooms.a.to_languages: must be text in quotes"),
        ({"accounts": {"a": {}}}, "accounts.a.vendor: is missing; it must be text in quotes"),
        ({"rooms": {"A b": {}}}, 'rooms."A b": must be a short name of lower case letters, digits, - and _'),
        (
            {"panel": {"button": 22}},
            "panel.leds.red: pin 22 is already that of button; each needs a pin of its own",
        ),
        (
            {"panel": {"leds": {"green": "off"}}},
            'panel.leds.green: must be a whole number, at least 0, at most 53 or "none"',
        ),
        (
            {"panel": {"times": {"setup": 10, "reset": 11}}},
            "panel.times.reset: must be at least 3 seconds more than setup",
        ),
        (
            {"rooms": {"a": {"account": "on-devise"}}},
            'rooms.a.account: there is no account "on-devise"; did you mean "on-device"?',
        ),
        ({"rooms": {"a": {"fallback": "x"}}}, 'rooms.a.fallback: there is no account "x"; known: on-device'),
        ({"box": {"room": "x"}}, 'box.room: there is no room "x"; known: meeting-room'),
        (
            {"accounts": {"a": {"vendor": "x", "secrets": {"api_key": "y"}}}},
            "accounts.a.secrets: belongs in secrets.toml, under [accounts.a]",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(tables: dict[str, Any], line: str) -> None:
    assert settings_problems(tables) == [f"settings.toml: {line}"]


def test_a_language_that_is_none_is_named() -> None:
    (line,) = settings_problems({"rooms": {"a": {"from_language": "klingonese"}}})
    assert line.startswith("settings.toml: rooms.a.from_language: ")
    assert "klingonese" in line


def sections(tables: dict[str, Any], prefix: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The way to every section of the documented example whose keys are ours."""
    ways = [prefix]
    for key, value in tables.items():
        if isinstance(value, dict) and key != "options" and prefix != ("accounts",):
            ways += sections(value, (*prefix, key))
    return [way for way in ways if way not in (("accounts",), ("rooms",))]


@pytest.mark.parametrize("way", sections(CONTRACT), ids=".".join)
def test_a_misspelled_key_is_found_at_every_depth_and_the_right_one_suggested(way: tuple[str, ...]) -> None:
    example = CONTRACT
    for part in way:
        example = example[part]
    for key, value in example.items():
        wrong: Any = {f"{key}x": value}
        for part in reversed(way):
            wrong = {part: wrong}
        lines = settings_problems(wrong)
        what = "section" if isinstance(value, dict) else "key"
        place = ".".join((*way, f"{key}x"))
        assert f'settings.toml: {place}: unknown {what} "{key}x"; did you mean "{key}"?' in lines


def test_an_unknown_key_like_no_other_gets_the_list_of_those_known() -> None:
    (line,) = settings_problems({"panel": {"leds": {"ultraviolet": 1}}})
    assert line == (
        'settings.toml: panel.leds.ultraviolet: unknown key "ultraviolet"; '
        "known here: kind, red, green, blue, common, count, brightness"
    )


@pytest.mark.parametrize(
    "tables", [{"a\nb": 1}, {"rooms": {"a\nb": {}}}, {"rooms": {"a": {"from_language": "a\nb"}}}]
)
def test_no_mistake_takes_more_than_one_line(tables: dict[str, Any]) -> None:
    assert not any("\n" in line for line in settings_problems(tables))


def test_the_error_is_one_line_and_counts_the_rest() -> None:
    problems = [Problem("settings.toml", "web.port", "must be 1"), *[Problem("settings.toml", "x", "y")] * 2]
    assert str(SettingsError(problems)) == "settings.toml: web.port: must be 1 … and 2 more"
    assert str(SettingsError(problems[:1])) == "settings.toml: web.port: must be 1"


class VendorAccount(BaseModel):
    model_config = ConfigDict(extra="forbid")

    api_key: SecretStr
    token: SecretStr | None = None
    app_id: str = Field("a", pattern="^a")
    quality: int | Literal["auto"] = "auto"
    speed: float = Field(1.0, gt=0.5, lt=2.5)

    @field_validator("api_key")
    @classmethod
    def _long_enough(cls, key: SecretStr) -> SecretStr:
        if len(key.get_secret_value()) < 10:
            raise ValueError(f"{key.get_secret_value()} is too short")
        return key


def vendor_problems(fields: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        VendorAccount.model_validate(fields)
    return [str(p) for p in problems_of(caught.value, "settings.toml", "accounts.v", VendorAccount)]


def test_a_missing_key_of_a_vendor_is_asked_for_in_the_file_of_secrets() -> None:
    assert vendor_problems({}) == ["secrets.toml: accounts.v.api_key: is missing; it must be text in quotes"]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"app_id": "b"}, "settings.toml: accounts.v.app_id: must match the pattern ^a"),
        (
            {"app_id": SecretStr("a")},
            "secrets.toml: accounts.v.app_id: is no secret: it belongs in settings.toml",
        ),
        ({"quality": "best"}, 'settings.toml: accounts.v.quality: must be a whole number or "auto"'),
        ({"speed": 0}, "settings.toml: accounts.v.speed: must be a number, more than 0.5, less than 2.5"),
        ({"app_di": "a"}, 'settings.toml: accounts.v.app_di: unknown key "app_di"; did you mean "app_id"?'),
        (
            {"tokn": SecretStr("canary")},
            'secrets.toml: accounts.v.tokn: unknown key "tokn"; did you mean "token"?',
        ),
    ],
)
def test_a_vendors_own_options_are_told_in_the_same_words(fields: dict[str, Any], line: str) -> None:
    assert vendor_problems({"api_key": SecretStr("long enough"), **fields}) == [line]


@pytest.mark.parametrize("value", [SecretStr("canary"), "canary", 4711])
def test_a_wrong_key_is_not_told_to_everybody(value: object) -> None:
    (line,) = vendor_problems({"api_key": value})
    assert line.startswith("secrets.toml: accounts.v.api_key: ")
    assert "canary" not in line
    assert "4711" not in line


def test_a_key_written_into_the_open_file_is_sent_where_it_belongs() -> None:
    account = Account.model_validate({"vendor": "v", "app_id": "a", "api_key": "canary", "token": "canary"})
    lines = [str(problem) for problem in misplaced_secrets(account, "accounts.v", VendorAccount)]
    hint = "is a secret: it belongs in secrets.toml, under [accounts.v]"
    assert lines == [f"settings.toml: accounts.v.{key}: {hint}" for key in ("api_key", "token")]
