"""What the glass shows: one picture a scene. Pure drawing, no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

import segno
from PIL import Image

from appliance.i18n import Translate
from appliance.panel.rollup import Passage, Place, Roll
from appliance.panel.typesetting import Line, Typesetter
from appliance.state import LISTENING, Sign, State, Status

PAGE_BEATS: Final = 4
"""Seconds a part of a long text stays before the next."""

DIM_BEATS: Final = 300
"""Seconds after which a box that nobody uses dims its glass."""

DARK_BEATS: Final = 3_600
"""Seconds after which an idle box shows no more than that it is alive."""

_SMALL: Final = 12
_SMALL_PITCH: Final = 15
_BAR: Final = 16
"""Height of a lit bar: a small line with the marks above and below its letters."""

_SMALLEST: Final = 9

_PRINT: Final = 10
_PRINT_PITCH: Final = 15
"""Of a fingerprint: its lines are as wide as the glass, and four of them as high."""

_DOT: Final = 3
"""Width and height of the mark that moves while the box is alive."""

_EDGE: Final = 5
"""Columns it has for itself, on the side where lines end, where nobody takes it for a letter."""

_QUIET: Final = 2
"""Lit modules beside a QR code. Scanners ask for four and do with one, which is what the height leaves."""

_COLUMN: Final = 40
"""Pixels in which words can be set beside something."""

_ROOM: Final = 4
"""Pixels above and below a centred line, together."""

_BASELINE: Final = 0.78
"""Of the pitch: with less, small Hindi would lose the marks above its letters."""

_ROW: Final = 14
"""Pitch of the lines below a title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that a picture is made from.

    Attributes:
        status: how the box is.
        texts: the latest segments, the newest last.
        sign: the join link; or, to set the box up, addresses, an empty line, the code, and the fingerprint.
        beat: seconds since the status last changed: what moves, moves by it.
    """

    status: Status
    texts: tuple[str, ...] = ()
    sign: str = ""
    beat: int = 0

    @property
    def dim(self) -> bool:
        """Whether nothing has happened for so long that nobody is likely to look."""
        unused = self.status.state not in LISTENING and self.status.sign is Sign.NONE
        return unused and self.beat >= DIM_BEATS

    @property
    def dark(self) -> bool:
        """Whether there is nothing that anybody need see."""
        idle = self.status.state is State.IDLE and self.status.sign is Sign.NONE
        return idle and not self.status.warning and self.beat >= DARK_BEATS


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
    """Draws scenes for a glass of one size, and remembers which captions stand on it.

    A pixel at the left, at the right and at the bottom stays dark: by as much the picture can be shifted.

    Args:
        typesetter: sets the text.
        size: width and height in pixels.
        roll: lets captions onto the glass.
        translate: gives the fixed words in the language of the box.
    """

    def __init__(
        self,
        typesetter: Typesetter,
        size: tuple[int, int],
        *,
        roll: Roll | None = None,
        translate: Translate = str,
    ) -> None:
        self._ = translate
        self._type = typesetter
        self._size = size
        self._roll = roll or Roll()
        self._lit = Box(1, 0, size[0] - 1, size[1] - 1)
        self._glass = replace(self._lit, left=2)  # letters reach out to the left
        self._page = replace(self._glass, right=self._glass.right - _EDGE)
        self._tall = self._glass.height >= 63
        self._pitch = 21 if self._tall else 15
        self._font = (15 if size[0] > 128 else 14) if self._tall else _SMALL

    def draw(self, scene: Scene) -> Image.Image:
        """The picture of a scene, in mode ``1``."""
        image = Image.new("1", self._size)
        match scene.status.sign, scene.status.state:
            case Sign.JOIN, _:
                self._join(image, scene)
            case _ if scene.status.shows_setup and not scene.dark:
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
        self._roll.clear()
        self._mark(image, self._lit, scene)
        return image

    def farewell(self, words: str) -> Image.Image:
        """A few words that stay on the glass when the box is gone."""
        image = Image.new("1", self._size)
        self._filled(image, [words], self._glass, largest=24)
        return image

    def _captions(self, image: Image.Image, scene: Scene) -> None:
        box = self._bar(image, self._notices(scene), scene.beat)
        if not (rows := box.height // self._pitch):
            return
        lines = self._lines(scene, rows, box.width - _EDGE)
        if lines and lines[0].rtl:  # not by a later line, or those that stand there would move
            text = replace(box, left=box.left + _EDGE)
            edge = replace(box, left=self._lit.left, right=self._lit.left + _DOT)
        else:
            text = replace(box, right=box.right - _EDGE)
            edge = replace(box, left=box.right - _DOT)
        self._stack(image, lines, text, self._font, self._pitch)
        self._mark(image, edge, scene)

    def _lines(self, scene: Scene, rows: int, width: int) -> Sequence[Line]:
        """The captions that stand on the glass now."""
        if not scene.texts and scene.status.state in (State.LIVE, State.FALLBACK):
            told = scene.status.reason if scene.status.state is State.LIVE else None
            return self._type.lines(told or self._("Listening…"), self._font, width)[:rows]
        said: dict[Place, Line] = {}
        for number, text in enumerate(scene.texts):
            place = (text.start, text.number) if isinstance(text, Passage) else (0.0, number)
            said |= {(*place, row): line for row, line in enumerate(self._type.lines(text, self._font, width))}
        return self._roll.on_glass(said, rows)

    def _notices(self, scene: Scene) -> list[str]:
        """What is said below the captions."""
        match scene.status.state:
            case State.RECONNECTING:
                return [self._("Reconnecting…"), *filter(None, [scene.status.reason])]
            case State.FINISHING:
                return [self._("Finishing…")]
            case _:
                return [*filter(None, [scene.status.warning])]

    def _mark(self, image: Image.Image, box: Box, scene: Scene) -> None:
        """A dot that walks down an edge, a step a second, dark where all is lit: on a frozen box it stands."""
        step = _DOT + 1
        left = box.left + scene.beat % (box.width // step) * step if scene.dark else box.right - _DOT
        top = box.top + scene.beat % (box.height // step) * step
        spots = [(left, top, left + _DOT, top + _DOT)]
        if scene.status.state is State.FALLBACK:
            spots.append((left + 1, top + 1, left + _DOT - 1, top + _DOT - 1))  # hollow
        for spot in spots:
            image.paste(image.crop(spot).point(lambda pixel: not pixel), spot)

    def _idle(self, image: Image.Image, scene: Scene) -> None:
        if scene.dark:
            return
        status = scene.status
        about = [status.name, status.address.split("://")[-1]]
        hints = [self._("Press to start"), *filter(None, [status.warning])]
        if not self._tall:
            about, hints = [], hints + about
        box = replace(self._bar(image, hints, scene.beat), right=self._page.right)
        self._titled(image, status.room.title, about, box)

    def _connecting(self, image: Image.Image, scene: Scene) -> None:
        dots = "." * (1 + scene.beat % 3)
        self._titled(image, scene.status.room.title, [self._("Connecting") + dots], self._page)

    def _muted(self, image: Image.Image) -> None:
        """Dark on lit, so that nobody across the table takes it for captions."""
        self._light(image, self._lit)
        box = self._page
        if self._tall:
            box = replace(box, bottom=box.bottom - _BAR - _ROOM)
            hint = replace(self._page, top=box.bottom)
            self._centred(image, self._("Press mute to go on"), hint, largest=_SMALL, ink=0)
        self._centred(image, self._("MUTED"), box, largest=30, ink=0)

    def _fault(self, image: Image.Image, scene: Scene) -> None:
        box = self._headed(image, self._("Needs attention"))
        self._pages(image, scene.status.reason or "", box, scene.beat)

    def _setup(self, image: Image.Image, scene: Scene) -> None:
        addresses, _, rest = scene.sign.partition("\n\n")
        code, *fingerprint = rest.split("\n")
        pages = [[address.split("://")[-1], *filter(None, [code])] for address in addresses.split("\n")]
        if not self._tall:
            pages = [[line] for line in dict.fromkeys(chain(*pages))]
        rows = self._page.height // _PRINT_PITCH
        prints = [fingerprint[first : first + rows] for first in range(0, len(fingerprint), rows)]
        page = scene.beat // PAGE_BEATS % len([*pages, *prints])
        if page >= len(pages):
            lines = [Line(text) for text in prints[page - len(pages)]]
            self._stack(image, lines, self._page, _PRINT, _PRINT_PITCH)
            return
        shown, box = pages[page], self._headed(image, self._("Set-up"))
        if code and shown[-1] == code:
            middle = box.top + (box.height // 2 if shown[:-1] else 0)
            self._filled(image, shown[:-1], replace(box, bottom=middle), largest=18)
            self._centred(image, code, replace(box, top=middle), largest=30)
        else:
            self._filled(image, shown, box, largest=28)

    def _join(self, image: Image.Image, scene: Scene) -> None:
        height = self._glass.height
        matrix = segno.make_qr(scene.sign or " ", error="l").matrix
        modules = len(matrix)
        scale = min(height // (modules + 2), self._lit.width // (modules + 2 * _QUIET))
        if not scene.sign or not scale:
            self._filled(image, [scene.sign], self._page, largest=20)
            return
        lit = Image.new("1", (modules, modules))
        lit.putdata([not dark for row in matrix for dark in row])
        side = scale * modules
        code = replace(self._lit, right=self._lit.left + side + 2 * _QUIET * scale)
        self._light(image, code)
        corner = code.left + _QUIET * scale, (height - side) // 2
        image.paste(lit.resize((side, side), Image.Resampling.NEAREST), corner)
        beside = replace(self._page, left=code.right + 3)
        if beside.width < _COLUMN:
            return
        self._filled(image, [scene.status.room.title, self._("Scan to read along")], beside, largest=20)

    def _bar(self, image: Image.Image, texts: Sequence[str], beat: int) -> Box:
        """A lit bar at the bottom that shows the texts line by line; what is left of the glass above it."""
        if not texts:
            return self._glass
        bar = replace(self._lit, top=self._lit.bottom - _BAR)
        self._light(image, bar)
        inner = replace(bar, left=3, right=bar.right - _EDGE)
        lines = [line for text in texts for line in self._type.lines(text, _SMALL, inner.width)]
        self._stack(image, [lines[beat // PAGE_BEATS % len(lines)]], inner, _SMALL, _BAR, ink=0)
        return replace(self._glass, bottom=bar.top)

    def _headed(self, image: Image.Image, title: str) -> Box:
        """A lit head line where the glass is tall enough; what is left of the glass below it."""
        if not self._tall:
            return self._page
        head = replace(self._lit, bottom=_BAR)
        self._light(image, head)
        self._stack(image, [Line(title)], replace(head, left=3), _SMALL, _BAR, ink=0)
        return replace(self._page, top=head.bottom)

    def _light(self, image: Image.Image, box: Box) -> None:
        image.paste(1, (box.left, box.top, box.right, box.bottom))

    def _pages(self, image: Image.Image, text: str, box: Box, beat: int) -> None:
        """A text in small letters, page by page if it is longer than the box."""
        lines = self._type.lines(text, _SMALL, box.width)
        shown = box.height // _SMALL_PITCH
        pages = [lines[first : first + shown] for first in range(0, len(lines), shown)] or [()]
        self._stack(image, pages[beat // PAGE_BEATS % len(pages)], box, _SMALL, _SMALL_PITCH)

    def _filled(self, image: Image.Image, texts: Sequence[str], box: Box, *, largest: int) -> None:
        """Texts as large as the box allows without breaking a word; the longest are cut if need be."""
        for size in range(largest, _SMALLEST - 1, -1):
            pitch = round(size * 1.3)
            lines = [line for text in texts for line in self._type.lines(text, size, box.width)]
            whole = " ".join(line.text for line in lines).split() == " ".join(texts).split()
            if whole and pitch * len(lines) <= box.height:
                break
        if len(lines) > (rows := box.height // pitch):
            lines = self._cut(texts, size, box.width, rows)
        top = (box.height - pitch * len(lines)) // 2
        self._stack(image, lines, replace(box, top=box.top + top), size, pitch)

    def _cut(self, texts: Sequence[str], size: int, width: int, rows: int) -> list[Line]:
        """The lines of some texts in so many rows: the longest lose their ends, and an ellipsis says so."""
        parts = [self._type.lines(text, size, width) for text in texts]
        heights = [len(part) for part in parts]
        while sum(heights) > rows and max(heights) > 1:
            heights[heights.index(max(heights))] -= 1
        lines: list[Line] = []
        for text, part, height in zip(texts, parts, heights, strict=True):
            if height == len(part):
                lines += part
                continue
            left = " ".join(text.split())
            for line in part[: height - 1]:
                lines.append(line)
                left = left.removeprefix(line.text).lstrip()
            lines.append(self._type.cut(left, size, width))
        return lines[:rows]

    def _titled(self, image: Image.Image, title: str, rest: Sequence[str], box: Box) -> None:
        """A title in large letters and lines in small ones, each cut to the width of the box."""
        if rest and box.height < _ROW * (1 + len(rest)):
            title, *rest = rest
        room = min(28, box.height - _ROW * len(rest))
        box = replace(box, top=box.top + (box.height - room - _ROW * len(rest)) // 2)
        self._fitted(image, title, replace(box, bottom=box.top + room), round(room * 0.75))
        for number, text in enumerate(rest):
            top = box.top + room + number * _ROW
            self._fitted(image, text, replace(box, top=top, bottom=top + _ROW), _SMALL)

    def _fitted(self, image: Image.Image, text: str, box: Box, largest: int) -> None:
        """One line over the height of a box, as large as its width allows."""
        size = self._fitting(text, box, largest)
        self._stack(image, [self._type.cut(text, size, box.width)], box, size, box.height)

    def _centred(self, image: Image.Image, text: str, box: Box, *, largest: int, ink: int = 1) -> None:
        """One line in the middle of a box, as large as goes in with its marks above and below."""
        size = self._fitting(text, box, min(largest, box.height))
        while (printed := self._printed(text, size)).height > box.height - _ROOM and size > _SMALLEST:
            size -= 1
        left = box.left + (box.width - printed.width) // 2
        image.paste(ink, (left, box.top + (box.height - printed.height) // 2), printed)

    def _printed(self, text: str, size: int) -> Image.Image:
        """A line as a mask, no larger than its ink."""
        mask = Image.new("1", (self._size[0] + 2 * size, 4 * size))
        self._type.draw(mask, Line(text), size, size, 2 * size)
        return mask.crop(mask.getbbox())

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
            self._type.draw(image, line, size, x, box.top + number * pitch + round(pitch * _BASELINE), ink=ink)
