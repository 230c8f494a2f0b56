"""What the box relies on in what a plug-in gives it."""

import traceback
from collections.abc import Iterable, Sequence
from itertools import pairwise
from logging import ERROR, LogRecord
from typing import Any, Final

from appliance.testing.conversation import Heard
from appliance.testing.speech import word_error_rate
from appliance.vendors.contract import Order, VendorFailure, Words

LONGEST_SENTENCE: Final = 500
"""Characters of a sentence that a person will read on a small page."""

TOLERANCE: Final = 0.5
"""Seconds by which a vendor's times may be off."""


def judge_words(words: Sequence[Words], said: Sequence[str], order: Order[Any], *, errors: float) -> None:
    """See that what was said is there once and in order, that finals stay, and that all is translated.

    Args:
        words: what the stream gave.
        said: the sentences.
        order: what the room wanted.
        errors: the share of words that may be wrong.
    """
    part = Heard(words=list(words))
    reference = " ".join(said)
    assert word_error_rate(reference, part.text) <= errors, f"said: “{reference}”, written: “{part.text}”"
    _finals_stay(words)
    spoken = {_primary(w.language) for w in words if w.language and not w.translated_from}
    assert spoken <= {_primary(order.from_language)}, f"words in {spoken} where {order.from_language} is spoken"
    originals = {w.segment for w in part.originals}
    for translation in (w for w in words if w.translated_from):
        assert translation.language in order.to_languages, f"nobody wants {translation.language}"
        assert not translation.final or translation.segment in originals, f"no original for {translation}"
    assert part.translated(order.to_languages), f"not everything is translated to {order.to_languages}"


def judge_times(heard: Heard) -> None:
    """See that the times of finals, where given, rise and are those at which somebody spoke."""
    timed = [w for w in heard.originals if w.start is not None and w.end is not None]
    for words in timed:
        assert words.start is not None
        assert words.end is not None
        assert 0 <= words.start <= words.end <= heard.sent + TOLERANCE, f"times beyond the stream: {words}"
        near = [s for s, e in heard.spoken if s - TOLERANCE <= words.end and words.start <= e + TOLERANCE]
        assert near, f"nobody spoke at the time of {words}; somebody did at {heard.spoken}"
    for earlier, later in pairwise(timed):
        assert (earlier.start or 0) <= (later.start or 0), f"times go back from {earlier} to {later}"


def judge_sentence(sentence: str) -> None:
    """See that a person can be shown what was raised or answered."""
    assert sentence.isprintable(), f"not one plain line: {sentence!r}"
    assert 10 <= len(sentence) <= LONGEST_SENTENCE, f"too short or too long: {sentence!r}"
    assert " " in sentence.strip(), f"no sentence: {sentence!r}"


def judge_failures(failures: Sequence[VendorFailure], kind: type[VendorFailure]) -> None:
    """See that failures are of a kind, and that each can be shown to a person."""
    for failure in failures:
        assert isinstance(failure, kind), f"{failure!r} should be {kind.__name__}"
        judge_sentence(str(failure))


def judge_discretion(secrets: Iterable[str], *shown: object) -> None:
    """See that no secret is in what may be shown or logged; of an exception, that is its whole traceback."""
    for thing in shown:
        text = "".join(traceback.format_exception(thing)) if isinstance(thing, BaseException) else str(thing)
        assert not any(secret in text for secret in secrets), f"a secret is shown in: {text}"


def judge_log(records: Iterable[LogRecord], secrets: Iterable[str], strangers: tuple[str, ...]) -> None:
    """See that the log shows no secret, and no failure of a task that nobody waited for."""
    for record in records:
        said = f"{record.name}: {record.getMessage()}"
        if not record.name.startswith(strangers):
            judge_discretion(secrets, said, record.exc_text)
        assert not (record.name == "asyncio" and record.levelno >= ERROR), said


def _finals_stay(words: Sequence[Words]) -> None:
    finals: dict[tuple[str, str | None], str] = {}
    for one in words:
        key = one.segment, one.language
        settled = finals.get(key)
        assert settled in (None, one.text), f"a final, “{settled}”, is revised: {one}"
        if one.final:
            finals[key] = one.text


def _primary(language: str | None) -> str:
    return (language or "").partition("-")[0].lower()
