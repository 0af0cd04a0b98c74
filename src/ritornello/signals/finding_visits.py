"""Which visit, or which event of one, is meant by what somebody typed."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import duckdb

from ritornello.kinds.errors import NotFound, did_you_mean
from ritornello.store import lake

Row = dict[str, Any]


def find(duck: duckdb.DuckDBPyConnection, asked: str) -> tuple[str, str | None]:
    """Return the visit, and the event if that was asked for.

    Raises
    ------
    NotFound : no such event or visit was built; the message says what may be meant, and what to do.
    """
    if rows(duck, "SELECT 1 FROM visits WHERE visit_id = $id", {"id": asked}):
        return asked, None
    try:
        event_id = str(UUID(asked))
    except ValueError:
        raise NotFound(f"no visit {asked!r} was built{_near(duck, asked)}") from None
    found = rows(duck, "SELECT visit_id FROM activity WHERE event_id = $id", {"id": event_id})
    if not found:
        message = f"no event {event_id} in what was built"
        raise NotFound(f"{message}; if it is newer, run `ritornello signals build`")
    return found[0]["visit_id"], event_id


def _near(duck: duckdb.DuckDBPyConnection, asked: str) -> str:
    """Say which visits may be meant: the listener's latest or nearest in time, or a listener of a similar id."""
    listener_id, _, started = asked.rpartition("/") if "/" in asked else (asked, "", "")
    at_us = int(started) if re.fullmatch("[0-9]{1,18}", started) else 1 << 62
    found = rows(
        duck,
        "SELECT visit_id FROM visits WHERE listener_id = $who "
        "ORDER BY abs(CAST(started_at_us AS HUGEINT) - $at), visit_id LIMIT 3",
        {"who": listener_id, "at": at_us},
    )
    if found:
        return f"; the nearest of {listener_id} are {', '.join(row['visit_id'] for row in found)}"
    known = [row["listener_id"] for row in rows(duck, "SELECT DISTINCT listener_id FROM visits")]
    if not known:
        return "; run `ritornello signals build` first"
    near = did_you_mean(listener_id, known)
    return f"; nothing is known of a listener {listener_id!r}{near}"


def rows(
    duck: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any] | None = None
) -> list[Row]:
    """Return the rows of a query, by column."""
    with lake.readable():
        found = duck.execute(sql, dict(values or {}))
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
