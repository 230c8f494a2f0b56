import pytest

from appliance.host.network import address


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("::1", "http://[::1]:8080"),
        ("box.local", "http://box.local:8080"),
    ],
)
def test_people_are_shown_the_address_the_box_listens_on(host: str, shown: str) -> None:
    assert address(host, 8080) == shown


def test_a_box_that_listens_everywhere_shows_an_address_that_others_can_reach() -> None:
    assert "0.0.0.0" not in address("0.0.0.0", 8080)
