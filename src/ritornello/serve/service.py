"""Everything one running server holds, put together once.

Handlers never reach past this struct: they find the store, the catalogue in columns, the models in
force, the recipes, the clock and the limits here. Tests put together the same struct over a
temporary home with a clock of their own.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from datetime import datetime
from typing import TypeVar

import msgspec

from ritornello.catalog.rulings import in_force
from ritornello.catalog.view import EMPTY, View
from ritornello.kinds.settings import Settings
from ritornello.models.bundle import Current
from ritornello.policies import kept_beliefs
from ritornello.serve.access import KeyRing
from ritornello.serve.jobs import Jobs
from ritornello.serve.landing import Landing
from ritornello.serve.limits import Buckets, Ceiling
from ritornello.serve.metrics import Metrics
from ritornello.serve.playing import PlayingNow
from ritornello.serve.study import Study
from ritornello.serve.turns import Turns
from ritornello.serve.understanding import Understanding
from ritornello.store.database import Readers
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.recipes import Recipe, Surface
from ritornello.surfaces.search import index, passage_building
from ritornello.surfaces.search.language_model import Reader
from ritornello.surfaces.situation import Stock, stock_of

T = TypeVar("T")

REST_PER_WORK = 20


class Catalogue:
    """The newest snapshot of the catalogue, refreshed when read.

    A refresh that took *t* seconds is followed by at least 20 *t* without another, so that a
    growing catalogue never costs more than a twentieth of the time; nothing is delayed where
    refreshing is cheap.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._refreshing = threading.Lock()
        self._view = EMPTY
        self._rested_at = seconds()

    @property
    def latest(self) -> View:
        """The snapshot last made, without looking for news."""
        return self._view

    def view(self, conn: sqlite3.Connection) -> View:
        """Return the snapshot to answer one request from, refreshed if it is time."""
        began = self._seconds()
        if began >= self._rested_at and self._refreshing.acquire(blocking=self._view is EMPTY):
            try:
                self._view = self._view.refresh(conn)
                ended = self._seconds()
                self._rested_at = ended + REST_PER_WORK * (ended - began)
            finally:
                self._refreshing.release()
        return self._view

    def newest(self, conn: sqlite3.Connection) -> View:
        """Return a snapshot with all that is stored by now, rest or no rest: for who would else be told it is unknown."""
        with self._refreshing:
            self._view = self._view.refresh(conn)
            return self._view


class Stockroom:
    """What there is to choose from right now: catalogue, editors' rulings, models in force.

    The stock is put together anew only when one of the three has changed.
    """

    def __init__(self, catalogue: Catalogue, bundles: Current, now: Callable[[], datetime]) -> None:
        self._catalogue = catalogue
        self._bundles = bundles
        self._now = now
        self._stock: Stock | None = None

    def stock(self, conn: sqlite3.Connection) -> Stock:
        """Return the stock to answer one request from; it never changes."""
        before, bundle = self._stock, self._bundles.bundle
        view, rulings = self._catalogue.view(conn), in_force(conn, self._now())
        if (
            before is None
            or before.view is not view
            or before.bundle is not bundle
            or before.rulings != rulings
        ):
            self._stock = before = stock_of(view, rulings, bundle, before)
        return before


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One running server's parts.

    ``readers`` gives each thread of ``pool`` its own read-only connection. ``ladders`` holds each
    surface's own breakers and deadline, ``moments_ladder`` those of moments, which pools stand for instead of a
    recipe; Home's thinks in threads of its own, so that a stuck model
    leaves the reading free. ``names`` is the index of everything that has a name, ``spoken`` that of what is said in
    episodes, ``meant`` what can be meant in the catalogue; all three follow it from threads of their own. ``reader`` asks a
    language model, where one is set.
    ``open_to_visitors``: the home is simulated and bound to loopback, so that a visitor may pick a
    listener without a key. ``seconds`` never goes back; ``now`` is the wall clock in UTC.
    """

    home: Home
    settings: Settings
    writer: Writer
    readers: Readers
    pool: Executor
    catalogue: Catalogue
    bundles: Current
    stockroom: Stockroom
    beliefs: kept_beliefs.Current
    ladders: Mapping[Surface, Ladder]
    moments_ladder: Ladder
    recipes: Mapping[Surface, Recipe]
    names: index.Current
    spoken: passage_building.Current
    meant: Understanding
    reader: Reader | None
    keys: KeyRing
    buckets: Buckets
    ceiling: Ceiling
    playing: PlayingNow
    jobs: Jobs
    landing: Landing
    turns: Turns
    study: Study
    metrics: Metrics
    now: Callable[[], datetime]
    seconds: Callable[[], float]
    simulated: bool = False
    open_to_visitors: bool = False

    @property
    def is_indexed(self) -> bool:
        """Whether the names of the catalogue, and what is said in it, can be searched without an index made anew."""
        self.names.refresh()
        return not self.names.is_behind and self.spoken.refresh() is not None

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run a reading job in a thread of the pool, with that thread's connection."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.pool, lambda: job(self.readers.connection))
