"""Chapters for an episode whose feed has none, made of what is said: marked as made, never written over a feed's.

Passages in a row are joined to chapters of 2 to 20 minutes as sentences are to passages (``cutting``): cheapest where what is said
before and after has least in common, at about seven minutes each. A chapter is called by what is said in it and hardly elsewhere
in the episode: the three terms of highest log-likelihood ratio, as they are mostly written, each with its neighbour where the
two are nearly always said together.

Right for finding one's way in an hour of talk; it misleads as a summary, for it knows words and no sentences. A transcript
without times, or shorter than two chapters, has none.

Sources: M. A. Hearst, TextTiling, 1997; T. Dunning, Accurate methods for the statistics of surprise and coincidence, 1993.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain, pairwise
from sqlite3 import Connection

import msgspec
import numpy as np

from ritornello.catalog import transcripts
from ritornello.kinds.transcripts import Chapter, Segment
from ritornello.surfaces.search.cutting import (
    Lengths,
    Passage,
    best_cuts,
    cohesion,
    cut_with_terms,
    standard,
)
from ritornello.surfaces.search.terms import places

CHAPTER = Lengths(120_000, 420_000, 1_200_000, 2.0)
BLOCK = 4
"""Passages on each side of a gap that are compared."""
N_NAMES = 3
LEAST = 3
"""A chapter is not called by what is said less often."""
MOST_SHARE = 0.25
"""Nor by what more of the episode's passages hold."""
TOGETHER = 0.6
"""Two terms are one name where this share of the rarer one's places has the other beside it."""

Passages = Sequence[tuple[Passage, Sequence[str]]]


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """An episode as it is read along: its passages, and its chapters, the feed's or made ones."""

    episode_id: str
    passages: tuple[Passage, ...]
    chapters: tuple[Chapter, ...]


def passages_of(conn: Connection, episode_id: str) -> Transcript:
    """Return what is said in an episode, passage by passage under its chapters; empty without a transcript."""
    stated = transcripts.chapters_of(conn, episode_id)
    said = cut_with_terms(transcripts.of(conn, episode_id), stated)
    return Transcript(
        episode_id=episode_id,
        passages=tuple(passage for passage, _ in said),
        chapters=tuple(stated or made(said)),
    )


def chapters_of(segments: Sequence[Segment]) -> list[Chapter]:
    """Return chapters made of a transcript, each until the next begins; none where it has no times or is short."""
    return made(cut_with_terms(segments))


def made(said: Passages) -> list[Chapter]:
    """Return chapters made of passages and their terms, in order."""
    spans = [(passage.start_ms, passage.end_ms) for passage, _ in said]
    starts = [float(start) for start, _ in spans if start is not None]
    ends = [float(end) for _, end in spans if end is not None]
    if not starts or len(ends) < len(said) or ends[-1] - starts[0] < 2 * CHAPTER.shortest_ms:
        return []
    costs = np.zeros(len(said) + 1)
    costs[1:-1] = standard(cohesion([terms for _, terms in said], BLOCK))
    cuts = [0, *best_cuts(starts, ends, costs.tolist(), CHAPTER), len(said)]
    titles = _titles(said, cuts)
    return [
        Chapter(
            title=title, start_ms=round(starts[begin]), end_ms=round(ends[until - 1]), is_made=True
        )
        for title, (begin, until) in zip(titles, pairwise(cuts), strict=True)
    ]


def _titles(said: Passages, cuts: Sequence[int]) -> list[str]:
    """Call each chapter by what is said in it and hardly elsewhere."""
    df = Counter(term for _, terms in said for term in set(terms))
    common = {term for term, n in df.items() if n > MOST_SHARE * len(said)}
    of_all = Counter(chain.from_iterable(terms for _, terms in said))
    beside = Counter(pair for _, terms in said for pair in pairwise(terms))
    titles = []
    for number, (begin, until) in enumerate(pairwise(cuts), start=1):
        part = said[begin:until]
        here = Counter(term for _, terms in part for term in terms if term not in common)
        best = _characteristic(here, of_all, sum(len(terms) for _, terms in part))
        names = _names(best, _written(part), of_all, beside)
        titles.append(", ".join(names) if names else f"Part {number}")
    return [title[:1].upper() + title[1:] for title in titles]


def _characteristic(here: Counter[str], of_all: Counter[str], n_here: int) -> list[str]:
    """Return terms said more often here than elsewhere, by log-likelihood ratio, the most telling first."""
    n_all = of_all.total()
    n_there = n_all - n_here
    scored = []
    for term, n in here.items():
        if n < LEAST or len(term) < 3 or n * n_all <= of_all[term] * n_here:
            continue
        there = of_all[term] - n
        expected = of_all[term] * n_here / n_all
        ratio = n * np.log(n / expected)
        if there:
            ratio += there * np.log(there / (of_all[term] * n_there / n_all))
        scored.append((-float(ratio), term))
    return [term for _, term in sorted(scored)]


def _written(part: Passages) -> dict[str, str]:
    """Return how every term of a chapter is mostly written."""
    ways: dict[str, Counter[str]] = {}
    for passage, _ in part:
        for place in places(passage.text):
            ways.setdefault(place.term, Counter())[passage.text[place.begin : place.end]] += 1
    return {term: min(found, key=lambda way: (-found[way], way)) for term, found in ways.items()}


def _names(
    best: Sequence[str],
    written: Mapping[str, str],
    of_all: Counter[str],
    beside: Counter[tuple[str, str]],
) -> list[str]:
    """Write the most telling terms, two that belong together as one name; none twice."""
    names: dict[str, None] = {}
    used: set[str] = set()
    for term in best:
        if term in used:
            continue
        free = [other for other in best if other not in used and written[other] != written[term]]
        pairs = [pair for other in free for pair in ((term, other), (other, term))]
        name = next((pair for pair in pairs if _together(pair, of_all, beside)), (term,))
        used.update(name)
        names[" ".join(written[each] for each in name)] = None
        if len(names) == N_NAMES:
            break
    return list(names)


def _together(
    pair: tuple[str, str], of_all: Counter[str], beside: Counter[tuple[str, str]]
) -> bool:
    """Whether two terms are said side by side nearly whenever the rarer one is."""
    return beside[pair] >= TOGETHER * min(of_all[pair[0]], of_all[pair[1]])
