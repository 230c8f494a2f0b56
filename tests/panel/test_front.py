import asyncio
import io
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from appliance.board import Board
from appliance.captions import Caption
from appliance.panel import ButtonName, FrontPanel, Lights, NotSimulated, View, front, gpio, oled, open_panel
from appliance.panel.display import Wire
from appliance.panel.fonts import Fonts
from appliance.panel.lights import DARK, FAULTS, GREEN, LOOKS, PRESSED, RED
from appliance.panel.screens import Scene, Screens
from appliance.panel.simulated import SimulatedPins
from appliance.panel.typesetting import Typesetter
from appliance.settings.models import Leds, Oled, Panel, Times
from appliance.state import Command, Fault, Microphone, RoomInUse, Sign, State, Status
from tests.panel.chips import Ssd1306

STATUS = Status(
    name="Captionbox",
    address="http://192.0.2.7:8080",
    room=RoomInUse(id="boardroom", title="Boardroom", from_language="en-US"),
)
DEBOUNCE = Times().debounce
LIVE = LOOKS[State.LIVE].at(0)[0]
LINK = "http://192.0.2.7:8080/?code=ABCD2345"
WORDS = "today we will discuss the budget for the next year and then the schedule of the project".split()  # noqa: SIM905 - reads better


def caption(text: str, *, segment: int = 1, revision: int = 1) -> Caption:
    return Caption(
        segment=segment,
        revision=revision,
        language="en-US",
        text=text,
        final=False,
        start=float(segment),
        end=9.0,
    )


def drawn(scene: Scene) -> Image.Image:
    return Screens(Typesetter(Fonts()), (128, 64)).draw(scene)


class Hand:
    """A running panel, what it asked for, and a way to wait for what it shows."""

    def __init__(self, panel: FrontPanel, board: Board) -> None:
        self.panel = panel
        self.board = board
        self.commands: asyncio.Queue[Command] = asyncio.Queue()
        self.resets: asyncio.Queue[None] = asyncio.Queue()

    async def obey(self, command: Command) -> None:
        self.commands.put_nowait(command)

    async def reset(self) -> None:
        self.resets.put_nowait(None)

    async def sees(self, true: Callable[[View], bool]) -> View:
        async with asyncio.timeout(10):
            async for view in self.panel.changes():
                if true(view):
                    return view
        raise AssertionError

    async def reads(self, picture: Image.Image) -> None:
        """Wait for a picture; the dot at the edge may stand anywhere."""
        words = (0, 0, 123, 64)
        await self.sees(lambda _: self.panel.picture().crop(words) == picture.crop(words))

    async def taps(self, button: ButtonName) -> None:
        """Press and release as fast as a finger can, which is slower than a contact bounces."""
        self.panel.press(button)
        await asyncio.sleep(1.5 * DEBOUNCE)
        self.panel.release(button)
        await asyncio.sleep(1.5 * DEBOUNCE)

    async def hears(self) -> Command:
        async with asyncio.timeout(10):
            return await self.commands.get()


@asynccontextmanager
async def running(panel: FrontPanel, status: Status = STATUS) -> AsyncIterator[Hand]:
    hand = Hand(panel, Board(status))
    task = asyncio.create_task(
        panel.run(hand.board, hand.obey, {Sign.JOIN: LINK, Sign.SETUP: "4711"}.__getitem__, hand.reset)
    )
    try:
        yield hand
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.fixture
async def hand() -> AsyncIterator[Hand]:
    async with running(open_panel(Panel(driver="simulated"))) as hand:
        yield hand


async def test_a_press_on_the_simulated_button_starts_the_box_and_the_light_answers(hand: Hand) -> None:
    await hand.sees(lambda view: view.lights == LOOKS[State.IDLE].at(0)[0])
    hand.panel.press(ButtonName.CAPTION)
    await hand.sees(lambda view: view.lights == PRESSED.at(0)[0])
    hand.panel.release(ButtonName.CAPTION)
    assert await hand.hears() is Command.TOGGLE
    await hand.sees(lambda view: view.lights == LOOKS[State.IDLE].at(0)[0])


async def test_the_glass_answers_a_finger_with_a_frame(hand: Hand) -> None:
    await hand.reads(drawn(Scene(status=STATUS)))
    before = hand.panel.picture()
    hand.panel.press(ButtonName.MUTE)
    await hand.sees(lambda _: differs_at_the_edge(before, hand.panel.picture()))
    hand.panel.release(ButtonName.MUTE)
    await hand.reads(drawn(Scene(status=STATUS)))


def differs_at_the_edge(before: Image.Image, after: Image.Image) -> bool:
    corners = [(0, 0), (127, 0), (0, 63), (127, 63)]
    return all(before.getpixel(corner) != after.getpixel(corner) for corner in corners)


async def test_both_buttons_held_long_reset_the_access_after_a_warning() -> None:
    times = Times(setup=2, reset=5)
    async with running(open_panel(Panel(driver="simulated", times=times))) as hand:
        await hand.sees(lambda view: view.picture > 0)
        for button in ButtonName:
            hand.panel.press(button)
        assert await hand.hears() is Command.SHOW_SETUP
        await hand.sees(lambda view: view.lights == RED)
        assert hand.resets.empty()
        async with asyncio.timeout(10):
            await hand.resets.get()
        await hand.sees(lambda view: view.lights == PRESSED.at(0)[0])
        assert hand.commands.empty()


async def test_the_light_swells_while_somebody_speaks_and_nobody_else_is_woken(hand: Hand) -> None:
    hand.board.update(state=State.LIVE)
    await hand.sees(lambda view: view.lights == LIVE)
    hand.board.measure(Microphone(level=-15.0))
    await hand.sees(lambda view: view.lights == GREEN)
    hand.board.measure(Microphone(level=-70.0))
    await hand.sees(lambda view: view.lights == LIVE)


async def test_a_button_that_is_down_when_the_box_starts_is_named_and_disturbs_nothing() -> None:
    panel = open_panel(Panel(driver="simulated"))
    panel.press(ButtonName.CAPTION)
    async with running(panel) as hand:
        view = await hand.sees(lambda view: view.warning is not None)
        assert "caption button stays down" in str(view.warning)
        await hand.sees(lambda view: view.lights == LOOKS[State.IDLE].at(0)[0])
        await hand.taps(ButtonName.MUTE)
        assert await hand.hears() is Command.MUTE
        hand.panel.release(ButtonName.CAPTION)
        await hand.sees(lambda view: view.warning is None)
        await hand.taps(ButtonName.CAPTION)
        assert await hand.hears() is Command.TOGGLE


async def test_mute_pressed_twice_while_the_microphone_is_still_closing_ends_unmuted(hand: Hand) -> None:
    hand.board.update(state=State.LIVE)
    await hand.sees(lambda view: view.lights == LIVE)
    for _ in range(2):
        await hand.taps(ButtonName.MUTE)
    assert [await hand.hears(), await hand.hears()] == [Command.MUTE, Command.UNMUTE]


async def test_a_fault_says_its_kind_by_light(hand: Hand) -> None:
    hand.board.update(state=State.FAULT, fault=Fault.SOUND)
    for colour in (step.colour for step in FAULTS[Fault.SOUND].steps):
        await hand.sees(partial(shines, colour))
    hand.board.update(sign=Sign.SETUP)
    await hand.sees(lambda view: view.lights.red == 0 and 0.2 < view.lights.green == view.lights.blue)


def shines(colour: Lights, view: View) -> bool:
    return view.lights == colour


@pytest.mark.parametrize(
    "leds", [Leds(kind="apa102"), Leds(kind="ws2812", count=8), Leds(red="none"), Leds(kind="none")]
)
async def test_every_kind_of_light_is_simulated_alike(leds: Leds) -> None:
    async with running(open_panel(Panel(driver="simulated", leds=leds))) as hand:
        hand.board.update(state=State.LIVE)
        await hand.sees(lambda view: view.lights == LIVE)


async def test_a_second_press_shows_the_join_code(hand: Hand) -> None:
    hand.board.update(state=State.LIVE)
    await hand.sees(lambda view: view.lights == LIVE)
    for _ in range(2):
        await hand.taps(ButtonName.CAPTION)
    assert await hand.hears() is Command.SHOW_JOIN
    assert hand.commands.empty()


async def test_a_long_press_changes_the_room(hand: Hand) -> None:
    hand.panel.press(ButtonName.CAPTION)
    assert await hand.hears() is Command.NEXT_ROOM
    hand.panel.release(ButtonName.CAPTION)


async def test_mute_mutes_and_unmutes(hand: Hand) -> None:
    hand.board.update(state=State.LIVE)
    await hand.sees(lambda view: view.lights == LIVE)
    await hand.taps(ButtonName.MUTE)
    assert await hand.hears() is Command.MUTE
    hand.board.update(state=State.MUTED)
    await hand.reads(drawn(Scene(status=Status(state=State.MUTED))))
    await hand.taps(ButtonName.MUTE)
    assert await hand.hears() is Command.UNMUTE


@pytest.mark.parametrize("state", State)
async def test_light_and_glass_follow_the_state(hand: Hand, state: State) -> None:
    hand.board.update(state=state, reason="The vendor refused the key.")
    await hand.reads(drawn(Scene(status=hand.board.status)))
    colours = {step.colour for step in LOOKS[state].steps if not step.fades}
    if colours:
        await hand.sees(lambda view: view.lights in colours)


async def test_words_are_on_the_glass_as_they_are_spoken(hand: Hand) -> None:
    hand.board.update(state=State.LIVE)
    await hand.reads(drawn(Scene(status=hand.board.status)))
    for count in range(1, len(WORDS) + 1):
        words = " ".join(WORDS[:count])
        hand.board.post(caption(words, revision=count))
        await hand.reads(drawn(Scene(status=hand.board.status, texts=(words,))))


async def test_what_was_said_before_the_panel_woke_is_shown() -> None:
    panel = open_panel(Panel(driver="simulated"))
    hand = Hand(panel, Board(Status(state=State.LIVE, room=STATUS.room)))
    hand.board.post(caption("good morning"))
    task = asyncio.create_task(panel.run(hand.board, hand.obey, lambda _: LINK, hand.reset))
    await hand.reads(drawn(Scene(status=hand.board.status, texts=("good morning",))))
    task.cancel()
    await asyncio.wait([task])


async def test_the_join_code_is_shown_over_the_captions_and_goes_again(hand: Hand) -> None:
    hand.board.update(state=State.LIVE)
    hand.board.post(caption("good morning"))
    hand.board.update(sign=Sign.JOIN)
    await hand.reads(drawn(Scene(status=hand.board.status, sign=LINK)))
    hand.board.update(sign=Sign.NONE)
    await hand.reads(drawn(Scene(status=hand.board.status, texts=("good morning",))))


async def test_a_live_screen_shows_that_it_is_not_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "BEAT_SECONDS", 0.02)
    async with running(open_panel(Panel(driver="simulated")), Status(state=State.LIVE)) as hand:
        await hand.sees(lambda view: view.picture >= 5)


async def test_a_caption_costs_a_quarter_of_the_bus_at_most() -> None:
    chip = Ssd1306()
    settings = Panel(driver="simulated")
    panel = FrontPanel(SimulatedPins(settings), settings, Wire(lambda: chip))
    async with running(panel, Status(state=State.LIVE, room=STATUS.room)) as hand:
        await hand.reads(drawn(Scene(status=hand.board.status)))
        sent, number = panel.oled.bytes_sent, panel.oled.number
        for count in range(1, len(WORDS) + 1):
            words = " ".join(WORDS[:count])
            hand.board.post(caption(words, revision=count))
            await hand.reads(drawn(Scene(status=hand.board.status, texts=(words,))))
        assert (panel.oled.bytes_sent - sent) / (panel.oled.number - number) <= 256
        assert chip.picture() == panel.picture()


async def test_a_stuck_display_delays_neither_buttons_nor_light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oled, "STOP_SECONDS", 0.05)
    stuck, free = threading.Event(), threading.Event()

    def connect() -> Ssd1306:
        stuck.set()
        assert free.wait(20)
        return Ssd1306()

    settings = Panel(driver="simulated")
    async with running(FrontPanel(SimulatedPins(settings), settings, Wire(connect))) as hand:
        await asyncio.to_thread(stuck.wait, 10)
        hand.board.update(state=State.LIVE)
        for count in range(1, 200):
            hand.board.post(caption(" ".join(WORDS), revision=count))
        await hand.sees(lambda view: view.lights == LIVE)
        hand.panel.press(ButtonName.MUTE)
        assert await hand.hears() is Command.MUTE
    free.set()


async def test_a_broken_display_becomes_a_warning_that_viewers_of_the_panel_see() -> None:
    def connect() -> Ssd1306:
        raise OSError(121, "Remote I/O error")

    settings = Panel(driver="simulated")
    async with running(FrontPanel(SimulatedPins(settings), settings, Wire(connect))) as hand:
        view = await hand.sees(lambda view: view.warning is not None)
        assert view.warning == hand.panel.warning
        assert "No display answers" in str(view.warning)


async def test_a_box_that_ends_leaves_no_light_and_says_that_it_is_off() -> None:
    panel = open_panel(Panel(driver="simulated"))
    async with running(panel) as hand:
        hand.board.update(state=State.LIVE)
        await hand.sees(lambda view: view.lights == LIVE)
    assert panel.lights == DARK
    assert panel.picture() == Screens(Typesetter(Fonts()), (128, 64)).farewell("Off")
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("panel-")]


async def test_buttons_beyond_what_a_busy_box_can_remember_are_dropped_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    panel = open_panel(Panel(driver="simulated"))
    hand = Hand(panel, Board(STATUS))
    busy = asyncio.Event()

    async def obey(command: Command) -> None:
        await busy.wait()
        await hand.obey(command)

    task = asyncio.create_task(panel.run(hand.board, obey, lambda _: LINK, hand.reset))
    await hand.sees(lambda view: view.picture > 0)
    for _ in range(front.ORDERS + 3):
        await hand.taps(ButtonName.MUTE)
    assert "ignores the button that asked for mute" in caplog.text
    busy.set()
    assert await hand.hears() is Command.MUTE
    task.cancel()
    await asyncio.wait([task])


async def test_a_page_gets_the_picture_as_png(hand: Hand) -> None:
    await hand.sees(lambda view: view.picture > 0)
    with Image.open(io.BytesIO(hand.panel.png())) as image:
        assert image.size == (128, 64)
        assert image.convert("1") == hand.panel.picture()


async def test_a_page_that_stops_watching_costs_nothing_more(hand: Hand) -> None:
    watching = hand.panel.changes()
    await anext(watching)
    await watching.aclose()
    assert not hand.panel._watchers


async def test_a_machine_without_buttons_and_display_runs_on_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(gpio, "DEVICES", tmp_path)
    monkeypatch.setattr("smbus2.SMBus", refuse)
    panel = open_panel(Panel(driver="gpio"))
    assert "no pins" in str(panel.warning)
    async with running(panel) as hand:
        hand.board.update(state=State.LIVE)
        await hand.sees(lambda view: view.lights == LIVE)
        with pytest.raises(NotSimulated):
            panel.press(ButtonName.CAPTION)


def refuse(_port: int) -> None:
    raise FileNotFoundError(2, "No such file or directory", "/dev/i2c-1")


@pytest.mark.parametrize("settings", [Panel(driver="none"), Panel(driver="gpio", oled=Oled(device="none"))])
async def test_a_box_without_a_panel_runs_the_same(
    settings: Panel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(gpio, "DEVICES", tmp_path)
    panel = open_panel(settings)
    async with running(panel) as hand:
        hand.board.update(state=State.LIVE)
        hand.board.post(caption("good morning"))
        await hand.sees(lambda view: view.lights == LIVE)
        assert panel.picture().getbbox() is None
        assert panel.oled.bytes_sent == 0
