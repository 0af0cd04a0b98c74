"""What a listener's pages showed on the days before, so that what was passed over makes room.

Impression discounting (Lee, Lakshmanan, Tiwari, Shah, KDD 2014): what stood on a page d days ago, and was not
played since, loses

    strength · spread · Σ_d 2^(−(d − 1) / ``HALF_LIFE_DAYS``)

of its score, where the spread is the standard deviation of the scores the shelf chooses among. So a favourite
comes back sooner than what only just made it, whoever has nothing else keeps what there is, and a page stays as it is through
its own day. Right for a page met every day; standing on a page counts whether or not it was in view.

One row a listener, surface and day's number modulo ``N_DAYS`` holds the day's last page: it does not
grow, and any order of arrival ends in the same rows.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import NONE, View
from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import AnyEvent
from ritornello.kinds.times import to_us, zone
from ritornello.listeners.taste import Taste
from ritornello.store.database import Change
from ritornello.surfaces.sources import Candidates

FloatArray = NDArray[np.float64]
Showings = Mapping[str, Sequence[str]]
"""Day → the ids of what the last page of that day showed."""

NOTHING_SHOWN: Showings = {}
N_DAYS = 14
HALF_LIFE_DAYS = 3.0
_A_DAY_S = 86_400.0
_REMEMBER = """
INSERT INTO showings (listener_id, surface, place, day, made_at_us, decision_id, item_ids)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (listener_id, surface, place) DO UPDATE SET
    day = excluded.day, made_at_us = excluded.made_at_us,
    decision_id = excluded.decision_id, item_ids = excluded.item_ids
WHERE (excluded.day, excluded.made_at_us, excluded.decision_id) > (day, made_at_us, decision_id)
"""
_READ = "SELECT day, item_ids FROM showings WHERE listener_id = ? AND surface = ?"
_ids = msgspec.json.Decoder(list[str])


def remember(records: Sequence[AnyEvent | Decision]) -> Iterable[Change]:
    """Reduce decisions without a period to the last page of each listener, surface and day."""
    rows = [
        _row(record)
        for record in records
        if isinstance(record, Decision) and record.period is None and record.surface == "home"
    ]
    return [(_REMEMBER, rows)] if rows else []


def recall(conn: sqlite3.Connection, listener_id: str, surface: str) -> Showings:
    """Read the last pages of the days that are remembered."""
    found = conn.execute(_READ, (listener_id, surface))
    return {day: _ids.decode(item_ids) for day, item_ids in found}


def exposure(showings: Showings, view: View, own: Taste, today: date) -> FloatArray:
    """Return how much each row was shown of late and passed over: (n_rows + 1,), the last for no row.

    Only days before ``today`` count, and of those only what was not played since they began.

    Parameters
    ----------
    own : what the listener heard, in rows of the catalogue.
    """
    shown, lately = np.zeros(len(view) + 1), np.zeros(len(view) + 1)
    played = own.n_plays > 0
    ages_s = np.nan_to_num(own.last_age_s[played], nan=np.inf)
    lately[own.columns[played]] = 1.0 / (1.0 + ages_s)
    ages = {day: (today - date.fromisoformat(day)).days for day in showings}
    past = {day: item_ids for day, item_ids in showings.items() if 0 < ages[day] <= N_DAYS}
    find = view.number.get
    rows = np.array([find(i, NONE) for item_ids in past.values() for i in item_ids], np.int64)
    n_days = np.repeat([ages[day] for day in past], [len(item_ids) for item_ids in past.values()])
    kept = lately[rows] < 1.0 / (1.0 + (n_days + 1) * _A_DAY_S)
    np.add.at(shown, rows[kept], np.exp2(-(n_days[kept] - 1) / HALF_LIFE_DAYS))
    shown[NONE] = 0.0
    return shown


def discounted(candidates: Candidates, shown: FloatArray, strength: float, n: int) -> Candidates:
    """Return candidates with what was passed over further back, still best first.

    Parameters
    ----------
    shown : (n_rows + 1,) exposure of every row.
    n : how many of the best the spread is taken of.
    """
    passed_over = shown[candidates.rows]
    if not strength or not passed_over.any():
        return candidates
    spread = float(candidates.scores[:n].std())
    scores = candidates.scores - strength * spread * passed_over
    return candidates.scored(scores)


def _row(decision: Decision) -> tuple[object, ...]:
    local = decision.made_at.astimezone(zone(decision.time_zone)).date()
    item_ids = msgspec.json.encode([slot.item_id for slot in decision.slots])
    return (
        decision.listener_id,
        decision.surface,
        local.toordinal() % N_DAYS,
        local.isoformat(),
        to_us(decision.made_at),
        decision.decision_id.bytes,
        item_ids,
    )
