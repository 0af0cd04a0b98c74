"""A transcript cut into passages: runs of sentences by time, by speaker and by what they speak of.

Segments are taken apart into sentences. Between each two stands a gap that can part passages, and costs
what the words on both sides have in common (TextTiling's blocks; each term weighs by how rare it is in the
episode, so no list of empty words is needed), less where somebody else begins to speak, after silence, and
where a chapter begins. Of all ways to cut that keep every passage within 20 to 120 seconds the cheapest is
taken, by dynamic programming; a passage also costs the square of how far it is from a minute. Shorter than
20 s stays only what stands between long silences, or is all there is.

Times that are negative or run against the others are not believed. Where none is stated, words share the
time between what is known on both sides, by their length, and the passage says that nobody stated its time;
a transcript without any time is cut as if it were spoken at 150 words a minute, and has none.

Sources: M. A. Hearst, TextTiling, Computational Linguistics 1997; O. Heinonen, Optimal multi-paragraph text
segmentation by dynamic programming, COLING-ACL 1998.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from itertools import chain, pairwise, zip_longest
from typing import NamedTuple
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.transcripts import Chapter, Segment
from ritornello.surfaces.search.terms import REMEMBERED, terms


class Lengths(NamedTuple):
    """How long parts are to be, and what being another length costs."""

    shortest_ms: int
    usual_ms: int
    longest_ms: int
    weight: float


PASSAGE = Lengths(20_000, 60_000, 120_000, 2.0)
SHORTEST_SENTENCE_MS = 5_000
LONGEST_SENTENCE_MS = 15_000
LONGEST_SENTENCE = 300
SILENCE_MS = 3_000
CHARACTER_MS = 1000 / 15
"""How long a character takes at 150 words a minute."""
BLOCK = 8
"""Sentences on each side of a gap that are compared."""
N_BUCKETS = 256
"""Terms are counted in so many buckets; a few share one, which costs cohesion almost nothing."""

W_TURN, W_SILENCE, W_CHAPTER, W_SHORT = 0.3, 0.5, 20.0, 10.0

Floats = NDArray[np.float64]

_SENTENCE_END = re.compile(r"[.!?…][\"')\]”’]*\s+|[。！？]")
_ENDS_SENTENCE = re.compile(r"[.!?…。！？][\"')\]”’]*\Z")
_TOO_LONG = re.compile(rf".{{1,{LONGEST_SENTENCE}}}(?:\s|\Z)|\S{{{LONGEST_SENTENCE}}}", re.DOTALL)


class _Buckets(dict[str, int]):
    """The bucket of each term, the same in every process."""

    def __missing__(self, term: str) -> int:
        if len(self) >= REMEMBERED:
            self.clear()
        bucket = self[term] = crc32(term.encode()) % N_BUCKETS
        return bucket


_buckets = _Buckets()


class Mark(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where in a passage's text a piece begins, when that is said, and by whom."""

    at: int
    start_ms: int | None
    speaker: str | None


class Passage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Some sentences in a row that belong together.

    ``start_ms`` and ``end_ms`` are ``None`` where the transcript has no times; ``is_stated`` says whether
    the transcript itself told when the passage begins. ``speaker`` says most of it.
    """

    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    speaker: str | None = None
    is_stated: bool = False
    marks: tuple[Mark, ...] = ()

    def ms_at(self, at: int) -> int | None:
        """Return when the character at a place is said, by what is known on both sides of it."""
        if self.start_ms is None or self.end_ms is None or not self.marks:
            return None
        number = max(bisect_right(self.marks, at, key=lambda mark: mark.at) - 1, 0)
        here = self.marks[number]
        last = number + 1 == len(self.marks)
        until, until_ms = len(self.text), self.end_ms
        if not last:
            until, until_ms = self.marks[number + 1].at, self.marks[number + 1].start_ms or 0
        start_ms = here.start_ms or 0
        share = (at - here.at) / max(until - here.at, 1)
        return start_ms + round(max(until_ms - start_ms, 0) * min(max(share, 0.0), 1.0))


class _Piece(NamedTuple):
    """Words of one segment within one sentence."""

    text: str
    start_ms: float
    end_ms: float
    speaker: str | None
    is_stated: bool


class _Sentence(NamedTuple):
    """Pieces that end where a sentence does, and their terms."""

    pieces: list[_Piece]
    terms: list[str]
    start_ms: float
    end_ms: float


def cut(segments: Sequence[Segment], chapters: Sequence[Chapter] = ()) -> list[Passage]:
    """Cut a transcript into passages; every word stands in exactly one, in its order.

    Examples
    --------
    >>> said = [Segment(text="Welcome back.", start_ms=0), Segment(text="Let's begin.", start_ms=4000)]
    >>> [(passage.start_ms, passage.text) for passage in cut(said)]
    [(0, "Welcome back. Let's begin.")]
    """
    return [passage for passage, _ in cut_with_terms(segments, chapters)]


def cut_with_terms(
    segments: Sequence[Segment], chapters: Sequence[Chapter] = ()
) -> list[tuple[Passage, list[str]]]:
    """Cut a transcript as :func:`cut` does, and return the terms of each passage beside it."""
    pieces, is_timed = _pieces(segments)
    sentences = _sentences(pieces)
    if not sentences:
        return []
    costs = _gap_costs(sentences, chapters if is_timed else ()).tolist()
    starts = [sentence.start_ms for sentence in sentences]
    ends = [sentence.end_ms for sentence in sentences]
    begins = [0, *best_cuts(starts, ends, costs, PASSAGE), len(sentences)]
    return [
        (
            _passage(sentences[i:j], is_timed=is_timed),
            list(chain.from_iterable(sentence.terms for sentence in sentences[i:j])),
        )
        for i, j in pairwise(begins)
    ]


def _pieces(segments: Sequence[Segment]) -> tuple[list[_Piece], bool]:
    """Part segments at the ends of sentences, and give every piece its time."""
    texts = [" ".join(unicodedata.normalize("NFC", s.text).split()) for s in segments]
    stated = _believed([s.start_ms for s in segments])
    starts, ends = _clock(texts, stated, [s.end_ms for s in segments])
    found: list[_Piece] = []
    for number, text in enumerate(texts):
        start_ms, whole_ms = starts[number], ends[number] - starts[number]
        at, speaker, is_stated = 0, segments[number].speaker, stated[number] is not None
        for part in _parts(text):
            begin = start_ms + whole_ms * at / len(text)
            at = min(at + len(part) + 1, len(text))
            end = start_ms + whole_ms * at / len(text)
            found.append(_Piece(part, begin, end, speaker, is_stated))
            is_stated = False
    return found, any(ms is not None for ms in stated)


def _parts(text: str) -> list[str]:
    """Part a text at the ends of its sentences, and what is too long between words."""
    cuts = [0, *(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]
    parts = [text[i:j].strip() for i, j in pairwise(cuts) if i < j]
    if all(len(part) <= LONGEST_SENTENCE for part in parts):
        return parts
    return [piece.strip() for part in parts for piece in _TOO_LONG.findall(part)]


def _believed(starts: Sequence[int | None]) -> list[int | None]:
    """Keep the longest run of times that never go back; all others are as good as unstated."""
    known = [(place, ms) for place, ms in enumerate(starts) if ms is not None and ms >= 0]
    if all(before <= after for (_, before), (_, after) in pairwise(known)):
        kept = known
    else:
        kept = _longest_rising(known)
    found: list[int | None] = [None] * len(starts)
    for place, ms in kept:
        found[place] = ms
    return found


def _longest_rising(known: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest subsequence that never falls (patience sorting, n log n)."""
    tails: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, ms) in enumerate(known):
        length = bisect_right(tails, ms)
        before.append(last[length - 1] if length else -1)
        if length == len(tails):
            tails.append(ms)
            last.append(number)
        else:
            tails[length], last[length] = ms, number
    kept, number = [], last[-1]
    while number >= 0:
        kept.append(known[number])
        number = before[number]
    return kept[::-1]


def _clock(
    texts: Sequence[str], starts: Sequence[int | None], ends: Sequence[int | None]
) -> tuple[list[float], list[float]]:
    """Return when each text begins and ends, unstated times by its place among the characters."""
    n_before = np.cumsum([0.0, *(len(text) + 1.0 for text in texts)])
    at, ms = _anchors(n_before.tolist(), starts, ends)
    begins = np.interp(n_before, at, ms)
    lasts = begins[1:].tolist()
    for place, end_ms in enumerate(ends):
        if starts[place] is not None and end_ms is not None and end_ms >= begins[place]:
            is_last = place + 1 == len(texts)
            lasts[place] = float(end_ms) if is_last else min(float(end_ms), lasts[place])
    return begins[:-1].tolist(), lasts


def _anchors(
    n_before: Sequence[float], starts: Sequence[int | None], ends: Sequence[int | None]
) -> tuple[list[float], list[float]]:
    """Return places among the characters with the time of each: what is stated, the beginning, and an end.

    Where a text's end is stated and the next one's beginning is not, that begins there. What nobody stated an end of goes on
    at the pace of what was said before.
    """
    at, ms = [], []
    known = [(place, float(start)) for place, start in enumerate(starts) if start is not None]
    for (place, start), (after, until) in zip_longest(known, known[1:], fillvalue=(0, np.inf)):
        at.append(n_before[place])
        ms.append(start)
        end = ends[place]
        if end is not None and start <= end <= until and after != place + 1:
            at.append(n_before[place + 1])
            ms.append(float(end))
    if not at or at[0] > 0:
        at, ms = [0.0, *at], [0.0, *ms]
    has_pace = len(at) > 1 and ms[-1] > ms[0]
    pace = (ms[-1] - ms[0]) / (at[-1] - at[0]) if has_pace else CHARACTER_MS
    at.append(n_before[-1] + 1.0)
    ms.append(ms[-1] + pace * (at[-1] - at[-2]))
    return at, ms


def _sentences(pieces: Sequence[_Piece]) -> list[_Sentence]:
    """Gather pieces up to the end of a sentence or turn, small ones together."""
    found: list[_Sentence] = []
    gathered: list[_Piece] = []
    for piece in pieces:
        if gathered and _begins(piece, gathered):
            found.append(_closed(gathered))
            gathered = []
        gathered.append(piece)
    if gathered:
        found.append(_closed(gathered))
    return found


def _begins(piece: _Piece, gathered: Sequence[_Piece]) -> bool:
    """Whether a piece begins a sentence of its own after those gathered."""
    before, lasted_ms = gathered[-1], piece.end_ms - gathered[0].start_ms
    if lasted_ms > LONGEST_SENTENCE_MS or piece.start_ms - before.end_ms > SILENCE_MS:
        return True
    if before.end_ms - gathered[0].start_ms < SHORTEST_SENTENCE_MS:
        return False
    is_turn = piece.speaker is not None and piece.speaker != before.speaker
    return is_turn or _ENDS_SENTENCE.search(before.text[-4:]) is not None


def _closed(pieces: list[_Piece]) -> _Sentence:
    """End a sentence; a cue that stays on the screen over music ends when it was said long since."""
    start_ms = pieces[0].start_ms
    said = terms(_text(pieces))
    return _Sentence(
        pieces, said, start_ms, min(pieces[-1].end_ms, start_ms + 2 * LONGEST_SENTENCE_MS)
    )


def best_cuts(
    starts: Sequence[float], ends: Sequence[float], costs: Sequence[float], lengths: Lengths
) -> list[int]:
    """Return the units that begin a part, after the first, so that all costs together are least (dynamic programming).

    Parameters
    ----------
    starts, ends : of each unit, in milliseconds, rising.
    costs : what it costs to cut before each unit, and after the last.
    """
    shortest = lengths.shortest_ms / lengths.usual_ms - 1.0
    best, cut_at = [0.0], [0]
    first = 0
    for until in range(1, len(starts) + 1):
        end_ms = ends[until - 1]
        while first < until - 1 and end_ms - starts[first] > lengths.longest_ms:
            first += 1
        found, place = np.inf, until - 1
        for begin in range(first, until):
            off = (end_ms - starts[begin]) / lengths.usual_ms - 1.0
            cost = best[begin] + lengths.weight * off * off
            if off < shortest:
                cost += W_SHORT
            if cost < found:
                found, place = cost, begin
        best.append(found + costs[until])
        cut_at.append(place)
    cuts, until = [], cut_at[-1]
    while until > 0:
        cuts.append(until)
        until = cut_at[until]
    return cuts[::-1]


def _gap_costs(sentences: Sequence[_Sentence], chapters: Sequence[Chapter]) -> Floats:
    """Return what it costs to cut before each sentence, and after the last (nothing)."""
    costs = np.zeros(len(sentences) + 1)
    if len(sentences) < 2:
        return costs
    costs[1:-1] = standard(cohesion([sentence.terms for sentence in sentences]))
    starts = np.array([sentence.start_ms for sentence in sentences])
    ends = np.array([sentence.end_ms for sentence in sentences])
    costs[1:-1] -= W_SILENCE * np.clip((starts[1:] - ends[:-1]) / SILENCE_MS, 0.0, 2.0)
    speakers = [(s.pieces[0].speaker, s.pieces[-1].speaker) for s in sentences]
    turns = [before[1] != after[0] for before, after in pairwise(speakers)]
    costs[1:-1] -= W_TURN * np.array(turns)
    for chapter in chapters:
        near = int(np.argmin(np.abs(starts - chapter.start_ms)))
        if near and abs(starts[near] - chapter.start_ms) <= LONGEST_SENTENCE_MS:
            costs[near] -= W_CHAPTER
    return costs


def cohesion(units: Sequence[Sequence[str]], block: int = BLOCK) -> Floats:
    """Return how much the units before and after each gap have in common, in [0, 1].

    The cosine of the counts of terms in ``block`` units on each side, each term by the logarithm of one
    over the share of units it stands in.

    Returns
    -------
    ``(len(units) - 1,)``.
    """
    n, gaps = len(units), np.arange(1, len(units))
    rows = np.repeat(np.arange(n) * N_BUCKETS, [len(unit) for unit in units])
    columns = np.fromiter(
        map(_buckets.__getitem__, chain.from_iterable(units)), np.int64, len(rows)
    )
    counts = np.bincount(rows + columns, minlength=n * N_BUCKETS).reshape(n, N_BUCKETS)
    rarity = np.log(n / np.maximum(np.count_nonzero(counts, axis=0), 1))
    sums = np.zeros((n + 1, N_BUCKETS))
    np.cumsum(np.sqrt(counts) * rarity, axis=0, out=sums[1:])
    before = sums[gaps] - sums[np.maximum(gaps - block, 0)]
    after = sums[np.minimum(gaps + block, n)] - sums[gaps]
    norms = np.einsum("gb,gb->g", before, before) * np.einsum("gb,gb->g", after, after)
    shared: Floats = np.einsum("gb,gb->g", before, after) / np.sqrt(np.maximum(norms, 1e-24))
    return shared


def standard(values: Floats) -> Floats:
    """Return values in standard deviations from their mean."""
    spread = float(values.std()) or 1.0
    found: Floats = (values - values.mean()) / spread
    return found


def _text(pieces: Sequence[_Piece]) -> str:
    return " ".join(piece.text for piece in pieces)


def _passage(sentences: Sequence[_Sentence], *, is_timed: bool) -> Passage:
    pieces = [piece for sentence in sentences for piece in sentence.pieces]
    marks, at, said = [], 0, dict[str | None, int]()
    for piece in pieces:
        marks.append(Mark(at, round(piece.start_ms) if is_timed else None, piece.speaker))
        at += len(piece.text) + 1
        said[piece.speaker] = said.get(piece.speaker, 0) + len(piece.text)
    return Passage(
        text=_text(pieces),
        start_ms=marks[0].start_ms,
        end_ms=round(max(sentences[-1].end_ms, pieces[0].start_ms)) if is_timed else None,
        speaker=max(said, key=lambda name: said[name]),
        is_stated=pieces[0].is_stated,
        marks=tuple(marks),
    )
