"""Activity that looks as if no person made it: flagged with its reason, never deleted.

A day is flagged where a figure is past what people do (``RULES``) and, unless it is impossible, also far from what is
usual here: more than 6 robust deviations, 1.4826 MAD (Hampel, JASA 1974), above the median of the listeners who have the
figure, each by their most extreme day. On a service of rain sounds a track played 500 times a day is usual and is not
flagged. The second condition is asked where at least 20 listeners have the figure.

A flag is a reason to look, not a verdict: shared accounts and clients that report wrongly look alike. Only listens that
count are looked at.
"""

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

LEAST_LISTENERS = 20
MOST_DEVIATIONS = 6.0
_FIGURES = """
WITH heard AS (
    SELECT
        listener_id, active_on, item_id, started_at_us, ended_at_us, ms_played, reading,
        coalesce(fraction_played < 0.9, TRUE) AS cut_short,
        lead(started_at_us) OVER in_order - started_at_us AS gap_us, lead(item_id) OVER in_order <> item_id AS moves_on,
        max(ended_at_us) OVER (
            PARTITION BY listener_id, active_on ORDER BY started_at_us, event_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS until_us
    FROM readings
    WHERE counts
    WINDOW in_order AS (PARTITION BY listener_id, active_on ORDER BY started_at_us, event_id)
),
of_day AS (
    SELECT
        listener_id, active_on,
        sum(ended_at_us - started_at_us) / 3.6e9 AS played_h,
        sum(greatest(0, ended_at_us - greatest(started_at_us, coalesce(until_us, started_at_us)))) / 3.6e9 AS active_h,
        count(*) FILTER (WHERE cut_short AND moves_on) AS n_gaps,
        median(gap_us) FILTER (WHERE cut_short AND moves_on) AS usual_gap_us,
        mad(gap_us) FILTER (WHERE cut_short AND moves_on) AS gap_deviation_us
    FROM heard
    GROUP BY ALL
),
of_track AS (
    SELECT listener_id, active_on, max(n) AS most_of_one
    FROM (SELECT listener_id, active_on, item_id, count(*) AS n FROM heard GROUP BY ALL) AS tracks
    GROUP BY ALL
),
of_length AS (
    SELECT listener_id, active_on, max(n) AS n_alike, sum(n) AS n_cut_short
    FROM (
        SELECT listener_id, active_on, round(ms_played / 1000) AS second, count(*) AS n
        FROM heard WHERE cut_short AND ms_played IS NOT NULL
        GROUP BY ALL
    ) AS lengths
    GROUP BY ALL
),
stretches AS (
    SELECT *, sum(CASE WHEN cut THEN 0 ELSE 1 END) OVER (PARTITION BY listener_id ORDER BY started_at_us) AS stretch
    FROM visits
),
of_stretch AS (
    SELECT listener_id, strftime(make_timestamp(min(started_at_us)), '%Y-%m-%d') AS active_on,
        (max(ended_at_us) - min(started_at_us)) / 3.6e9 AS unbroken_h
    FROM stretches GROUP BY listener_id, stretch
)
SELECT
    listener_id, active_on, max(unbroken_h) AS no_pause, NULL AS constant_length, NULL AS one_track, NULL AS at_once,
    NULL AS regular_gaps
FROM of_stretch GROUP BY ALL
UNION ALL
SELECT
    d.listener_id, d.active_on, NULL, CASE WHEN l.n_cut_short >= 50 THEN l.n_alike / l.n_cut_short END, t.most_of_one,
    CASE WHEN d.played_h >= 6 THEN d.played_h / nullif(d.active_h, 0) END,
    CASE WHEN d.n_gaps >= 100 THEN 1 - d.gap_deviation_us / nullif(d.usual_gap_us, 0) END
FROM of_day AS d
INNER JOIN of_track AS t ON t.listener_id = d.listener_id AND t.active_on = d.active_on
LEFT JOIN of_length AS l ON l.listener_id = d.listener_id AND l.active_on = d.active_on
"""


class Rule(msgspec.Struct, frozen=True):
    """What is past people: a figure of at least so much, in a unit; ``impossible`` needs no crowd to be told."""

    least: float
    unit: str
    means: str
    impossible: bool = False


RULES = {
    "no_pause": Rule(24.0, "h", "no pause of 30 minutes for so long", impossible=True),
    "constant_length": Rule(
        0.8, "share", "of at least 50 listens that broke off, so many after the same second"
    ),
    "one_track": Rule(500.0, "plays", "of one item in a day; a person asleep to one reaches 200"),
    "at_once": Rule(
        3.0, "plays", "at the same time on average, over at least 6 hours of play in a day"
    ),
    "regular_gaps": Rule(
        0.98, "share", "1 − MAD / median of at least 100 gaps before another item, not played out"
    ),
}


class Flag(msgspec.Struct, frozen=True):
    """One figure of a listener's day that is past what people do.

    ``usual`` is the median of the listeners who have the figure, ``deviations`` how far from it; ``None`` where too few do,
    or, of deviations, where most of them are alike.
    """

    listener_id: str
    active_on: str
    reason: str
    value: float
    threshold: float
    unit: str
    usual: float | None
    deviations: float | None


def flags(duck: duckdb.DuckDBPyConnection) -> list[Flag]:
    """Look at everybody's days in the views ``readings`` and ``visits``; the most extreme of each reason first."""
    found = duck.execute(_FIGURES).fetchnumpy()
    who, day = found["listener_id"].astype(np.str_), found["active_on"].astype(np.str_)
    flagged = []
    for reason, rule in RULES.items():
        values = np.ma.filled(np.ma.asarray(found[reason], dtype=np.float64), np.nan)
        usual, scale = _usual(who, values)
        past = values >= rule.least
        if usual is not None and not rule.impossible:
            past &= values - usual > MOST_DEVIATIONS * scale
        rows = np.flatnonzero(past)
        for i in rows[np.argsort(-values[rows], kind="stable")]:
            away = (values[i] - usual) / scale if usual is not None and scale > 0 else None
            flagged.append(
                Flag(
                    str(who[i]), str(day[i]), reason, float(values[i]), rule.least, rule.unit,
                    usual, None if away is None else float(away),
                )
            )  # fmt: skip
    return flagged


def _usual(who: NDArray[np.str_], values: FloatArray) -> tuple[float | None, float]:
    """Return median and robust deviation over listeners, each by their highest; nothing where they are few."""
    has = ~np.isnan(values)
    ids, place = np.unique(who[has], return_inverse=True)
    if len(ids) < LEAST_LISTENERS:
        return None, 0.0
    highest = np.full(len(ids), -np.inf)
    np.maximum.at(highest, place, values[has])
    median = float(np.median(highest))
    return median, 1.4826 * float(np.median(np.abs(highest - median)))
