"""Small tables of signals, laid from rows that name only what matters; the rest is ``NULL``."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np

from ritornello.kinds.times import to_us
from ritornello.signals.shapes import shapes

DAY_US = 86_400_000_000
HOUR_US = DAY_US // 24
MINUTE_US = HOUR_US // 60
START_US = to_us(datetime(2026, 8, 3, tzinfo=UTC))  # a Monday


def lay(**tables: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
    """Return a database with these tables, given as columns; a scalar holds for every row."""
    duck = duckdb.connect(config={"threads": 1})
    for name, columns in tables.items():
        shape = shapes()[name]
        assert set(columns) <= set(shape), set(columns) - set(shape)
        duck.execute(
            f"CREATE TABLE {name} ({', '.join(f'{each} {kind}' for each, kind in shape.items())})"
        )
        n = max(
            (len(v) for v in columns.values() if not np.isscalar(v) and v is not None), default=0
        )
        if n:
            given = {c: v if _is_column(v) else np.full(n, v) for c, v in columns.items()}
            duck.register("given", {c: np.asarray(v) for c, v in given.items()})
            duck.execute(f"INSERT INTO {name} BY NAME SELECT * FROM given")
            duck.unregister("given")
    return duck


def played(who: Sequence[str], at_us: Any, item: Sequence[str], **more: Any) -> dict[str, Any]:
    """Columns of readings of plays that count; the days are those of UTC."""
    at_us = np.asarray(at_us, dtype=np.int64)
    hours = at_us // HOUR_US
    base = {
        "event_id": np.array([f"event-{i}" for i in range(len(at_us))]),
        "listener_id": np.asarray(who),
        "item_id": np.asarray(item),
        "visit_id": np.array([f"{w}/{h // 24}" for w, h in zip(who, hours, strict=True)]),
        "started_at_us": at_us,
        "ended_at_us": at_us + 3 * MINUTE_US,
        "ms_played": 180_000,
        "duration_ms": 180_000,
        "fraction_played": 1.0,
        "reading": "play",
        "counts": True,
        "programmed": False,
        "device": "mobile",
        "surface": "home",
        "local_hour": (hours % 24).astype(np.int32),
        "weekday": ((hours // 24 + 3) % 7).astype(np.int32),
        "active_on": np.array([str(np.datetime64(int(h // 24), "D")) for h in hours]),
    }
    return base | more


def _is_column(value: Any) -> bool:
    return not np.isscalar(value) and value is not None
