"""What visits were for, as far as the last beginning of each lets one say."""

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.signals.beginnings import COLUMNS, features
from ritornello.signals.components import Trained
from ritornello.signals.intents import INTENTS, Declared, p_intent
from ritornello.store.engines import plain

_NAMES = ("visit_id", "listener_id", "at_us", "intent_stated", "context_kind", "context_id", "surface", *COLUMNS)  # fmt: skip
_LAST = """
SELECT {names} FROM (
    SELECT *, row_number() OVER (PARTITION BY visit_id ORDER BY at_us DESC, event_id DESC) AS nth_last
    FROM beginnings WHERE $who IS NULL OR listener_id = $who
) AS beginnings_of_visits
WHERE nth_last = 1 ORDER BY md5(visit_id) LIMIT $most
"""


class Purposes(msgspec.Struct, frozen=True):
    """A row a visit: ``p`` (n_visits, n_intents) with rows that sum to 1, ``how`` it is known, when it was last active."""

    visit_ids: NDArray[np.str_]
    listener_ids: NDArray[np.str_]
    at_us: NDArray[np.int64]
    p: NDArray[np.float64]
    how: NDArray[np.str_]

    def words(self) -> dict[str, str]:
        """Return the likeliest intent of each visit."""
        best = [INTENTS[j] for j in self.p.argmax(axis=1)] if len(self.p) else []
        return dict(zip(self.visit_ids.tolist(), best, strict=True))


class Purpose(msgspec.Struct, frozen=True):
    """An intent, and the share of visits it stands for; ``n_said``: so many of these a listener or a place said it of."""

    intent: str
    share: float
    n_said: int


def read(
    duck: duckdb.DuckDBPyConnection,
    declared: Declared,
    trained: Trained | None,
    *,
    listener_id: str | None = None,
    most_visits: int = 100_000,
) -> Purposes:
    """Say what visits were for, in the view ``beginnings``: of a listener, else of everybody.

    Parameters
    ----------
    trained : ``None``: only what was stated or declared is known.
    most_visits : where there are more, so many are drawn by a hash of their ids.
    """
    sql = _LAST.format(names=", ".join(_NAMES))
    found = duck.execute(sql, {"who": listener_id, "most": most_visits}).fetchnumpy()
    beginnings = {name: plain(column) for name, column in found.items()}
    inferred = None if trained is None else trained.infer(features(beginnings))
    intended = p_intent(beginnings, declared, inferred)
    return Purposes(
        beginnings["visit_id"].astype(np.str_),
        beginnings["listener_id"].astype(np.str_),
        beginnings["at_us"].astype(np.int64),
        intended.p,
        intended.how.astype(np.str_),
    )


def lately(purposes: Purposes, since_us: int) -> list[Purpose]:
    """Return what the visits since an instant were for, the most first; the shares sum to 1."""
    recent = purposes.at_us >= since_us
    if not recent.any():
        return []
    share = purposes.p[recent].mean(axis=0)
    said = np.isin(purposes.how[recent], ("stated", "declared"))
    n_said = np.bincount(purposes.p[recent][said].argmax(axis=1), minlength=len(INTENTS))
    return [
        Purpose(INTENTS[j], float(share[j]), int(n_said[j]))
        for j in np.argsort(-share, kind="stable")
        if share[j] > 0
    ]
