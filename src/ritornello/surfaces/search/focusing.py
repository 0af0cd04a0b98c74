"""The minute, not the episode: where to enter what somebody says, found by its words.

At most ``N_CANDIDATES`` passages come out of the index: those that hold most of what is asked (BM25), those that
hold it in the same order, and those of the episodes that speak of it most as a whole. Each is scored

    bm25 / most possible + w_e · episode + w_g · gist + w_n · nearness

where *episode* is the BM25 of the whole episode with its title and description, as a share of the best one's;
*gist* the cosine in the space of ``gist``; *nearness* the share of what is asked that is said within a few words of
each other, and in its order. Nearness needs the words, so only the best half of the candidates has it taken.

Passages of an episode that touch are one answer, and one passage among several good ones of its episode stands
higher. An answer begins where the sentence does that holds most of what is asked, or where the passage does
when no sentence holds much of it. What stands in quotation marks must be said so; where it nowhere is, its words count.

A question is never parsed as a query: at most 400 characters and 24 terms of it are looked up, one by one.

Sources: S. Robertson and H. Zaragoza, The probabilistic relevance framework, 2009; J. Callan, Passage-level evidence in
document retrieval, SIGIR 1994; T. Tao and C. Zhai, An exploration of proximity measures, SIGIR 2007; G. Kazai and
M. Lalmas, eXtended cumulated gain measures, TOIS 2006 (overlap).
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from ritornello.surfaces.search.passage_index import Hit, Kept, Passages
from ritornello.surfaces.search.terms import places, terms

MAX_CHARACTERS = 400
MAX_TERMS = 24
N_CANDIDATES = 150
N_PHRASES = 20
N_EPISODES = 8
N_OF_EPISODES = 40
N_READ = 40
"""How many of the candidates have their words read."""
MOST_AN_EPISODE = 3
TOUCHING_MS = 5_000
LEAD_IN_MS = 300
SENTENCE_MS = 12_000
"""A sentence that began longer ago is entered where the piece begins."""
ENOUGH = 0.5
"""The share of what is asked that a sentence must hold to be entered."""
AROUND = 240
"""Characters of an answer's words."""


class Weights(NamedTuple):
    """What counts beside a passage's own BM25."""

    episode: float = 0.4
    gist: float = 0.3
    nearness: float = 0.5
    phrase: float = 1.0
    support: float = 0.15


WEIGHTS = Weights()

Floats = NDArray[np.float64]

_QUOTED = re.compile('["“”„«»]([^"“”„«»]{2,})["“”„«»]')
_ENDS = re.compile(r"[.!?…。！？][\"')\]”’]*\Z")


class EntryPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where to enter an episode, until when it speaks of it, and the words there.

    ``marked`` are the places of the words asked for in ``words``, as pairs of characters (begin, end); ``score`` is
    comparable within one answer only. Times are ``None`` where the transcript has none; ``is_stated`` says
    whether it told the passage's time itself.
    """

    episode_id: str
    start_ms: int | None
    end_ms: int | None
    words: str
    score: float
    marked: tuple[tuple[int, int], ...] = ()
    speaker: str | None = None
    chapter: str = ""
    is_stated: bool = False


class _Asked(NamedTuple):
    """What is looked for: terms in order, the weight of each, and which were quoted."""

    terms: list[str]
    weight: dict[str, float]
    quoted: list[list[str]]


class _Near(NamedTuple):
    """How near the words of a question stand in a passage, in [0, 1], and which term of it begins there."""

    share: float
    covered: float
    row: int


def find(
    passages: Passages,
    words: str,
    n: int,
    episode_id: str | None = None,
    weights: Weights = WEIGHTS,
) -> list[EntryPoint]:
    """Return at most ``n`` places to enter, the best first.

    Parameters
    ----------
    episode_id : look in this episode alone.
    """
    asked = _read(passages, words)
    if not asked.terms or n < 1:
        return []
    within = None if episode_id is None else [episode_id]
    hits, whole, exact = _candidates(passages, asked, within)
    if not hits:
        return []
    most = sum(asked.weight.values()) * 2.2
    scores = np.array([hit.score for hit in hits]) / max(most, 1e-9)
    best_whole = max(whole.values(), default=0.0) or 1.0
    scores += weights.episode * np.array(
        [whole.get(hit.kept.episode_id, 0.0) / best_whole for hit in hits]
    )
    scores += weights.gist * _likeness(passages, asked, hits)
    scores += weights.phrase * np.array([_key(hit.kept) in exact for hit in hits])
    order = np.argsort(-scores, kind="stable")[:N_READ]
    found = []
    for row in order:
        kept = hits[row].kept
        near = _nearest(terms(kept.passage.text), asked)
        score = float(scores[row]) + weights.nearness * near.share
        found.append(_Found(score, kept, near, kept.number))
    found.sort(key=lambda one: (-one.score, _key(one.kept)))
    return _answers(found, asked, n, weights, MOST_AN_EPISODE if episode_id is None else n)


def _read(passages: Passages, words: str) -> _Asked:
    """Read what is asked: the rarest terms where there are too many, and the nearest for what nobody says."""
    words = words[:MAX_CHARACTERS]
    quoted = [found for part in _QUOTED.findall(words) if len(found := terms(part)) > 1]
    in_order = [_known(passages, term) for term in terms(words)]
    n_all = max(passages.n_passages, 1)
    weight = {}
    for term in dict.fromkeys(term for term in in_order if term):
        df = passages.n_with(term)
        if df:
            weight[term] = float(np.log1p((n_all - df + 0.5) / (df + 0.5))) if df < n_all else 0.01
    kept = dict(sorted(weight.items(), key=lambda pair: -pair[1])[:MAX_TERMS])
    return _Asked([term for term in in_order if term in kept], kept, quoted)


def _known(passages: Passages, term: str) -> str:
    """Return a term that somebody says: itself, or the commonest of those one or two letters away."""
    if passages.n_with(term) or len(term) < 4:
        return term
    most = 1 if len(term) < 8 else 2
    near = [
        (OSA.distance(term, other, score_cutoff=most), -n, other)
        for other, n in passages.like(term[:2])
        if abs(len(other) - len(term)) <= most
    ]
    near = [one for one in near if one[0] <= most]
    return min(near)[2] if near else ""


def _key(kept: Kept) -> tuple[str, int]:
    return kept.episode_id, kept.number


def _candidates(
    passages: Passages, asked: _Asked, within: Sequence[str] | None
) -> tuple[list[Hit], dict[str, float], set[tuple[str, int]]]:
    """Return passages to score, the score of whole episodes, and which passages say a quotation."""
    hits = passages.matching(asked.weight, N_CANDIDATES, within)
    whole = {} if within else passages.episodes(asked.weight, 50)
    exact = set[tuple[str, int]]()
    for quotation in asked.quoted:
        said = passages.phrase(list(enumerate(quotation[:MAX_TERMS])), N_PHRASES, within)
        exact |= {_key(hit.kept) for hit in said}
    more = passages.matching(asked.weight, N_OF_EPISODES, list(whole)[:N_EPISODES]) if whole else []
    if len(asked.terms) > 2:
        said = passages.phrase(_rarest(asked), N_PHRASES, within)
        exact |= {_key(hit.kept) for hit in said}
        more += said
    there = {_key(hit.kept) for hit in hits}
    for hit in more:
        if _key(hit.kept) not in there:
            there.add(_key(hit.kept))
            hits.append(hit)
    return hits, whole, exact


def _rarest(asked: _Asked) -> list[tuple[int, str]]:
    """Return the five rarest terms asked for, with their distances."""
    rows = sorted(range(len(asked.terms)), key=lambda row: -asked.weight[asked.terms[row]])[:5]
    return [(row - min(rows), asked.terms[row]) for row in sorted(rows)]


def _likeness(passages: Passages, asked: _Asked, hits: Sequence[Hit]) -> Floats:
    (direction,) = passages.gist.of([asked.terms])
    vectors = np.stack([hit.kept.direction for hit in hits])
    found: Floats = np.clip(vectors @ direction, 0.0, 1.0).astype(np.float64)
    return found


def _nearest(said: Sequence[str], asked: _Asked) -> _Near:
    """Return the few words in which most of what is asked is said, and how much of its order holds."""
    rows = [row for row, term in enumerate(said) if term in asked.weight]
    if not rows:
        return _Near(0.0, 0.0, 0)
    reach = max(len(asked.terms) + 4, 8)
    best, best_at, first = -1.0, rows[0], 0
    inside: dict[str, int] = {}
    held = 0.0
    for row in rows:
        term = said[row]
        inside[term] = inside.get(term, 0) + 1
        held += asked.weight[term] if inside[term] == 1 else 0.0
        while rows[first] < row - reach:
            gone = said[rows[first]]
            inside[gone] -= 1
            held -= asked.weight[gone] if inside[gone] == 0 else 0.0
            first += 1
        if held > best + 1e-9:
            best, best_at = held, rows[first]
    covered = best / max(sum(asked.weight.values()), 1e-9)
    return _Near(0.5 * covered + 0.5 * _in_order(said, asked), covered, best_at)


def _in_order(said: Sequence[str], asked: _Asked) -> float:
    """Return the share of the pairs of terms asked for that are said side by side, by weight."""
    pairs = {(a, b): asked.weight[a] + asked.weight[b] for a, b in pairwise(asked.terms) if a != b}
    if not pairs:
        return 1.0
    there = pairs.keys() & set(pairwise(said))
    return sum(pairs[pair] for pair in there) / sum(pairs.values())


class _Found(NamedTuple):
    """A passage that may be entered, and the last of those after it that belong to the same answer."""

    score: float
    kept: Kept
    near: _Near
    until: int


def _answers(
    found: Sequence[_Found], asked: _Asked, n: int, weights: Weights, most: int
) -> list[EntryPoint]:
    """Join passages that touch, count what speaks for their episode, and return the best entries."""
    groups: dict[str, list[_Found]] = {}
    for one in found:
        _join(groups.setdefault(one.kept.episode_id, []), one)
    ends = {_key(one.kept): one.kept.passage.end_ms for one in found}
    answers = []
    for group in groups.values():
        support = weights.support * sum(one.score for one in group[1:4])
        answers += [one._replace(score=one.score + support) for one in group[:most]]
    answers.sort(key=lambda one: -one.score)
    return [_entry(one, ends[one.kept.episode_id, one.until], asked) for one in answers[:n]]


def _join(group: list[_Found], one: _Found) -> None:
    """Let a passage go on one of its episode that stands higher and touches it, or be one of its own."""
    number = one.kept.number
    for place, above in enumerate(group):
        if above.kept.number - 1 <= number <= above.until + 1:
            group[place] = above._replace(until=max(above.until, number))
            return
    group.append(one)


def _entry(found: _Found, end_ms: int | None, asked: _Asked) -> EntryPoint:
    """Return where to enter a passage: at the sentence that holds what is asked, or at its beginning."""
    kept, near, passage = found.kept, found.near, found.kept.passage
    at = _sentence(kept, places(passage.text)[near.row].begin) if near.covered >= ENOUGH else 0
    start_ms = passage.ms_at(at)
    words = passage.text[at : at + AROUND]
    if at + AROUND < len(passage.text):
        words = words[: words.rfind(" ") if " " in words else AROUND]
    marked = tuple(
        dict.fromkeys(
            (place.begin, place.end) for place in places(words) if place.term in asked.weight
        )
    )
    return EntryPoint(
        episode_id=kept.episode_id,
        start_ms=None if start_ms is None else max(start_ms - LEAD_IN_MS, 0),
        end_ms=end_ms,
        words=words,
        score=found.score,
        marked=marked,
        speaker=passage.speaker,
        chapter=kept.chapter,
        is_stated=passage.is_stated,
    )


def _sentence(kept: Kept, at: int) -> int:
    """Return where the sentence around a character begins, if it did not begin long before."""
    passage = kept.passage
    begins = [mark.at for mark in passage.marks if mark.at <= at] or [0]
    here = begins[-1]
    for begin, after in reversed(list(pairwise(begins))):
        if _ENDS.search(passage.text[:after].rstrip()):
            return after
        here = begin
        if (passage.ms_at(at) or 0) - (passage.ms_at(begin) or 0) > SENTENCE_MS:
            return after
    return here
