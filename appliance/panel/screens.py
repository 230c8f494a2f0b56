"""What the glass shows: one picture a scene. Pure drawing, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import segno
from PIL import Image, ImageDraw

from appliance.panel.typesetting import Line, Typesetter
from appliance.state import Sign, State, Status

PAGE_BEATS: Final = 4
"""Seconds a part of a long text stays before the next."""

_SMALL: Final = 12
_SMALL_PITCH: Final = 16
_SMALLEST: Final = 9

_DOT: Final = 3
"""Width and height of the mark that moves while the box is alive."""

_EDGE: Final = 5
"""Columns it has for itself, on the side where lines end, where nobody takes it for a letter."""

_QUIET: Final = 2
"""Lit modules beside a QR code. Scanners ask for four and do with one, which is what the height leaves."""

_ROW: Final = 14
"""Pitch of the lines below a title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that a picture is made from.

    Attributes:
        status: how the box is.
        texts: the latest segments, the newest last.
        sign: the join link or the set-up code, while one is shown.
        beat: seconds since the status last changed: what moves, moves by it.
    """

    status: Status
    texts: tuple[str, ...] = ()
    sign: str = ""
    beat: int = 0


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the glass, in pixels; right and bottom lie just outside it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.bottom - self.top


class Screens:
    """Draws scenes for a glass of one size.

    Args:
        typesetter: sets the text.
        size: width and height in pixels.
    """

    def __init__(self, typesetter: Typesetter, size: tuple[int, int]) -> None:
        self._type = typesetter
        self._size = size
        self._glass = Box(1, 0, *size)  # the first column is for letters that reach out to the left
        self._tall = size[1] >= 63
        self._pitch = 21 if self._tall else 16
        self._font = (15 if size[0] > 128 else 14) if self._tall else _SMALL

    def draw(self, scene: Scene) -> Image.Image:
        """The picture of a scene, in mode ``1``."""
        image = Image.new("1", self._size)
        match scene.status.sign, scene.status.state:
            case Sign.JOIN, _:
                self._join(image, scene)
            case Sign.SETUP, _:
                self._setup(image, scene)
            case _, State.IDLE:
                self._idle(image, scene)
            case _, State.CONNECTING:
                self._connecting(image, scene)
            case _, State.MUTED:
                self._muted(image)
            case _, State.FAULT:
                self._fault(image, scene)
            case _:
                self._captions(image, scene)
        return image

    def farewell(self, word: str) -> Image.Image:
        """One word that stays on the glass when the box is gone."""
        image = Image.new("1", self._size)
        self._centred(image, word, self._glass, largest=24)
        return image

    def _captions(self, image: Image.Image, scene: Scene) -> None:
        box = self._bar(image, self._notices(scene), scene.beat)
        texts = scene.texts
        if not texts and scene.status.state in (State.LIVE, State.FALLBACK):
            texts = ("Listening…",)
        if not (shown := box.height // self._pitch):
            return
        width = box.width - _EDGE
        lines = [line for text in texts[-shown:] for line in self._type.lines(text, self._font, width)][-shown:]
        if any(line.rtl for line in lines):
            mark, box = 0, replace(box, left=box.left + _EDGE)
        else:
            mark, box = box.right - _DOT, replace(box, right=box.right - _EDGE)
        self._stack(image, lines, box, self._font, self._pitch)
        self._mark(image, mark, box.height, scene)

    def _notices(self, scene: Scene) -> list[str]:
        """What is said below the captions."""
        match scene.status.state:
            case State.RECONNECTING:
                return ["Reconnecting…", *filter(None, [scene.status.reason])]
            case State.FINISHING:
                return ["Finishing…"]
            case _:
                return [*filter(None, [scene.status.warning])]

    def _mark(self, image: Image.Image, left: int, height: int, scene: Scene) -> None:
        """A dot that walks down beside the captions, a step a second: it stands still on a frozen box."""
        top = (_DOT + 1) * (scene.beat % (height // (_DOT + 1)))
        hollow = scene.status.state is State.FALLBACK
        end = (left + _DOT - 1, top + _DOT - 1)
        ImageDraw.Draw(image).rectangle((left, top, *end), outline=1, fill=int(not hollow))

    def _idle(self, image: Image.Image, scene: Scene) -> None:
        status = scene.status
        about = [status.name, status.address.split("://")[-1]]
        hints = ["Press to start", *filter(None, [status.warning])]
        if not self._tall:
            about, hints = [], hints + about
        box = self._bar(image, hints, scene.beat)
        self._titled(image, status.room.title, about, box)

    def _connecting(self, image: Image.Image, scene: Scene) -> None:
        dots = "." * (1 + scene.beat % 3)
        self._titled(image, scene.status.room.title, ["Connecting" + dots], self._glass)

    def _muted(self, image: Image.Image) -> None:
        """Dark on lit, so that nobody across the table takes it for captions."""
        image.paste(1, (0, 0, *self._size))
        box = self._glass
        if self._tall:
            box = replace(box, bottom=box.bottom - _SMALL_PITCH)
            hint = replace(self._glass, top=box.bottom - 2, bottom=self._glass.bottom - 2)
            self._centred(image, "Press mute to go on", hint, largest=_SMALL, ink=0)
        self._centred(image, "MUTED", box, largest=34, ink=0)

    def _fault(self, image: Image.Image, scene: Scene) -> None:
        box = self._headed(image, "Needs attention")
        self._pages(image, scene.status.reason or "", box, scene.beat)

    def _setup(self, image: Image.Image, scene: Scene) -> None:
        host, slash, path = scene.sign.split("://")[-1].partition("/")
        self._filled(image, [host, slash + path], self._headed(image, "Set-up"), largest=28)

    def _join(self, image: Image.Image, scene: Scene) -> None:
        height = self._glass.height
        code = segno.make_qr(scene.sign or " ", error="l")
        modules = len(code.matrix)
        scale = height // (modules + 2)
        if not scene.sign or not scale:
            self._filled(image, [scene.sign], self._glass, largest=20)
            return
        lit = Image.new("1", (modules, modules))
        lit.putdata([not dark for row in code.matrix for dark in row])
        side = scale * modules
        beside = replace(self._glass, left=side + 2 * _QUIET * scale + 3)
        image.paste(1, (0, 0, side + 2 * _QUIET * scale, height))
        image.paste(lit.resize((side, side), Image.Resampling.NEAREST), (_QUIET * scale, (height - side) // 2))
        self._filled(image, [scene.status.room.title, "Scan to read along"], beside, largest=20)

    def _bar(self, image: Image.Image, texts: Sequence[str], beat: int) -> Box:
        """A lit bar at the bottom that shows the texts line by line; what is left of the glass above it."""
        if not texts:
            return self._glass
        bar = replace(self._glass, top=self._glass.bottom - _SMALL_PITCH)
        image.paste(1, (0, bar.top, bar.right, bar.bottom))
        inner = replace(bar, left=2, right=bar.right - 2)
        lines = [line for text in texts for line in self._type.lines(text, _SMALL, inner.width)]
        self._stack(image, [lines[beat // PAGE_BEATS % len(lines)]], inner, _SMALL, _SMALL_PITCH, ink=0)
        return replace(self._glass, bottom=bar.top)

    def _headed(self, image: Image.Image, title: str) -> Box:
        """A lit head line where the glass is tall enough; what is left of the glass below it."""
        if not self._tall:
            return self._glass
        head = replace(self._glass, bottom=_SMALL_PITCH)
        image.paste(1, (0, head.top, head.right, head.bottom))
        self._stack(image, [Line(title)], replace(head, left=2), _SMALL, _SMALL_PITCH, ink=0)
        return replace(self._glass, top=head.bottom)

    def _pages(self, image: Image.Image, text: str, box: Box, beat: int) -> None:
        """A text in small letters, page by page if it is longer than the box."""
        lines = self._type.lines(text, _SMALL, box.width)
        shown = box.height // _SMALL_PITCH
        pages = [lines[first : first + shown] for first in range(0, len(lines), shown)] or [[]]
        self._stack(image, pages[beat // PAGE_BEATS % len(pages)], box, _SMALL, _SMALL_PITCH)

    def _filled(self, image: Image.Image, texts: Sequence[str], box: Box, *, largest: int) -> None:
        """Texts as large as the box allows without breaking a word."""
        for size in range(largest, _SMALLEST - 1, -1):
            pitch = round(size * 1.3)
            lines = [line for text in texts for line in self._type.lines(text, size, box.width)]
            whole = " ".join(line.text for line in lines).split() == " ".join(texts).split()
            if whole and pitch * len(lines) <= box.height:
                break
        top = max(0, (box.height - pitch * len(lines)) // 2)
        self._stack(image, lines[: box.height // pitch], replace(box, top=box.top + top), size, pitch)

    def _titled(self, image: Image.Image, title: str, rest: Sequence[str], box: Box) -> None:
        """A title in large letters and lines in small ones, each cut to the width of the box."""
        room = min(28, box.height - _ROW * len(rest))
        box = replace(box, top=box.top + (box.height - room - _ROW * len(rest)) // 2)
        self._fitted(image, title, replace(box, bottom=box.top + room), round(room * 0.7))
        for number, text in enumerate(rest):
            top = box.top + room + number * _ROW
            self._fitted(image, text, replace(box, top=top, bottom=top + _ROW), _SMALL)

    def _fitted(self, image: Image.Image, text: str, box: Box, largest: int) -> None:
        """One line over the height of a box, as large as its width allows."""
        size = self._fitting(text, box, largest)
        self._stack(image, [self._type.cut(text, size, box.width)], box, size, box.height)

    def _centred(self, image: Image.Image, text: str, box: Box, *, largest: int, ink: int = 1) -> None:
        size = self._fitting(text, box, min(largest, round(box.height * 0.9)))
        x = box.left + round((box.width - self._type.width(Line(text), size)) / 2)
        self._type.draw(image, Line(text), size, x, box.top + round((box.height + 0.72 * size) / 2), ink=ink)

    def _fitting(self, text: str, box: Box, largest: int) -> int:
        """The largest size at which a line fits the width of a box."""
        sizes = range(largest, _SMALLEST, -1)
        return next((size for size in sizes if self._type.width(Line(text), size) <= box.width), _SMALLEST)

    def _stack(
        self, image: Image.Image, lines: Sequence[Line], box: Box, size: int, pitch: int, *, ink: int = 1
    ) -> None:
        """Lines from the top of a box, each at the side where its reader begins."""
        for number, line in enumerate(lines):
            x = box.right - 1 if line.rtl else box.left
            self._type.draw(image, line, size, x, box.top + number * pitch + round(pitch * 0.76), ink=ink)
