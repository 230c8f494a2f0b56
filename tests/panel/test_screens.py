from dataclasses import replace
from itertools import pairwise, product

import pytest
import segno
from PIL import Image, ImageDraw, ImageFont

from appliance.panel.fonts import LATIN, Fonts
from appliance.panel.screens import PAGE_BEATS, Scene, Screens
from appliance.panel.typesetting import Typesetter
from appliance.state import RoomInUse, Sign, State, Status

SIZES = [(128, 64), (128, 32), (256, 64)]
STATUS = Status(
    state=State.LIVE,
    name="Captionbox",
    address="http://192.0.2.7:8080",
    room=RoomInUse(id="boardroom", title="Boardroom", from_language="en-US"),
)
WORDS = "today we will discuss the budget for the next year and then the schedule of the project".split()  # noqa: SIM905 - reads better


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter(Fonts())


def screens_of(typesetter: Typesetter, size: tuple[int, int] = (128, 64)) -> Screens:
    return Screens(typesetter, size)


def printed(text: str, size: int, baseline: int) -> Image.Image:
    """The text as Pillow alone prints it at the left edge."""
    image = Image.new("1", (123, 64))
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    draw.text((1, baseline), text, font=Fonts().load(LATIN, size, ImageFont.Layout.BASIC), fill=1, anchor="ls")
    return image


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", State)
def test_every_state_has_a_picture_of_its_own(
    state: State, size: tuple[int, int], typesetter: Typesetter
) -> None:
    screens = screens_of(typesetter, size)
    reason = "The vendor refused the key: enter a new one."
    pictures = {
        state: screens.draw(Scene(status=replace(STATUS, state=state, reason=reason), texts=("good morning",)))
        for state in State
    }
    assert pictures[state].size == size
    assert pictures[state].mode == "1"
    assert all(pictures[state] != other for name, other in pictures.items() if name is not state)


def test_the_words_that_were_said_can_be_read_on_the_glass(typesetter: Typesetter) -> None:
    picture = screens_of(typesetter).draw(Scene(status=STATUS, texts=("good morning", "everyone")))
    expected = printed("good morning", 14, 16)
    expected.paste(printed("everyone", 14, 16).crop((0, 0, 123, 21)), (0, 21))
    assert picture.crop((0, 0, 123, 64)) == expected


@pytest.mark.parametrize("size", SIZES)
def test_a_full_line_stands_still_while_words_are_added(size: tuple[int, int], typesetter: Typesetter) -> None:
    """While nothing scrolls, only the last line changes; what scrolls, moves up by whole lines."""
    pitch = 16 if size[1] == 32 else 21
    rows = size[1] // pitch
    screens = screens_of(typesetter, size)

    def lines(count: int) -> list[Image.Image]:
        picture = screens.draw(Scene(status=STATUS, texts=(" ".join(WORDS[:count]),)))
        return [picture.crop((0, row * pitch, size[0] - 5, (row + 1) * pitch)) for row in range(rows)]

    before = lines(1)
    for count in range(2, len(WORDS) + 1):
        after = lines(count)
        written = [line for line in before if line.getbbox()][:-1]
        stood_still = after[: len(written)] == written
        moved_up = after[: rows - 2] == before[1 : rows - 1]
        assert stood_still or (len(written) == rows - 1 and moved_up)
        before = after


def test_a_box_that_hears_nothing_yet_says_that_it_listens(typesetter: Typesetter) -> None:
    picture = screens_of(typesetter).draw(Scene(status=STATUS))
    assert picture.crop((0, 0, 123, 64)) == printed("Listening…", 14, 16)


@pytest.mark.parametrize("size", SIZES)
def test_a_frozen_screen_is_seen_because_a_dot_moves_every_second_on_a_live_one(
    size: tuple[int, int], typesetter: Typesetter
) -> None:
    screens = screens_of(typesetter, size)
    pictures = [screens.draw(Scene(status=STATUS, texts=("good morning",), beat=beat)) for beat in range(4)]
    assert all(one != other for one, other in pairwise(pictures))
    text = (0, 0, size[0] - 5, size[1])
    assert all(picture.crop(text) == pictures[0].crop(text) for picture in pictures), "the words stand still"


def test_an_idle_screen_stands_still(typesetter: Typesetter) -> None:
    screens = screens_of(typesetter)
    idle = replace(STATUS, state=State.IDLE)
    assert screens.draw(Scene(status=idle, beat=0)) == screens.draw(Scene(status=idle, beat=17))


@pytest.mark.parametrize("size", SIZES)
def test_a_muted_box_is_seen_from_across_the_table(size: tuple[int, int], typesetter: Typesetter) -> None:
    picture = screens_of(typesetter, size).draw(Scene(status=replace(STATUS, state=State.MUTED)))
    lit = sum(picture.convert("L").histogram()[128:])
    assert lit > 0.6 * size[0] * size[1], "most of the glass is lit, unlike any caption"


@pytest.mark.parametrize("size", SIZES)
def test_a_long_reason_is_shown_whole_page_by_page(size: tuple[int, int], typesetter: Typesetter) -> None:
    reason = "The vendor Reverie refused the API key of the account reverie-main: enter a new one on the pages."
    fault = replace(STATUS, state=State.FAULT, reason=reason)
    pictures = [screens_of(typesetter, size).draw(Scene(status=fault, beat=beat)) for beat in range(40)]
    shown = {picture.tobytes() for picture in pictures}
    body = size[1] - 16 if size[1] == 64 else size[1]
    pages = -(-len(typesetter.lines(reason, 12, size[0])) // (body // 16))
    assert len(shown) == pages
    assert pictures[0] == pictures[PAGE_BEATS - 1] == pictures[PAGE_BEATS * pages], (
        "each long enough, then again"
    )


def test_a_warning_leaves_the_latest_words_readable(typesetter: Typesetter) -> None:
    screens = screens_of(typesetter)
    texts = ("good morning", "everyone", "welcome")
    picture = screens.draw(Scene(status=replace(STATUS, warning="No text comes."), texts=texts))
    assert picture.crop((0, 0, 123, 20)) == printed("everyone", 14, 16).crop((0, 0, 123, 20))
    assert picture.getpixel((0, 63)), "in a lit bar below"


@pytest.mark.parametrize("size", SIZES)
def test_the_join_code_on_the_glass_is_the_join_link(size: tuple[int, int], typesetter: Typesetter) -> None:
    link = "http://192.0.2.7:8080/?code=ABCD2345"
    status = replace(STATUS, sign=Sign.JOIN)
    picture = screens_of(typesetter, size).draw(Scene(status=status, sign=link))
    matrix = segno.make_qr(link, error="l").matrix
    scale = size[1] // (len(matrix) + 2)
    left, top = 2 * scale, (size[1] - scale * len(matrix)) // 2
    assert top >= scale, "lit above and below"
    for y in range(-1, len(matrix) + 1):
        for x in range(-2, len(matrix) + 2):
            inside = 0 <= x < len(matrix) and 0 <= y < len(matrix)
            dark = inside and matrix[y][x]
            middle = left + x * scale + scale // 2, top + y * scale + scale // 2
            assert bool(picture.getpixel(middle)) is not bool(dark)


@pytest.mark.parametrize("size", SIZES)
def test_a_link_too_long_for_a_code_is_shown_as_text(size: tuple[int, int], typesetter: Typesetter) -> None:
    status = replace(STATUS, sign=Sign.JOIN)
    picture = screens_of(typesetter, size).draw(Scene(status=status, sign="http://192.0.2.7/" + "x" * 700))
    assert picture.getbbox() is not None


def test_the_set_up_code_fills_the_glass(typesetter: Typesetter) -> None:
    status = replace(STATUS, sign=Sign.SETUP)
    picture = screens_of(typesetter).draw(Scene(status=status, sign="4711-0815"))
    box = picture.crop((0, 16, 128, 64)).getbbox()
    assert box is not None
    assert box[2] - box[0] > 110


@pytest.mark.parametrize("size", [*SIZES, (128, 128), (96, 64), (64, 48), (64, 32), (96, 16)])
@pytest.mark.parametrize(
    "title", ["", "A very very long name for a small meeting room on the third floor", "बोर्ड रूम"]
)
def test_no_title_and_no_missing_word_breaks_a_screen(
    size: tuple[int, int], title: str, typesetter: Typesetter
) -> None:
    screens = screens_of(typesetter, size)
    room = RoomInUse(id="", title=title, from_language="en-US")
    for state, sign, beat in product(State, Sign, (0, PAGE_BEATS)):
        bare = Scene(status=Status(state=state, sign=sign, room=room), beat=beat)
        full = replace(
            bare, status=replace(bare.status, reason=title, warning=title), texts=(title,), sign=title
        )
        assert screens.draw(bare).size == screens.draw(full).size == size


@pytest.mark.parametrize("size", SIZES)
def test_the_box_takes_leave(size: tuple[int, int], typesetter: Typesetter) -> None:
    assert screens_of(typesetter, size).farewell("Off").getbbox() is not None
