"""The cues of a transcript made into segments: in order, apart, each with its speaker.

=====================================  =============================================================
a cue that                             becomes
=====================================  =============================================================
ends before it begins                  a fault ``runs_backwards``
begins ten minutes after the end       a fault ``beyond_end``; but where most cues do, the episode's
                                       stated duration is the fault (``wrong_duration``)
stands out of order                    ordered by its beginning
is the same as the one before          left out
begins with the lines the one before   what is new in it, where at least a quarter of the cues begin so
ended with (rolling captions)          and go on (people do say a thing twice)
lasts into the next                    cut where the next begins; one fault ``overlap`` says how often
holds nothing to read                  left out
=====================================  =============================================================

A name and a colon before the words are the speaker where the name begins the first cue or another
two, or where half of the cues begin so. Who was named goes on speaking until somebody else is, as
Podcasting 2.0 has it; but a name before the words lasts only where the first cue has one too.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise, zip_longest
from typing import NamedTuple

from ritornello.intake.plain_text import squeezed
from ritornello.kinds.faults import Fault
from ritornello.kinds.transcripts import Segment

MAX_SEGMENTS = 100_000
MAX_TEXT = 10_000
MAX_SPEAKER = 100
BEYOND_MS = 600_000
ROLLING_SHARE = 0.25

_LABEL = re.compile(
    r"(?:[-–—]\s*|>>\s*)?(?P<name>\w[\w.,'’ -]{0,60}?):(?:\s+|\Z)(?P<rest>.*)", re.DOTALL
)


class Cue(NamedTuple):
    """Some words as a transcript has them: where it stands, when it is said, by whom."""

    position: int
    lines: tuple[str, ...]
    start_ms: int | None = None
    end_ms: int | None = None
    speaker: str | None = None


def segments(
    cues: Sequence[Cue], *, source: str, duration_ms: int | None = None
) -> tuple[list[Segment], list[Fault]]:
    """Make segments of cues.

    Parameters
    ----------
    cues : as they stand in the transcript. If one has no time, all stay in that order.
    duration_ms : of the episode, where it is known.
    """
    faults: list[Fault] = []
    kept = [cue for cue in cues if any(line.strip() for line in cue.lines)]
    if kept and all(cue.start_ms is not None for cue in kept):
        kept = _forward(kept, source, faults)
        kept = _within(kept, duration_ms, source, faults)
        kept = _unrolled(sorted(kept, key=_start))
        kept = _apart(kept, source, faults)
    if len(kept) > MAX_SEGMENTS:
        message = f"{len(kept):,} cues; the first {MAX_SEGMENTS:,} were kept"
        faults.append(Fault.at(source, kept[MAX_SEGMENTS].position, "too_many", message))
    return _spoken(kept[:MAX_SEGMENTS]), faults


def _start(cue: Cue) -> int:
    return cue.start_ms or 0


def _forward(cues: list[Cue], source: str, faults: list[Fault]) -> list[Cue]:
    """Leave out cues that run backwards."""
    kept = []
    for cue in cues:
        if cue.end_ms is not None and cue.end_ms < _start(cue):
            message = f"a cue from {_start(cue)} to {cue.end_ms} ms"
            faults.append(Fault.at(source, cue.position, "runs_backwards", message))
        else:
            kept.append(cue)
    return kept


def _within(
    cues: list[Cue], duration_ms: int | None, source: str, faults: list[Fault]
) -> list[Cue]:
    """Leave out cues beyond the end, unless most are."""
    if duration_ms is None:
        return cues
    last_ms = duration_ms + BEYOND_MS
    beyond = [cue for cue in cues if _start(cue) > last_ms]
    if 2 * len(beyond) > len(cues):
        message = f"{len(beyond):,} of {len(cues):,} cues begin after the stated {duration_ms} ms"
        faults.append(Fault.at(source, beyond[0].position, "wrong_duration", message))
        return cues
    for cue in beyond:
        message = f"a cue at {cue.start_ms} ms of an episode of {duration_ms} ms"
        faults.append(Fault.at(source, cue.position, "beyond_end", message))
    return [cue for cue in cues if _start(cue) <= last_ms]


def _unrolled(cues: list[Cue]) -> list[Cue]:
    """Leave out what the cue before showed already."""
    cues = [*cues[:1], *(cue for before, cue in pairwise(cues) if before[1:] != cue[1:])]
    n_known = [_n_known(before, cue) for before, cue in pairwise(cues)]
    n_rolled = sum(0 < n < len(cue.lines) for n, cue in zip(n_known, cues[1:], strict=True))
    if n_rolled < ROLLING_SHARE * len(cues):
        return cues
    kept = cues[:1]
    for n, cue in zip(n_known, cues[1:], strict=True):
        if n < len(cue.lines):
            kept.append(cue._replace(lines=cue.lines[n:]))
    return kept


def _n_known(before: Cue, cue: Cue) -> int:
    """Return how many of a cue's first lines are the last ones of the cue it touches."""
    if before.end_ms is not None and _start(cue) > before.end_ms:
        return 0
    longest = min(len(before.lines), len(cue.lines))
    fitting = (n for n in range(longest, 0, -1) if before.lines[-n:] == cue.lines[:n])
    return next(fitting, 0)


def _apart(cues: list[Cue], source: str, faults: list[Fault]) -> list[Cue]:
    """End each cue where the next begins, at the latest; one without an end lasts until then."""
    kept, overlapping = [], []
    for cue, after in zip_longest(cues, cues[1:]):
        until = cue.end_ms if after is None else _start(after)
        if cue.end_ms is not None and until is not None and cue.end_ms > until:
            overlapping.append(cue)
        lasts = cue.end_ms is not None and (until is None or cue.end_ms <= until)
        kept.append(cue if lasts else cue._replace(end_ms=until))
    if overlapping:
        message = f"cues last into the next, {len(overlapping):,} of them; each was ended where that begins"
        faults.append(Fault.at(source, overlapping[0].position, "overlap", message))
    return kept


def _spoken(cues: list[Cue]) -> list[Segment]:
    """Give each cue its speaker, and make it a segment."""
    texts = [squeezed(" ".join(cue.lines)).replace("\n", " ") for cue in cues]
    parted = [label(text) for text in texts]
    n_begun = Counter(name for name, _ in parted if name)
    all_named = 2 * n_begun.total() >= len(cues)
    in_turns = bool(cues) and bool(parted[0][0])
    speaker, lasting = None, False
    found: list[Segment] = []
    for place, (cue, (name, words)) in enumerate(zip(cues, parted, strict=True)):
        named = name and not cue.speaker
        known = named and (all_named or n_begun[name] > 1 or place == 0)
        if cue.speaker or known:
            speaker, lasting = cue.speaker or name, bool(cue.speaker) or in_turns
        elif not lasting:
            speaker = None
        pieces = _pieces(words if known else texts[place])
        found += [
            Segment(text=piece, start_ms=start_ms, end_ms=end_ms, speaker=speaker)
            for piece, (start_ms, end_ms) in zip(pieces, times(cue, pieces), strict=True)
        ]
    return found


def times(cue: Cue, texts: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Share a cue's time out among the texts it is parted into, by their lengths."""
    if cue.start_ms is None or cue.end_ms is None or len(texts) < 2:
        return [(cue.start_ms, cue.end_ms), *[(None, None)] * len(texts)][: len(texts)]
    span, n_all = cue.end_ms - cue.start_ms, sum(map(len, texts)) or 1
    n_before = [0, *accumulate(map(len, texts))]
    return list(pairwise(cue.start_ms + span * n // n_all for n in n_before))


def label(text: str) -> tuple[str, str]:
    """Part a name and a colon from the words after them; a name is a few words, none lower case."""
    found = _LABEL.match(text)
    if found is None or len(found["name"].split()) > 5:
        return "", text
    if any(word[0].islower() for word in found["name"].split()):
        return "", text
    return found["name"].strip(), found["rest"].strip()


def _pieces(text: str) -> list[str]:
    """Part a text that is too long for one segment, between words where it can be."""
    pieces = []
    while len(text) > MAX_TEXT:
        cut = text.rfind(" ", MAX_TEXT // 2, MAX_TEXT)
        cut = MAX_TEXT if cut < 0 else cut
        pieces.append(text[:cut].strip())
        text = text[cut:].strip()
    return [piece for piece in (*pieces, text) if piece]
