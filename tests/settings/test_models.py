from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from appliance.settings import Account, Leds, Panel, Settings

CONTRACT: dict[str, Any] = {
    "box": {"name": "Boardroom", "room": "boardroom", "start": "button"},
    "audio": {"input": "microphone"},
    "panel": {
        "driver": "gpio",
        "button": 17,
        "mute_button": 27,
        "leds": {"red": 22, "green": 23, "blue": 24},
        "oled": {"device": "ssd1306", "interface": "i2c", "address": 0x3C, "width": 128, "height": 64},
    },
    "web": {"host": "0.0.0.0", "port": 8080, "viewers": "code"},
    "transcripts": {"keep": "30d"},
    "spend": {"monthly_minutes": 0},
    "accounts": {
        "on-device": {"vendor": "local"},
        "reverie-main": {
            "vendor": "reverie",
            "app_id": "com.example",
            "base_url": "wss://revapi.reverieinc.com",
        },
    },
    "rooms": {
        "boardroom": {
            "title": "Boardroom",
            "account": "reverie-main",
            "from_language": "hi-IN",
            "to_languages": [],
            "fallback": "on-device",
            "options": {"domain": "generic"},
        }
    },
}


def test_the_documented_example_is_accepted() -> None:
    settings = Settings.model_validate(CONTRACT)
    assert settings.room.title == "Boardroom"
    assert settings.accounts["reverie-main"].fields == {
        "base_url": "wss://revapi.reverieinc.com",
        "app_id": "com.example",
    }


def test_a_box_fresh_from_its_carton_hears_with_the_on_device_engine() -> None:
    settings = Settings()
    assert settings.accounts[settings.room.account].vendor == "local"


def test_the_first_account_of_a_new_box_can_be_entered_before_any_room() -> None:
    settings = Settings.model_validate({"accounts": {"cloud": {"vendor": "reverie"}}})
    assert settings.accounts[settings.room.account].vendor == "local"


def test_the_first_room_is_in_use_until_somebody_chooses() -> None:
    settings = Settings.model_validate({"rooms": {"b": {}, "a": {}}})
    assert settings.box.room == "b"


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com",
        "ws://example.com",
        "http://127.0.0.1:80@example.com/",
        "https://user:password@example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "https://",
        "https://example.com:port",
        "https://example.com/?next=x",
        "https://example .com",
        "ftp://example.com",
        "example.com",
        "",
    ],
)
def test_an_address_that_could_leak_the_key_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        Account(vendor="x", base_url=address)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com",
        "wss://example.com:8443/v1",
        "http://127.0.0.1:9",
        "ws://[::1]:9",
        "ws://localhost",
    ],
)
def test_an_encrypted_address_or_this_machine_is_accepted(address: str) -> None:
    assert Account(vendor="x", base_url=address + "/").base_url == address


@pytest.mark.parametrize(
    ("keep", "age"), [("30d", timedelta(days=30)), ("12 h", timedelta(hours=12)), ("off", None)]
)
def test_transcripts_are_kept_as_long_as_was_written(keep: str, age: timedelta | None) -> None:
    assert Settings.model_validate({"transcripts": {"keep": keep}}).transcripts.age == age


@pytest.mark.parametrize("keep", ["", "30", "d", "-1d", "99999999999d", "forever"])
def test_a_duration_without_sense_is_refused(keep: str) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"transcripts": {"keep": keep}})


def test_a_key_is_not_shown_with_its_account() -> None:
    account = Account(vendor="x", secrets={"api_key": SecretStr("canary")})
    assert "canary" not in f"{account!r} {account} {account.model_dump()} {account.model_dump_json()}"


def panel(**tables: Any) -> Panel:
    return Settings.model_validate({"panel": tables}).panel


def test_a_light_of_one_colour_takes_one_pin_and_leaves_the_others_free() -> None:
    single = panel(button=23, leds={"green": "none", "blue": "none"})
    assert single.leds.pins == {"red": 22}


@pytest.mark.parametrize("kind", ["apa102", "ws2812", "none"])
def test_a_light_that_is_not_on_pins_leaves_them_free(kind: str) -> None:
    assert panel(button=22, mute_button=24, leds={"kind": kind}).leds.pins == {}


@pytest.mark.parametrize(
    ("tables", "what"),
    [
        ({"mute_button": 17}, "pin 17 is already that of button"),
        ({"button": 2}, "pin 2 is already that of the display"),
        ({"button": 25, "oled": {"interface": "spi"}}, "pin 25 is already that of the display"),
        ({"button": 10, "leds": {"kind": "apa102"}}, "pin 10 is already that of the LEDs on SPI"),
        ({"leds": {"kind": "ws2812"}, "oled": {"interface": "spi"}}, "cannot share SPI"),
        ({"times": {"setup": 5, "reset": 6}}, "at least 3 seconds more than setup"),
    ],
)
def test_wiring_that_cannot_work_is_refused(tables: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        panel(**tables)


def test_pins_of_a_display_that_is_not_there_can_be_used() -> None:
    assert panel(button=2, oled={"device": "none"}).button == 2


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan"), 1_000])
@pytest.mark.parametrize("key", ["debounce", "double", "long", "setup", "reset"])
def test_times_without_sense_are_refused(key: str, seconds: float) -> None:
    with pytest.raises(ValidationError):
        panel(times={key: seconds})


def test_the_light_of_a_new_box_is_an_rgb_led_on_the_documented_pins() -> None:
    assert Leds().pins == {"red": 22, "green": 23, "blue": 24}
