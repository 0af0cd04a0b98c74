r"""What was meant by what was heard: all hypotheses of a recogniser searched together, not only its best.

Each hypothesis is read without the words around it (``carriers``); what is spelt so and what sounds so is looked up; and
every document found is held against every hypothesis (``sounded``). A score that several hypotheses support stands above
one that the best alone does. What is known of the listener, or how much is heard, comes in as a prior :math:`π ∈ [0, 1]`:
:math:`s (1 + w π)`, so that it decides among what sounds alike and cannot make a name of what was not said.

Where no name is near, the hypotheses are read as wishes (``grammar``): moods, eras and the like, as chips. The confidence is
the probability that the first candidate was meant, :math:`σ(a + b \log s_1 + c (1 - s_2 / s_1))`, where :math:`s_2` is the best
of another name; *a*, *b* and *c* were fitted on stated mishearings of another seed than those that judge it.
"""

import math
from collections.abc import Callable, Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.ids import kind_of
from ritornello.surfaces.search import grammar
from ritornello.surfaces.search.carriers import Wanted, readings
from ritornello.surfaces.search.chips import MAX_VALUE, Chip
from ritornello.surfaces.search.grammar import Reading
from ritornello.surfaces.search.hypotheses import Heard
from ritornello.surfaces.search.index import Index
from ritornello.surfaces.search.kept_rows import Row
from ritornello.surfaces.search.lexicon import Lexicon
from ritornello.surfaces.search.read_back import ReadBack, Told, nothing, of_chips, of_names
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.search.sound_index import Asked
from ritornello.surfaces.search.sounded import Ways, joined, nearness
from ritornello.surfaces.search.spoken_numbers import in_digits

MAX_HYPOTHESES = 8
N_SPELT = 2
"""So many hypotheses are looked up as they are spelt; all of them as they sound."""
N_FOUND = 40
N_SOUNDING, N_SOUNDING_EACH = 150, 50
"""So many documents that sound like all hypotheses, and like each of them."""
PRIOR = 0.15
"""The weight *w* of the prior."""
NAMED = 0.6
"""A score from which on a name was said, whatever else its words may mean."""
LEAST_SCORE = 1e-6
CONFIDENCE = (-0.17, 1.24, 5.45)
"""*a*, *b* and *c* of the confidence."""

FloatArray = NDArray[np.float64]
Prior = Callable[[Sequence[str]], FloatArray]
"""How likely each of some items is to be asked for, in [0, 1], by their ids."""


class Candidate(msgspec.Struct, frozen=True):
    """An item that may be meant, its folded name, and its score."""

    item_id: str
    name: str
    score: float


class Understood(msgspec.Struct, frozen=True):
    """What was understood.

    Attributes
    ----------
    wanted : the likeliest way to read what was said: what to do, with what, by whom.
    reading : words to match as text, or chips, as of a typed request.
    candidates : the items that may be meant, the likeliest first; none where a wish was heard.
    confidence : the probability that the first candidate is meant, or that the wish was read aright.
    read_back : the sentence to say, and whether to act, to confirm or to ask.
    """

    wanted: Wanted
    reading: Reading
    candidates: tuple[Candidate, ...]
    confidence: float
    read_back: ReadBack


def understand(
    heard: Heard,
    index: Index,
    lexicon: Lexicon,
    *,
    told: Told,
    prior: Prior | None = None,
    n: int = 20,
) -> Understood:
    """Return what was meant by what was heard.

    Parameters
    ----------
    told : the printed name of an item and of who made it, for what is said back.
    prior : how likely items are to be asked for by this listener; all alike where there is none.
    n : how many candidates are kept.
    """
    read = ((each, ways(each.text)) for each in heard.hypotheses[:MAX_HYPOTHESES])
    said = [(each, found) for each, found in read if found]
    hypotheses, p = [found for _, found in said], [each.p or 0.0 for each, _ in said]
    if not said:
        none = Wanted("")
        return Understood(none, Reading(heard.best), (), 0.0, nothing(none))
    rows = candidates(hypotheses, p, index)
    near = nearness(hypotheses, rows)
    found = ranked(rows, joined(near, p), prior, n)
    first = hypotheses[0][0]
    if first.is_about:
        return _about(heard, first, told)
    if not found or found[0].score < NAMED:
        wish = _wish(hypotheses, p, lexicon)
        if wish is not None:
            return _wished(*wish, told)
    nearest = 0
    if found:
        place = [row.item_id for row in rows].index(found[0].item_id)
        nearest = int(near[:, place].argmax())
    return _named(said[nearest][0].text, hypotheses[nearest][0], found, told)


def ways(text: str) -> tuple[Wanted, ...]:
    """Return the ways to read a hypothesis, numbers also in digits."""
    found: dict[Wanted, None] = {}
    for way in readings(text):
        found[way] = None
        words = way.words.split()
        digits = in_digits(words)
        if digits != words:
            found.setdefault(msgspec.structs.replace(way, words=" ".join(digits)))
    return tuple(found)


def candidates(hypotheses: Sequence[Ways], p: Sequence[float], index: Index) -> list[Row]:
    """Return the documents that may be meant: what sounds so, and what is spelt so; each once."""
    share = np.sqrt(p) / max(float(np.sqrt(p).sum()), 1e-12)
    each_asked = [
        [Asked(way.words, way.maker, weight) for way in ways_of if not way.is_whole]
        for ways_of, weight in zip(hypotheses, share.tolist(), strict=True)
    ]
    near = index.sounding([one for asked in each_asked for one in asked], N_SOUNDING)
    if len(hypotheses) > 1:
        for asked in each_asked:
            near += index.sounding(asked, N_SOUNDING_EACH)
    found = {row.item_id: row for row in near}
    for each in hypotheses[:N_SPELT]:
        spelt = index.found(Sought(each[0].words), N_FOUND)[0]
        found |= {row.item_id: row for row in spelt}
    return list(found.values())


def ranked(
    rows: Sequence[Row], scores: FloatArray, prior: Prior | None, n: int
) -> tuple[Candidate, ...]:
    """Return the best ``n`` documents; of equal ones the first found."""
    if prior is not None and rows:
        scores = scores * (1 + PRIOR * prior([row.item_id for row in rows]))
    best = np.argsort(-scores, kind="stable")[:n].tolist()
    return tuple(Candidate(rows[i].item_id, rows[i].names[0], float(scores[i])) for i in best)


def confidence_of(found: Sequence[Candidate]) -> float:
    """Return the probability that the first candidate is meant."""
    if not found:
        return 0.0
    first = found[0]
    second = next((each.score for each in found if each.name != first.name), 0.0)
    a, b, c = CONFIDENCE
    score = max(first.score, LEAST_SCORE)
    return 1 / (1 + math.exp(-(a + b * math.log(score) + c * (1 - min(second / score, 1.0)))))


def _named(text: str, wanted: Wanted, found: tuple[Candidate, ...], told: Told) -> Understood:
    """Understand a name, as the hypothesis says it that comes nearest to the first candidate."""
    confidence = confidence_of(found)
    back = of_names(wanted, [each.item_id for each in _apart(found)], confidence, told)
    return Understood(wanted, Reading(text, wanted.words), found, confidence, back)


def _apart(found: Iterable[Candidate]) -> Iterable[Candidate]:
    """Yield the candidates of different names or kinds: to ask between two of one name and kind tells nobody anything."""
    seen = set()
    for each in found:
        key = (each.name, kind_of(each.item_id))
        if key not in seen:
            seen.add(key)
            yield each


def _about(heard: Heard, wanted: Wanted, told: Told) -> Understood:
    """Understand words that were spoken in an episode."""
    chips = (
        Chip("kind", "episode", heard.best),
        Chip("said", wanted.words[:MAX_VALUE], heard.best),
    )
    p = heard.hypotheses[0].p or 0.0
    return Understood(
        wanted, Reading(heard.best, "", chips), (), p, of_chips(wanted, "", chips, p, told)
    )


def _wish(
    hypotheses: Sequence[Ways], p: Sequence[float], lexicon: Lexicon
) -> tuple[Wanted, Reading, float] | None:
    """Return the wish that the hypotheses make likeliest, all its words read, with its probability; ``None`` without one."""
    wishes: dict[str, tuple[Wanted, Reading, float]] = {}
    for ways, share in zip(hypotheses, p, strict=True):
        reading = grammar.read(ways[0].words, lexicon)
        if reading.chips and not reading.words:
            key = " ".join(sorted(map(str, reading.chips)))
            wanted, first, total = wishes.get(key, (ways[0], reading, 0.0))
            wishes[key] = wanted, first, total + share
    return max(wishes.values(), key=lambda wish: wish[2], default=None)


def _wished(wanted: Wanted, reading: Reading, p: float, told: Told) -> Understood:
    back = of_chips(wanted, reading.words, reading.chips, p, told)
    return Understood(wanted, reading, (), min(p, 1.0), back)
