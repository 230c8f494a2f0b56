from dataclasses import replace
from functools import reduce
from itertools import count, pairwise, product

import pytest
import segno
from PIL import Image, ImageChops, ImageDraw, ImageFont

from appliance.panel.fonts import LATIN, Fonts
from appliance.panel.oled import SHIFTS, shifted
from appliance.panel.rollup import Passage, Roll
from appliance.panel.screens import DARK_BEATS, DIM_BEATS, PAGE_BEATS, Scene, Screens
from appliance.panel.typesetting import Typesetter
from appliance.state import LISTENING, RoomInUse, Sign, State, Status

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
    """Screens that are looked at once in ten seconds, so that no line waits."""
    return Screens(typesetter, size, roll=Roll(count(0.0, 10.0).__next__))


def printed(text: str, size: int, baseline: int) -> Image.Image:
    """The text as Pillow alone prints it at the left edge."""
    image = Image.new("1", (122, 64))
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"
    draw.text((2, baseline), text, font=Fonts().load(LATIN, size, ImageFont.Layout.BASIC), fill=1, anchor="ls")
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
    expected.paste(printed("everyone", 14, 16).crop((0, 0, 122, 21)), (0, 21))
    assert picture.crop((0, 0, 122, 64)) == expected


@pytest.mark.parametrize("size", SIZES)
def test_a_full_line_stands_still_while_words_are_added(size: tuple[int, int], typesetter: Typesetter) -> None:
    """While nothing scrolls, only the last line changes; what scrolls, moves up by whole lines."""
    pitch = 15 if size[1] == 32 else 21
    rows = size[1] // pitch
    screens = screens_of(typesetter, size)

    def lines(count: int) -> list[Image.Image]:
        picture = screens.draw(Scene(status=STATUS, texts=(" ".join(WORDS[:count]),)))
        return [picture.crop((0, row * pitch, size[0] - 6, (row + 1) * pitch)) for row in range(rows)]

    before = lines(1)
    for number in range(2, len(WORDS) + 1):
        after = lines(number)
        written = [line for line in before if line.getbbox()][:-1]
        stood_still = after[: len(written)] == written
        moved_up = after[: rows - 2] == before[1 : rows - 1]
        assert stood_still or (len(written) == rows - 1 and moved_up)
        before = after


def test_what_was_said_for_good_stands_still_while_the_next_words_are_guessed_again(
    typesetter: Typesetter,
) -> None:
    screens = screens_of(typesetter)

    def final(guess: str) -> Image.Image:
        texts = (Passage("we will discuss the budget", 0.0, 1), Passage(guess, 4.0, 2))
        return screens.draw(Scene(status=STATUS, texts=texts)).crop((0, 0, 122, 42))

    guesses = ["and", "hand", "and thus", "a much", "इस", "مرحبا", "end"]
    first, *later = map(final, guesses)
    assert first.getbbox()
    assert all(picture == first for picture in later)


def test_a_box_that_hears_nothing_yet_says_that_it_listens(typesetter: Typesetter) -> None:
    picture = screens_of(typesetter).draw(Scene(status=STATUS))
    assert picture.crop((0, 0, 122, 64)) == printed("Listening…", 14, 16)


@pytest.mark.parametrize("size", SIZES)
def test_a_frozen_screen_is_seen_because_a_dot_moves_every_second_on_a_live_one(
    size: tuple[int, int], typesetter: Typesetter
) -> None:
    screens = screens_of(typesetter, size)
    pictures = [screens.draw(Scene(status=STATUS, texts=("good morning",), beat=beat)) for beat in range(4)]
    assert all(one != other for one, other in pairwise(pictures))
    text = (0, 0, size[0] - 6, size[1])
    assert all(picture.crop(text) == pictures[0].crop(text) for picture in pictures), "the words stand still"


def test_the_dot_keeps_to_the_side_where_lines_end(typesetter: Typesetter) -> None:
    screens = screens_of(typesetter)
    for words, edge in (("good morning", (124, 0, 127, 63)), ("صباح الخير", (1, 0, 4, 63))):
        one, other = (screens.draw(Scene(status=STATUS, texts=(words,), beat=beat)) for beat in range(2))
        moved = ImageChops.logical_xor(one, other).getbbox()
        assert moved is not None
        assert edge[0] <= moved[0] < moved[2] <= edge[2]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("sign", Sign)
def test_no_screen_ever_stands_still(
    size: tuple[int, int], state: State, sign: Sign, typesetter: Typesetter
) -> None:
    screens = screens_of(typesetter, size)
    status = replace(STATUS, state=state, sign=sign, warning="No text comes.", reason="The network is gone.")
    scene = Scene(status=status, texts=("good morning",), sign="http://192.0.2.7:8080/?code=ABCD2345")
    pictures = [screens.draw(replace(scene, beat=beat)) for beat in range(PAGE_BEATS)]
    for one, other in pairwise(pictures):
        moved = ImageChops.logical_xor(one, other).getbbox()
        assert moved is not None


@pytest.mark.parametrize("state", [State.IDLE, State.MUTED, State.FAULT])
def test_a_glass_that_nobody_needs_grows_dim_and_wakes_with_the_next_change(state: State) -> None:
    resting = Scene(status=replace(STATUS, state=state))
    assert not replace(resting, beat=DIM_BEATS - 1).dim
    assert replace(resting, beat=DIM_BEATS).dim
    assert not replace(resting, beat=0).dim
    assert not replace(resting, beat=DIM_BEATS, status=replace(resting.status, sign=Sign.JOIN)).dim


@pytest.mark.parametrize("state", sorted(LISTENING))
def test_captions_are_never_dim(state: State) -> None:
    assert not Scene(status=replace(STATUS, state=state), beat=10 * DARK_BEATS).dim


@pytest.mark.parametrize("size", SIZES)
def test_an_idle_glass_is_dark_after_an_hour_but_for_a_dot_that_comes_by_everywhere(
    size: tuple[int, int], typesetter: Typesetter
) -> None:
    screens = screens_of(typesetter, size)
    idle = Scene(status=replace(STATUS, state=State.IDLE))
    pictures = [screens.draw(replace(idle, beat=DARK_BEATS + beat)) for beat in range(1000)]
    assert {sum(picture.convert("L").histogram()[128:]) for picture in pictures} == {9}
    ever = reduce(ImageChops.logical_or, pictures).getbbox()
    assert ever is not None
    assert ever[2] - ever[0] > size[0] - 10
    assert ever[3] - ever[1] > size[1] - 10


def test_an_idle_box_with_a_warning_stays_readable() -> None:
    warned = Scene(status=replace(STATUS, state=State.IDLE, warning="The disk is full."), beat=DARK_BEATS)
    assert warned.dim
    assert not warned.dark


@pytest.mark.parametrize("size", [*SIZES, (128, 128), (96, 64), (64, 48), (64, 32), (96, 16)])
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("sign", Sign)
def test_nothing_falls_off_the_glass_when_the_picture_is_shifted(
    size: tuple[int, int], state: State, sign: Sign, typesetter: Typesetter
) -> None:
    status = replace(STATUS, state=state, sign=sign, warning="No text comes.", reason="The network is gone.")
    scene = Scene(status=status, texts=tuple(WORDS), sign="http://192.0.2.7:8080/?code=ABCD2345")
    picture = screens_of(typesetter, size).draw(scene)
    lit = sum(picture.convert("L").histogram()[128:])
    for step in range(len(SHIFTS)):
        assert sum(shifted(picture, step).convert("L").histogram()[128:]) == lit


@pytest.mark.parametrize("size", SIZES)
def test_a_muted_box_is_seen_from_across_the_table(size: tuple[int, int], typesetter: Typesetter) -> None:
    picture = screens_of(typesetter, size).draw(Scene(status=replace(STATUS, state=State.MUTED)))
    lit = sum(picture.convert("L").histogram()[128:])
    assert lit > 0.6 * size[0] * size[1], "most of the glass is lit, unlike any caption"


@pytest.mark.parametrize("size", SIZES)
def test_a_long_reason_is_shown_whole_page_by_page(size: tuple[int, int], typesetter: Typesetter) -> None:
    reason = "The vendor Reverie refused the API key of the account reverie-main: enter a new one on the pages."
    fault = replace(STATUS, state=State.FAULT, reason=reason)
    words = (0, 0, size[0] - 6, size[1])
    screens = screens_of(typesetter, size)
    pictures = [screens.draw(Scene(status=fault, beat=beat)).crop(words) for beat in range(60)]
    shown = {picture.tobytes() for picture in pictures}
    body = size[1] - 1 - 16 if size[1] == 64 else size[1] - 1
    pages = -(-len(typesetter.lines(reason, 12, size[0] - 8)) // max(1, body // 15))
    assert len(shown) == pages
    assert pictures[0] == pictures[PAGE_BEATS - 1] == pictures[PAGE_BEATS * pages], (
        "each long enough, then again"
    )


def test_a_warning_leaves_the_latest_words_readable(typesetter: Typesetter) -> None:
    screens = screens_of(typesetter)
    texts = ("good morning", "everyone", "welcome")
    picture = screens.draw(Scene(status=replace(STATUS, warning="No text comes."), texts=texts))
    assert picture.crop((0, 0, 122, 20)) == printed("everyone", 14, 16).crop((0, 0, 122, 20))
    assert picture.getpixel((1, 62)), "in a lit bar below"


@pytest.mark.parametrize("size", SIZES)
def test_the_join_code_on_the_glass_is_the_join_link(size: tuple[int, int], typesetter: Typesetter) -> None:
    link = "http://192.0.2.7:8080/?code=ABCD2345"
    status = replace(STATUS, sign=Sign.JOIN)
    picture = screens_of(typesetter, size).draw(Scene(status=status, sign=link))
    matrix = segno.make_qr(link, error="l").matrix
    scale = size[1] // (len(matrix) + 2)
    left, top = 1 + 2 * scale, (size[1] - 1 - scale * len(matrix)) // 2
    assert top >= scale, "lit above and below"
    for y in range(-1, len(matrix) + 1):
        for x in range(-2, len(matrix) + 2):
            inside = 0 <= x < len(matrix) and 0 <= y < len(matrix)
            dark = inside and matrix[y][x]
            middle = left + x * scale + scale // 2, top + y * scale + scale // 2
            assert bool(picture.getpixel(middle)) is not bool(dark)


@pytest.mark.parametrize(("size", "beside"), [((128, 64), 70), ((128, 32), 36), ((256, 64), 70)])
def test_a_long_room_name_does_not_push_away_what_to_do_with_the_code(
    size: tuple[int, int], beside: int, typesetter: Typesetter
) -> None:
    def hint(title: str, *, words: str) -> Image.Image:
        room = RoomInUse(id="", title=title, from_language="en-US")
        status = Status(state=State.LIVE, room=room, sign=Sign.JOIN)
        screens = Screens(typesetter, size, translate=lambda text: words if "Scan" in text else text)
        return screens.draw(Scene(status=status, sign="http://192.0.2.7:8080/?code=ABCD2345"))

    title = "The meeting room with the very long name on the third floor " * 2
    asked, other = (hint(title, words=words) for words in ("Scan to read along", "Read along by a scan"))
    assert ImageChops.logical_xor(asked, other).crop((beside, 0, *size)).getbbox()


SETUP = "http://captionbox-1a2b.local:8080\nhttp://192.0.2.7:8080\n\n4711 0815"
PRINT = "\nA1B2 C3D4 E5F6 0718" * 4


def setup_pages(screens: Screens, sign: str, status: Status) -> list[Image.Image]:
    """All that is shown one after the other, without the mark that moves."""
    size = screens.draw(Scene(status=status)).size
    inside = (0, 0, size[0] - 6, size[1])
    beats = range(0, 6 * PAGE_BEATS, PAGE_BEATS)
    return [screens.draw(Scene(status=status, sign=sign, beat=beat)).crop(inside) for beat in beats]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("status", [replace(STATUS, sign=Sign.SETUP), Status(claimed=False)])
def test_addresses_code_and_fingerprint_are_shown_in_turn(
    size: tuple[int, int], status: Status, typesetter: Typesetter
) -> None:
    screens = screens_of(typesetter, size)
    shown = {picture.tobytes() for picture in setup_pages(screens, SETUP + PRINT, status)}
    without_code = {picture.tobytes() for picture in setup_pages(screens, SETUP.replace("4711", ""), status)}
    assert len(shown) >= 3
    assert shown - without_code


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("line", range(4))
def test_no_line_of_the_fingerprint_is_left_out(
    size: tuple[int, int], line: int, typesetter: Typesetter
) -> None:
    screens, status = screens_of(typesetter, size), replace(STATUS, sign=Sign.SETUP)
    lines = ["A1B2 C3D4 E5F6 0718"] * 4
    other = [*lines[:line], "A1B2 C3D4 E5F6 0719", *lines[line + 1 :]]
    first, second = (setup_pages(screens, "\n".join([SETUP, *each]), status) for each in (lines, other))
    assert first != second


def test_a_box_that_nobody_set_up_shows_its_captions_all_the_same(typesetter: Typesetter) -> None:
    screens = screens_of(typesetter)
    live = replace(STATUS, state=State.LIVE)
    scenes = [
        Scene(status=replace(live, claimed=claimed), texts=("Good morning.",)) for claimed in (True, False)
    ]
    assert screens.draw(scenes[0]) == screens.draw(scenes[1])


@pytest.mark.parametrize("size", SIZES)
def test_a_link_too_long_for_a_code_is_shown_as_text(size: tuple[int, int], typesetter: Typesetter) -> None:
    status = replace(STATUS, sign=Sign.JOIN)
    picture = screens_of(typesetter, size).draw(Scene(status=status, sign="http://192.0.2.7/" + "x" * 700))
    assert picture.getbbox() is not None


def test_the_set_up_code_fills_the_glass(typesetter: Typesetter) -> None:
    status = replace(STATUS, sign=Sign.SETUP)
    picture = screens_of(typesetter).draw(Scene(status=status, sign="http://192.0.2.7\n\n4711 0815"))
    box = picture.crop((0, 40, 122, 64)).getbbox()
    assert box is not None
    assert box[2] - box[0] > 100


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
