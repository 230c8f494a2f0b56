import pytest
from PIL import ImageChops

from appliance.i18n import LANGUAGES, translation
from appliance.panel.fonts import Fonts
from appliance.panel.screens import Scene, Screens
from appliance.panel.typesetting import Typesetter
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
