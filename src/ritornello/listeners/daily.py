"""The population's signals day by day: listens, their rates, and the share of each group of listens.

Shares are compared as angles, asin √p, whose noise does not depend on p; listens as ln(1 + n).
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

DIMENSIONS = ("device", "client", "surface", "source", "daypart")
RATES: Mapping[str, tuple[str, str]] = {
    "skip_rate": ("n_skips", "n_counted"),
    "fraction_played": ("fraction", "n_fractions"),
    "error_share": ("n_errors", "n_listens"),
    "unreported_share": ("n_unreported", "n_listens"),
    "new_item_share": ("n_new", "n_counted"),
    "programmed_share": ("n_programmed", "n_counted"),
}
LEAST_SHARE = 0.01
"""What never has so much of a day's listens has no series of its own."""
LEAST_ANGLE, LEAST_LOG = 0.01, 0.02
"""Scales below which nothing is worth telling: a point at a half, 2 % of all listens."""
_SUMS = (
    "n_listens", "n_counted", "n_skips", "fraction", "n_fractions", "n_errors", "n_unreported", "n_new", "n_programmed",
)  # fmt: skip
_SAID = """
CREATE OR REPLACE TEMP TABLE said AS
SELECT
    CAST(floor(r.started_at_us / 86400000000) AS BIGINT) AS day, r.item_id, r.counts,
    coalesce(r.device, 'unknown') AS device, coalesce(c.client, 'unknown') AS client,
    coalesce(r.surface, 'unknown') AS surface, coalesce(r.source, 'unknown') AS source,
    coalesce(r.daypart, 'unknown') AS daypart,
    1 AS n_listens, CAST(r.counts AS INT) AS n_counted, CAST(r.counts AND r.reading = 'skip' AS INT) AS n_skips,
    CASE WHEN r.counts THEN coalesce(r.fraction_played, 0) ELSE 0 END AS fraction,
    CAST(r.counts AND r.fraction_played IS NOT NULL AS INT) AS n_fractions,
    CAST(NOT r.counts AS INT) AS n_errors, CAST(r.ms_played IS NULL AS INT) AS n_unreported,
    CAST(r.counts AND coalesce(e.first_item, FALSE) AS INT) AS n_new,
    CAST(r.counts AND coalesce(r.programmed, FALSE) AS INT) AS n_programmed
FROM readings AS r
LEFT JOIN encounters AS e ON e.event_id = r.event_id
LEFT JOIN ({clients}) AS c ON c.event_id = r.event_id
WHERE r.counts OR r.left_out_because = 'error'
"""
_NO_CLIENTS = "SELECT NULL AS event_id, NULL AS client WHERE false"
_TOP = """
SELECT day, arg_max(item_id, (n, item_id)) AS item_id, max(n) AS n, sum(n) AS n_counted
FROM (SELECT day, item_id, count(*) AS n FROM said WHERE counts GROUP BY ALL) AS played GROUP BY day ORDER BY day
"""


class Daily(msgspec.Struct, frozen=True, dict=True):
    """Sums a day: ``sums[dimension]`` is (words, days, sums); days follow each other from ``first_day`` (since 1970)."""

    first_day: int
    words: Mapping[str, Sequence[str]]
    sums: Mapping[str, FloatArray]
    top_items: Sequence[str]
    n_top: FloatArray

    @cached_property
    def total(self) -> FloatArray:
        """The sums of everybody, (days, sums)."""
        return np.asarray(self.sums[DIMENSIONS[0]].sum(axis=0))

    def of_all(self, name: str) -> FloatArray:
        """Return a sum a day."""
        return np.asarray(self.total[:, _SUMS.index(name)])

    def of(self, dimension: str, name: str) -> FloatArray:
        """Return a sum by word and day."""
        return np.asarray(self.sums[dimension][:, :, _SUMS.index(name)])

    def on(self, place: int) -> str:
        """Return a day's date."""
        return str(np.datetime64(self.first_day + place, "D"))


class Series(msgspec.Struct, frozen=True):
    """One series: part of whole a day (``whole`` ``None``: a number), and what it is of."""

    signal: str
    subject: str
    part: FloatArray
    whole: FloatArray | None
    dimension: str = ""
    word: str = ""

    def comparable(self) -> tuple[FloatArray, FloatArray]:
        """Return values whose noise does not depend on their size, and the least scale worth telling, each (days,)."""
        if self.whole is None:
            return np.log1p(self.part), np.maximum(LEAST_LOG, 1 / np.sqrt(np.maximum(self.part, 1)))
        unknown = np.full(len(self.part), np.nan)
        p = np.divide(self.part, self.whole, out=unknown, where=self.whole > 0)
        least = np.maximum(LEAST_ANGLE, 0.5 / np.sqrt(np.maximum(self.whole, 1)))
        return np.arcsin(np.sqrt(p.clip(0, 1))), least

    def between(self, days: slice) -> float:
        """Return part of whole over some days, or the number a day."""
        part = self.part[days]
        whole = float(len(part)) if self.whole is None else float(self.whole[days].sum())
        return float(part.sum()) / whole if whole else 0.0


def read(duck: duckdb.DuckDBPyConnection, *, clients: str = _NO_CLIENTS) -> Daily:
    """Sum up the days in the views ``readings`` and ``encounters``, the last day left out.

    Parameters
    ----------
    clients : SQL with ``event_id`` as text and ``client``; without it every client is unknown.
    """
    duck.execute(_SAID.format(clients=clients))
    first, last = duck.execute("SELECT min(day), max(day) FROM said").fetchall()[0]
    first, n_days = (0, 0) if first is None else (int(first), int(last - first))
    words, sums = {}, {}
    for dimension in DIMENSIONS:
        words[dimension], sums[dimension] = _sums(duck, dimension, first, n_days)
    top = duck.execute(_TOP).fetchnumpy()
    place = top["day"].astype(np.int64) - first
    kept = place < n_days
    n_top = np.zeros(n_days)
    n_top[place[kept]] = top["n"][kept]
    items = np.full(n_days, "", dtype=object)
    items[place[kept]] = top["item_id"][kept]
    duck.execute("DROP TABLE said")
    return Daily(first, words, sums, items.tolist(), n_top)


def series(daily: Daily) -> Iterator[Series]:
    """Yield every series that is watched."""
    everything = daily.of_all("n_listens")
    yield Series("listens", "", everything, None)
    for name, (part, whole) in RATES.items():
        yield Series(name, "", daily.of_all(part), daily.of_all(whole))
    yield Series("top_item_share", "", daily.n_top, daily.of_all("n_counted"))
    for dimension in DIMENSIONS:
        for word, n in zip(daily.words[dimension], daily.of(dimension, "n_listens"), strict=True):
            if len(daily.words[dimension]) > 1 and (n > LEAST_SHARE * everything).any():
                subject = f"{dimension} {word}"
                yield Series("listen_share", subject, n, everything, dimension, word)


def _sums(
    duck: duckdb.DuckDBPyConnection, dimension: str, first: int, n_days: int
) -> tuple[list[str], FloatArray]:
    """Return the words of a dimension, and their sums by day."""
    summed = ", ".join(f"CAST(sum({name}) AS DOUBLE) AS {name}" for name in _SUMS)
    found = duck.execute(
        f"SELECT day, {dimension} AS word, {summed} FROM said GROUP BY ALL ORDER BY word"
    ).fetchnumpy()
    words, row = np.unique(found["word"].astype(np.str_), return_inverse=True)
    place = found["day"].astype(np.int64) - first
    kept = place < n_days
    sums = np.zeros((len(words), n_days, len(_SUMS)))
    sums[row[kept], place[kept]] = np.column_stack([found[name][kept] for name in _SUMS])
    return words.tolist(), sums
