"""A small service with a known answer: six styles of artists, listeners who each keep to one.

60 artists with 8 tracks each; a listener of style ``s`` plays artists ``s, s + 6, s + 12, …``. Every
tenth track is explicit, the last of every artist is only allowed in Sweden, and one is unavailable.
One track, ``LATEST``, came after the models were trained.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np

from ritornello.catalog import items
from ritornello.catalog.rulings import NO_RULINGS, Rulings
from ritornello.catalog.view import View
from ritornello.kinds.events import Device
from ritornello.kinds.items import AnyItem, Artist, Track
from ritornello.kinds.times import to_us
from ritornello.listeners.preferences import Preferences
from ritornello.listeners.profile import Played, Profile, RecentListen
from ritornello.models.bundle import Bundle
from ritornello.models.interactions import Plays, from_plays
from ritornello.models.training import TrainingConfig, train
from ritornello.models.vocabulary import Vocabulary
from ritornello.store.database import create_tables, execute_rows, schema, transaction
from ritornello.surfaces.situation import Request, Situation, Stock, stock_of

N_ARTISTS, N_TRACKS, N_STYLES, N_LISTENERS = 60, 8, 6, 150
FEATURING = 5
LATEST = "track:a59t8"
SCHEMAS = ("ritornello.catalog", "ritornello.listeners", "ritornello.surfaces")


class SmallService(msgspec.Struct, frozen=True):
    """The catalogue's connection, what is trained on its listeners, and the stock of both."""

    conn: sqlite3.Connection
    bundle: Bundle
    stock: Stock
    now: datetime

    def situation(
        self,
        profile: Profile,
        surface: str = "home",
        *,
        stock: Stock | None = None,
        zone: str = "UTC",
        budget: float = 0.1,
        device: Device = "unknown",
    ) -> Situation:
        """Ask for a surface."""
        request = Request.of(profile, surface, time_zone=zone, budget=budget, seed=7, device=device)
        return Situation(request, stock or self.stock)

    def stock_with(self, *, rulings: Rulings = NO_RULINGS, bundle: Bundle | None = None) -> Stock:
        """Return the same catalogue with other rulings or models."""
        return stock_of(self.stock.view, rulings, bundle)

    def listener(self, seed: int, *, n_plays: int = 12, **more: Any) -> Profile:
        """Return somebody of style ``seed % 6`` who played ``n_plays`` times."""
        heard = history(np.random.default_rng(seed), seed % N_STYLES, n_plays)
        return profile_of(heard, more.pop("at", self.now), **more)


def small_service(now: datetime) -> SmallService:
    """Make the service: catalogue in memory, models trained on 150 listeners' 30 plays each."""
    conn = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    fill(conn)
    bundle = _trained(now)
    stock = stock_of(View.read(conn), NO_RULINGS, bundle)
    return SmallService(conn, bundle, stock, now)


def fill(conn: sqlite3.Connection) -> None:
    """Make the tables and put the catalogue in."""
    create_tables(conn, [schema(room) for room in SCHEMAS])
    with transaction(conn):
        for sql, rows in items.changes(catalogue()):
            execute_rows(conn, sql, rows)


def artist_id(artist: int) -> str:
    """Return an artist's id."""
    return f"artist:a{artist:02d}"


def track_id(artist: int, track: int) -> str:
    """Return a track's id."""
    return f"track:a{artist:02d}t{track}"


def catalogue() -> Iterator[AnyItem]:
    """Yield every artist and track; each artist's track 5 features the next but six."""
    for artist in range(N_ARTISTS):
        yield Artist(item_id=artist_id(artist), title=f"Artist {artist:04d}")
        for track in range(N_TRACKS + (track_id(artist, N_TRACKS) == LATEST)):
            yield Track(
                item_id=track_id(artist, track),
                title=f"Track {artist:02d}-{track}",
                artist_ids=(artist_id(artist), artist_id((artist + 7) % N_ARTISTS))
                if track == FEATURING
                else (artist_id(artist),),
                artist_name=f"Artist {artist:04d}",
                explicit=(artist * N_TRACKS + track) % 10 == 0,
                regions=("SE",) if track == N_TRACKS - 1 else (),
                available=(artist, track) != (0, 1),
                released_on=date(2000, 1, 1) + timedelta(days=100 * artist + track),
            )


def history(rng: np.random.Generator, style: int, n_plays: int) -> list[str]:
    """Return the ids of plays that keep to one style."""
    artists = rng.choice(np.arange(style, N_ARTISTS, N_STYLES), size=n_plays)
    tracks = rng.integers(N_TRACKS, size=n_plays)
    return [track_id(int(a), int(t)) for a, t in zip(artists, tracks, strict=True)]


def profile_of(
    heard: Sequence[str],
    at: datetime,
    *,
    listener_id: str = "listener-1",
    tallies: Mapping[str, int] | None = None,
    marks: Mapping[tuple[str, str], int] | None = None,
    snoozed: Sequence[str] = (),
    preferences: Preferences | None = None,
    unused: Sequence[str] = (),
) -> Profile:
    """Return a listener who played ``heard`` in this order, an hour apart, the last an hour ago."""
    starts = [at - timedelta(hours=len(heard) - k) for k in range(len(heard))]
    plays: dict[str, Played] = {}
    for item_id, started_at in zip(heard, starts, strict=True):
        us = to_us(started_at)
        before = plays.get(item_id, Played(0, 0, us, us))
        plays[item_id] = Played(before.n_plays + 1, 0, before.first_at_us, us)
    recent = [RecentListen(i, s, None, "play") for i, s in zip(heard, starts, strict=True)]
    return Profile(
        listener_id=listener_id,
        at=at,
        plays=plays,
        tallies=dict(tallies or {}),
        recent=tuple(reversed(recent)),
        marks=dict(marks or {}),
        snoozed=frozenset(snoozed),
        marked_at={},
        preferences=preferences or Preferences(),
        unused=frozenset(unused),
    )


def _trained(now: datetime) -> Bundle:
    rng = np.random.default_rng(20261116)
    ids = [track_id(artist, track) for artist in range(N_ARTISTS) for track in range(N_TRACKS)]
    vocabulary = Vocabulary.of(ids)
    names = tuple(f"listener-{n}" for n in range(N_LISTENERS))
    heard = [history(rng, n % N_STYLES, 30) for n in range(N_LISTENERS)]
    columns = np.concatenate([vocabulary.columns_of(each) for each in heard])
    rows = np.repeat(np.arange(N_LISTENERS), 30)
    at_s = now.timestamp() - 86_400.0 * np.tile(np.arange(30, 0, -1), N_LISTENERS)
    plays = Plays(rows, columns, at_s)
    interactions = from_plays(names, vocabulary, plays, now_s=now.timestamp())
    return train(interactions, TrainingConfig(), rng, trained_at=now)
