"""Covers drawn from what an item is, where there is no artwork.

Hue and palette come from the artist or show, the form from the genre (and which of its three from the
artist), the density from the energy and the arrangement from the item itself: one artist's covers are a family, and a calm list looks
calm. A drawing is a few hundred bytes of SVG, holds only numbers and colours (never a title, never
a style attribute) and is the same on every machine.
"""

import hashlib
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import cos, pi, sin
from random import Random

import msgspec

from ritornello.kinds.ids import kind_of

DRAWING = 1
"""Version of the drawings; part of a cover's address, so that a cached cover can live for ever."""

SIDE = 96
"""Side of the square a cover is drawn on, in its own units."""

MEDIUM_ENERGY = 0.5


class Sitter(msgspec.Struct, frozen=True):
    """What a cover is drawn from: ``family`` is the artist's or show's id, ``energy`` in [0, 1]."""

    item_id: str
    family: str
    genre: str = ""
    energy: float = MEDIUM_ENERGY


class Palette(msgspec.Struct, frozen=True):
    """Three colours as ``#rrggbb``: the ground, the form upon it, and one accent."""

    ground: str
    form: str
    accent: str


Form = Callable[[Random, Palette, int], str]
"""Draws upon the ground: from chance, the colours and a density of 1 to 4."""


def draw(sitter: Sitter) -> str:
    """Return the cover of one item as an SVG document of a few hundred bytes.

    Examples
    --------
    >>> cover = draw(Sitter("track:a", "artist:b", "folk", 0.2))
    >>> cover == draw(Sitter("track:a", "artist:b", "folk", 0.2)) and len(cover) < 2000
    True
    """
    return _document(SIDE, _picture(sitter))


def combine(sitters: Sequence[Sitter]) -> str:
    """Return the cover of a list: up to nine of its items' covers, whole, as a mosaic.

    Four or more covers make two rows of two, nine or more three rows of three; fewer show the first
    alone, and none an empty ground.
    """
    across = 3 if len(sitters) >= 9 else 2 if len(sitters) >= 4 else 1
    tiles = [
        f'<svg x="{SIDE * (n % across)}" y="{SIDE * (n // across)}" width="{SIDE}" height="{SIDE}">'
        f"{_picture(sitter)}</svg>"
        for n, sitter in enumerate(sitters[: across * across])
    ]
    empty = f'<path fill="#8a857c" d="M0 0h{SIDE}v{SIDE}H0z"/>'
    return _document(SIDE * across, "".join(tiles) or empty)


def moment(pool_id: str, arc: Sequence[float] = ()) -> str:
    """Return the cover of a moment: its own energy arc as ridges before one another, under one light.

    Parameters
    ----------
    arc : energies in [0, 1] from the first track to the last, a level medium where none is asked for.
        A calm one makes few, far ridges under a low light, a lively one many steep ones.

    Examples
    --------
    >>> len(moment("sleep", (0.4, 0.1))) < len(moment("party", (0.6, 0.9, 1.0))) < 2000
    True
    """
    rng, colours = _chance("moment", pool_id), palette(f"pool:{pool_id}")
    level = [min(max(energy, 0.0), 1.0) for energy in arc] or [MEDIUM_ENERGY]
    level = level if len(level) > 1 else level * 2
    energy = sum(level) / len(level)
    light = f'cx="{rng.randint(18, 78)}" cy="{round(40 - 20 * energy)}" r="{rng.randint(8, 14)}"'
    n_ridges = 3 + round(4 * energy)
    ridges = "".join(
        f'<path fill-opacity="{_short(0.25 + 0.75 * (n + 1) / n_ridges)}" '
        f'd="{_ridge(rng, level, 30 + 52 * n / n_ridges, energy)}"/>'
        for n in range(n_ridges)
    )
    return _document(
        SIDE,
        f'<path fill="{colours.ground}" d="M0 0h{SIDE}v{SIDE}H0z"/>'
        f'<circle {light} fill="{colours.accent}"/><g fill="{colours.form}">{ridges}</g>',
    )


def _ridge(rng: Random, level: Sequence[float], top: float, energy: float) -> str:
    """Return one ridge that rises and falls with the energies, a little otherwise than its like."""
    step = SIDE / (len(level) - 1)
    sway = 2 + 10 * energy
    heights = [top + 36 * (MEDIUM_ENERGY - each) + rng.uniform(-sway, sway) for each in level]
    path = f"M0 {_short(heights[0])}"
    for n, (before, height) in enumerate(pairwise(heights)):
        turn = _short(step * (n + 0.5))
        path += f"C{turn} {_short(before)} {turn} {_short(height)} {_short(step * (n + 1))} {_short(height)}"
    return f"{path}V{SIDE}H0z"


def palette(family: str) -> Palette:
    """Return the colours every cover of one artist or show shares."""
    rng = _chance("palette", family)
    hue = rng.random() * 360
    second = hue + rng.choice((28, 60, 150, 180, 205))
    ground, form, accent = rng.choice(
        (
            ((0.27, 0.06, hue), (0.70, 0.13, hue), (0.88, 0.09, second)),
            ((0.90, 0.04, hue), (0.58, 0.14, hue), (0.35, 0.09, second)),
            ((0.58, 0.13, hue), (0.88, 0.07, hue), (0.30, 0.07, second)),
            ((0.42, 0.10, hue), (0.76, 0.12, second), (0.93, 0.03, hue)),
        )
    )
    return Palette(_colour(*ground), _colour(*form), _colour(*accent))


def _document(side: int, inside: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">{inside}</svg>'


def _picture(sitter: Sitter) -> str:
    colours = palette(sitter.family)
    talks = kind_of(sitter.item_id) in ("episode", "show")
    form = _speech if talks else _form(sitter.genre, sitter.family)
    density = 1 + round(3 * min(max(sitter.energy, 0.0), 1.0))
    ground = f'<path fill="{colours.ground}" d="M-1-1h98v98H-1z"/>'
    return ground + form(_chance("cover", sitter.item_id), colours, density)


def _form(genre: str, family: str) -> Form:
    """Return an artist's form: one of the three of the genre, so that no shelf is all alike."""
    first = _chance("form", genre).randrange(len(_FORMS))
    return _FORMS[(first + _chance("form of", family).randrange(3)) % len(_FORMS)]


def _rings(rng: Random, colours: Palette, density: int) -> str:
    """Grooves around a label, off centre."""
    x, y = rng.randint(30, 66), rng.randint(30, 66)
    gap = 60 / (2 + 2 * density)
    grooves = "".join(
        f'<circle cx="{x}" cy="{y}" r="{_short(12 + gap * n)}"/>' for n in range(1, 3 + 2 * density)
    )
    width = _short(gap * rng.uniform(0.35, 0.6))
    return (
        f'<g fill="none" stroke="{colours.form}" stroke-width="{width}">{grooves}</g>'
        f'<circle cx="{x}" cy="{y}" r="9" fill="{colours.accent}"/>'
    )


def _waves(rng: Random, colours: Palette, density: int) -> str:
    """Long swells when calm, short ones when not; a sun above them."""
    n_lines, half = 2 + 2 * density, SIDE / (1 + density)
    height, drift = 6 + 22 / density, rng.choice((-1, 1)) * half / 5
    step = 60 / n_lines
    crest = f"q{_short(half / 2)} {_short(-height)} {_short(half)} 0"
    lines = "".join(
        f"M{_short(-3 * half + drift * n)} {_short(40 + step * n)}{crest}"
        + f"t{_short(half)} 0" * (density + 6)
        for n in range(n_lines)
    )
    sun = f'cx="{rng.randint(22, 74)}" cy="{rng.randint(18, 32)}" r="{rng.randint(9, 16)}"'
    return (
        f'<circle {sun} fill="{colours.accent}"/><path fill="none" stroke="{colours.form}" '
        f'stroke-width="{_short(step * 0.5)}" d="{lines}"/>'
    )


def _bars(rng: Random, colours: Palette, density: int) -> str:
    """Bars in a row about a middle line, one of them lit."""
    n_bars = 5 + 3 * density
    step = 80 / n_bars
    lit = rng.randrange(n_bars)
    heights = [14 + 58 * rng.random() * sin(pi * (n + 0.7) / (n_bars + 0.4)) for n in range(n_bars)]
    marks = [
        f"M{_short(8 + step * (n + 0.5))} {_short(48 - h / 2)}v{_short(h)}"
        for n, h in enumerate(heights)
    ]
    return (
        f'<g stroke-width="{_short(step * 0.56)}" stroke-linecap="round">'
        f'<path stroke="{colours.form}" d="{"".join(marks[:lit] + marks[lit + 1 :])}"/>'
        f'<path stroke="{colours.accent}" d="{marks[lit]}"/></g>'
    )


def _arcs(rng: Random, colours: Palette, density: int) -> str:
    """Quarter discs on a grid, each turned its own way, some of them lit."""
    across = 1 + min(density, 3)
    size = SIDE / across
    form, accent = "", ""
    for n in range(across * across):
        x, y, turn = size * (n % across), size * (n // across), rng.randrange(4)
        right, low = turn in (1, 2), turn >= 2
        disc = (
            f"M{_short(x + size * right)} {_short(y + size * low)}"
            f"h{_short(-size if right else size)}"
            f"A{_short(size)} {_short(size)} 0 0 {int(right == low)} "
            f"{_short(x + size * right)} {_short(y + size * (not low))}z"
        )
        if rng.random() < 0.25:
            accent += disc
        else:
            form += disc
    return f'<path fill="{colours.form}" d="{form}"/><path fill="{colours.accent}" d="{accent}"/>'


def _dots(rng: Random, colours: Palette, density: int) -> str:
    """Dots in a field that swells towards one place."""
    across = 3 + density
    step = SIDE / across
    lit, far = rng.randrange(across * across), rng.choice((-1, 1))
    dots = ""
    for n in range(across * across):
        column, row = n % across, n // across
        swell = (column + (row if far > 0 else across - 1 - row)) / (2 * across - 2)
        radius = step * (0.1 + 0.34 * swell)
        colour = f' fill="{colours.accent}"' if n == lit else ""
        at = f'cx="{_short(step * (column + 0.5))}" cy="{_short(step * (row + 0.5))}"'
        dots += f'<circle {at} r="{_short(step * 0.44 if n == lit else radius)}"{colour}/>'
    return f'<g fill="{colours.form}">{dots}</g>'


def _petals(rng: Random, colours: Palette, density: int) -> str:
    """Ellipses turned about the middle, and a heart."""
    n_petals, start = 3 + 2 * density, rng.randrange(180)
    width = _short(30 / (1 + density * 0.6))
    petals = "".join(
        f'<ellipse cx="48" cy="27" rx="{width}" ry="21" '
        f'transform="rotate({round(start + 360 * n / n_petals)} 48 48)"/>'
        for n in range(n_petals)
    )
    return (
        f'<g fill="{colours.form}" fill-opacity=".72">{petals}</g>'
        f'<circle cx="48" cy="48" r="{rng.randint(6, 11)}" fill="{colours.accent}"/>'
    )


def _hills(rng: Random, colours: Palette, density: int) -> str:
    """Hills before one another, more of them and steeper with energy; a moon above."""
    n_hills = 1 + density
    hills = ""
    for n in range(n_hills):
        y = 46 + 44 * n / n_hills
        peak = rng.uniform(8, 16 + 8 * density)
        turn = rng.randint(24, 72)
        ridge = f"M0 {_short(y)}Q{turn} {_short(y - peak)} 96 {_short(y + rng.uniform(-6, 6))}"
        opacity = _short(0.35 + 0.65 * (n + 1) / n_hills)
        hills += f'<path fill-opacity="{opacity}" d="{ridge}V96H0z"/>'
    moon = f'cx="{rng.randint(20, 76)}" cy="{rng.randint(18, 34)}" r="{rng.randint(7, 15)}"'
    return f'<circle {moon} fill="{colours.accent}"/><g fill="{colours.form}">{hills}</g>'


def _stripes(rng: Random, colours: Palette, density: int) -> str:
    """Slanted stripes under a half disc."""
    n_stripes = 2 + 2 * density
    step = 136 / n_stripes
    lines = "".join(f"M{_short(step * (n + 0.5) - 20)} -40v176" for n in range(n_stripes))
    half = rng.choice(("M20 48a28 28 0 0 1 56 0z", "M20 48a28 28 0 0 0 56 0z"))
    return (
        f'<path stroke="{colours.form}" stroke-width="{_short(step * rng.uniform(0.3, 0.6))}" '
        f'transform="rotate({rng.choice((-45, -30, 30, 45))} 48 48)" d="{lines}"/>'
        f'<path fill="{colours.accent}" transform="rotate({rng.choice((0, 45, 90, 135))} 48 48)" '
        f'd="{half}"/>'
    )


def _speech(rng: Random, colours: Palette, density: int) -> str:
    """Lines of talk, one of them being spoken: the form of shows and their episodes."""
    n_lines = 3 + density
    step = 66 / n_lines
    lit = rng.randrange(n_lines)
    lines = [f"M18 {_short(16 + step * (n + 0.5))}h{rng.randint(16, 60)}" for n in range(n_lines)]
    return (
        f'<g stroke-width="{_short(step * 0.52)}" stroke-linecap="round">'
        f'<path stroke="{colours.form}" d="{"".join(lines[:lit] + lines[lit + 1 :])}"/>'
        f'<path stroke="{colours.accent}" d="{lines[lit]}"/></g>'
    )


_FORMS: tuple[Form, ...] = (
    _rings, _waves, _bars, _arcs, _dots, _petals, _hills, _stripes,
)  # fmt: skip


def _colour(lightness: float, chroma: float, hue: float) -> str:
    """Return ``#rrggbb`` of an OKLCH colour, with the chroma cut until it fits sRGB.

    Equal lightness looks equally light at every hue, which HSL does not keep.
    Matrices: B. Ottosson, A perceptual color space for image processing (2020).
    """
    a, b = chroma * cos(hue * pi / 180), chroma * sin(hue * pi / 180)
    l_, m_, s_ = (
        (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3,
        (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3,
        (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3,
    )
    linear = (
        4.0767416621 * l_ - 3.3077115913 * m_ + 0.2309699292 * s_,
        -1.2684380046 * l_ + 2.6097574011 * m_ - 0.3413193965 * s_,
        -0.0041960863 * l_ - 0.7034186147 * m_ + 1.7076147010 * s_,
    )
    if chroma > 0.01 and not all(-0.001 <= light <= 1.001 for light in linear):
        return _colour(lightness, chroma * 0.9, hue)
    return "#" + "".join(f"{_byte(light):02x}" for light in linear)


def _byte(light: float) -> int:
    """Linear light in [0, 1] as an sRGB byte (IEC 61966-2-1)."""
    light = min(max(light, 0.0), 1.0)
    encoded = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return round(255 * encoded)


def _chance(*about: str) -> Random:
    digest = hashlib.blake2b("\x1f".join(about).encode(), digest_size=8).digest()
    return Random(int.from_bytes(digest, "big"))


def _short(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
