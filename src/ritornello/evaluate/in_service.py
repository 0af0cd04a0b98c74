"""The past put into service: models trained on it, its catalogue and rulings in stock, and whoever asks.

What is asked here is asked as a server or the command line asks it: a profile read from the tables, a request with the
service's settings, a situation before a stock. Only the clock is the split's.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property

import msgspec
import numpy as np
from msgspec.structs import replace

from ritornello.catalog.rulings import in_force
from ritornello.catalog.view import View
from ritornello.evaluate.as_of import Past
from ritornello.kinds.errors import UnknownName
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.randomness import derive
from ritornello.kinds.settings import Settings
from ritornello.listeners.profile import read_profile
from ritornello.models import bundle
from ritornello.models.extract import read_genres, read_interactions
from ritornello.models.interactions import Interactions
from ritornello.models.optional import OPTIONAL, wanted
from ritornello.models.scorer import Scorer
from ritornello.models.training import TrainingConfig, train
from ritornello.store import artefacts, lake
from ritornello.store.database import connect
from ritornello.surfaces.situation import Request, Situation, Stock, stock_of

BLEND = "blend"
SCORERS = (BLEND, *bundle.BLENDED, *OPTIONAL)


class InService(msgspec.Struct, frozen=True, dict=True):
    """A past with its models trained; ``interactions`` is what they were trained on."""

    past: Past
    conn: sqlite3.Connection
    settings: Settings
    interactions: Interactions
    stock: Stock

    def situations(self, listeners: Sequence[ListenerId]) -> list[Situation]:
        """Return each listener before the stock, at the instant from which on nothing of them is known."""
        settings = self.settings
        found = []
        for who in listeners:
            profile = read_profile(self.conn, who, self.past.split.at_of(who))
            request = Request.of(
                profile, "home", time_zone=settings["time_zone"],
                budget=settings["exploration_budget"], seed=settings["seed"],
            )  # fmt: skip
            found.append(Situation(request, self.stock))
        return found

    def scorer(self, name: str) -> Scorer:
        """Return the blend, a part of it, or one that ``train_also`` could name, trained where it does not.

        Raises
        ------
        UnknownName : no such scorer.
        """
        models = self.stock.bundle
        if models is not None and name == BLEND:
            return models.blend
        if models is not None and name in models.scorers:
            return models.scorers[name]
        if name in self._beside:
            return self._beside[name]
        if name in OPTIONAL:
            config, train_one = OPTIONAL[name]
            return self._beside.setdefault(name, train_one(self.interactions, config))
        raise UnknownName.among("scorer", name, SCORERS)

    @cached_property
    def _beside(self) -> dict[str, Scorer]:
        return {}


@contextmanager
def in_service(
    past: Past, settings: Settings, config: TrainingConfig | None = None
) -> Iterator[InService]:
    """Train on a past what ``train`` trains, ``train_also`` too, put it in use there, and let it be asked.

    Chance derives from the service's seed and the split, so the same past gives the same models.
    """
    home, at = past.home, past.split.at
    rng = derive(settings["seed"], "offline", past.split.name, at.isoformat())
    config = replace(config or TrainingConfig(), optional=wanted(settings["train_also"]))
    with closing(connect(home, read_only=True)) as conn:
        with lake.open_lake(home) as duck:
            lake.relation(duck, home, "listen")
            played = read_interactions(duck, "listen", conn, now=at)
        played = _as_asked(played, past)
        models = None
        if played.n_items:
            genres = read_genres(conn, played.vocabulary)
            made = train(played, config, rng, trained_at=at, genres=genres)
            artefacts.switch(home, bundle.save(home, made))
            models = bundle.Current(home).refresh()
        stock = stock_of(View.read(conn), in_force(conn, at), models)
        yield InService(past, conn, settings, played, stock)


def _as_asked(played: Interactions, past: Past) -> Interactions:
    """Let each listener's ages count from the instant they are asked at."""
    own = past.split.own
    if not own:
        return played
    now_s = [past.split.at_of(who).timestamp() for who in played.listeners]
    return replace(played, now_s=np.array(now_s))
