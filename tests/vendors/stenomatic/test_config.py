from typing import Any

import pytest
from pydantic import ValidationError

from appliance.vendors.stenomatic.config import LANGUAGES, StenomaticAccount, StenomaticOptions


def account(**fields: Any) -> StenomaticAccount:
    return StenomaticAccount.model_validate({"api_key": "k"} | fields)


@pytest.mark.parametrize(
    ("fields", "target", "secure"),
    [
        ({}, "api.stenomatic.com:443", True),
        ({"grpc_target": "eu.stenomatic.com:8443"}, "eu.stenomatic.com:8443", True),
        ({"grpc_target": "127.0.0.1:50051"}, "127.0.0.1:50051", True),
        ({"base_url": "https://relay.example"}, "relay.example:443", True),
        ({"base_url": "wss://relay.example:8443"}, "relay.example:8443", True),
        ({"base_url": "http://127.0.0.1:50051", "grpc_target": "a.b:1"}, "127.0.0.1:50051", False),
        ({"base_url": "http://[::1]:50051"}, "[::1]:50051", False),
        ({"base_url": "http://localhost"}, "localhost:80", False),
    ],
)
def test_the_key_travels_in_plain_text_only_inside_this_machine(
    fields: dict[str, Any], target: str, *, secure: bool
) -> None:
    assert account(**fields).target == target
    assert account(**fields).secure is secure


def test_another_host_also_gives_the_list_of_languages() -> None:
    assert account(base_url="http://127.0.0.1:1").address(LANGUAGES) == "http://127.0.0.1:1/api/v1/languages"


def test_captions_take_the_api_key_and_else_the_developer_key() -> None:
    assert account(api_key="a", developer_key="d").key.get_secret_value() == "a"
    assert account(api_key=None, developer_key="d").key.get_secret_value() == "d"
    with pytest.raises(ValidationError, match="needs an api_key or a developer_key"):
        account(api_key=None)


@pytest.mark.parametrize("key", ["", "two words", "kéy", "line\nbreak", "k" * 513])
def test_what_cannot_be_a_key_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(ValidationError) as error:
        account(api_key=key)
    assert not key or key not in str(error.value)


@pytest.mark.parametrize("target", ["unix:/tmp/x", "stenomatic.com", "a b:1", "dns:///x:1", "h:1/x", "h:65536"])
def test_a_target_is_a_host_and_a_port(target: str) -> None:
    with pytest.raises(ValidationError, match="must be a host and a port such as"):
        account(grpc_target=target)


def test_captions_come_back_unless_the_other_way_is_chosen() -> None:
    assert StenomaticOptions().mode == "grpc"
    assert StenomaticOptions.model_validate({"mode": "rtmps"}).video == "none"


@pytest.mark.parametrize(
    "template", ["http://a.b/{room_id}", "https://a.b/room", "https://a.b/{room_id} x", "{room_id}"]
)
def test_the_address_of_a_page_is_https_and_says_where_the_room_stands(template: str) -> None:
    with pytest.raises(ValidationError, match="must be an https address"):
        StenomaticOptions(room_page_template=template)


@pytest.mark.parametrize("options", [{"phrases": ["x"] * 101}, {"phrases": [""]}, {"room_id": "a--b"}])
def test_options_are_bounded(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        StenomaticOptions.model_validate(options)


def test_the_key_shows_in_no_representation() -> None:
    assert "canary" not in repr(account(api_key="canary", developer_key="canary"))
