"""Which days must be made again: those that are not made from what their reach holds now.

What a part (a day of a table, or a whole table) is made from is one digest of its SQL and of all its
reach: the names of the lake's files, what other tables' parts were made from in turn, the marks that
a change of the catalogue or of a listener's state left on days, and what does not go by days at all.
"""

import hashlib
import sqlite3
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from ritornello.kinds.times import EPOCH
from ritornello.signals import inputs, state
from ritornello.signals.shapes import KIND
from ritornello.signals.tables import Reach, Table
from ritornello.store import deriving, manifest
from ritornello.store.manifest import Entry

DAY = timedelta(days=1)
OBSERVED = "observed"
BEGINNING, END = date.min.isoformat(), date.max.isoformat()


class Lineage(msgspec.Struct, frozen=True):
    """What the lake holds and what was made from what, at one instant.

    ``files`` by kind and day; ``made`` by kind and day what it was made from; ``same`` for inputs that do
    not go by days what they are; ``through_us`` the last instant any event is known of.
    """

    files: Mapping[str, Mapping[str, Sequence[Entry]]]
    made: Mapping[str, Mapping[str, str]]
    same: Mapping[str, str]
    through_us: int

    def days(self, need: str) -> Iterable[str]:
        """Return the days on which an input or table has rows."""
        kind = self.kind(need)
        emptied = self.made.get(kind, ()) if need in inputs.RAW else ()
        return {dt for dt in (*self.files.get(kind, ()), *emptied) if dt != deriving.WHOLE}

    def kind(self, need: str) -> str:
        """Return the manifest's word for an input or table."""
        return need if need in inputs.RAW else KIND + need

    def within(self, need: str, first: str, last: str) -> list[Entry]:
        """Return the files of an input or table from a day to another; those of a whole one."""
        parts = self.files.get(self.kind(need), {})
        return [
            entry
            for dt, entries in parts.items()
            if dt == deriving.WHOLE or first <= dt <= last
            for entry in entries
        ]


def lineage(conn: sqlite3.Connection, same: Mapping[str, str], through_us: int) -> Lineage:
    """Read what there is; ``same`` and ``through_us`` are as in :class:`Lineage`."""
    files: dict[str, dict[str, list[Entry]]] = {}
    for entry in manifest.entries(conn):
        files.setdefault(entry.kind, {}).setdefault(entry.dt, []).append(entry)
    return Lineage(files, deriving.made_from(conn), same, through_us)


def stale(table: Table, known: Lineage, *, full: bool = False) -> dict[str, str]:
    """Return the parts of a table that must be made, each with what it will be made from.

    With ``full`` these are all parts; those that have nothing in reach any more are made empty.
    """
    wanted = sources(table, known)
    made = known.made.get(KIND + table.name, {})
    gone = dict.fromkeys(made.keys() - wanted, "")
    return {
        dt: source
        for dt, source in sorted({**wanted, **gone}.items())
        if full or made.get(dt) != source
    }


def sources(table: Table, known: Lineage) -> dict[str, str]:
    """Return what every part of a table is made from now."""
    head = hashlib.sha256((inputs.definition(table.name) or table.sql).encode())
    for need in table.needs:
        head.update(f"\n{need}: {inputs.definition(need)} {known.same.get(need)}".encode())
    calendars = [_calendar(need, known) for need in table.needs]
    parts = [deriving.WHOLE] if table.day is None else candidates(table, known)
    return {dt: _digest(head, table, calendars, dt, known) for dt in parts}


def candidates(table: Table, known: Lineage) -> list[str]:
    """Return the days a table may have rows on: those whose reach holds any."""
    back, forward = table.reach.back or 0, table.reach.forward or 0
    days = {
        shifted(dt, offset)
        for need in table.needs
        if need not in state.NAMES
        for dt in known.days(need)
        for offset in range(-forward, back + 1)
    }
    return sorted(days)


def span(reach: Reach, first: str, last: str) -> tuple[str, str]:
    """Return the first and the last day that days ``first`` to ``last`` depend on."""
    return (
        BEGINNING if reach.back is None else shifted(first, -reach.back),
        END if reach.forward is None else shifted(last, reach.forward),
    )


def shifted(dt: str, n_days: int) -> str:
    """Return the day so many days later.

    Examples
    --------
    >>> shifted("2026-12-31", 1), shifted("2026-12-31", -31)
    ('2027-01-01', '2026-11-30')
    """
    return (date.fromisoformat(dt) + n_days * DAY).isoformat()


def ends_us(dt: str) -> int:
    """Return the first instant after a day, in microseconds since 1970."""
    return (date.fromisoformat(dt) - EPOCH.date() + DAY) // timedelta(microseconds=1)


class _Calendar(msgspec.Struct, frozen=True):
    """What an input or table is on each day: the days in order, and a digest of each."""

    days: list[str]
    digests: list[bytes]

    def between(self, first: str, last: str) -> bytes:
        """Return the days from one to another with their digests, and what is of no day."""
        start = bisect_left(self.days, first)
        whole = self.digests[:1] if self.days[:1] == [deriving.WHOLE] else []
        return b"".join([*whole, *self.digests[start : bisect_right(self.days, last)]])


def _calendar(need: str, known: Lineage) -> _Calendar:
    if need in inputs.RAW:
        files, emptied = known.files.get(need, {}), known.made.get(need, {})
        parts = {dt: _origins(files.get(dt, ()), emptied.get(dt, "")) for dt in known.days(need)}
    else:
        parts = dict(known.made.get(need if need in state.NAMES else KIND + need, {}))
    days = sorted(parts)
    return _Calendar(days, [hashlib.sha256(f"{dt} {parts[dt]}".encode()).digest() for dt in days])


def _origins(entries: Sequence[Entry], emptied: str) -> str:
    """Return the names of a day's files as they were sealed, also of those an erasure emptied."""
    names = {deriving.origin(entry.path) for entry in entries}.union(emptied.split())
    return " ".join(sorted(names))


def _digest(
    head: "hashlib._Hash", table: Table, calendars: Sequence[_Calendar], dt: str, known: Lineage
) -> str:
    """Return one digest of a part's SQL and of all that lies in its reach."""
    first, last = (BEGINNING, END) if dt == deriving.WHOLE else span(table.reach, dt, dt)
    sha = head.copy()
    for calendar in calendars:
        sha.update(calendar.between(first, last) + b"\n")
    if OBSERVED in table.needs:
        through_us = known.through_us if last == END else min(known.through_us, ends_us(last))
        sha.update(str(through_us).encode())
    return sha.hexdigest()
