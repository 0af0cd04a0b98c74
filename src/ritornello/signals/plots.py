"""Two pictures a product manager reads: what moves success under each intent, and whether 70 % means 70 %."""

from collections.abc import Sequence

from ritornello.measures.calibration import Reliability
from ritornello.signals import svg
from ritornello.signals.pooled import Coefficient
from ritornello.signals.svg import HELPS, HURTS, UNSURE

LEFT, WIDE, ROW, TOP = 130, 120, 22, 48
SIZE, EDGE = 300, 40


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
        svg.text(LEFT + (i + 0.5) * WIDE, TOP - 16, feature.replace("_", " "), "middle")
        for i, feature in enumerate(features)
    ]
    for i in range(len(features)):
        middle = LEFT + (i + 0.5) * WIDE
        parts.append(svg.line((middle, TOP - 6), (middle, TOP + ROW * len(groups)), UNSURE, 0.5))
    for g, group in enumerate(groups):
        parts.append(svg.text(LEFT - 10, TOP + (g + 0.7) * ROW, group.replace("_", " "), "end"))
    for each in shown:
        middle = LEFT + (features.index(each.feature) + 0.5) * WIDE
        parts += _mark(each, middle, TOP + (groups.index(each.group) + 0.5) * ROW, unit)
    width, height = LEFT + WIDE * len(features) + 10, TOP + ROW * len(groups) + 16
    return svg.picture(width, height, "What moves success, by intent", parts)


def curve(found: Reliability) -> str:
    """Draw how often it happened against how likely it was said to be, with 95 % intervals; on the line is honest."""
    parts = [
        svg.line((EDGE, SIZE - EDGE), (SIZE - EDGE, EDGE), UNSURE, 0.5),
        svg.line((EDGE, SIZE - EDGE), (SIZE - EDGE, SIZE - EDGE), "currentColor", 1),
        svg.line((EDGE, SIZE - EDGE), (EDGE, EDGE), "currentColor", 1),
        svg.text(SIZE / 2, SIZE - 8, "said", "middle"),
        svg.text(8, EDGE - 12, "happened", "start"),
    ]
    for share in (0.0, 0.5, 1.0):
        at = _along(share)
        parts.append(svg.text(at, SIZE - EDGE + 16, f"{share:.0%}", "middle"))
        parts.append(svg.text(EDGE - 6, SIZE - at + 4, f"{share:.0%}", "end"))
    for each in found.bins:
        x = _along(each.mean_p)
        parts.append(
            svg.line((x, SIZE - _along(each.low)), (x, SIZE - _along(each.high)), HELPS, 1.5)
        )
        parts.append(svg.dot(x, SIZE - _along(each.rate), HELPS))
    return svg.picture(SIZE, SIZE, f"Reliability; mean gap {found.ece:.3f}", parts)


def _mark(each: Coefficient, middle: float, y: float, unit: float) -> list[str]:
    colour = HELPS if each.low > 0 else HURTS if each.high < 0 else UNSURE
    low, high, at = (middle + unit * value for value in (each.low, each.high, each.slope))
    return [svg.line((low, y), (high, y), colour, 2), svg.dot(at, y, colour)]


def _along(share: float) -> float:
    return EDGE + share * (SIZE - 2 * EDGE)
