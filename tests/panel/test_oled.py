import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from PIL import Image

from appliance.panel import oled
from appliance.panel.display import Wire
from appliance.panel.oled import OledWriter, shifted
from appliance.settings.models import Oled
from tests.panel.chips import Ssd1306


def square(x: int) -> Image.Image:
    image = Image.new("1", (128, 64))
    image.paste(1, (x, 0, x + 8, 8))
    return image


class Changes:
    """Waits for what a writer tells of itself."""

    def __init__(self) -> None:
        self._told = threading.Condition()

    def __call__(self) -> None:
        with self._told:
            self._told.notify_all()

    def until(self, true: Callable[[], bool]) -> None:
        with self._told:
            assert self._told.wait_for(true, timeout=10)


@contextmanager
def writer(
    connect: Callable[[], Ssd1306], settings: Oled | None = None
) -> Iterator[tuple[OledWriter, Changes]]:
    changes = Changes()
    written = OledWriter(settings or Oled(), Wire(connect), changes)
    written.start()
    yield written, changes
    written.stop(lambda: square(120))


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oled, "RETRY_SECONDS", 0.02)


def test_what_is_asked_for_appears_on_the_glass() -> None:
    chip = Ssd1306()
    with writer(lambda: chip) as (written, changes):
        written.show(lambda: square(8))
        changes.until(lambda: written.number == 1)
        assert chip.picture() == written.picture() == square(8)
    assert chip.picture() == square(120), "the farewell stays"


def test_nothing_is_written_when_nothing_changed() -> None:
    chip = Ssd1306()
    with writer(lambda: chip) as (written, changes):
        written.show(lambda: square(8))
        changes.until(lambda: written.number == 1)
        sent = written.bytes_sent
        drawn = threading.Event()

        def same() -> Image.Image:
            drawn.set()
            return square(8)

        written.show(same)
        assert drawn.wait(10)
        written.show(lambda: square(16))
        changes.until(lambda: written.number == 2)
        # One square taken away and one put down lie beside each other: one stretch of 16 columns.
        assert written.bytes_sent - sent == 6 + 16


def test_a_stuck_display_holds_up_nobody_and_catches_up_with_the_latest() -> None:
    chip = Ssd1306()
    stuck, free = threading.Event(), threading.Event()
    store = chip.data

    def data(pixels: list[int]) -> None:
        if len(pixels) < 128:  # not when the driver wipes the glass
            stuck.set()
            assert free.wait(10)
        store(pixels)

    chip.data = data  # type: ignore[method-assign,assignment] # this is the fault
    with writer(lambda: chip) as (written, changes):
        written.show(lambda: square(0))
        assert stuck.wait(10)
        for x in range(100):
            written.show(lambda x=x: square(x))  # type: ignore[misc] # the default binds x
        assert written.number == 0, "still stuck with the first"
        free.set()
        changes.until(lambda: written.number == 2)
        assert chip.picture() == square(99), "nothing between the first and the latest was written"


def test_the_end_of_the_box_does_not_wait_for_a_stuck_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oled, "STOP_SECONDS", 0.05)
    stuck, free = threading.Event(), threading.Event()

    def connect() -> Ssd1306:
        stuck.set()
        assert free.wait(10)
        return Ssd1306()

    with writer(connect) as (written, _):
        written.show(lambda: square(0))
        assert stuck.wait(10)
    assert written._thread.is_alive()
    free.set()
    written._thread.join(10)


def test_a_missing_display_is_told_of_and_used_as_soon_as_it_is_there() -> None:
    chip = Ssd1306()
    there = threading.Event()

    def connect() -> Ssd1306:
        if not there.is_set():
            raise OSError(121, "Remote I/O error")
        return chip

    with writer(connect) as (written, changes):
        written.show(lambda: square(8))
        changes.until(lambda: written.warning is not None)
        assert "No display answers at I2C address 0x3c" in str(written.warning)
        assert written.picture().getbbox() is None, "nobody sees a picture on a display that is not there"
        there.set()
        changes.until(lambda: written.number == 1)
        assert written.warning is None
        assert chip.picture() == square(8)


@pytest.mark.parametrize("after", [1, 3, 7])
def test_a_display_pulled_out_in_the_middle_of_a_picture_shows_the_right_one_when_it_is_back(
    after: int,
) -> None:
    chips = [Ssd1306()]

    def connect() -> Ssd1306:
        return chips[-1]

    with writer(connect) as (written, changes):
        written.show(lambda: square(8))
        changes.until(lambda: written.number == 1)
        chips[0].fail_after = chips[0].sent + after
        chips.append(Ssd1306())
        written.show(lambda: square(50))
        changes.until(lambda: written.number == 2 and written.warning is None)
        assert chips[1].picture() == square(50)


def test_an_spi_display_pulled_out_and_put_back_shows_a_picture_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """On SPI no write ever fails: nothing tells that the display was away."""
    now = [0.0]
    monkeypatch.setattr(oled, "monotonic", lambda: now[0])
    chips = [Ssd1306()]
    changes = Changes()
    written = OledWriter(Oled(interface="spi"), Wire(lambda: chips[-1], answers=False), changes)
    written.start()
    written.show(lambda: square(8))
    changes.until(lambda: written.number == 1)
    chips.append(Ssd1306())
    now[0] = oled.REOPEN_SECONDS
    written.show(lambda: square(16))
    changes.until(lambda: written.number == 3)
    assert chips[-1].on
    ending = threading.Thread(target=written.stop, args=(lambda: square(100),))

    def screen() -> Image.Image:
        now[0] = 2 * oled.REOPEN_SECONDS
        ending.start()
        with written._asked:
            assert written._asked.wait_for(lambda: written._stopped, 10)
        return square(24)

    written.show(screen)
    changes.until(lambda: written.number == 5)
    ending.join(10)
    assert chips[-1].picture() == shifted(square(100), 2), (
        "the farewell is not lost when the end comes just then"
    )


def test_a_screen_that_cannot_be_drawn_does_not_end_the_glass() -> None:
    chip = Ssd1306()

    def broken() -> Image.Image:
        raise ValueError("no such letter")

    with writer(lambda: chip) as (written, changes):
        written.show(broken)
        changes.until(lambda: "no such letter" in str(written.warning))
        written.show(lambda: square(8))
        changes.until(lambda: written.number == 1)
        assert chip.picture() == square(8)


def test_settings_that_no_display_has_are_not_tried_again() -> None:
    with writer(Ssd1306, Oled(device="ssd9999")) as (written, changes):
        changes.until(lambda: written.warning is not None)
        written._thread.join(10)
        assert not written._thread.is_alive()
        written.show(lambda: square(8))


def test_the_glass_is_bright_again_as_soon_as_something_happens() -> None:
    chip = Ssd1306()
    with writer(lambda: chip) as (written, changes):
        written.show(lambda: square(8), dim=True)
        changes.until(lambda: written.number == 1)
        assert chip.contrast == oled.DIM
        waking: list[int] = []

        def screen() -> Image.Image:
            waking.append(chip.contrast)
            return square(16)

        written.show(screen)
        changes.until(lambda: written.number == 2)
        assert waking == [oled.BRIGHT], "before anything is drawn"


def test_what_stays_on_the_glass_for_days_is_dim() -> None:
    chip = Ssd1306()
    with writer(lambda: chip) as (written, changes):
        written.show(lambda: square(8))
        changes.until(lambda: written.number == 1)
        assert chip.contrast == oled.BRIGHT
    assert chip.contrast == oled.DIM


def test_no_pixel_is_lit_for_a_whole_meeting(monkeypatch: pytest.MonkeyPatch) -> None:
    minutes = [0]
    monkeypatch.setattr(oled, "monotonic", lambda: minutes[0] * oled.SHIFT_SECONDS)
    chip = Ssd1306()
    middle = square(60)
    places = set()
    with writer(lambda: chip) as (written, changes):
        for minute, (right, down) in enumerate(oled.SHIFTS):
            minutes[0] = minute
            written.show(middle.copy)
            changes.until(lambda: written.number == minute + 1)  # noqa: B023 - waited for at once
            assert chip.picture().getbbox() == (60 + right, down, 68 + right, 8 + down)
            places.add(chip.picture().tobytes())
    assert len(places) == len(oled.SHIFTS)
