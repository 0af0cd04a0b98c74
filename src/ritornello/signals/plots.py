"""Two pictures a product manager reads: what moves success under each intent, and whether 70 % means 70 %.

Plain SVG, one string; text takes the colour of the page it stands on.
"""

from collections.abc import Sequence
from html import escape

from ritornello.measures.calibration import Reliability
from ritornello.signals.pooled import Coefficient

LEFT, WIDE, ROW, TOP = 130, 120, 22, 48
HELPS, HURTS, UNSURE = "#1a7f4b", "#b3372f", "#8a8a8a"
SIZE, EDGE = 300, 40

Point = tuple[float, float]


def coefficients(found: Sequence[Coefficient]) -> str:
    """Draw a row an intent and a column a feature: slope and 95 % interval around 0.

    Green helps, red hurts, grey may be either. All columns share one scale, log-odds a deviation of the feature.
    """
    shown = [each for each in found if each.feature != "level"]
    groups = list(dict.fromkeys(each.group for each in shown))
    features = list(dict.fromkeys(each.feature for each in shown))
    most = max((max(abs(each.low), abs(each.high)) for each in shown), default=1.0)
    unit = (WIDE / 2 - 8) / most
    parts = [
        _text(LEFT + (i + 0.5) * WIDE, TOP - 16, feature.replace("_", " "), "middle")
        for i, feature in enumerate(features)
    ]
    for i in range(len(features)):
        middle = LEFT + (i + 0.5) * WIDE
        parts.append(_line((middle, TOP - 6), (middle, TOP + ROW * len(groups)), UNSURE, 0.5))
    for g, group in enumerate(groups):
        parts.append(_text(LEFT - 10, TOP + (g + 0.7) * ROW, group.replace("_", " "), "end"))
    for each in shown:
        middle = LEFT + (features.index(each.feature) + 0.5) * WIDE
        parts += _mark(each, middle, TOP + (groups.index(each.group) + 0.5) * ROW, unit)
    width, height = LEFT + WIDE * len(features) + 10, TOP + ROW * len(groups) + 16
    return _svg(width, height, "What moves success, by intent", parts)


def curve(found: Reliability) -> str:
    """Draw how often it happened against how likely it was said to be, with 95 % intervals; on the line is honest."""
    parts = [
        _line((EDGE, SIZE - EDGE), (SIZE - EDGE, EDGE), UNSURE, 0.5),
        _line((EDGE, SIZE - EDGE), (SIZE - EDGE, SIZE - EDGE), "currentColor", 1),
        _line((EDGE, SIZE - EDGE), (EDGE, EDGE), "currentColor", 1),
        _text(SIZE / 2, SIZE - 8, "said", "middle"),
        _text(8, EDGE - 12, "happened", "start"),
    ]
    for share in (0.0, 0.5, 1.0):
        at = _along(share)
        parts.append(_text(at, SIZE - EDGE + 16, f"{share:.0%}", "middle"))
        parts.append(_text(EDGE - 6, SIZE - at + 4, f"{share:.0%}", "end"))
    for each in found.bins:
        x = _along(each.mean_p)
        parts.append(_line((x, SIZE - _along(each.low)), (x, SIZE - _along(each.high)), HELPS, 1.5))
        parts.append(_dot(x, SIZE - _along(each.rate), HELPS))
    return _svg(SIZE, SIZE, f"Reliability; mean gap {found.ece:.3f}", parts)


def _mark(each: Coefficient, middle: float, y: float, unit: float) -> list[str]:
    colour = HELPS if each.low > 0 else HURTS if each.high < 0 else UNSURE
    low, high, at = (middle + unit * value for value in (each.low, each.high, each.slope))
    return [_line((low, y), (high, y), colour, 2), _dot(at, y, colour)]


def _along(share: float) -> float:
    return EDGE + share * (SIZE - 2 * EDGE)


def _line(start: Point, end: Point, colour: str, width: float) -> str:
    (x1, y1), (x2, y2) = start, end
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{width}"/>'
    )


def _dot(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'fill="currentColor" font-family="sans-serif" font-size="12"><title>{escape(title)}</title>'
        + "".join(parts)
        + "</svg>\n"
    )
