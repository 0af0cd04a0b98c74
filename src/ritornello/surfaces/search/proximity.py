"""How near each other the words of a question are said, and where.

Of all stretches of at most ``reach`` terms the one is taken that holds most of what is asked, by weight; among equal ones
the first, begun as late as it can be. *Proximity* is that share to the third power (all of it nearby counts far more
than half of it), and half of the share of neighbours in the question that are neighbours in what is said.

Source: T. Tao and C. Zhai, An exploration of proximity measures in information retrieval, SIGIR 2007.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

BETWEEN = 12
"""Other terms that may stand between those asked for."""
POWER = 3
W_ORDER = 0.5


class Proximity(NamedTuple):
    """How near the words of a question are said, in [0, 1.5]; the share of them there, and which term begins it."""

    proximity: float
    covered: float
    row: int


def closest(said: Sequence[str], asked: Sequence[str], weight: Mapping[str, float]) -> Proximity:
    """Return where most of what is asked is said together.

    Parameters
    ----------
    said : the terms of a passage.
    asked : the terms of a question, in order.
    weight : of each term asked for, above 0.

    Examples
    --------
    >>> closest("a calm sea a calm day".split(), ["calm", "day"], {"calm": 1.0, "day": 1.0})
    Proximity(proximity=1.5, covered=1.0, row=4)
    """
    rows = [row for row, term in enumerate(said) if term in weight]
    if not rows:
        return Proximity(0.0, 0.0, 0)
    best, best_row = 0.0, rows[0]
    inside: dict[str, int] = {}
    held, first, reach = 0.0, 0, len(asked) + BETWEEN
    for row in rows:
        term = said[row]
        inside[term] = inside.get(term, 0) + 1
        held += weight[term] if inside[term] == 1 else 0.0
        while rows[first] < row - reach or inside[said[rows[first]]] > 1:
            gone = said[rows[first]]
            inside[gone] -= 1
            held -= weight[gone] if inside[gone] == 0 else 0.0
            first += 1
        if held > best + 1e-9:
            best, best_row = held, rows[first]
    covered = min(best / sum(weight.values()), 1.0)
    return Proximity(covered**POWER + W_ORDER * in_order(said, asked, weight), covered, best_row)


def in_order(said: Sequence[str], asked: Sequence[str], weight: Mapping[str, float]) -> float:
    """Return the share of the neighbours in a question that are neighbours in what is said, by weight.

    1 for a question of a single term.
    """
    pairs = {(a, b): weight[a] + weight[b] for a, b in pairwise(asked) if a != b}
    if not pairs:
        return 1.0
    there = pairs.keys() & set(pairwise(said))
    return sum(pairs[pair] for pair in there) / sum(pairs.values())
