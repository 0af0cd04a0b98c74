"""The minute, not the episode: where to enter what somebody says, found by its words.

At most some 200 passages come out of the index: those that hold most of what is asked (BM25), those that say its rarest words
at the same distances, and those of the episodes that speak of it most as a whole. Each is scored

    bm25 / most possible + w_g · gist + w_p · phrase + w_x · proximity + w_e · dispersion · episode

where *gist* is the cosine in the space of ``gist``; *phrase* whether it says a quotation, or the rarest words of the question,
in order; *proximity* that of ``proximity``; *episode* the BM25 of the whole episode with its title and description, as a share of
the best one’s. *Dispersion* is how little of the question is said in any one place, (1 − covered²)²: who remembers a
sentence means that sentence, wherever it stands; who names a topic means the episode that keeps coming back to it. Proximity
needs the words, so only the ``N_READ`` best without it have it taken.

Passages of an episode in a row are one answer, which lasts as long as they score half of its best; several good answers of an
episode lift each other. An answer begins where the sentence does that holds most of what is asked, or where the passage does
when no sentence holds half of it. What stands in quotation marks is looked for as it stands, and its words as well.

A question is never parsed as a query: at most 400 characters and 24 terms of it are looked up, one by one. A term that nobody
says is taken for the commonest one that is a slip away, if there is one.

Sources: S. Robertson and H. Zaragoza, The probabilistic relevance framework, FnTIR 2009; J. Callan, Passage-level evidence in
document retrieval, SIGIR 1994; G. Kazai and M. Lalmas, eXtended cumulated gain measures, TOIS 2006 (overlap).
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from ritornello.surfaces.search.cutting import Passage
from ritornello.surfaces.search.gist import Gist
from ritornello.surfaces.search.passage_index import Hit, Kept, Passages
from ritornello.surfaces.search.proximity import Proximity, closest
from ritornello.surfaces.search.terms import places, terms

MAX_CHARACTERS = 400
MAX_TERMS = 24
N_CANDIDATES, N_PHRASES, N_EPISODES, N_OF_EPISODES = 150, 20, 8, 40
N_WHOLE = 50
N_READ = 25
"""Of so many of the candidates the words are read: the best by themselves, and as many by their episode too."""
N_RAREST = 5
FEW_TERMS = 5
"""From so many terms on, a place that holds them all is what was meant."""
MOST_BM25 = 2.2
"""What BM25 gives, at most, for a term of weight 1: k₁ + 1."""
MOST_AN_EPISODE = 3
GOES_ON = 0.5
"""A passage after an answer belongs to it if it scores this share of its best."""
LEAD_IN_MS = 300
SENTENCE_MS = 12_000
"""A sentence that began longer ago is entered where the piece begins."""
ENOUGH = 0.5
"""The share of what is asked that a sentence must hold to be entered."""
AROUND = 240
"""Characters of an answer's words."""


class Weights(NamedTuple):
    """What counts beside a passage's own BM25."""

    episode: float = 1.2
    gist: float = 0.3
    proximity: float = 0.75
    phrase: float = 1.0
    others: float = 0.6


WEIGHTS = Weights()

Floats = NDArray[np.float64]
_Key = tuple[str, int]

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


class _Candidates(NamedTuple):
    """Passages to score, the BM25 of whole episodes, and which passages say it in order."""

    hits: list[Hit]
    whole: Mapping[str, float]
    in_order: frozenset[_Key]


class _Found(NamedTuple):
    """A passage that may be entered, and the last of those after it that belong to the same answer."""

    score: float
    kept: Kept
    passage: Passage
    near: Proximity
    until: int


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
    candidates = _candidates(passages, asked, None if episode_id is None else [episode_id])
    if not candidates.hits:
        return []
    own, of_episode = _scores(passages.gist, asked, candidates, weights)
    rows = _best(own, own + weights.episode * of_episode)
    kept = [candidates.hits[row].kept for row in rows]
    read = [one.read() for one in kept]
    near = [closest(terms(one.text), asked.terms, asked.weight) for one in read]
    dispersion = _dispersion(asked, near)
    scores = own[rows] + weights.episode * dispersion * of_episode[rows]
    scores += weights.proximity * np.array([one.proximity for one in near])
    found = list(map(_Found, scores.tolist(), kept, read, near, [one.number for one in kept]))
    found.sort(key=lambda one: (-one.score, _key(one.kept)))
    most = MOST_AN_EPISODE if episode_id is None else n
    return _answers(found, asked, n, weights.others * dispersion, most)


def _best(*scores: Floats) -> list[int]:
    """Return the rows to read: the best of each way to score."""
    best = [np.argsort(-each, kind="stable")[:N_READ].tolist() for each in scores]
    return list(dict.fromkeys(row for rows in best for row in rows))


def _dispersion(asked: _Asked, near: Sequence[Proximity]) -> float:
    """Return how little of a question any one place says; a single word is said wherever it is."""
    told = min((len(asked.weight) - 1) / (FEW_TERMS - 1), 1.0)
    return (1.0 - told * max(one.covered for one in near) ** 2) ** 2


def _scores(
    gist: Gist, asked: _Asked, candidates: _Candidates, weights: Weights
) -> tuple[Floats, Floats]:
    """Return what speaks for each passage itself but for proximity, and what for its episode."""
    hits, whole = candidates.hits, candidates.whole
    own = np.array([hit.score for hit in hits]) / (MOST_BM25 * sum(asked.weight.values()))
    vectors = np.stack([hit.kept.direction for hit in hits])
    own += weights.gist * np.clip(vectors @ gist.of([asked.terms])[0], 0.0, 1.0)
    own += weights.phrase * np.array([_key(hit.kept) in candidates.in_order for hit in hits])
    best = max(whole.values(), default=1.0)
    return own, np.array([whole.get(hit.kept.episode_id, 0.0) / best for hit in hits])


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


def _key(kept: Kept) -> _Key:
    return kept.episode_id, kept.number


def _candidates(passages: Passages, asked: _Asked, within: Sequence[str] | None) -> _Candidates:
    """Look the question up; no passage twice."""
    phrases = [list(enumerate(quotation[:MAX_TERMS])) for quotation in asked.quoted]
    if len(asked.terms) > 2:
        phrases.append(_rarest(asked))
    said = [hit for words in phrases for hit in passages.phrase(words, N_PHRASES, within)]
    whole = {} if within else passages.episodes(asked.weight, N_WHOLE)
    of_episodes = passages.matching(asked.weight, N_OF_EPISODES, list(whole)[:N_EPISODES])
    hits = [*passages.matching(asked.weight, N_CANDIDATES, within), *of_episodes, *said]
    by_key = {_key(hit.kept): hit for hit in reversed(hits)}
    return _Candidates(list(by_key.values()), whole, frozenset(_key(hit.kept) for hit in said))


def _rarest(asked: _Asked) -> list[tuple[int, str]]:
    """Return the rarest terms asked for, in order, with their distances from the first."""
    by_weight = sorted(range(len(asked.terms)), key=lambda row: -asked.weight[asked.terms[row]])
    rows = sorted(by_weight[:N_RAREST])
    return [(row - rows[0], asked.terms[row]) for row in rows]


def _answers(
    found: Sequence[_Found], asked: _Asked, n: int, weight: float, most: int
) -> list[EntryPoint]:
    """Join passages that touch, count what speaks for their episode, and return the best entries."""
    groups: dict[str, list[_Found]] = {}
    for one in found:
        _join(groups.setdefault(one.kept.episode_id, []), one)
    ends = {_key(one.kept): one.passage.end_ms for one in found}
    answers = []
    for group in groups.values():
        others = weight * sum(one.score for one in group[1:4])
        answers += [one._replace(score=one.score + others) for one in group[:most]]
    answers.sort(key=lambda one: -one.score)
    return [_entry(one, ends[one.kept.episode_id, one.until], asked) for one in answers[:n]]


def _join(group: list[_Found], one: _Found) -> None:
    """Let a passage belong to one of its episode that stands higher and touches it, or be an answer of its own."""
    number = one.kept.number
    for place, above in enumerate(group):
        if above.kept.number - 1 <= number <= above.until + 1:
            if number > above.until and one.score >= GOES_ON * above.score:
                group[place] = above._replace(until=number)
            return
    group.append(one)


def _entry(found: _Found, end_ms: int | None, asked: _Asked) -> EntryPoint:
    """Return where to enter a passage: at the sentence that holds what is asked, or at its beginning."""
    kept, near, passage = found.kept, found.near, found.passage
    at = _sentence(passage, places(passage.text)[near.row].begin) if near.covered >= ENOUGH else 0
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


def _sentence(passage: Passage, at: int) -> int:
    """Return where the sentence around a character begins, if it did not begin long before."""
    begins = [mark.at for mark in passage.marks if mark.at <= at] or [0]
    here = begins[-1]
    for begin, after in reversed(list(pairwise(begins))):
        if _ENDS.search(passage.text[:after].rstrip()):
            return after
        here = begin
        if (passage.ms_at(at) or 0) - (passage.ms_at(begin) or 0) > SENTENCE_MS:
            return after
    return here
