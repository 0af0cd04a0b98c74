"""Known minutes: searches for something that is said in an episode, made from transcripts; the second to enter is known.

==============  ================================================================================================
``titles``      an episode's title without its number; right is the episode
``chapters``    a chapter's title that no other chapter bears; right is the chapter, from when to when
``quotes``      a sentence said once in all transcripts; right is where it is said
==============  ================================================================================================

What is right in time is a span (:mod:`~ritornello.evaluate.span_ids`). A quote begins where a segment of the transcript does
that states its time, so its second is stated by whoever timed the transcript and is nobody's guess. Right to tell ways of cutting,
finding and entering apart. It misleads as a forecast: people remember what was said less well than word by word.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from ritornello.catalog import items, transcripts
from ritornello.evaluate import span_ids
from ritornello.evaluate.collections import Collection, Origin, Topic, of_ids
from ritornello.evaluate.content import Rows
from ritornello.kinds.errors import UnknownName
from ritornello.kinds.randomness import derive
from ritornello.kinds.transcripts import Chapter, Segment
from ritornello.measures.matching import NothingToJudge
from ritornello.surfaces.search.spelling import fold

FEWEST_WORDS, MOST_WORDS = 8, 30
FEWEST_OF_A_TITLE = 2
LASTS_MS = 15_000
"""How long is right where a transcript does not say when its last words end."""
_NUMBER = re.compile(r"\W*(?:ep(?:isode)?\.?\s*)?#?\d+\s*[:.\-–—|]\s*", re.IGNORECASE)
_ENDS = re.compile(r"[.!?…][\"')\]”’]*\s*\Z")


class Talk(msgspec.Struct, frozen=True):
    """An episode with what is said in it."""

    episode_id: str
    title: str
    segments: Sequence[Segment]
    chapters: Sequence[Chapter]


class Minute(NamedTuple):
    """What is asked for, and the id of what is right: an episode or a span."""

    text: str
    right: str


def talks(conn: sqlite3.Connection) -> list[Talk]:
    """Return all episodes that have a transcript, by id."""
    episode_ids = sorted(transcripts.transcribed(conn))
    named = items.get_many(conn, episode_ids)
    return [
        Talk(
            each,
            named[each].title if each in named else "",
            transcripts.of(conn, each),
            transcripts.chapters_of(conn, each),
        )
        for each in episode_ids
    ]


def collection(way: str, told: Sequence[Talk], n: int, seed: int) -> Collection:
    """Make a collection of up to n searches for what is said.

    Raises
    ------
    UnknownName : no such way. NothingToJudge : the transcripts hold nothing of the kind.
    """
    if way not in WAYS:
        raise UnknownName.among("way", way, WAYS)
    found = WAYS[way](told)
    if not found:
        raise NothingToJudge(f"{len(told):,} transcripts hold no {way} that could be asked for")
    rng = derive(seed, "known_minutes", way)
    chosen = [found[place] for place in np.sort(rng.permutation(len(found))[:n])]
    topics = [Topic(f"{number:06d}", query=each.text) for number, each in enumerate(chosen)]
    rows = Rows(
        [each.topic_id for each in topics], [each.right for each in chosen], [1.0] * len(chosen)
    )
    about = Origin("construction", "open", source=f"{way} of transcripts, seed {seed}")
    return of_ids(f"known-minutes/{way}", rows, about, topics=topics)


def titles(told: Sequence[Talk]) -> list[Minute]:
    """Return the titles of episodes that no other bears."""
    return _once([Minute(_NUMBER.sub("", each.title, count=1), each.episode_id) for each in told])


def chapters(told: Sequence[Talk]) -> list[Minute]:
    """Return the titles of chapters that no other bears; a chapter lasts until the next, the last as long as is spoken."""
    found = []
    for talk in told:
        next_ms = [*(each.start_ms for each in talk.chapters[1:]), _ends_ms(talk)]
        for chapter, until_ms in zip(talk.chapters, next_ms, strict=False):
            end_ms = until_ms if chapter.end_ms is None else chapter.end_ms
            if end_ms > chapter.start_ms:
                span = span_ids.write(talk.episode_id, chapter.start_ms, end_ms)
                found.append(Minute(chapter.title, span))
    return _once(found)


def quotes(told: Sequence[Talk]) -> list[Minute]:
    """Return the sentences that are said once, are neither short nor long, and begin at a stated second."""
    return _once([sentence for talk in told for sentence in _sentences(talk)])


WAYS: dict[str, Callable[[Sequence[Talk]], list[Minute]]] = {
    "titles": titles,
    "chapters": chapters,
    "quotes": quotes,
}


def _sentences(talk: Talk) -> Iterator[Minute]:
    """Yield the sentences of a transcript that begin with a segment."""
    segments, begins = talk.segments, True
    for at, segment in enumerate(segments):
        if begins and segment.start_ms is not None:
            words, last = list[str](), at
            for last in range(at, len(segments)):
                words += segments[last].text.split()
                if _ENDS.search(segments[last].text) or len(words) > MOST_WORDS:
                    break
            if FEWEST_WORDS <= len(words) <= MOST_WORDS and _ENDS.search(words[-1]):
                end_ms = segments[last].end_ms or segment.start_ms + LASTS_MS
                span = span_ids.write(
                    talk.episode_id, segment.start_ms, max(end_ms, segment.start_ms + 1)
                )
                yield Minute(" ".join(words), span)
        begins = bool(_ENDS.search(segment.text))


def _ends_ms(talk: Talk) -> int:
    """Return when the last stated words of a talk end."""
    return max((each.end_ms or each.start_ms or 0 for each in talk.segments), default=0)


def _once(found: Sequence[Minute]) -> list[Minute]:
    """Return what is asked for by no two, of two words at least."""
    said = [fold(each.text) for each in found]
    times = Counter(said)
    return [
        each
        for each, text in zip(found, said, strict=True)
        if times[text] == 1 and len(text.split()) >= FEWEST_OF_A_TITLE
    ]
