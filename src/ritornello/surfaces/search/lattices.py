r"""The best ways through a graph of words, without walking all of them.

States are taken in an order in which every arc leads forward. Each keeps its best k ways in (Viterbi's recursion with k
entries; Nilsson, Goldberger, "Sequentially finding the N-best list in hidden Markov models", IJCAI 2001) and the sum over all
ways: :math:`α_s = \log \sum_{(r → s)} e^{α_r + w}`. The work is arcs × k; a million ways cost no more than two. What stands on
a circle leads nowhere and is left out.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import nlargest
from typing import NamedTuple

import numpy as np

MAX_ARCS = 2000
KEPT = 20
SILENT = frozenset(
    {"", "<eps>", "!NULL", "<s>", "</s>", "<sil>", "sil", "<unk>", "[unk]", "-", "*"}
)

State = str | int


class Arc(NamedTuple):
    """A word between two states; ``score`` is the natural logarithm of its probability, of any scale."""

    start: State
    end: State
    word: str
    score: float


class _Way(NamedTuple):
    """One of the best ways to a state: its score, the arc it came by (-1 at the start), and which way before that."""

    score: float
    arc: int
    rank: int


def best_paths(
    arcs: Sequence[Arc], starts: Collection[State], ends: Collection[State], k: int
) -> list[tuple[str, float]]:
    """Return up to ``k`` different texts, the most probable first, each with its share of all ways.

    Parameters
    ----------
    starts, ends : where a way may begin and end; where nothing leads in, and out, if empty.

    Examples
    --------
    >>> arcs = [Arc(0, 1, "play", 0.0), Arc(1, 2, "muse", -0.5), Arc(1, 2, "mews", -1.5)]
    >>> [(text, round(share, 2)) for text, share in best_paths(arcs, (), (), 5)]
    [('play muse', 0.73), ('play mews', 0.27)]
    """
    into: dict[State, list[int]] = defaultdict(list)
    for number, arc in enumerate(arcs):
        into[arc.end].append(number)
    leaving = {arc.start for arc in arcs}
    first = set(starts) or leaving - set(into)
    last = set(ends) or set(into) - leaving
    ways: dict[State, list[_Way]] = {}
    sums: dict[State, float] = {}
    for state in _forward(arcs, into):
        found = [_Way(0.0, -1, 0)] if state in first else []
        total = [0.0] if state in first else []
        for number in into[state]:
            arc = arcs[number]
            found += [
                _Way(way.score + arc.score, number, rank)
                for rank, way in enumerate(ways.get(arc.start, ()))
            ]
            if arc.start in sums:
                total.append(sums[arc.start] + arc.score)
        if found:
            ways[state] = nlargest(KEPT, found)
            sums[state] = float(np.logaddexp.reduce(total))
    reached = [state for state in last if state in ways]
    if not reached:
        return []
    everything = float(np.logaddexp.reduce([sums[state] for state in reached]))
    best = nlargest(
        KEPT,
        ((way.score, way, state) for state in reached for way in ways[state]),
        key=lambda each: each[0],
    )
    shares: dict[str, float] = defaultdict(float)
    for score, way, _ in best:
        shares[" ".join(_words(way, arcs, ways))] += math.exp(min(score - everything, 0.0))
    return nlargest(k, shares.items(), key=lambda each: each[1])


def _forward(arcs: Sequence[Arc], into: dict[State, list[int]]) -> Iterator[State]:
    """Yield the states in an order in which every arc leads forward, without those on or behind a circle."""
    waits_for = {state: len(numbers) for state, numbers in into.items()}
    out: dict[State, list[State]] = defaultdict(list)
    for arc in arcs:
        out[arc.start].append(arc.end)
    ready: list[State] = list(
        dict.fromkeys(arc.start for arc in arcs if arc.start not in waits_for)
    )
    while ready:
        state = ready.pop()
        yield state
        for further in out[state]:
            waits_for[further] -= 1
            if waits_for[further] == 0:
                ready.append(further)


def _words(way: _Way, arcs: Sequence[Arc], ways: dict[State, list[_Way]]) -> Iterable[str]:
    """Return the words of a way, silence left out."""
    words: list[str] = []
    while way.arc >= 0:
        arc = arcs[way.arc]
        words.append(arc.word)
        way = ways[arc.start][way.rank]
    return [word for word in reversed(words) if word not in SILENT]
