"""Does it help to know who asks? Searches for ambiguous names, ranked for the listener and ranked for everybody.

A simulated world (all of it seeded, nothing of it tuned to what ranks):

* *Names.* Each of ``--tracks`` tracks (ten an artist) is called one of a tenth as many names, drawn as 1 / (rank + 10): a searched
  name is shared by dozens of tracks. A name is three or four syllables.
* *Plays.* Artists have one of 12 styles and weigh 1 / (rank + 5)^0.9, tracks as their artist / (place + 1). A listener has a main
  style. A play is new with 3 chances of 10: by weight, with 7 chances of 10 among their style; else it is one
  of their earlier plays again, each as likely (rich get richer), one of the last 30 with 3 chances of 10. Listeners have log-normal
  many plays (median 80, σ 0.8, from 5 to 400), at even times over half a year.
* *Searches.* What each listener searches for four times afterwards is drawn as their next play would be: mostly something they
  know, else something they never heard. They type its name: all of it, or as they type the first half.

Both orders are made by the objects that serve, from the same index and models, greedy. "For everybody" is what a listener is
answered of whom nothing is known. Per listener the mean reciprocal rank (0 beyond 100) of the track that was meant; the difference
with its 95 % interval by listeners drawn again. Also: listeners who were heard of five times only, and
listeners of whom nothing is known, whose answers must be everybody's to the last slot.

    python benchmarks/search_personal.py --on 2026-11-22 [--tracks 20000] [--listeners 400] [--json FILE]
"""

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec
import numpy as np

from machine import facts, sentence
from ritornello.catalog import items
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import View
from ritornello.kinds.items import AnyItem, Artist, Track
from ritornello.kinds.times import to_us
from ritornello.listeners.preferences import Preferences
from ritornello.listeners.profile import Played, Profile, RecentListen
from ritornello.measures.resampling import Interval, interval, paired_interval
from ritornello.models import bundle as bundles
from ritornello.models.interactions import Plays, from_plays
from ritornello.models.training import TrainingConfig, train
from ritornello.models.vocabulary import Vocabulary
from ritornello.store import artefacts
from ritornello.store.database import connect, create_tables, execute_rows, schema, transaction
from ritornello.store.home import Home
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.recipes import Recipe, load
from ritornello.surfaces.search import building, versions
from ritornello.surfaces.search.index import Index
from ritornello.surfaces.search.instant import instant
from ritornello.surfaces.search.search import Asked, decide, shape_of
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.situation import Request, Situation, Stock, stock_of

SEED = 20261122
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAYS = 180
N_STYLES, TRACKS_AN_ARTIST, TRACKS_A_NAME = 12, 10, 10
P_NEW, P_STYLE, P_LATE, N_LATE = 0.3, 0.7, 0.3, 30
N_SEARCHES, N_FOUND, DEPTH = 4, 200, 100
P_KNOWN_ITEM = 0.5
ONSETS, NUCLEI = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z"), "aeiou"
TABLES = tuple(schema(f"ritornello.{room}") for room in ("catalog", "listeners", "surfaces"))


class World(NamedTuple):
    """What there is: the style and weight of every track, and the name of each."""

    style: np.ndarray
    weight: np.ndarray
    names: list[str]


class Listener(NamedTuple):
    """Who listens: tracks in the order they were played, what they search for, and whether they know it."""

    played: np.ndarray
    wanted: list[int]
    is_known: list[bool]


def world(n_tracks: int, rng: np.random.Generator) -> World:
    """Draw the tracks."""
    n_artists = n_tracks // TRACKS_AN_ARTIST
    artist = np.repeat(np.arange(n_artists), TRACKS_AN_ARTIST)
    weight = rng.permutation(1.0 / (np.arange(n_artists) + 5.0) ** 0.9)[artist]
    weight /= np.tile(np.arange(TRACKS_AN_ARTIST) + 1.0, n_artists)
    words: dict[str, None] = {}
    while len(words) < n_tracks // TRACKS_A_NAME:
        parts = rng.integers(len(ONSETS) * len(NUCLEI), size=rng.integers(3, 5)).tolist()
        syllables = (ONSETS[p // len(NUCLEI)] + NUCLEI[p % len(NUCLEI)] for p in parts)
        words["".join(syllables).title()] = None
    share = 1.0 / (np.arange(len(words)) + 10.0)
    drawn = rng.choice(list(words), n_tracks, p=share / share.sum()).tolist()
    return World(rng.integers(N_STYLES, size=n_artists)[artist], weight / weight.sum(), drawn)


def listener(ground: World, rng: np.random.Generator) -> Listener:
    """Draw a listener's plays, and what they search for afterwards."""
    n_plays = int(np.clip(rng.lognormal(np.log(80), 0.8), 5, 400))
    style = rng.integers(N_STYLES)
    own = np.flatnonzero(ground.style == style)
    of_style = ground.weight[own] / ground.weight[own].sum()
    any_new = rng.choice(len(ground.weight), n_plays + N_SEARCHES, p=ground.weight)
    own_new = rng.choice(own, n_plays + N_SEARCHES, p=of_style)
    new = np.where(rng.random(len(any_new)) < P_STYLE, own_new, any_new)
    played: list[int] = []
    for n in range(n_plays):
        played.append(_next(played, int(new[n]), rng))
    wanted = [_next(played, int(each), rng) for each in new[n_plays:]]
    return Listener(np.array(played), wanted, [each in played for each in wanted])


def _next(played: Sequence[int], new: int, rng: np.random.Generator) -> int:
    if not played or rng.random() < P_NEW:
        return new
    late = min(N_LATE, len(played)) if rng.random() < P_LATE else len(played)
    return played[len(played) - 1 - int(rng.integers(late))]


def track_id(track: int) -> str:
    """Return a track's id."""
    return f"track:t{track:06d}"


def catalogue(ground: World) -> Iterator[AnyItem]:
    """Yield artists and tracks."""
    for artist in range(len(ground.names) // TRACKS_AN_ARTIST):
        yield Artist(item_id=f"artist:a{artist:05d}", title=f"Artist {artist:05d}")
    for track, name in enumerate(ground.names):
        artist = track // TRACKS_AN_ARTIST
        yield Track(
            item_id=track_id(track),
            title=name,
            artist_ids=(f"artist:a{artist:05d}",),
            artist_name=f"Artist {artist:05d}",
        )


def times(n: int) -> list[datetime]:
    """Return so many instants, evenly over half a year until an hour ago."""
    ages_s = np.linspace(DAYS * 86_400, 3600, n).tolist()
    return [NOW - timedelta(seconds=age_s) for age_s in ages_s]


def profile(name: str, played: Sequence[int]) -> Profile:
    """Return what a service knows of somebody who played this."""
    plays: dict[str, Played] = {}
    starts = times(len(played))
    for track, at in zip(played, starts, strict=True):
        us = to_us(at)
        once = Played(1, 0, us, us)
        known = plays.get(track_id(track))
        plays[track_id(track)] = once if known is None else known + once
    recent = [
        RecentListen(track_id(track), at, None, "play")
        for track, at in zip(played, starts, strict=True)
    ]
    return Profile(
        listener_id=name,
        at=NOW,
        plays=plays,
        tallies={},
        recent=tuple(reversed(recent[-100:])),
        marks={},
        snoozed=frozenset(),
        marked_at={},
        preferences=Preferences(exploration_budget=0.0),
    )


def trained(
    ground: World, everybody: Sequence[Listener], rng: np.random.Generator
) -> bundles.Bundle:
    """Train on everybody's plays; what they search for afterwards is not among them."""
    vocabulary = Vocabulary.of([track_id(track) for track in range(len(ground.names))])
    rows = np.repeat(np.arange(len(everybody)), [len(each.played) for each in everybody])
    at_s = np.concatenate([[at.timestamp() for at in times(len(e.played))] for e in everybody])
    plays = Plays(rows, np.concatenate([each.played for each in everybody]), at_s)
    names = tuple(f"listener-{n}" for n in range(len(everybody)))
    interactions = from_plays(names, vocabulary, plays, now_s=NOW.timestamp())
    return train(interactions, TrainingConfig(), rng, trained_at=NOW)


class Service(NamedTuple):
    """Index, stock and a recipe whose shelf of tracks is long."""

    index: Index
    stock: Stock
    recipe: Recipe

    def answers(self, who: Profile, text: str) -> list[str]:
        """Return the tracks of an answer, in order; the top result first."""
        found = self.index.find(Sought(text), N_FOUND)
        asked = Asked(self.situation(who), text, found=found, p_known_item=P_KNOWN_ITEM)
        slots = decide(asked, Ladder(lambda: 0.0), self.recipe).slots
        return [slot.item_id for slot in slots if slot.item_id.startswith("track:")]

    def typed(self, who: Profile, text: str) -> list[str]:
        """Return the tracks somebody sees who typed so much."""
        shape = shape_of(self.recipe)
        groups = instant(self.index, self.situation(who), text, shape, DEPTH)
        return [result.item_id for result in groups.tracks]

    def situation(self, who: Profile) -> Situation:
        """Return a request of somebody."""
        asked = Request.of(who, "search", time_zone="UTC", budget=0.0, seed=SEED)
        return Situation(asked, self.stock)


def service(ground: World, everybody: Sequence[Listener], home: Home) -> Service:
    """Put the catalogue, the models and the index into a home, and open them."""
    conn = connect(home)
    create_tables(conn, TABLES)
    with transaction(conn):
        for sql, rows in items.changes(catalogue(ground)):
            execute_rows(conn, sql, rows)
    models = trained(ground, everybody, np.random.default_rng(SEED))
    artefacts.switch(home, bundles.save(home, models))
    building.build(home, conn, now=NOW)
    view = View.read(conn)
    conn.close()
    folder = versions.current(home, "catalogue")
    recipe = load("search")
    shape = shape_of(recipe)
    shelves = tuple(
        msgspec.structs.replace(shelf, length=DEPTH, shortlist=200, per_artist=100)
        if shelf.name == "tracks"
        else shelf
        for shelf in shape.shelves
    )
    longer = msgspec.structs.replace(shape, shelves=shelves)
    recipe = msgspec.structs.replace(recipe, searching=longer)
    return Service(Index(folder), stock_of(view, NO_RULINGS, models), recipe)


def reciprocal(ids: Sequence[str], wanted: int) -> float:
    """Return 1 / rank of a track, 0 where it does not stand."""
    item_id = track_id(wanted)
    return 1.0 / (ids.index(item_id) + 1) if item_id in ids[:DEPTH] else 0.0


def ranks(
    served: Service, ground: World, everybody: Sequence[Listener], *, n_known: int | None = None
) -> dict[str, np.ndarray]:
    """Return reciprocal ranks, (n_listeners, n_searches), of each way to ask.

    Parameters
    ----------
    n_known : how many of their latest plays a service knows; all by default.
    """
    found: dict[str, list[list[float]]] = {}
    for n, each in enumerate(everybody):
        known = each.played if n_known is None else each.played[len(each.played) - n_known :]
        who = {"own": profile(f"listener-{n}", known.tolist()), "everybodys": profile(f"listener-{n}", [])}  # fmt: skip
        for name, somebody in who.items():
            whole, half = [], []
            for wanted in each.wanted:
                text = ground.names[wanted]
                whole.append(reciprocal(served.answers(somebody, text), wanted))
                half.append(reciprocal(served.typed(somebody, text[: len(text) // 2]), wanted))
            found.setdefault(f"{name} whole", []).append(whole)
            found.setdefault(f"{name} typing", []).append(half)
    return {name: np.array(values) for name, values in found.items()}


def compared(
    found: dict[str, np.ndarray], where: np.ndarray, asked: str, rng: np.random.Generator
) -> dict[str, Any]:
    """Return both mean reciprocal ranks and their difference with its interval, of searches ``where``."""
    has = where.any(axis=1)
    own, others = (
        np.nanmean(np.where(where, found[f"{who} {asked}"], np.nan)[has], axis=1)
        for who in ("own", "everybodys")
    )
    return {
        "own": plain(interval(own, rng)),
        "everybodys": plain(interval(others, rng)),
        "difference": plain(paired_interval(own, others, rng)),
    }


def plain(found: Interval) -> dict[str, float]:
    """Return an interval as plain values."""
    return {"mean": found.mean, "low": found.low, "high": found.high, "n": found.n}


def n_different_when_unknown(served: Service, ground: World, everybody: Sequence[Listener]) -> int:
    """Return how many answers differ between listeners of whom nothing is known."""
    texts = [ground.names[wanted] for each in everybody for wanted in each.wanted]
    one, other = profile("listener-1", []), profile("listener-2", [])
    return sum(served.answers(one, text) != served.answers(other, text) for text in texts)


def measure(n_tracks: int, n_listeners: int, folder: Path) -> dict[str, Any]:
    """Make the world, serve it, and compare."""
    rng = np.random.default_rng(SEED)
    ground = world(n_tracks, rng)
    everybody = [listener(ground, rng) for _ in range(n_listeners)]
    served = service(ground, everybody, Home(folder / "home").create())
    known = np.array([each.is_known for each in everybody])
    parts = {"all": np.ones_like(known), "known": known, "new": ~known}
    found, little = ranks(served, ground, everybody), ranks(served, ground, everybody, n_known=5)
    shared = np.array([ground.names.count(ground.names[w]) for e in everybody for w in e.wanted])
    out: dict[str, Any] = {
        "n_tracks": n_tracks,
        "n_listeners": n_listeners,
        "share_known": float(known.mean()),
        "namesakes_p50": float(np.median(shared)),
        "n_different_when_unknown": n_different_when_unknown(served, ground, everybody[:100]),
    }
    for asked in ("whole", "typing"):
        for part, where in parts.items():
            out[f"{asked} {part}"] = compared(found, where, asked, rng)
        out[f"{asked} five plays"] = compared(little, parts["all"], asked, rng)
    return out


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", type=date.fromisoformat, required=True)
    parser.add_argument("--tracks", type=int, default=20_000)
    parser.add_argument("--listeners", type=int, default=400)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    machine = facts(args.on)
    print(sentence(machine))
    with tempfile.TemporaryDirectory() as folder:
        found = measure(args.tracks, args.listeners, Path(folder))
    for name, value in found.items():
        if isinstance(value, dict):
            shown = (
                f"{k} {v['mean']:.3f} [{v['low']:.3f}, {v['high']:.3f}]" for k, v in value.items()
            )
            print(f"{name:18s} MRR  {'  '.join(shown)}")
        else:
            print(f"{name}: {value}")
    if args.json:
        args.json.write_text(json.dumps({"machine": machine, **found}), encoding="utf-8")


if __name__ == "__main__":
    main()
