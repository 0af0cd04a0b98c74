"""What every picture is drawn with: lines, dots, words, and the frame around them; plain SVG, one string.

Words take the colour of the page they stand on. ``look`` is a class that a page may style by; without one the colour given
holds, so that a picture is complete in a file of its own.
"""

from collections.abc import Sequence
from html import escape

Point = tuple[float, float]
HELPS, HURTS, UNSURE = "#1a7f4b", "#b3372f", "#8a8a8a"


def line(start: Point, end: Point, colour: str, width: float, look: str = "") -> str:
    """Return a straight line."""
    (x1, y1), (x2, y2) = start, end
    return (
        f'<line{_looks(look)} x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{width}"/>'
    )


def dot(x: float, y: float, colour: str, look: str = "") -> str:
    """Return a dot."""
    return f'<circle{_looks(look)} cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'


def box(low: Point, high: Point, colour: str, look: str = "") -> str:
    """Return a filled rectangle between its upper left and its lower right corner."""
    (x1, y1), (x2, y2) = low, high
    return f'<rect{_looks(look)} x="{x1:.1f}" y="{y1:.1f}" width="{x2 - x1:.1f}" height="{y2 - y1:.1f}" fill="{colour}"/>'


def shape(corners: Sequence[Point], colour: str, look: str = "") -> str:
    """Return a filled polygon."""
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
    return f'<polygon{_looks(look)} points="{points}" fill="{colour}"/>'


def text(x: float, y: float, words: str, anchor: str, look: str = "") -> str:
    """Return words; ``anchor`` is ``start``, ``middle`` or ``end``."""
    return (
        f'<text{_looks(look)} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def picture(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    """Return the parts as one picture that says what it shows to those who cannot see it.

    Without a title it is hidden from them: all of it stands beside it in words.
    """
    told = f'role="img"><title>{escape(title)}</title>' if title else 'aria-hidden="true">'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'fill="currentColor" font-family="sans-serif" font-size="12" {told}'
        + "".join(parts)
        + "</svg>\n"
    )


def _looks(look: str) -> str:
    return f' class="{look}"' if look else ""
