import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.audio.framing import Framer
from appliance.audio.source import Block, Missed
from appliance.sound import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE, Frame, Loss
from tests.audio.sounds import joined, noise, tone


def block(sound: NDArray[np.int16] | NDArray[np.float32], *, rate: int = SAMPLE_RATE) -> Block:
    return Block(rate, sound.reshape(len(sound), -1))


def test_captions_after_a_loss_keep_their_times() -> None:
    framer = Framer()
    heard = framer.add(block(noise(3 * FRAME_SECONDS)))
    heard += framer.add(Missed(1.5, "The microphone could not be heard."))
    heard += framer.add(block(noise(2 * FRAME_SECONDS)))
    assert heard[3] == Loss(3 * FRAME_SECONDS, 3 * FRAME_SECONDS + 1.5, "The microphone could not be heard.")
    starts = [h.start / FRAME_SECONDS for h in heard if isinstance(h, Frame)]
    assert starts == pytest.approx([0, 1, 2, 3 + 1.5 / FRAME_SECONDS, 4 + 1.5 / FRAME_SECONDS])


def test_a_word_cut_by_a_loss_is_sent_as_far_as_it_was_heard() -> None:
    framer = Framer()
    sound = noise(0.1)
    heard = framer.add(block(sound))
    assert len(heard) == 3
    heard += framer.add(Missed(1.0, "lost"))
    last, loss = heard[3:]
    assert isinstance(last, Frame)
    assert isinstance(loss, Loss)
    np.testing.assert_array_equal(joined(heard)[:1600], sound)
    assert (loss.start, loss.end) == (0.1, 1.1)
    (after,) = framer.add(block(noise(FRAME_SECONDS)))
    assert after.start == pytest.approx(1.1)


def test_a_loss_shorter_than_a_frame_moves_nothing() -> None:
    framer = Framer()
    framer.add(block(noise(0.016)))
    (loss,) = framer.add(Missed(0.008, "lost"))
    assert (loss.start, loss.end) == (0.016, 0.024)
    framer.add(block(noise(0.008)))
    (frame,) = framer.finish() or framer.add(block(noise(FRAME_SECONDS)))
    assert frame.start == pytest.approx(FRAME_SECONDS)


def test_a_microphone_that_comes_back_in_another_shape_goes_on() -> None:
    framer = Framer()
    heard = framer.add(block(tone(1.0, rate=48_000), rate=48_000))
    heard += framer.add(block(np.stack([tone(1.0, rate=44_100)] * 2, axis=1), rate=44_100))
    heard += framer.finish()
    sound = joined(heard) / 2.0**15
    assert len(sound) == pytest.approx(2 * SAMPLE_RATE, abs=FRAME_SAMPLES)
    np.testing.assert_allclose(sound[18_000:30_000], tone(2.0)[18_000:30_000], atol=0.02)


def test_a_32_bit_board_is_heard_at_its_level() -> None:
    quiet = (tone(1.0) * 2**31 * 0.9).astype(np.int32)
    heard = Framer().add(Block(SAMPLE_RATE, quiet.reshape(-1, 1)))
    np.testing.assert_allclose(joined(heard) / 2.0**15, 0.9 * tone(1.0)[: 31 * FRAME_SAMPLES], atol=2**-15)


def test_sound_louder_than_full_scale_is_clipped_and_does_not_turn_over() -> None:
    loud = np.tile(np.array([[1.5], [-1.5]], np.float32), (512, 1))
    assert joined(Framer().add(Block(SAMPLE_RATE, loud))).tolist() == [2**15 - 1, -(2**15)] * 512
