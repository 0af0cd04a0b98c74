"""Hours of talk with known topics: transcripts of any size for tests and measurements.

==================  ==========================================================================================
words               ``N_WORDS`` of syllables, the common ones short; said by Zipf–Mandelbrot, (rank + 2.7)^−1.05
topics              ``N_TOPICS`` of 250 words each, beyond the 400 commonest; within one, Zipf with exponent 0.8
episode             log-normal length, median 50 min (σ 0.35), 5 to 180; four topics, of which the first is its own
stretch             one topic for 2 min and exponentially many more, 4 on average; its own topic half of the time
sentence            1 word and Poisson many more, 11 on average; a fifth of the words are the topic's
speaker             two or three an episode; somebody else begins after a sentence with probability 0.25
pace                150 words a minute, log-normal by episode (σ 0.1); 0.25 s between sentences
cue                 at most 12 words, timed as WebVTT is
==================  ==========================================================================================

The title of an episode is three of the commonest words of its own topic. Real talk has idiom, names and grammar that none
of this has: sizes and times are measured on it, quality only on real transcripts.
"""

from collections.abc import Iterator
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog import identity
from ritornello.kinds.items import Episode
from ritornello.kinds.transcripts import Segment

N_WORDS = 60_000
N_TOPICS = 300
WORDS_A_TOPIC = 250
N_COMMON = 400
N_SHOWS = 40
P_TOPIC = 0.2
P_TURN = 0.25
WORDS_A_MINUTE = 150
WORDS_A_CUE = 12
PAUSE_MS = 250
MEDIAN_MIN = 50.0

Ints = NDArray[np.int64]
_CONSONANTS = [
    "b",
    "d",
    "f",
    "g",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "w",
    "z",
    "br",
    "st",
    "tr",
    "pl",
]
_VOWELS = ["a", "e", "i", "o", "u", "ai", "ou"]


class Talk(msgspec.Struct, frozen=True):
    """An episode, what is said in it, and when its topic turns: the beginning of every stretch."""

    episode: Episode
    segments: tuple[Segment, ...]
    turns_ms: tuple[int, ...]


class _World(msgspec.Struct, frozen=True):
    """Words, how they add up, and the words of each topic."""

    words: NDArray[np.object_]
    cumulated: NDArray[np.float64]
    topics: Ints
    within: NDArray[np.float64]


def talks(n_hours: float, rng: np.random.Generator) -> Iterator[Talk]:
    """Yield episodes until so many hours were talked; the same generator of chance gives the same talk."""
    world = _world(rng)
    talked_ms, number = 0, 0
    while talked_ms < n_hours * 3_600_000:
        number += 1
        talk = _talk(world, number, rng)
        talked_ms += talk.episode.duration_ms or 0
        yield talk


def _world(rng: np.random.Generator) -> _World:
    weights = (np.arange(1, N_WORDS + 1) + 2.7) ** -1.05
    n_rare = N_WORDS - N_COMMON
    topics = [
        rng.choice(n_rare, WORDS_A_TOPIC, replace=False, shuffle=False) for _ in range(N_TOPICS)
    ]
    within = np.arange(1, WORDS_A_TOPIC + 1) ** -0.8
    return _World(
        _words(rng),
        np.cumsum(weights) / weights.sum(),
        N_COMMON + rng.permuted(np.array(topics), axis=1),
        np.cumsum(within) / within.sum(),
    )


def _words(rng: np.random.Generator) -> NDArray[np.object_]:
    """Make words that differ, the common ones of fewer syllables."""
    syllables = [c + v for c in _CONSONANTS for v in _VOWELS]
    found: dict[str, None] = {}
    while len(found) < N_WORDS:
        n = 1 + (len(found) >= 60) + (len(found) >= 4_000) + (rng.random() < 0.2)
        found["".join(syllables[i] for i in rng.integers(0, len(syllables), n))] = None
    return np.array(list(found), dtype=object)


def _talk(world: _World, number: int, rng: np.random.Generator) -> Talk:
    minutes = float(np.clip(MEDIAN_MIN * rng.lognormal(0.0, 0.35), 5.0, 180.0))
    lengths = 1 + rng.poisson(11, int(minutes * WORDS_A_MINUTE / 12))
    word_ms = 60_000 / (WORDS_A_MINUTE * rng.lognormal(0.0, 0.1))
    starts = np.concatenate([[0.0], np.cumsum(lengths * word_ms + PAUSE_MS)])
    chosen = rng.integers(0, N_TOPICS, 4)
    stretch, turns_ms = _stretches(starts[:-1], rng)
    own = rng.random(len(turns_ms)) < 0.5
    topic = np.where(own, chosen[0], chosen[rng.integers(1, 4, len(turns_ms))])[stretch]
    ids = _said(world, lengths, topic, rng)
    title = " ".join(world.words[world.topics[chosen[0], :3]].tolist()).capitalize()
    show = f"Show {1 + number % N_SHOWS:02d}"
    segments = _segments(
        world.words[ids].tolist(), lengths, starts, word_ms, _turns(len(lengths), rng)
    )
    episode = Episode(
        item_id=identity.episode_id(show, f"{number} {title}"),
        title=title,
        show_id=identity.show_id(show),
        show_title=show,
        number=number,
        language="en",
        duration_ms=int(starts[-1]),
    )
    return Talk(episode, segments, turns_ms)


def _stretches(
    starts: NDArray[np.float64], rng: np.random.Generator
) -> tuple[Ints, tuple[int, ...]]:
    """Return which stretch each sentence is in, and when each begins: with a sentence."""
    lasting = 120_000 + rng.exponential(240_000, int(starts[-1] / 120_000) + 2)
    begins = np.concatenate([[0.0], np.cumsum(lasting)])
    stretch = np.searchsorted(begins, starts, side="right") - 1
    first = np.flatnonzero(np.diff(stretch, prepend=-1))
    return np.cumsum(np.diff(stretch, prepend=0) > 0), tuple(int(starts[row]) for row in first)


def _said(world: _World, lengths: Ints, topic: Ints, rng: np.random.Generator) -> Ints:
    """Draw every word of an episode."""
    n = int(lengths.sum())
    common = np.searchsorted(world.cumulated, rng.random(n)).clip(max=N_WORDS - 1)
    place = np.searchsorted(world.within, rng.random(n)).clip(max=WORDS_A_TOPIC - 1)
    of_topic = world.topics[np.repeat(topic, lengths), place]
    return np.where(rng.random(n) < P_TOPIC, of_topic, common)


def _turns(n: int, rng: np.random.Generator) -> list[str]:
    """Return who speaks each sentence."""
    n_speakers = int(rng.integers(2, 4))
    steps = np.where(rng.random(n) < P_TURN, rng.integers(1, n_speakers, n), 0)
    return [f"Speaker {1 + who}" for who in (np.cumsum(steps) % n_speakers).tolist()]


def _segments(
    words: list[str],
    lengths: Ints,
    starts: NDArray[np.float64],
    word_ms: float,
    speakers: list[str],
) -> tuple[Segment, ...]:
    """Write sentences as cues."""
    found = []
    ends = np.cumsum(lengths).tolist()
    for row, (begin, end) in enumerate(pairwise([0, *ends])):
        for first in range(begin, end, WORDS_A_CUE):
            last = min(first + WORDS_A_CUE, end)
            text = " ".join(words[first:last]) + ("." if last == end else "")
            found.append(
                Segment(
                    text=text.capitalize() if first == begin else text,
                    start_ms=int(starts[row] + (first - begin) * word_ms),
                    end_ms=int(starts[row] + (last - begin) * word_ms),
                    speaker=speakers[row],
                )
            )
    return tuple(found)
