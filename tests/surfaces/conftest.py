"""A small service: 60 artists in six styles, 480 tracks, 150 listeners of one style each."""

import sqlite3
from datetime import date, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from ritornello.catalog import items
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import View
from ritornello.kinds.items import Artist, Track
from ritornello.kinds.times import to_us
from ritornello.listeners.preferences import Preferences
from ritornello.listeners.profile import Played, Profile, RecentListen
from ritornello.models.interactions import Plays, from_plays
from ritornello.models.training import TrainingConfig, train
from ritornello.models.vocabulary import Vocabulary
from ritornello.store.database import connect, create_tables, schema, transaction
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.surfaces import weekly_build
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.last_good import remember
from ritornello.surfaces.recipes import load
from ritornello.surfaces.situation import Request, Situation, stock_of

N_ARTISTS, N_EACH, N_STYLES, N_LISTENERS = 60, 8, 6, 150
ROOMS = ("ritornello.catalog", "ritornello.listeners", "ritornello.surfaces")


def artist_id(a):
    return f"artist:a{a:02d}"


def track_id(a, t):
    return f"track:a{a:02d}t{t}"


def catalogue():
    """Every tenth track explicit, the last of every artist only in Sweden, one unavailable."""
    yield from (Artist(item_id=artist_id(a), title=f"Artist {a:04d}") for a in range(N_ARTISTS))
    for a in range(N_ARTISTS):
        for t in range(N_EACH):
            yield Track(
                item_id=track_id(a, t),
                title=f"Track {a:02d}-{t}",
                artist_ids=(artist_id(a),),
                artist_name=f"Artist {a:04d}",
                explicit=(a * N_EACH + t) % 10 == 0,
                regions=("SE",) if t == N_EACH - 1 else (),
                available=(a, t) != (0, 1),
                released_on=date(2000, 1, 1) + timedelta(days=100 * a + t),
            )


def connection():
    conn = sqlite3.connect(":memory:", isolation_level=None)
    create_tables(conn, [schema(room) for room in ROOMS])
    return conn


def history(rng, style, n):
    """Plays of one style: (artist, track) pairs, nearer artists more often."""
    artists = rng.choice(np.arange(style, N_ARTISTS, N_STYLES), size=n)
    return [(int(a), int(t)) for a, t in zip(artists, rng.integers(N_EACH, size=n), strict=True)]


def trained(now):
    rng = np.random.default_rng(20261116)
    ids = [track_id(a, t) for a in range(N_ARTISTS) for t in range(N_EACH)]
    vocabulary = Vocabulary.of(ids)
    rows, columns, at_s = [], [], []
    for listener in range(N_LISTENERS):
        for k, (a, t) in enumerate(history(rng, listener % N_STYLES, 30)):
            rows.append(listener)
            columns.append(vocabulary.columns[track_id(a, t)])
            at_s.append(now.timestamp() - 86_400.0 * (30 - k))
    names = tuple(f"listener-{n}" for n in range(N_LISTENERS))
    interactions = from_plays(names, vocabulary, Plays(rows, columns, at_s), now_s=now.timestamp())
    return train(interactions, TrainingConfig(), rng, trained_at=now)


def profile_of(heard, now, *, listener_id="listener-1", tallies=None, marks=None, snoozed=(), **kw):
    """A profile from played item ids, the last one played an hour ago, the others hours before."""
    ago = [timedelta(hours=1 + k) for k in range(len(heard))][::-1]
    plays: dict[str, Played] = {}
    for item_id, before in zip(heard, ago, strict=True):
        at_us = to_us(now - before)
        known = plays.get(item_id)
        plays[item_id] = Played(known.n_plays + 1 if known else 1, 0, at_us, at_us)
    recent = tuple(
        RecentListen(item_id, now - before, None, "play")
        for item_id, before in zip(heard, ago, strict=True)
    )[::-1]
    return Profile(
        listener_id=listener_id,
        at=now,
        plays=plays,
        tallies=tallies or {},
        recent=recent,
        marks=marks or {},
        snoozed=frozenset(snoozed),
        marked_at={},
        preferences=Preferences(**kw),
    )


class Service(SimpleNamespace):
    """What the tests hand about: a connection, a stock, the recipes, ways to make the rest."""

    profile_of = staticmethod(profile_of)
    track_id = staticmethod(track_id)
    artist_id = staticmethod(artist_id)

    def listener(self, seed, *, n=12, style=None, **kw):
        """Somebody who played ``n`` times in one style."""
        rng = np.random.default_rng(seed)
        heard = history(rng, seed % N_STYLES if style is None else style, n)
        now = kw.pop("now", self.now)
        return profile_of([track_id(*pair) for pair in heard], now, **kw)

    def situation(self, profile, surface="home", *, stock=None, budget=0.1, zone="UTC"):
        request = Request.of(profile, surface, time_zone=zone, budget=budget, seed=7)
        return Situation(request, stock or self.stock)

    def draft(self, store, profiles, terms, *, ahead):
        """Draft the next lists of listeners whose profiles are given instead of read."""
        known = {profile.listener_id: profile for profile in profiles}
        return weekly_build.draft(
            store.conn,
            store.writer,
            list(known),
            lambda profile: self.situation(known[profile.listener_id], "discover_weekly"),
            terms,
            now=profiles[0].at,
            ahead=ahead,
        )

    def stocked(self, **changed):
        parts = {"view": self.stock.view, "rulings": self.stock.rulings, "bundle": self.bundle}
        return stock_of(**parts | changed)


@pytest.fixture(scope="session")
def world():
    now = datetime.fromisoformat("2026-11-21T12:00:00+00:00")
    conn = connection()
    for sql, rows in items.changes(catalogue()):
        conn.executemany(sql, rows)
    bundle = trained(now)
    view = View.read(conn)
    return Service(
        conn=conn,
        bundle=bundle,
        stock=stock_of(view, NO_RULINGS, bundle),
        home=load("home"),
        weekly=load("discover_weekly"),
        now=now,
    )


@pytest.fixture
def ladder():
    return Ladder(lambda: 0.0)


@pytest.fixture
def listener(world):
    """Somebody of style 0 who played twelve times."""
    return world.listener(3, style=0)


@pytest.fixture
def store(world, tmp_path):
    """A home on disk with the small catalogue in it: a writer and a connection."""
    home = Home(tmp_path / "home").create()
    with connect(home) as conn:
        create_tables(conn, [schema(room) for room in ROOMS])
        with transaction(conn):
            for sql, rows in items.changes(catalogue()):
                conn.executemany(sql, rows)
        with Writer(home, [remember], now=lambda: world.now) as writer:
            yield SimpleNamespace(home=home, conn=conn, writer=writer)
    conn.close()
