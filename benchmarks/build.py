"""How long Discover Weekly and six mixes take for everybody, at 100,000 listeners × 100,000 tracks.

Makes a home, then times the build: part processes beside each other, from opening the catalogue and the
models to the last committed decision; the peak is the sum of the resident sizes of all of them, sampled
ten times a second. Making the home and training are not counted. Run from the project's root:

    python benchmarks/build.py --home /tmp/built --listeners 100000 --items 100000 --seed 1 --on 2026-11-21

The home is written directly: catalogue, ``plays`` and ``listens`` rows and a trained bundle; there are no
events behind them, so it can be built from and not rebuilt. Its distributions, all from the seed:

- an artist has 8 tracks and one of 40 genres, drawn with weight 1/rank; artists of a genre are heard with
  weight rank^-0.8, an artist's tracks with weight rank^-0.7;
- a listener has 1 to 6 genres (uniform) with shares from Dirichlet(1.5), and draws lognormal(ln 180, 0.7)
  plays, 30 to 1,500: of an artist of such a genre, then of one of its tracks;
- the first play of a track is uniform in the last 360 days, its last one exponential, 40 days ago on
  average; the newest 100 tracks stand as one listen each;
- models are trained on at most 20,000 of the listeners, over the vocabulary of all tracks.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec
import numpy as np

from machine import facts, sentence
from ritornello.catalog import items
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import View
from ritornello.cli.wiring import REDUCERS, make_home
from ritornello.kinds.items import AnyItem, Artist, Track
from ritornello.kinds.times import to_us
from ritornello.listeners.profile import Profile
from ritornello.models import bundle
from ritornello.models.interactions import Pairs, gather
from ritornello.models.training import TrainingConfig, train
from ritornello.models.vocabulary import Vocabulary
from ritornello.store import artefacts
from ritornello.store.database import connect, execute_rows, transaction
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.surfaces import list_build
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.lists import Terms
from ritornello.surfaces.recipes import load
from ritornello.surfaces.situation import Request, Situation, stock_of

N_GENRES, TRACKS_AN_ARTIST = 40, 8
N_TRAINED_ON, CHUNK = 20_000, 2_000
DAY_US = 86_400_000_000
SEED = 20261116
_PLAY = "INSERT INTO plays VALUES (?, ?, ?, ?, ?, ?)"
_LISTEN = (
    "INSERT INTO listens (listener_id, started_at_us, event_id, item_id, reading, source, client)"
    " VALUES (?, ?, ?, ?, 'play', 'api', 'benchmark')"
)


class Pair(msgspec.Struct, frozen=True):
    """What the listeners of a chunk heard: a row a listener and track, by listener."""

    listener: np.ndarray
    track: np.ndarray
    n_plays: np.ndarray
    first_us: np.ndarray
    last_us: np.ndarray


class Catalogue:
    """Artists with genres; draws artists of a genre and tracks of an artist."""

    def __init__(self, n_items: int, rng: np.random.Generator) -> None:
        self.n_artists = n_items // TRACKS_AN_ARTIST
        weight = 1 / np.arange(1, N_GENRES + 1)
        self.genre = np.sort(rng.choice(N_GENRES, self.n_artists, p=weight / weight.sum()))
        rank = np.arange(self.n_artists) - np.searchsorted(self.genre, self.genre) + 1
        upto = np.cumsum(rank**-0.8)
        self.starts = np.searchsorted(self.genre, np.arange(N_GENRES + 1))
        self._before = np.concatenate([[0.0], upto])[self.starts]
        self._upto = upto
        self._track_upto = np.cumsum(np.arange(1, TRACKS_AN_ARTIST + 1) ** -0.7)

    def draw(self, genre: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw a track of each genre."""
        low, high = self._before[genre], self._before[genre + 1]
        artist = np.searchsorted(self._upto, low + rng.random(len(genre)) * (high - low))
        among = rng.random(len(genre)) * self._track_upto[-1]
        return artist.clip(max=self.n_artists - 1) * TRACKS_AN_ARTIST + np.searchsorted(
            self._track_upto, among
        )

    def items(self) -> Iterator[AnyItem]:
        """Yield every artist and track."""
        for artist in range(self.n_artists):
            artist_id, name = f"artist:a{artist:06d}", f"Artist {artist:06d}"
            genre = f"genre {self.genre[artist]:02d}"
            yield Artist(item_id=artist_id, title=name, genres=(genre,))
            for n in range(TRACKS_AN_ARTIST):
                yield Track(
                    item_id=track_id(artist * TRACKS_AN_ARTIST + n),
                    title=f"Track {artist:06d}-{n}",
                    artist_ids=(artist_id,),
                    artist_name=name,
                )


def track_id(track: int) -> str:
    """Return the id of a track by its number; ids sort as numbers do."""
    return f"track:t{track:07d}"


def heard(listeners: range, catalogue: Catalogue, now: datetime, rng: np.random.Generator) -> Pair:
    """Draw what some listeners heard."""
    n = len(listeners)
    has = np.argsort(rng.random((n, N_GENRES)), axis=1)[:, :6]
    share = rng.gamma(1.5, size=(n, 6)) * (np.arange(6) < rng.integers(1, 7, n)[:, None])
    upto = np.cumsum(share, axis=1) / share.sum(axis=1, keepdims=True)
    n_plays = rng.lognormal(np.log(180), 0.7, n).clip(30, 1500).astype(np.int64)
    who = np.repeat(np.arange(n), n_plays)
    nth = (rng.random(len(who))[:, None] > upto[who]).sum(axis=1).clip(max=5)
    track = catalogue.draw(has[who, nth], rng)
    key, count = np.unique(
        who * (catalogue.n_artists * TRACKS_AN_ARTIST) + track, return_counts=True
    )
    listener, track = np.divmod(key, catalogue.n_artists * TRACKS_AN_ARTIST)
    age_us = (rng.exponential(40.0, len(key)) * DAY_US).clip(max=359 * DAY_US).astype(np.int64)
    older_us = (rng.random(len(key)) * (360 * DAY_US - age_us)).astype(np.int64)
    last_us = to_us(now) - age_us
    return Pair(listener + listeners.start, track, count, last_us - older_us * (count > 1), last_us)


def make(home: Home, n_listeners: int, n_items: int, seed: int, now: datetime) -> None:
    """Write catalogue, histories and models."""
    rng = np.random.default_rng(seed)
    catalogue = Catalogue(n_items, rng)
    conn = connect(home)
    conn.execute("PRAGMA synchronous = OFF")
    with transaction(conn):
        for sql, rows in items.changes(catalogue.items()):
            execute_rows(conn, sql, rows)
    learned: list[Pair] = []
    for start in range(0, n_listeners, CHUNK):
        chunk = range(start, min(start + CHUNK, n_listeners))
        pairs = heard(chunk, catalogue, now, rng)
        with transaction(conn):
            _write(conn, pairs)
        if start < N_TRAINED_ON:
            learned.append(pairs)
    conn.close()
    _train(home, learned, catalogue.n_artists * TRACKS_AN_ARTIST, now)


def listener_id(number: int) -> str:
    """Return a listener's id."""
    return f"listener-{number:06d}"


def _write(conn: Any, pairs: Pair) -> None:
    order = np.lexsort((-pairs.last_us, pairs.listener))
    who = pairs.listener[order]
    newest = np.arange(len(who)) - np.searchsorted(who, who) < 100
    names = {number: listener_id(number) for number in np.unique(who).tolist()}
    columns = (pairs.listener, pairs.track, pairs.n_plays, pairs.first_us, pairs.last_us)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    conn.executemany(_PLAY, ((names[w], track_id(t), n, 0, a, b) for w, t, n, a, b in rows))
    kept = order[newest]
    listens = zip(
        pairs.listener[kept].tolist(), pairs.last_us[kept].tolist(), pairs.track[kept].tolist(),
        strict=True,
    )  # fmt: skip
    conn.executemany(
        _LISTEN,
        ((names[w], us, f"{w}/{t}".encode().ljust(16)[:16], track_id(t)) for w, us, t in listens),
    )


def _train(home: Home, learned: list[Pair], n_tracks: int, now: datetime) -> None:
    """Train on the listeners given, over all tracks, and put the models in use."""
    columns = {
        name: np.concatenate([getattr(pairs, name) for pairs in learned])
        for name in Pair.__struct_fields__
    }
    n = int(columns["listener"].max()) + 1
    pairs = Pairs(
        columns["listener"],
        columns["track"],
        columns["n_plays"],
        first_at_s=columns["first_us"] / 1e6,
        last_at_s=columns["last_us"] / 1e6,
    )
    vocabulary = Vocabulary.of(track_id(t) for t in range(n_tracks))
    names = tuple(listener_id(number) for number in range(n))
    interactions = gather(names, vocabulary, pairs, now_s=now.timestamp())
    config = TrainingConfig(n_trials=1)
    made = train(interactions, config, np.random.default_rng(SEED), trained_at=now)
    artefacts.switch(home, bundle.save(home, made))


def build_part(home: Home, part: tuple[int, int], now: datetime) -> dict[str, Any]:
    """Build one part, as ``ritornello build --part`` does, at a stated instant."""
    conn = connect(home, read_only=True)
    stock = stock_of(View.read(conn), NO_RULINGS, bundle.Current(home).refresh())
    ladder = Ladder(time.monotonic, deadline_s=60)
    terms = {surface: Terms(load(surface), ladder, 5) for surface in list_build.KINDS}

    def situation_of(profile: Profile) -> Situation:
        request = Request.of(profile, "home", time_zone="UTC", budget=0.1, seed=SEED)
        return Situation(request, stock)

    with Writer(home, REDUCERS, now=lambda: now, rows_a_group=list_build.A_TRANSACTION) as writer:
        listeners = list_build.everybody(conn, part)
        built = list_build.build(
            conn, writer, listeners, situation_of, terms, now=now, time_zone="UTC"
        )
    conn.close()
    return dict(msgspec.structs.asdict(built))


def build(home: Home, n_processes: int, now: datetime) -> dict[str, Any]:
    """Build every part in a process of its own; time them, and add up their sizes."""
    words = [sys.executable, __file__, "--home", str(home.path), "--now", now.isoformat()]
    began = time.perf_counter()
    children = [
        subprocess.Popen(
            [*words, "--part", f"{i}", "--processes", f"{n_processes}"], stdout=subprocess.PIPE
        )
        for i in range(1, n_processes + 1)
    ]
    peak, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            peak[0] = max(peak[0], sum(_resident_bytes(child.pid) for child in children))

    watching = threading.Thread(target=watch)
    watching.start()
    said = [json.loads(child.communicate()[0]) for child in children]
    elapsed = time.perf_counter() - began
    done.set()
    watching.join()
    n_listeners = sum(each["n_listeners"] for each in said)
    n_lists = sum(each["n_lists"] for each in said)
    return {
        "n_processes": n_processes,
        "n_listeners": n_listeners,
        "n_lists": n_lists,
        "n_short": sum(each["n_short"] for each in said),
        "by_rung": [each["by_rung"] for each in said],
        "seconds": round(elapsed, 1),
        "ms_a_listener": round(1000 * elapsed / max(n_listeners, 1), 2),
        "peak_mib": round(peak[0] / 2**20),
        "database_mib": round(home.database.stat().st_size / 2**20),
    }


def _resident_bytes(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Make the home unless it is there, build, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="made there unless it exists")
    parser.add_argument("--listeners", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--days", type=int, default=1, help="days built one after another")
    parser.add_argument("--on", type=date.fromisoformat, default=date(2026, 11, 21))
    parser.add_argument("--now", type=datetime.fromisoformat, help=argparse.SUPPRESS)
    parser.add_argument("--part", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        part = (options.part, options.processes)
        print(json.dumps(build_part(Home(options.home), part, options.now)))
        return
    now = datetime(options.on.year, options.on.month, options.on.day, 12, tzinfo=UTC)
    if not Home(options.home).exists:
        began = time.perf_counter()
        home = make_home(options.home)
        make(home, options.listeners, options.items, options.seed, now)
        print(f"made the home in {time.perf_counter() - began:.0f} s")
    home = Home(options.home)
    days = [
        build(home, options.processes, now + timedelta(days=day)) for day in range(options.days)
    ]
    machine = facts(options.on, home.path)
    print(json.dumps({"benchmark": "build", "machine": machine, "days": days}))
    for day in days:
        print(
            f"{day['n_lists']:,} lists for {day['n_listeners']:,} listeners in {day['seconds']} s, "
            f"{day['ms_a_listener']} ms a listener, {day['n_processes']} processes, {day['peak_mib']} MiB"
        )
    print(sentence(machine))


if __name__ == "__main__":
    main()
