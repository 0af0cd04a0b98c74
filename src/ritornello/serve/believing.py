"""What the tables of signals let us believe of somebody: habits, breadth, what they keep of the new, flags.

Each belief is a question of its own to the ``study``, so that one that takes long keeps no other from being told. A page
waits a moment for them; what is not there by then is there when it is asked for again.
"""

import asyncio
import sqlite3
from functools import partial
from typing import TypeVar

import msgspec

from ritornello.kinds.errors import ArtefactUnusable, Overloaded
from ritornello.kinds.ids import ListenerId
from ritornello.listeners import artificial, breadth, habits, receptivity
from ritornello.listeners.artificial import Flag
from ritornello.listeners.breadth import Breadth, Space
from ritornello.listeners.receptivity import BASES, Receptivity
from ritornello.models.bundle import Bundle
from ritornello.serve.meanings import days_of
from ritornello.serve.service import Service
from ritornello.serve.study import Desk, Question
from ritornello.signals.building import open_tables

T = TypeVar("T")

PATIENCE_S = 1.0
MOST_LISTENERS = 2_000
"""So many, drawn by a hash of their ids, stand for the crowd while others are being served."""
MOST_BREADTHS = 500
MOST_ITEMS = 100_000
"""Of a larger catalogue a server holds no second copy of the vectors."""


class Usual(msgspec.Struct, frozen=True):
    """When and on what somebody usually listens: probabilities that sum to 1, and the hours they rest on.

    ``by_hour`` is (7 weekdays from Monday, 24 local hours); ``share_own`` of it is their own, the rest the crowd's.
    """

    by_hour: tuple[tuple[float, ...], ...]
    by_device: dict[str, float]
    n_hours: float
    share_own: float


class Believed(msgspec.Struct, frozen=True):
    """What is believed of a listener from what was built through a day; ``None`` or nothing: no evidence.

    ``unfinished``: something is still being worked out, or takes longer than a server gives it.
    """

    through_on: str | None
    usual: Usual | None = None
    breadth: Breadth | None = None
    kept_new: tuple[Receptivity, ...] = ()
    flags: tuple[Flag, ...] = ()
    unfinished: bool = False


async def of(
    service: Service, listener_id: ListenerId, *, patience_s: float | None = PATIENCE_S
) -> Believed:
    """Return what is believed of a listener, as far as it is known within a moment."""

    def built(conn: sqlite3.Connection) -> str | None:
        return max(days_of(conn, "readings"), default=None)

    through_on = await service.read(built)
    if through_on is None:
        return Believed(None)
    bundle = service.bundles.bundle
    late: list[Exception] = []

    async def asked(question: Question[T]) -> T | None:
        try:
            return await service.study.ask(question, patience_s=patience_s)
        except Overloaded as error:
            late.append(error)
            return None

    usual, wide, kept_new, flags = await asyncio.gather(
        asked(partial(_usual, listener_id=listener_id)),
        asked(partial(_breadth, listener_id=listener_id, bundle=bundle)),
        asked(partial(_kept_new, listener_id=listener_id)),
        asked(partial(_flags, listener_id=listener_id)),
    )
    return Believed(through_on, usual, wide, kept_new or (), flags or (), unfinished=bool(late))


def _usual(desk: Desk, *, listener_id: ListenerId) -> Usual | None:
    def found() -> Usual | None:
        open_tables(desk.duck, desk.home, ("readings",))
        crowd = desk.once(
            "habits",
            lambda: habits.crowd_of(habits.read(desk.duck, most_listeners=MOST_LISTENERS)),
        )
        own = habits.of(habits.read(desk.duck, listener_id=listener_id), crowd)
        if not own.n_hours:
            return None
        by_hour = own.p.sum(axis=2).T  # local_hour, weekday, device → weekday, local_hour
        return Usual(
            tuple(map(tuple, by_hour.tolist())), own.along("device"), own.n_hours, own.share_own
        )

    return desk.once(f"usual {listener_id}", found)


def _breadth(desk: Desk, *, listener_id: ListenerId, bundle: Bundle | None) -> Breadth | None:
    if bundle is None or len(bundle.vocabulary) > MOST_ITEMS:
        return None

    def found() -> Breadth | None:
        try:
            factors = bundle.ials.factors
        except ArtefactUnusable:
            return None
        space = desk.once(
            f"space {bundle.version}", lambda: Space.of(bundle.vocabulary.columns, factors)
        )
        open_tables(desk.duck, desk.home, ("readings",))
        everybody = desk.once(
            f"breadths {bundle.version}",
            lambda: breadth.read(desk.duck, space, most_listeners=MOST_BREADTHS),
        )
        own = breadth.read(desk.duck, space, listener_id=listener_id).of(listener_id)
        return everybody.placed(own[0]) if own else None

    return desk.once(f"breadth {bundle.version} {listener_id}", found)


def _kept_new(desk: Desk, *, listener_id: ListenerId) -> tuple[Receptivity, ...]:
    """Return the share of the new that is kept, on each basis on which the listener has trials that are over."""

    def found() -> tuple[Receptivity, ...]:
        open_tables(desk.duck, desk.home, ("readings", "outcomes", "shown"))
        trials = desk.once(
            "trials", lambda: receptivity.read(desk.duck, most_listeners=MOST_LISTENERS)
        )
        own = receptivity.read(desk.duck, listener_id=listener_id)
        told = (
            receptivity.of(own, listener_id, basis, receptivity.crowd_of(trials, basis))
            for basis in BASES
            if own.on(basis).observed.any()
        )
        return tuple(each for each in told if each.n_trials)

    return desk.once(f"kept new {listener_id}", found)


def _flags(desk: Desk, *, listener_id: ListenerId) -> tuple[Flag, ...]:
    """Return the flags of a listener's days."""

    def found() -> list[Flag]:
        open_tables(desk.duck, desk.home, ("readings", "visits"))
        return artificial.flags(desk.duck)

    return tuple(flag for flag in desk.once("flags", found) if flag.listener_id == listener_id)
