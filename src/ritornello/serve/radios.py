"""What the API and the pages ask of radio: begin a station, go on, look at one.

Plain functions over a service, as in ``answers``. Each answer is committed before it is returned, and a
listener's requests are answered in turn, so that what one offered the next one knows.
"""

import sqlite3
from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from ritornello.kinds.decisions import Decision, Station
from ritornello.kinds.errors import BadValue, NotFound, UnknownName
from ritornello.kinds.events import Answer, Device, FreeText, ShortText
from ritornello.kinds.ids import ListenerId, uuid8
from ritornello.serve import answers
from ritornello.serve.access import no_listener
from ritornello.serve.service import Service
from ritornello.signals.intents import INTENTS
from ritornello.store.decisions import read_decision
from ritornello.surfaces import fallbacks, last_good, pool_store, radio, stations
from ritornello.surfaces.pacing import Pace
from ritornello.surfaces.situation import Situation
from ritornello.surfaces.stations import Aired

RADIO: Literal["radio"] = "radio"
N_SHOWN = 12
"""Stations, and tracks of one, that a page shows."""


class WantedRadio(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of radio: go on with ``station``, or begin one from ``seed`` (none: the listener's own).

    ``intent`` is what a new station is for, such as ``sleep``, and is logged as the answer it is; a seed that has one
    passes it on.
    """

    station: UUID | None = None
    seed: FreeText = ""
    intent: ShortText = ""
    n: Annotated[int, msgspec.Meta(ge=1, le=10)] = 1
    device: Device = "unknown"

    def checked(self) -> "WantedRadio":
        """Return the same, having made sure that it can be meant.

        Raises
        ------
        BadValue : a station that goes on keeps its seed and intent.
        UnknownName : nobody has such an intent.
        """
        if self.station is not None and (self.seed or self.intent):
            raise BadValue(
                "a station keeps its seed and intent; leave out station to begin another"
            )
        if self.intent and self.intent not in INTENTS:
            raise UnknownName.among("intent", self.intent, INTENTS)
        return self


class OnAir(msgspec.Struct, frozen=True):
    """A station, how it goes on, and the next tracks as a decision; none past its end."""

    station: Station
    title: str
    pace: Pace
    decision: Decision | None


async def go_on(service: Service, listener_id: ListenerId, wanted: WantedRadio) -> OnAir:
    """Decide a station's next tracks, commit the decision, then return it.

    Raises
    ------
    NotFound : the listener has left, or began no such station, or the seed is not known.
    BadValue, UnknownName : the request cannot be meant.
    StorageUnavailable : the decision could not be written down, so nothing may be played.
    """
    wanted = wanted.checked()
    async with service.turns.of(listener_id):
        began = service.seconds()
        found = await service.read(lambda conn: _decide(service, conn, listener_id, wanted))
        if found.decision is None:
            return found
        stored = await service.landing.of(service.writer.decide([found.decision]))
    if not all(stored):
        raise no_listener(listener_id)
    service.metrics.shown(found.decision, service.seconds() - began)
    if wanted.intent:
        await answers.record(service, [_stated(listener_id, wanted, found.decision)], intake=RADIO)
    return found


async def lately(service: Service, listener_id: ListenerId) -> list[tuple[Station, str]]:
    """Return the stations a listener began last and their titles, the newest first."""

    def read(conn: sqlite3.Connection) -> list[tuple[Station, str]]:
        view = service.catalogue.view(conn)
        found = stations.lately(conn, listener_id, N_SHOWN)
        return [(station, stations.named(station, view)) for station in found]

    return await service.read(read)


async def heard_on(
    service: Service, listener_id: ListenerId, station_id: UUID
) -> tuple[OnAir, Sequence[Aired]]:
    """Return a station as it stands, with its last answer, and what it offered lately, the newest first.

    Raises
    ------
    NotFound : the listener began no such station.
    """

    def read(conn: sqlite3.Connection) -> tuple[OnAir, Sequence[Aired]]:
        situation = answers.situated(service, conn, listener_id, RADIO)
        station = stations.find(conn, listener_id, station_id)
        asked, aired = _asked(service, conn, situation, station, 1)
        own = [each for each in aired if each.station_id == station_id][:N_SHOWN]
        last = read_decision(conn, service.home, own[0].decision_id) if own else None
        title = stations.named(station, situation.view)
        return OnAir(station, title, asked.pace, last), own

    return await service.read(read)


async def made_again(service: Service, shown: Decision) -> Decision | None:
    """Make a station's next tracks from what is known now, to be held against those shown; ``None`` where it is gone."""
    if shown.station is None:
        return None
    station_id, n = shown.station.station_id, len(shown.slots)
    wanted = WantedRadio(station=station_id, n=n, device=shown.device)

    def read(conn: sqlite3.Connection) -> Decision | None:
        try:
            return _decide(service, conn, shown.listener_id, wanted).decision
        except NotFound:
            return None

    return await service.read(read)


def _decide(
    service: Service, conn: sqlite3.Connection, listener_id: ListenerId, wanted: WantedRadio
) -> OnAir:
    situation = answers.situated(service, conn, listener_id, RADIO, wanted.device)
    if wanted.station is None:
        station = stations.begin(
            situation,
            wanted.seed,
            intent=wanted.intent,
            decision=lambda decision_id: read_decision(conn, service.home, decision_id),
            purpose=lambda name: _purpose(conn, name),
        )
    else:
        station = stations.find(conn, listener_id, wanted.station)
    asked, _ = _asked(service, conn, situation, station, wanted.n)
    decision = radio.decide(
        asked,
        service.ladders[RADIO],
        remembered=lambda: last_good.recall(
            service.readers.connection, service.home, listener_id, RADIO
        ),
        counted=lambda: fallbacks.counted(service.readers.connection),
    )
    return OnAir(station, stations.named(station, situation.view), asked.pace, decision)


def _stated(listener_id: ListenerId, wanted: WantedRadio, decision: Decision) -> Answer:
    """Return what a listener said their listening is for, as the event it is."""
    return Answer(
        event_id=uuid8(decision.made_at, listener_id, RADIO, str(decision.decision_id)),
        listener_id=listener_id,
        happened_at=decision.made_at,
        surface=RADIO,
        device=wanted.device,
        decision_id=decision.decision_id,
        question="intent",
        value=wanted.intent,
    )


def _purpose(conn: sqlite3.Connection, name: str) -> str:
    """Return what a moment is for; nothing where it was withdrawn."""
    found = pool_store.in_force(conn).get(name)
    return found.stands.intent if found else ""


def _asked(
    service: Service, conn: sqlite3.Connection, situation: Situation, station: Station, n: int
) -> tuple[radio.Next, Sequence[Aired]]:
    """Put a request of a station together with what it offered within the window."""
    recipe = service.recipes[RADIO]
    since = situation.request.at - radio.window(recipe)
    aired = stations.aired(conn, situation.profile.listener_id, since)
    return radio.asked(situation, station, recipe, aired, n), aired
