"""The suite finds what is wrong with a vendor."""

from pathlib import Path
from typing import Any

import pytest

from appliance.testing import Circumstance, conformance, conversation
from tests.testing import wrong

pytest_plugins = ["pytester"]

TAIL = "test_the_last_word_is_written_although_no_pause_follows_it"
REFUSED = "test_a_refusal_is_told_to_a_person_in_one_sentence_without_the_key"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "DRAIN", 1.0)
    monkeypatch.setattr(conformance, "SOON", 0.5)


@pytest.mark.parametrize(
    ("kind", "trial", "verdict"),
    [
        (wrong.DoublesAWord, TAIL, "written: “winter comes early early”"),
        (wrong.RevisesAFinal, TAIL, "a final, “winter comes early”, is revised|written"),
        (wrong.SaysItTwice, TAIL, "written: “winter comes early winter comes early”"),
        (wrong.CountsTimeFromTheLastWord, TAIL, "times beyond the stream"),
        (wrong.TranslatesNothing, TAIL, "nobody wants nl"),
        (wrong.ForgetsTheTail, TAIL, "written: “”|the stream failed"),
        (wrong.NeverEnds, TAIL, "The last words do not come"),
        (wrong.TiresOfSilence, "test_people_are_heard_after_a_long_silence", "should be Planned"),
        (wrong.SleepsOnAfterAPause, "test_people_are_heard_after_a_pause", "does not become final"),
        (
            wrong.ChangesNothing,
            "test_what_is_said_after_a_change_of_languages_is_written_in_the_new_ones",
            "words in {'en'} where fr-FR is spoken",
        ),
    ],
)
async def test_a_stream_that_is_wrong_is_found_out(kind: type[wrong.Wrapped], trial: str, verdict: str) -> None:
    with pytest.raises(AssertionError, match=verdict):
        await getattr(wrong.Wrong(wrong.WrongVendor(kind)), trial)()


@pytest.mark.parametrize("finishing", [False, True])
async def test_a_stream_that_ignores_a_drop_is_found_out(*, finishing: bool) -> None:
    suite = wrong.Wrong(wrong.WrongVendor(wrong.IgnoresTheDrop))
    with pytest.raises(AssertionError, match=r"hangs|goes on|last words"):
        await suite.test_a_connection_that_breaks_in_mid_word_is_lost(finishing=finishing)


async def test_a_stream_that_crashes_is_found_out() -> None:
    suite = wrong.Wrong(wrong.WrongVendor(wrong.Crashes))
    with pytest.raises(KeyError):
        await suite.test_nonsense_costs_at_most_the_stream(Circumstance.MALFORMED)


@pytest.mark.parametrize(
    ("kind", "verdict"), [(wrong.ClosesNever, "close.* hangs"), (wrong.LeavesATask, "nobody waits for these")]
)
async def test_a_stream_that_does_not_let_go_is_found_out(kind: type[wrong.Wrapped], verdict: str) -> None:
    with pytest.raises(AssertionError, match=verdict):
        await wrong.Wrong(wrong.WrongVendor(kind)).test_a_stream_lets_go_at_once_whatever_it_is_doing(
            spoken=True, finishing=False
        )


@pytest.mark.parametrize(
    ("vendor", "trial", "circumstance", "verdict"),
    [
        (wrong.QuotesTheKey(), REFUSED, [Circumstance.WRONG_KEY], "a secret is shown"),
        (wrong.ChainsTheKey(), REFUSED, [Circumstance.UNPAID], "a secret is shown"),
        (wrong.RetriesAWrongKey(), REFUSED, [Circumstance.WRONG_KEY], "should be ConfigurationFault"),
        (wrong.SaysOneThingOfAll(), "test_the_answers_of_the_check_differ", [], "assert 3 == 4"),
        (
            wrong.DoesNotWait(),
            "test_no_word_is_lost_although_the_vendor_is",
            [Circumstance.LATE],
            "does not allow this: .'sound before ready'",
        ),
    ],
)
async def test_a_vendor_that_is_wrong_is_found_out(
    vendor: wrong.WrongVendor, trial: str, circumstance: list[Any], verdict: str
) -> None:
    with pytest.raises(AssertionError, match=verdict):
        await getattr(wrong.Wrong(vendor), trial)(*circumstance)


def test_a_key_in_a_log_line_is_found_out(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    pytester.makepyfile(
        """
        from tests.testing import wrong

        class TestIt(wrong.LogsItsKey):
            __test__ = True
        """
    )
    result = pytester.runpytest_subprocess("-k", TAIL, "-o", "asyncio_default_fixture_loop_scope=function")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*a secret is shown in: parrot: with canary-right*"])
