"""A home put into service: tables, writer, readers, models, limits; and closed again in order."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from typing import Protocol, get_args

from ritornello.kinds.settings import Settings
from ritornello.models.bundle import Current
from ritornello.policies import kept_beliefs
from ritornello.serve.access import Caller, KeyRing
from ritornello.serve.jobs import Jobs
from ritornello.serve.landing import Landing
from ritornello.serve.limits import Buckets, Ceiling
from ritornello.serve.metrics import Metrics
from ritornello.serve.playing import PlayingNow
from ritornello.serve.service import Catalogue, Service, Stockroom
from ritornello.serve.study import Study
from ritornello.serve.turns import Turns
from ritornello.serve.understanding import Understanding
from ritornello.store import keys
from ritornello.store.appending import Reducer
from ritornello.store.database import Readers
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.surfaces import recipes
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.search import index, language_model, passage_building

N_READERS = 4
N_THINKERS = 32
"""Each reader waits for one, and each rung of a ladder may have left one behind a reader."""
LOOK_FOR_MODELS_S = 2.0
LOOK_FOR_BELIEFS_S = 1.0
LOOK_FOR_NEWS_S = 0.25
"""How often what search stands on looks whether the catalogue changed: within a second it is to be found."""
# A list stands for its period: it waits for the models rather than settle for a lower rung.
LIST_DEADLINE_S = 30.0


@contextmanager
def open_service(
    home: Home,
    settings: Settings,
    reducers: Sequence[Reducer],
    *,
    now: Callable[[], datetime],
    seconds: Callable[[], float],
    simulated: bool = False,
    on_loopback: bool = True,
) -> Iterator[Service]:
    """Put a service together over a home, and take it apart at the end of the block.

    Parameters
    ----------
    home : its tables exist.
    reducers : what stored events and decisions change beside the log.
    now : the wall clock in UTC. ``seconds`` : a clock that never goes back.
    simulated : the home holds a simulated world; on loopback a visitor may then pick a listener.
    """
    with ExitStack() as closing:
        writer = closing.enter_context(Writer(home, reducers, now=now))
        readers = Readers(home)
        closing.callback(readers.close)
        pool = closing.enter_context(ThreadPoolExecutor(N_READERS, "reader"))
        thinkers = closing.enter_context(ThreadPoolExecutor(N_THINKERS, "thinker"))
        study = Study(home, readers)
        closing.callback(study.close)
        bundles, beliefs = Current(home), kept_beliefs.Current(home, readers)
        bundles.refresh()
        beliefs.refresh()
        catalogue = Catalogue(seconds)
        stockroom = Stockroom(catalogue, bundles, now)
        names, spoken = index.Current(home, readers), passage_building.Current(home, readers)
        meant = Understanding(stockroom.stock, readers, settings["seed"], seconds)
        _follow(closing, LOOK_FOR_MODELS_S, bundles)
        _follow(closing, LOOK_FOR_BELIEFS_S, beliefs)
        _follow(closing, LOOK_FOR_NEWS_S, names, spoken, meant)
        yield Service(
            home=home,
            settings=settings,
            writer=writer,
            readers=readers,
            pool=pool,
            catalogue=catalogue,
            bundles=bundles,
            stockroom=stockroom,
            beliefs=beliefs,
            ladders=_ladders(settings, seconds, thinkers),
            moments_ladder=_thinking(settings, seconds, thinkers, "home_deadline_ms"),
            recipes={name: recipes.load(name) for name in get_args(recipes.Surface)},
            names=names,
            spoken=spoken,
            meant=meant,
            reader=language_model.reader_of(settings),
            keys=KeyRing(lambda key: _caller(readers, key, now()), seconds),
            buckets=Buckets(seconds),
            ceiling=Ceiling(),
            playing=PlayingNow(seconds),
            jobs=Jobs(home, now),
            landing=Landing(),
            turns=Turns(),
            study=study,
            metrics=Metrics(),
            now=now,
            seconds=seconds,
            simulated=simulated,
            open_to_visitors=simulated and on_loopback,
        )


class _Following(Protocol):
    """Something that keeps itself up with the home in a thread of its own."""

    def watch(self, every_s: float) -> None:
        """Look for news every ``every_s`` seconds until closed."""

    def close(self) -> None:
        """Stop looking."""


def _follow(closing: ExitStack, every_s: float, *following: _Following) -> None:
    for each in following:
        each.watch(every_s)
        closing.callback(each.close)


def _ladders(
    settings: Settings, seconds: Callable[[], float], thinkers: Executor
) -> dict[recipes.Surface, Ladder]:
    """Return each surface's own breakers and deadline; pages, search and radio think in threads of their own."""
    thinking = partial(_thinking, settings, seconds, thinkers)
    return {
        "home": thinking("home_deadline_ms"),
        "radio": thinking("radio_deadline_ms"),
        "search": thinking("search_deadline_ms"),
        "discover_weekly": Ladder(seconds, deadline_s=LIST_DEADLINE_S),
        "daily_mix": Ladder(seconds, deadline_s=LIST_DEADLINE_S),
    }


def _thinking(
    settings: Settings, seconds: Callable[[], float], thinkers: Executor, deadline: str
) -> Ladder:
    return Ladder(seconds, deadline_s=settings[deadline] / 1000, thinkers=thinkers)


def _caller(readers: Readers, secret: str, now: datetime) -> Caller | None:
    """Return whose key or web session this is, asking the store."""
    conn = readers.connection
    principal = keys.check(conn, secret) or keys.check_session(conn, now, secret)
    if principal is None:
        return None
    return Caller(principal.role, principal.key_id or "", principal.listener_id)
