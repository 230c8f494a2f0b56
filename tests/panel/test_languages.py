import pytest
from PIL import Image, ImageChops

from appliance.i18n import LANGUAGES, translation
from appliance.panel.fonts import Fonts
from appliance.panel.screens import Scene, Screens
from appliance.panel.typesetting import Line, Typesetter
from appliance.state import Sign, State, Status

GLASS = (128, 64)
BAR = 12
"""Pixels of the letters in the lit bars."""

SCENES = [
    *(Scene(status=Status(state=state)) for state in State),
    Scene(status=Status(sign=Sign.SETUP), sign="http://192.0.2.7:8080"),
    Scene(status=Status(sign=Sign.JOIN), sign="http://192.0.2.7:8080/j/CODE"),
]


@pytest.fixture(scope="module")
def typesetter() -> Typesetter:
    return Typesetter(Fonts())


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_the_glass_speaks_the_language_of_the_box(typesetter: Typesetter, language: str) -> None:
    english, theirs = (Screens(typesetter, GLASS, translate=translation(tag)) for tag in ("en", language))
    same = [
        scene.status.sign or scene.status.state
        for scene in SCENES
        if not ImageChops.logical_xor(english.draw(scene), theirs.draw(scene)).getbbox()
    ]
    assert same == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "words",
    ["Press to start", "Reconnecting…", "Finishing…", "Needs attention", "Set-up", "Press mute to go on"],
)
def test_fixed_words_are_seen_whole(typesetter: Typesetter, words: str, language: str) -> None:
    assert len(typesetter.lines(translation(language)(words), BAR, GLASS[0] - 8)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", ["Press to start", "Reconnecting…", "Finishing…"])
def test_no_letter_in_the_bar_loses_the_marks_above_or_below_it(
    typesetter: Typesetter, words: str, language: str
) -> None:
    line = Line(translation(language)(words))
    paper = Image.new("1", (200, 60))
    typesetter.draw(paper, line, BAR, 4, 30)
    state = {
        "Press to start": State.IDLE,
        "Reconnecting…": State.RECONNECTING,
        "Finishing…": State.FINISHING,
    }
    screens = Screens(typesetter, GLASS, translate=translation(language))
    glass = screens.draw(Scene(status=Status(state=state[words])))
    bar = glass.crop((1, 47, 122, 63))
    assert ink(bar.point(lambda pixel: not pixel)) == ink(paper)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(128, 64), (128, 32), (256, 64)])
def test_a_muted_box_says_so_without_cutting_a_letter(
    typesetter: Typesetter, size: tuple[int, int], language: str
) -> None:
    screens = Screens(typesetter, size, translate=translation(language))
    edge = screens.draw(Scene(status=Status(state=State.MUTED)))
    assert all(edge.getpixel((x, y)) for x in range(1, size[0] - 5) for y in (0, size[1] - 2)), "all lit"


def ink(picture: Image.Image) -> int:
    return sum(picture.convert("L").histogram()[128:])
