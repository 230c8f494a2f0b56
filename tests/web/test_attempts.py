import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from appliance.web.attempts import Attempts, address
from appliance.web.problems import Problem
from tests.rigs.web import no_sleep


def coming_from(remote: str) -> web.Request:
    return make_mocked_request("POST", "/login").clone(remote=remote)


def guess(attempts: Attempts, remote: str, times: int) -> None:
    for _ in range(times):
        attempts.begin(coming_from(remote))


def test_after_five_wrong_tries_an_address_waits_and_is_told_how_long() -> None:
    attempts = Attempts(no_sleep)
    guess(attempts, "192.0.2.1", 5)
    with pytest.raises(Problem, match=r"wait \d+ seconds") as refused:
        guess(attempts, "192.0.2.1", 1)
    assert refused.value.status == 429
    assert 0 < (refused.value.wait or 0) <= 60


def test_others_are_not_shut_out_by_one_who_guesses() -> None:
    attempts = Attempts(no_sleep)
    guess(attempts, "192.0.2.1", 5)
    guess(attempts, "192.0.2.2", 5)


def test_many_addresses_together_do_not_guess_as_often_as_they_like() -> None:
    attempts = Attempts(no_sleep)
    for number in range(30):
        guess(attempts, f"192.0.2.{number}", 1)
    with pytest.raises(Problem, match="too many wrong tries"):
        guess(attempts, "192.0.2.99", 1)


def test_who_knew_it_in_the_end_may_mistype_again() -> None:
    attempts = Attempts(no_sleep)
    guess(attempts, "192.0.2.1", 4)
    attempts.right(coming_from("192.0.2.1"))
    guess(attempts, "192.0.2.1", 5)


def test_a_household_of_ipv6_addresses_counts_as_one() -> None:
    assert address(coming_from("2001:db8:1:2::1")) == address(coming_from("2001:db8:1:2:ffff::9"))
    assert address(coming_from("2001:db8:1:3::1")) != address(coming_from("2001:db8:1:2::1"))
    assert address(coming_from("fe80::1%eth0")) == address(coming_from("fe80::2"))
    assert address(coming_from("::ffff:192.0.2.1")) != address(coming_from("::ffff:192.0.2.2"))


async def test_a_wrong_guess_waits_for_its_answer_and_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    await Attempts(sleep).wrong(coming_from("192.0.2.1"), "password")
    assert waited == [1.0]
    assert "A wrong password came from 192.0.2.1." in caplog.text
