import pytest

from appliance.sound import FRAME_BYTES, FRAME_SECONDS, Frame
from appliance.vendors.attendi.pieces import LONGEST, SHORTEST, Cutter, Piece


def cut(*stretches: tuple[float, bool], quiet_at: float | None = None) -> list[Piece]:
    """The pieces of stretches of (seconds, speech); every frame carries its number."""
    cutter, pieces, number = Cutter(), [], 0
    for seconds, speech in stretches:
        for _ in range(round(seconds / FRAME_SECONDS)):
            at = number * FRAME_SECONDS
            quiet = quiet_at is not None and abs(at - quiet_at) < FRAME_SECONDS / 2
            pcm = number.to_bytes(2, "little") * (FRAME_BYTES // 2)
            pieces.append(cutter.feed(Frame(at, pcm, level=-60.0 if quiet else -20.0, speech=speech)))
            number += 1
    return [piece for piece in (*pieces, cutter.finish()) if piece]


def numbers(piece: Piece) -> list[int]:
    return [int.from_bytes(piece.pcm[at : at + 2], "little") for at in range(0, len(piece.pcm), FRAME_BYTES)]


def test_silence_costs_nothing() -> None:
    assert cut((60, False)) == []


def test_a_piece_ends_at_a_pause() -> None:
    first, second = cut((1, False), (4, True), (1, False), (4, True), (1, False))
    assert 4 <= first.end - first.start < 5.2
    assert second.start < 6


def test_short_sentences_share_a_piece() -> None:
    assert len(cut((1, True), (0.6, False), (1, True), (0.6, False))) == 1


def test_one_word_is_not_waited_with_for_longer_than_three_seconds() -> None:
    [piece] = cut((0.5, True), (10, False))
    assert piece.end <= SHORTEST


def test_somebody_who_never_pauses_is_cut_where_it_is_quietest_and_no_sound_is_lost_or_doubled() -> None:
    pieces = cut((40, True), quiet_at=13.5)
    assert pieces[0].end == pytest.approx(13.5, abs=2 * FRAME_SECONDS)
    assert [n for piece in pieces for n in numbers(piece)] == list(range(round(40 / FRAME_SECONDS)))


def test_every_piece_but_the_last_lasts_three_to_fifteen_seconds() -> None:
    pieces = cut(*((seconds, speech) for seconds in (0.4, 2, 5, 9, 14, 31) for speech in (True, False)))
    assert all(SHORTEST - 0.1 <= p.end - p.start <= LONGEST for p in pieces[:-1])
    assert [p.number for p in pieces] == list(range(len(pieces)))


def test_after_ten_seconds_a_breath_is_enough() -> None:
    first, _ = cut((10.5, True), (0.25, False), (4, True))
    assert first.end < 11


def test_the_soft_beginning_of_a_word_is_in_its_piece() -> None:
    [piece] = cut((2, False), (4, True))
    assert 2 - piece.start >= 0.3


def test_times_are_those_of_the_sound() -> None:
    for piece in cut((1, False), (4, True), (1, False), (4, True), (1, False)):
        assert numbers(piece)[0] == round(piece.start / FRAME_SECONDS)
        assert numbers(piece)[-1] + 1 == round(piece.end / FRAME_SECONDS)
