"""What happened after the split, as outcomes under a success function, and as what was right for whom.

Every held-out visit is read as if it had been one offered list: the tables of signals say what each listen was, its
intent and what came next, and a success function says how well each item served. So organic plays, and those of what
was shown, are judged by one measure. An item served a listener where its mean success over their visits, as far as it
is known, is at least a half.

Right for asking who would have found what was heard. It misleads about what nobody offered: what was never heard has no
outcome, and counts as not relevant (Cañamares, Castells, SIGIR 2018).
"""

from typing import NamedTuple

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.evaluate.as_of import Whole
from ritornello.evaluate.splits import Split
from ritornello.evaluate.warned import Warned
from ritornello.kinds.times import to_us
from ritornello.signals import lately, success_names
from ritornello.signals.lately import Ground
from ritornello.signals.success import Facts, Outcomes, Scored, Success
from ritornello.signals.success_data import read_outcomes
from ritornello.store import lake
from ritornello.store.home import Home

PLAYED = "played"
SERVED = 0.5
"""Mean success from which on an item was right."""
_HELD_OUT = """
SELECT event_id, listener_id, epoch_us(happened_at) AS happened_at_us
FROM listen ANTI JOIN known_listen USING (event_id) WHERE epoch_us(happened_at) < ? ORDER BY event_id
"""
_TALLIED = """
SELECT h.listener_id, h.item_id, max(t.n_plays) AS n_plays FROM hidden AS h
LEFT JOIN alias AS a ON a.into_id = h.item_id
JOIN tally AS t ON t.listener_id = h.listener_id AND t.item_id IN (h.item_id, a.from_id) GROUP BY ALL
"""
_SAID = """
CREATE OR REPLACE TEMP TABLE said AS SELECT
    a.listener_id, coalesce(i.canonical_id, a.about_id) AS item_id,
    sum(CASE act WHEN 'save' THEN 1 WHEN 'unsave' THEN -1 ELSE 0 END) > 0 AS saved,
    sum(CASE act WHEN 'love' THEN 1 WHEN 'unlove' THEN -1 ELSE 0 END) > 0 AS loved,
    count(*) FILTER (act = 'add_to_playlist') > 0 AS added,
    sum(CASE WHEN act IN ('ban', 'hate') THEN 1 WHEN act IN ('unban', 'unhate') THEN -1 ELSE 0 END) > 0 AS banned
FROM act AS a LEFT JOIN item AS i ON i.item_id = a.about_id WHERE a.happened_at_us >= {since_us} GROUP BY ALL
"""
_OUTCOMES = """
CREATE OR REPLACE TEMP TABLE outcomes AS
WITH placed AS (
    SELECT r.*, lead(event_id) OVER visit AS next_id,
        lead(concat(context_kind, '/', context_id, '/', surface)) OVER visit AS next_place,
        row_number() OVER visit AS place
    FROM readings AS r SEMI JOIN held_out USING (event_id) WHERE counts AND reading <> 'nothing'
    WINDOW visit AS (PARTITION BY visit_id ORDER BY started_at_us, event_id)
),
first AS (
    SELECT *, count(*) FILTER (reading = 'play') OVER (PARTITION BY visit_id, item_id) AS n_plays FROM placed
    QUALIFY row_number() OVER (PARTITION BY visit_id, item_id ORDER BY place) = 1
)
SELECT
    f.visit_id AS decision_id, f.listener_id, coalesce(f.surface, 'unknown') AS surface,
    min(f.started_at_us) OVER (PARTITION BY f.visit_id) AS made_at_us, coalesce(f.shelf, f.surface, 'unknown') AS shelf,
    f.place - 1 AS position, f.item_id, f.artist_id, f.kind, 1.0 AS propensity, 'held_out' AS source, f.device,
    NULL AS intent_declared, true AS seen, 'played' AS seen_because, true AS played, f.event_id, f.visit_id,
    f.ms_played, f.fraction_played, f.reading, f.skip_grade,
    CASE WHEN f.reading = 'skip' THEN f.ms_played END AS skipped_at_ms, f.n_plays,
    coalesce(s.saved, false) AS saved, coalesce(s.loved, false) AS loved, coalesce(s.added, false) AS added,
    false AS followed, coalesce(s.banned, false) AS banned, 'none' AS attribution,
    CASE WHEN next_id IS NULL THEN 'nothing'
        WHEN next_place = concat(context_kind, '/', context_id, '/', surface) THEN 'same_list'
        ELSE 'other_content' END AS next_in_visit,
    NULL AS n_after, NULL AS ms_after, f.place AS rank_played, NULL AS seconds_to_play
FROM first AS f LEFT JOIN said AS s ON s.listener_id = f.listener_id AND s.item_id = f.item_id
UNION ALL BY NAME
SELECT concat(listener_id, '/tallied/', item_id) AS decision_id, listener_id, 'unknown' AS surface, 'unknown' AS shelf,
    0 AS position, item_id, true AS seen, true AS played, 'play' AS reading, n_plays, 1 AS rank_played,
    false AS saved, false AS loved, false AS added, false AS followed, false AS banned
FROM tallied
"""


class Played(msgspec.Struct, frozen=True):
    """Success that asks for no more than a play: half of it, or four minutes."""

    facts: Facts = Facts(version=f"{PLAYED}@1", needs=("reading", "played"))

    def score(self, outcomes: Outcomes, /) -> Scored:
        """Return 1 for a play and 0 for a skip or a glance; nothing is known of what was not played."""
        success = (outcomes.column("reading") == "play").astype(np.float64)
        return Scored.of(success, outcomes.flag("played"))


class Right(NamedTuple):
    """What was held out of whom: parallel arrays, one entry a listener and item, by both.

    ``served`` says whether the item was right, ``warnings`` what could not be judged.
    """

    listener_ids: NDArray[np.str_]
    item_ids: NDArray[np.str_]
    served: NDArray[np.bool_]
    success: str
    warnings: tuple[Warned, ...]


def success_of(home: Home, name: str) -> Success:
    """Return ``played``, or the success function of that name.

    Raises
    ------
    UnknownName, NotFound, ArtefactUnusable : see ``success_names.find``.
    """
    word, _, version = name.partition("@")
    return Played() if word == PLAYED and version in ("", "1") else success_names.find(home, name)


def right(everything: Whole, split: Split, ground: Ground, success: Success) -> Right:
    """Return what was right for whom after a split that was cut (``as_of.cut``) from everything.

    Raises
    ------
    StorageUnavailable : a file of the lake is missing or damaged.
    """
    with lake.open_lake(everything.home) as duck:
        if not _lay(duck, everything, split, ground):
            return _judged(Outcomes.of({}), success)
        return _judged(read_outcomes(duck, everything.home), success)


def _lay(duck: duckdb.DuckDBPyConnection, everything: Whole, split: Split, ground: Ground) -> bool:
    """Leave ``outcomes`` and ``beginnings`` of what was held out behind; return whether there are any."""
    until_us = 1 << 62 if split.until is None else to_us(split.until)
    held = everything.duck.execute(_HELD_OUT, [until_us]).fetchnumpy()
    duck.register("held_out", held)
    listeners = sorted(set(held["listener_id"].tolist()))
    since_us = int(held["happened_at_us"].min()) if listeners else 0
    lately.lay_listens(duck, everything.conn, ground, listeners or [""], since_us)
    duck.execute(_SAID.format(since_us=since_us))
    _lay_tallied(duck, everything, split)
    duck.execute(_OUTCOMES)
    return duck.execute("SELECT 1 FROM outcomes LIMIT 1").fetchone() is not None


def _lay_tallied(duck: duckdb.DuckDBPyConnection, everything: Whole, split: Split) -> None:
    """Leave ``tallied`` behind: the counts of what a split hides."""
    rows = everything.conn.execute("SELECT listener_id, item_id, n_plays FROM tallies").fetchall()
    found = []
    if split.hidden and rows:
        who, what, n = zip(*rows, strict=True)
        tally = {"listener_id": np.array(who, object), "item_id": np.array(what, object)}
        everything.duck.register("tally", {**tally, "n_plays": np.array(n, np.int64)})
        found = everything.duck.execute(_TALLIED).fetchall()
    who, what, n = zip(*found, strict=True) if found else ((), (), ())
    columns = {"listener_id": np.array(who, object), "item_id": np.array(what, object)}
    duck.register("tallied", {**columns, "n_plays": np.array(n, np.int64)})


def _judged(outcomes: Outcomes, success: Success) -> Right:
    """Return for each listener and item whether its mean success is at least a half."""
    version = success.facts.version
    if not len(outcomes):
        none = np.empty(0, np.str_)
        return Right(none, none, np.empty(0, np.bool_), version, ())
    scored = success.score(outcomes)
    who, of_row = np.unique(outcomes.column("listener_id"), return_inverse=True)
    what, item_of_row = np.unique(outcomes.column("item_id"), return_inverse=True)
    pairs, number = np.unique(of_row * len(what) + item_of_row, return_inverse=True)
    n = np.bincount(number, weights=scored.known, minlength=len(pairs))
    total = np.bincount(number, weights=scored.success * scored.known, minlength=len(pairs))
    known = n > 0
    warnings: tuple[Warned, ...] = ()
    if not known.all():
        n_silent = int((~known).sum())
        text = f"{n_silent:,} of {len(pairs):,} listeners' items have no outcome that {version} knows; they are not judged"
        warnings = (Warned("outcomes_unknown", text, {"n": len(pairs), "n_unknown": n_silent}),)
    pairs, mean = pairs[known], total[known] / n[known]
    return Right(
        who[pairs // len(what)], what[pairs % len(what)], mean >= SERVED, version, warnings
    )
