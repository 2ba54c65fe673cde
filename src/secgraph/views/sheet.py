"""A sheet to draw on, by matplotlib: texts, boxes, lines and symbols in points, out as SVG or PNG.

Nothing of the machine gets in: the font is the one that comes with matplotlib, the settings are its defaults and
not the user's, ids in the SVG hang on a fixed salt, and neither form carries a date. A text is drawn as it stands,
never as a formula; a letter that the font lacks shows as the replacement character.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from secgraph.errors import ConfigError
from secgraph.views.looks import shown

FORMS: Final = ("svg", "png")
INK: Final = "#1b1b1b"
SOFT: Final = "#5a5a5a"
PALE: Final = "#d8d8d8"
MARGIN: Final = 24.0
_DPI: Final = 200
# Agg refuses images of 2^16 points a side; a picture that large is no picture.
_MOST: Final = 65_000 * 72 / _DPI
_SETTINGS: Final = {
    "svg.hashsalt": "secgraph", "svg.fonttype": "path", "path.simplify": False, "text.parse_math": False,
    "hatch.linewidth": 0.8, "text.antialiased": True, "text.hinting": "none",
}  # fmt: skip
# What the sheet's own things read; asking for all would ask for what matplotlib is about to drop.
_READ: Final = ("agg.", "axes.", "figure.", "font.", "hatch.", "lines.", "patch.", "path.", "savefig.", "svg.")
_CORNERS: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
    "triangle": ((0, -1), (1.1, 0.9), (-1.1, 0.9)),
    "triangleDown": ((0, 1), (1.1, -0.9), (-1.1, -0.9)),
    "diamond": ((0, -1.15), (1.15, 0), (0, 1.15), (-1.15, 0)),
    "hexagon": ((-0.55, -1), (0.55, -1), (1.1, 0), (0.55, 1), (-0.55, 1), (-1.1, 0)),
    "star": (
        (0, -1.2), (0.35, -0.42), (1.15, -0.35), (0.55, 0.2), (0.72, 1.05),
        (0, 0.6), (-0.72, 1.05), (-0.55, 0.2), (-1.15, -0.35), (-0.35, -0.42),
    ),
    "box": ((-1.2, -0.8), (1.2, -0.8), (1.2, 0.8), (-1.2, 0.8)),
}  # fmt: skip


class Sheet:
    """One picture: a white sheet with its origin in the upper left corner, measured in points."""

    def __init__(self, width: float, height: float) -> None:
        import matplotlib as mpl
        from matplotlib.figure import Figure

        if max(width, height) > _MOST:
            raise ConfigError(
                f"a picture of {width:.0f} by {height:.0f} points is too large to be drawn", hint="narrow what is shown"
            )
        self.width, self.height = width, height
        self._settings = _settings()
        with mpl.rc_context(self._settings):
            self._figure = Figure(figsize=(width / 72, height / 72), dpi=_DPI, facecolor="#ffffff")
            self._axes = self._figure.add_axes((0, 0, 1, 1))
            self._axes.set_axis_off()
            self._axes.set_xlim(0, width)
            self._axes.set_ylim(height, 0)
        self._order = 0

    def box(self, x: float, y: float, width: float, height: float, **look: Any) -> None:
        """Draw a rectangle from its upper left corner; `fill`, `edge`, `line` (width), `hatch`."""
        from matplotlib.patches import Rectangle

        self._add(Rectangle, (x, y), width, height, **_looked(look))

    def symbol(self, shape: str, x: float, y: float, radius: float, **look: Any) -> None:
        """Draw the symbol of a shape around its middle; `fill`, `edge`, `line` (width), `dashes`."""
        from matplotlib.patches import Ellipse, Polygon

        corners = _CORNERS.get(shape)
        if corners:
            points = [(x + radius * a, y + radius * b) for a, b in corners]
            self._add(Polygon, points, closed=True, **_looked(look))
        else:
            across = 2.4 if shape == "ellipse" else 2.0
            down = 1.5 if shape == "ellipse" else 2.0
            self._add(Ellipse, (x, y), across * radius, down * radius, **_looked(look))

    def oval(self, x: float, y: float, across: float, down: float, **look: Any) -> None:
        """Draw an oval around its middle by its half axes; looks as for a box."""
        from matplotlib.patches import Ellipse

        self._add(Ellipse, (x, y), 2 * across, 2 * down, **_looked(look))

    def line(self, points: Sequence[tuple[float, float]], colour: str = INK, width: float = 1.0, **look: Any) -> None:
        """Draw a line through points; `dashes` in points, `opacity`."""
        from matplotlib.lines import Line2D

        dashes = look.get("dashes") or ()
        self._add(
            Line2D,
            [x for x, _y in points], [y for _x, y in points], color=colour, linewidth=width,
            linestyle=(0, tuple(dashes)) if dashes else "solid", alpha=look.get("opacity", 1.0),
            solid_capstyle="butt", dash_capstyle="butt",
        )  # fmt: skip

    def ribbon(
        self, start: tuple[float, float], end: tuple[float, float], thick: float, middle: float = 0.5, **look: Any
    ) -> None:
        """Draw a band of one thickness from left to right, bent in its `middle`, between two upper corners."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path as Outline

        bend = start[0] + (end[0] - start[0]) * middle
        points = [
            start, (bend, start[1]), (bend, end[1]), end, (end[0], end[1] + thick),
            (bend, end[1] + thick), (bend, start[1] + thick), (start[0], start[1] + thick), start,
        ]  # fmt: skip
        curve = [Outline.CURVE4] * 3
        codes = [Outline.MOVETO, *curve, Outline.LINETO, *curve, Outline.CLOSEPOLY]
        self._add(PathPatch, Outline(points, codes), **_looked(look))

    def arrow(
        self, start: tuple[float, float], end: tuple[float, float], colour: str, size: float, **look: Any
    ) -> None:
        """Draw the head of an arrow at the end of a line."""
        from matplotlib.patches import Polygon

        length = ((end[0] - start[0]) ** 2 + (end[1] - start[1]) ** 2) ** 0.5 or 1.0
        across, along = (end[0] - start[0]) / length, (end[1] - start[1]) / length
        foot = end[0] - across * size * 2, end[1] - along * size * 2
        sides = (
            (foot[0] - along * size * 0.8, foot[1] + across * size * 0.8),
            (foot[0] + along * size * 0.8, foot[1] - across * size * 0.8),
        )
        points = [end, *sides]
        self._add(Polygon, points, closed=True, linewidth=0, facecolor=colour, alpha=look.get("opacity", 1.0))

    def text(self, x: float, y: float, words: str, size: float = 9, **look: Any) -> None:
        """Draw one line of text; `bold`, `colour`, `across` (left, center, right), `down` (top, center, baseline,
        bottom), `turn` in degrees, `halo` for a white rim.
        """  # noqa: D205  the looks are one list
        from matplotlib.patheffects import withStroke
        from matplotlib.text import Text

        rim = withStroke(linewidth=2.2, foreground="#ffffff") if look.get("halo") else None
        self._add(
            Text, x, y, written(words), color=look.get("colour", INK),
            rotation=look.get("turn", 0), rotation_mode="anchor",
            horizontalalignment=look.get("across", "left"), verticalalignment=look.get("down", "top"),
            fontproperties=_font(look.get("bold", False), size), parse_math=False, rim=rim,
        )  # fmt: skip

    def paragraph(self, x: float, y: float, words: str, width: float, size: float = 9, **look: Any) -> float:
        """Draw a text in lines of a width, and return where the next thing may start."""
        for line in wrapped(words, width, size, bold=look.get("bold", False)):
            self.text(x, y, line, size, **look)
            y += size * 1.32
        return y

    def save(self, form: str) -> bytes:
        """Return the picture as SVG or PNG.

        Raises:
            ConfigError: another form.
        """
        import matplotlib as mpl
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        if form not in FORMS:
            raise ConfigError(f"no picture of the form {form!r}", hint="one of " + ", ".join(FORMS))
        out = io.BytesIO()
        with mpl.rc_context(self._settings):
            canvas: Any  # the writers of both are untyped
            if form == "png":
                canvas = FigureCanvasAgg(self._figure)
                canvas.print_png(out, metadata={"Software": None})
                return out.getvalue()
            canvas = FigureCanvasSVG(self._figure)
            canvas.print_svg(out, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
        # Its comments repeat each text: nobody needs them, and what is in them is not ours to vouch for.
        return re.sub(rb"<!--.*?-->\n?", b"", out.getvalue(), flags=re.DOTALL)

    def _add(self, kind: Any, *given: Any, rim: Any = None, **look: Any) -> None:
        """Make an artist and put it on top: made outside of our settings it would take the user's."""
        import matplotlib as mpl

        self._order += 1
        with mpl.rc_context(self._settings):
            artist = kind(*given, **look)
            artist.set_zorder(self._order)
            if rim is not None:
                artist.set_path_effects([rim])
            self._axes.add_artist(artist)


class Header:
    """Title, question and caption of a picture: measured first, drawn then."""

    def __init__(self, title: str, question: str, caption: Sequence[str], width: float, scale: float = 1.0) -> None:
        room = width - 2 * MARGIN
        told = ((title, 14.0, True, INK), (question, 10.5, False, INK), (" ".join(caption), 8.5, False, SOFT))
        self._parts = [
            (wrapped(words, room, size * scale, bold=bold), size * scale, bold, colour)
            for words, size, bold, colour in told
            if words
        ]
        lines = sum(len(lines) * size * 1.32 + 3 for lines, size, _bold, _colour in self._parts)
        self.height = MARGIN + lines + 8 if self._parts else 4.0

    def draw(self, sheet: Sheet) -> float:
        """Draw the header and return where the picture starts."""
        y = MARGIN
        for lines, size, bold, colour in self._parts:
            for line in lines:
                sheet.text(MARGIN, y + size, line, size, bold=bold, colour=colour, down="baseline")
                y += size * 1.32
            y += 3
        return self.height


def footer_height(footer: str, width: float, scale: float = 1.0) -> float:
    """Return how much room a footer takes, the margin under it included."""
    lines = wrapped(footer, width - 2 * MARGIN, 7.5 * scale) if footer else []
    return len(lines) * 10.0 * scale + (MARGIN if footer else 4.0)


def draw_footer(sheet: Sheet, footer: str, scale: float = 1.0) -> None:
    """Draw where the data is from, at the foot of a picture."""
    if footer:
        y = sheet.height - footer_height(footer, sheet.width, scale) + 8
        sheet.paragraph(MARGIN, y, footer, sheet.width - 2 * MARGIN, 7.5 * scale, colour=SOFT)


def written(words: str) -> str:
    """Return a text as it can be drawn: on one line, hidden characters shown, letters the font lacks replaced.

    >>> written("A\\tname\\x07 of \\u4e2d")
    'A name[U+0007] of \\ufffd'
    """
    known = _letters()
    return "".join(c if ord(c) in known else "\ufffd" for c in " ".join(shown(words).split()))


def width_of(words: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a text is when it is drawn, in points."""
    return sum(_width(c, bold) for c in written(words)) * size / 100


def wrapped(words: str, width: float, size: float, *, bold: bool = False, most: int = 0) -> list[str]:
    """Return a text in lines no wider than a width; what does not fit into `most` lines ends in three dots.

    A word that is wider than a line is cut.
    """
    lines = [""]
    for word in written(words).split():
        whole = f"{lines[-1]} {word}".strip()
        if lines[-1] and width_of(whole, size, bold=bold) > width:
            lines.append(word)
        else:
            lines[-1] = whole
    lines = [_fitted(line, width, size, bold) for line in lines]
    if most and len(lines) > most:
        lines = [*lines[: most - 1], _fitted(lines[most - 1] + " ...", width, size, bold, force=True)]
    return lines


def _fitted(line: str, width: float, size: float, bold: bool, *, force: bool = False) -> str:
    if width_of(line, size, bold=bold) <= width:
        return line
    bare = line.removesuffix(" ...") if force else line
    while bare and width_of(bare + " ...", size, bold=bold) > width:
        bare = bare[:-1]
    return bare.rstrip() + " ..."


def _looked(look: dict[str, Any]) -> dict[str, Any]:
    edge = look.get("edge", "none")
    dashes = look.get("dashes") or ()
    return {
        "facecolor": look.get("fill", "none"), "edgecolor": edge, "hatch": look.get("hatch"),
        "linewidth": look.get("line", 0.6 if edge != "none" else 0.0), "alpha": look.get("opacity"),
        "linestyle": (0, tuple(dashes)) if dashes else "solid",
    }  # fmt: skip


@cache
def _settings() -> Any:
    import matplotlib as mpl

    # matplotlib types the names of its settings one by one.
    defaults: Any = mpl.rcParamsDefault
    return {**{name: defaults[name] for name in sorted(defaults) if name.startswith(_READ)}, **_SETTINGS}


@cache
def _face(bold: bool) -> str:
    import matplotlib as mpl

    return str(Path(mpl.get_data_path()) / "fonts" / "ttf" / f"DejaVuSans{'-Bold' if bold else ''}.ttf")


def _font(bold: bool, size: float) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=_face(bold), size=size)


@cache
def _letters() -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(_face(False)).get_charmap()) & frozenset(FT2Font(_face(True)).get_charmap())


@cache
def _width(letter: str, bold: bool) -> float:
    """Return the width of a letter of 100 points."""
    from matplotlib.textpath import text_to_path

    # The width of a blank counts only between letters.
    pair = text_to_path.get_text_width_height_descent(f"n{letter}n", _font(bold, 100), ismath=False)[0]
    return float(pair - text_to_path.get_text_width_height_descent("nn", _font(bold, 100), ismath=False)[0])
