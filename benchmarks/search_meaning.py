"""How long meaning takes: train and lay the space, make a lexicon, read requests, mask and lean, over half a million tracks.

Names are those of ``worlds.titles``. Each artist has one of 40 families of 25 words: three genres and five tags, drawn by
Zipf's law within the family, a tenth from any; tracks have two of the genres, a mood, an energy, a tempo, a date, and three
in five a language. Two in five tracks are heard; their factors are a place for each of their words, their artist's, and noise.

    python benchmarks/search_meaning.py [--tracks 500000] [--artists 50000] [--seed 0] [--json]

Times are CPU seconds of one process on one thread of BLAS.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import numpy as np
from msgspec import structs
from threadpoolctl import threadpool_limits

from machine import facts, sentence
from ritornello.catalog.postings import Postings, postings_of
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import View
from ritornello.kinds.ids import kind_of
from ritornello.kinds.items import AnyItem, Artist, Track
from ritornello.listeners.preferences import Preferences
from ritornello.listeners.profile import Profile
from ritornello.models import space as spaces
from ritornello.surfaces.search import filters, grammar, leaning, lexicon
from ritornello.surfaces.situation import Request, Situation, stock_of
from ritornello.testing.shelf import Shelf
from ritornello.worlds import titles

N_TIMES = 15
N_FAMILIES, N_WORDS, N_FACTORS = 40, 25, 64
MOODS = ("calm", "happy", "sad", "energetic", "dark", "dreamy")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
REQUESTS = (
    "songs for a rainy sunday",
    "calm music from the nineties, no live versions",
    "something i haven't heard to study to",
    "slow and sad",
    "fast songs for running under 4 minutes",
    "f3 w1 from the sixties without vocals",
)


def catalogue(n_tracks: int, n_artists: int, seed: int) -> Iterator[AnyItem]:
    """Yield the names of ``worlds.titles`` with words said of them."""
    rng = np.random.default_rng(seed)
    family = rng.integers(0, N_FAMILIES, n_artists)
    strays = np.where(rng.random((n_artists, 8)) < 0.1, rng.integers(0, N_FAMILIES, (n_artists, 8)), family[:, None])  # fmt: skip
    drawn = np.minimum(rng.zipf(1.4, (n_artists, 8)), N_WORDS) - 1
    chance = rng.random((n_tracks, 4))
    said: dict[str, list[str]] = {}
    n = 0
    for item in titles.items(n_tracks, n_artists, seed):
        if isinstance(item, Artist):
            words = zip(strays[len(said)].tolist(), drawn[len(said)].tolist(), strict=True)
            said[item.item_id] = [f"f{f} w{w}" for f, w in words]
            words = dict.fromkeys(said[item.item_id])
            yield structs.replace(item, genres=tuple(words)[:3], tags=tuple(words)[3:])
        elif isinstance(item, Track):
            mood, year, tempo, language = chance[n].tolist()
            n += 1
            yield structs.replace(
                item,
                genres=tuple(dict.fromkeys(said[item.artist_ids[0]][:2])),
                moods=(MOODS[int(mood * len(MOODS))],),
                released_on=date(1960 + int(year * 66), 6, 1),
                language="de" if language < 0.1 else "en" if language < 0.6 else None,
                energy=mood,
                bpm=60 + 120 * tempo,
            )
        else:
            yield item


def view_of(listed: Iterator[AnyItem]) -> View:
    """Put items into a catalogue in memory, and read it."""
    shelf = Shelf()
    encode = msgspec.json.Encoder(order="deterministic").encode
    rows = (
        (item.item_id, kind_of(item.item_id), encode(item).decode(), n)
        for n, item in enumerate(listed, start=1)
    )
    shelf.conn.executemany(
        "INSERT INTO items (item_id, kind, body, changed_seq) VALUES (?, ?, ?, ?)", rows
    )
    return View.read(shelf.conn)


def heard_in(view: View, postings: Postings, rng: np.random.Generator) -> spaces.Heard:
    """Return factors for two in five tracks: where their words lie at random, their artist, and noise."""
    tracks = np.flatnonzero(view.available & (rng.random(len(view)) < 0.4)).astype(np.int32)
    of_words = rng.normal(size=(len(postings.words), N_FACTORS)).astype(np.float32)
    of_artists = rng.normal(size=(len(view), N_FACTORS)).astype(np.float32)
    factors = (postings.said.T.tocsr() @ of_words)[tracks] + of_artists[view.artist[tracks]]
    return spaces.Heard(tracks, factors + rng.normal(size=factors.shape).astype(np.float32))


def situation_of(view: View) -> Situation:
    """Return somebody who never heard anything, asking."""
    profile = Profile("listener-1", NOW, {}, {}, (), {}, frozenset(), {}, Preferences())
    request = Request.of(profile, "search", time_zone="UTC", budget=0.1, seed=1)
    return Situation(request, stock_of(view, NO_RULINGS, None))


class Clock:
    """CPU seconds of each step, and megabytes of what it made."""

    def __init__(self) -> None:
        self.took_s: dict[str, float] = {}

    def __call__(self, step: str, made: Callable[[], Any]) -> Any:
        """Do a step and remember what it took."""
        began = time.process_time()
        found = made()
        self.took_s[step] = round(time.process_time() - began, 3)
        return found


def measure(n_tracks: int, n_artists: int, seed: int) -> dict[str, Any]:
    """Do every step once, and each request often; return what they took."""
    clock = Clock()
    view = clock("view", lambda: view_of(catalogue(n_tracks, n_artists, seed)))
    postings = clock("postings", lambda: postings_of(view))
    heard = heard_in(view, postings, np.random.default_rng(seed))
    axes = clock("train", lambda: spaces.train(view, postings, heard, np.random.default_rng(seed)))
    space = clock("lay", lambda: spaces.lay(axes, view, postings, heard))
    known = clock("lexicon", lambda: lexicon.of(view, postings, space))
    clock("lexicon_again", lambda: lexicon.of(view, postings, space, known))
    situation = situation_of(view)
    assert situation.stock.postings.words == postings.words
    return {
        "n_rows": len(view),
        "n_words": len(axes.words),
        "space_mb": round(space.vectors.nbytes / 1e6, 1),
        "took_s": clock.took_s,
        "requests_ms": [asked(text, known, space, situation) for text in REQUESTS],
    }


def asked(
    text: str, known: lexicon.Lexicon, space: spaces.Space, situation: Situation
) -> dict[str, Any]:
    """Return what one request takes to read, to mask and to lean, in the median of many times."""
    reading = grammar.read(text, known)
    steps: dict[str, Callable[[], object]] = {
        "read": lambda: grammar.read(text, known),
        "mask": lambda: filters.mask(reading.chips, situation),
        "lean": lambda: leaning.lean(reading.chips, situation, space),
    }
    took = {step: round(1000 * median_s(do), 3) for step, do in steps.items()}
    return {"text": text, "chips": [str(chip) for chip in reading.chips], **took}


def median_s(do: Callable[[], object]) -> float:
    """Return the median CPU seconds of doing something."""
    took = []
    for _ in range(N_TIMES):
        began = time.process_time()
        do()
        took.append(time.process_time() - began)
    return sorted(took)[N_TIMES // 2]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tracks", type=int, default=500_000)
    parser.add_argument("--artists", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with threadpool_limits(1):
        found = measure(given.tracks, given.artists, given.seed)
    found["machine"] = facts(datetime.now(tz=UTC).date())
    if given.json:
        print(json.dumps(found))
        return
    print(
        f"{found['n_rows']:,} rows, {found['n_words']:,} words, a space of {found['space_mb']} MB"
    )
    print("CPU s: " + ", ".join(f"{step} {took}" for step, took in found["took_s"].items()))
    for each in found["requests_ms"]:
        print(
            f"{each['text']!r}: read {each['read']} ms, mask {each['mask']} ms, lean {each['lean']} ms  {each['chips']}"
        )
    print(sentence(found["machine"]))


if __name__ == "__main__":
    main()
