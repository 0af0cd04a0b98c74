"""What may come next on a station, and when a station for sleep comes to its end.

Nothing comes twice within the recipe's window, whether radio offered it or the listener heard it
elsewhere, and no artist within the recipe's spacing, as long as the rules leave that much else; both are masked
before the draw. Where they do not, the spacing gives way first, then the window, oldest first: a radio
is never silent while anything may be played.

For sleep, time counts from the last touch: the beginning of the station, a skip, a word (love, ban,
save …) or a play of something the station did not offer. The energy asked for falls to 0 (*settling*);
then nothing new comes and an end is proposed (*ending*); then there is none to come (*ended*) until a touch.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec
import numpy as np

from ritornello.catalog.view import KINDS, NONE
from ritornello.kinds.decisions import Station
from ritornello.kinds.ids import kind_of
from ritornello.kinds.times import Instant, to_us
from ritornello.surfaces.recipes import StationShape
from ritornello.surfaces.rules import Mask
from ritornello.surfaces.situation import Rows, Situation
from ritornello.surfaces.stations import Aired

SLEEP = "sleep"
_EPISODES = ("episode", "show")

Phase = Literal["playing", "settling", "ending", "ended"]


class Pace(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a station goes on: its phase, the energy asked for in [0, 1], and when it ends if untouched."""

    phase: Phase = "playing"
    energy: float | None = None
    ends_at: Instant | None = None


class Open(msgspec.Struct, frozen=True):
    """Which rows may be drawn next and which may stand there by an editor's pin, shape (n_rows,).

    A pin stands before the spacing of artists, not before the window. ``because`` says what gave way.
    """

    rows: Mask
    pinnable: Mask
    because: str = ""


def pace_of(
    situation: Situation, station: Station, aired: Sequence[Aired], shape: StationShape
) -> Pace:
    """Return how a station goes on now; only one for sleep ever ends."""
    if station.intent != SLEEP:
        return Pace()
    touched_at = last_touch(situation, station, aired)
    ends_at = touched_at + timedelta(hours=shape.stops_after_h)
    minutes = (situation.request.at - touched_at).total_seconds() / 60
    energy = max(0.0, 1 - minutes / shape.settle_min) * _energy_of(situation, station)
    if situation.request.at >= ends_at:
        return Pace("ended", 0.0, ends_at)
    return Pace("ending" if minutes >= shape.quiet_after_min else "settling", energy, ends_at)


def last_touch(situation: Situation, station: Station, aired: Sequence[Aired]) -> datetime:
    """Return when the listener last did something about what they hear."""
    profile, own = situation.profile, {each.item_id for each in aired}
    heard = [
        listen.started_at + timedelta(milliseconds=listen.ms_played or 0)
        for listen in profile.recent
        if listen.reading == "skip" or listen.item_id not in own
    ]
    touches = (at for at in [*heard, *profile.marked_at.values()] if at <= profile.at)
    return max([station.started_at, *touches])


def open_rows(
    situation: Situation, station: Station, aired: Sequence[Aired], shape: StationShape, n: int
) -> Open:
    """Return the rows from which the next ``n`` tracks may be drawn."""
    allowed = _of_its_kind(situation, station)
    lately = _lately(situation, aired, shape)
    fresh = allowed.copy()
    fresh[lately] = False
    spaced = fresh & ~_by_the_last(situation, aired, shape)
    if np.count_nonzero(spaced) >= n:
        return Open(spaced, fresh)
    if np.count_nonzero(fresh) >= n:
        return Open(fresh, fresh, "artists come again sooner: too few others may be played")
    n_allowed = int(np.count_nonzero(allowed))
    resting = lately[allowed[lately]][: max(0, n_allowed - max(n, n_allowed // 2))]
    allowed[resting] = False
    because = f"tracks come again within {shape.repeat_after_h:g} h: nothing else is left"
    return Open(allowed, fresh, because)


def _of_its_kind(situation: Situation, station: Station) -> Mask:
    """Return what the rules allow of the kind a station plays; of any, where there is none of it."""
    kind = "episode" if kind_of(station.seed) in _EPISODES else "track"
    allowed = situation.drawable & (situation.view.kind == KINDS.index(kind))
    return allowed if allowed.any() else situation.drawable.copy()


def _lately(situation: Situation, aired: Sequence[Aired], shape: StationShape) -> Rows:
    """Return the rows offered or heard within the window, the latest first, each once."""
    since_us = to_us(situation.request.at - timedelta(hours=shape.repeat_after_h))
    last_us = {
        item_id: played.last_at_us
        for item_id, played in situation.profile.plays.items()
        if played.last_at_us > since_us
    }
    for each in aired:
        last_us[each.item_id] = max(each.aired_at_us, last_us.get(each.item_id, since_us))
    latest_first = sorted(last_us, key=lambda item_id: -last_us[item_id])
    rows = situation.view.rows(latest_first)
    return rows[np.sort(np.unique(rows, return_index=True)[1])]


def _by_the_last(situation: Situation, aired: Sequence[Aired], shape: StationShape) -> Mask:
    """Return which rows are by an artist of the last few tracks offered, or heard within the window."""
    view, n = situation.view, shape.artist_spacing
    since = situation.request.at - timedelta(hours=shape.repeat_after_h)
    ids = [each.item_id for each in aired[:n]]
    ids += [each.item_id for each in situation.profile.recent[:n] if each.started_at > since]
    artists = np.unique(view.artist[view.rows(ids)])
    by_them: Mask = np.isin(view.artist, artists[artists != NONE])
    return by_them


def _energy_of(situation: Situation, station: Station) -> float:
    """Return the mean energy of what a station began from; a half where nobody knows it."""
    energies = situation.view.energy[situation.view.rows(station.anchor_ids)]
    known = energies[~np.isnan(energies)]
    return float(known.mean()) if known.size else 0.5
