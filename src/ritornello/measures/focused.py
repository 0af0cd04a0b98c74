"""Is it the minute and not the episode? INEX's measures of focused retrieval, ported from characters to seconds of audio.

They are asked about what is :class:`~ritornello.measures.spans.Heard`: every second counts once. What is relevant are
*stretches*. An entry *gains* from a stretch its grade times the smaller of two shares: how much of the stretch it lets
hear, and how much of what it lets hear is the stretch (INEX's exhaustivity and specificity):

    gain = Σ_stretches grade · (seconds heard for the first time) / max(seconds of the entry, seconds of the stretch)

An entry that is a stretch gains its grade. All entries together gain at most a stretch's grade from it, and one entry at most
the best grade it meets, so the first r entries never gain more than the r best stretches: the ideal ranking, one
stretch an entry. Right where hearing too much and finding too little are equally bad.
"""

from functools import partial

import numpy as np

from ritornello.measures.definitions import (
    PLACES,
    PLACES_REQUIRED,
    REL,
    Definition,
    Parameter,
    Values,
)
from ritornello.measures.matching import FloatArray, Matched, share
from ritornello.measures.relevance import average_precision, precision, reciprocal_rank, success
from ritornello.measures.spans import Graded, Heard, places_within, table
from ritornello.measures.timeline import nearest_start

SLACK = 1e-9
"""What sums of floats may lack of a share they are to reach, as a share of the whole."""


def nxcg(heard: Heard, k: int) -> Values:
    """Return the gain of the first k entries over that of the ideal ranking.

    nxCG[r] = Σ_{j ≤ r} xG[j] / Σ_{j ≤ r} xI[j], where xI are the grades of the stretches, falling. Where a run returns
    fewer than k, nothing more is gained.

    Elsewhere: nxCG in INEX's EvalJ, over elements of a document and their quantised grades. Source: Kazai, Lalmas, TOIS
    24(4), 2006.
    """
    gained, ideal = _gained(heard, k), _ideal(heard, k)
    return share(gained[:, -1], ideal[:, -1])


def manxcg(heard: Heard, k: int) -> Values:
    """Return the mean of nxCG at every place up to k.

    MAnxCG[r] = Σ_{j ≤ r} nxCG[j] / r: what is found early counts again at every later place. Source: Kazai, Lalmas,
    TOIS 24(4), 2006.
    """
    gained, ideal = _gained(heard, k), _ideal(heard, k)
    return np.asarray(share(gained.ravel(), ideal.ravel()).reshape(gained.shape).mean(axis=1))


def effort_precision(heard: Heard, gain: float) -> Values:
    """Return how many entries the ideal ranking takes to gain a share of all there is, over how many the run takes.

    ep[gr] = i_ideal / i_run, each the first place at which the gain reaches gr · Σ grades; 0 where the run never does. Right
    where somebody wants a share of the matter and asks how long it takes. Source: Kazai, Lalmas, TOIS 24(4), 2006.
    """
    return _effort(_gained(heard), _ideal(heard), gain)


def mean_effort_precision(heard: Heard, points: str = "10") -> Values:
    """Return the mean of the effort-precision at equally spaced shares of all gain, the last one all of it.

    MAep = Σ_i ep[i / n] / n over i = 1 … n, where n are the ``points``.

    Elsewhere: INEX took the ideal ranking's own places for points, so its values are of other shares a topic. Source: Kazai,
    Lalmas, TOIS 24(4), 2006.
    """
    gained, ideal, n = _gained(heard), _ideal(heard), int(points)
    each = [_effort(gained, ideal, i / n) for i in range(1, n + 1)]
    return np.asarray(np.mean(each, axis=0))


def generalised_precision(heard: Heard, k: int, beta: float = 1, rel: float = 1) -> Values:
    """Return the mean over the first k items of how well the right seconds of each were chosen.

    gP[r] = Σ_{d ≤ r} S(d) / r. Items stand where their best entry does, and S(d) = F_β = (1 + β²) P R / (β² P + R) of the
    seconds returned of d in any entry, P the share of them that is relevant, R the share of what is relevant in d; 0
    where nothing is. β below 1 asks for precision: INEX 2008 and after took 0.25.

    Elsewhere: gP of INEX's Relevant in Context, over characters. Source: Kamps et al., INEX 2007 evaluation measures, 2008.
    """
    return np.asarray(_items(heard, beta, rel)[0][:, :k].sum(axis=1) / k)


def average_generalised_precision(heard: Heard, beta: float = 1, rel: float = 1) -> Values:
    """Return the mean of gP at the places of items in which anything is relevant; what was not returned counts 0.

    AgP = Σ_{r : relevant} gP[r] / (items with anything relevant). Its mean over topics is called MAgP. Source: Kamps et al.,
    INEX 2007 evaluation measures, 2008.
    """
    scores, is_relevant, n_relevant = _items(heard, beta, rel)
    gp = np.cumsum(scores, axis=1) / np.arange(1, scores.shape[1] + 1)
    return share(np.asarray((gp * is_relevant).sum(axis=1)), n_relevant)


def interpolated_precision(heard: Heard, recall: float, rel: float = 1) -> Values:
    """Return the best share of relevant seconds in what was heard, from where a share of everything relevant was.

    P[r] = relevant seconds among the first r entries / their seconds, R[r] = the same / all relevant seconds; iP[x] =
    max P[r] over r with R[r] ≥ x, 0 where there is none. A relevant second counts once, hearing anything again costs
    its time again.

    Elsewhere: iP of INEX's Focused Task, over characters; iP[0.01] was its official measure. Source: Kamps et al., INEX
    2007 evaluation measures, 2008.
    """
    return _interpolated(*_precision_and_recall(heard, rel), recall)


def average_interpolated_precision(heard: Heard, points: str = "101", rel: float = 1) -> Values:
    """Return the mean of iP at equally spaced shares of everything relevant, from 0 to 1.

    AiP = Σ_x iP[x] / n over x = 0, 1 / (n − 1) … 1. Its mean over topics is called MAiP; INEX took 101 points, trec_eval's
    11pt_avg 11. Source: Kamps et al., INEX 2007 evaluation measures, 2008.
    """
    precise, recall = _precision_and_recall(heard, rel)
    each = [_interpolated(precise, recall, x) for x in np.linspace(0, 1, int(points))]
    return np.asarray(np.mean(each, axis=0))


def t2i_precision(
    heard: Heard, k: int, tolerance: float = 15, late: float = 15, rel: float = 1
) -> Values:
    """Return the share of the first k entries that lead to something relevant before patience ends.

    Tolerance to irrelevance: somebody enters at t and gives up after T = ``tolerance`` seconds of what is not relevant. It
    is a hit if something relevant begins in [t − ``late``, t + T]; each is found once, and an entry finds the one that
    begins nearest to it (the earlier of two).

    Elsewhere: de Vries et al. count a hit also deep within what is relevant, as a ``late`` without end does. Source: de Vries,
    Kazai, Lalmas, RIAO 2004; Kazai, Lalmas, TOIS 24(4), 2006.
    """
    return precision(_found(heard, tolerance, late, rel), k, rel)


def t2i_success(
    heard: Heard, k: int, tolerance: float = 15, late: float = 15, rel: float = 1
) -> Values:
    """Return 1 where any of the first k entries leads to something relevant before patience ends, else 0.

    See ``T2I_P``. At k = 1: was the minute entered at the first attempt?
    """
    return success(_found(heard, tolerance, late, rel), k, rel)


def t2i_reciprocal_rank(
    heard: Heard, k: int | None, tolerance: float = 15, late: float = 15, rel: float = 1
) -> Values:
    """Return 1 / r of the first entry that leads to something relevant before patience ends.

    See ``T2I_P``.
    """
    return reciprocal_rank(_found(heard, tolerance, late, rel), k, rel)


def t2i_average_precision(
    heard: Heard, k: int | None, tolerance: float = 15, late: float = 15, rel: float = 1
) -> Values:
    """Return the mean precision at the entries that lead to something relevant, what was not found counting 0.

    See ``T2I_P``.
    """
    return average_precision(_found(heard, tolerance, late, rel), k, rel)


def gains(heard: Heard) -> FloatArray:
    """Return what each entry gains, (n_entries,)."""
    pieces, stretches = heard.pieces, heard.stretches
    lasts = np.maximum(heard.entries.lasts_ms[pieces.entry], stretches.lasts_ms[pieces.stretch])
    gained = stretches.values[pieces.stretch] * pieces.ms / lasts
    return np.asarray(np.bincount(pieces.entry, gained, len(heard.new_ms)), np.float64)


def _gained(heard: Heard, depth: int | None = None) -> FloatArray:
    """Return what is gained up to each place, (n_topics, depth)."""
    return np.cumsum(heard.by_place(gains(heard), depth), axis=1)


def _ideal(heard: Heard, depth: int | None = None) -> FloatArray:
    """Return what the ideal ranking gains up to each place, (n_topics, depth)."""
    topics, grades = heard.stretches.topics, heard.stretches.values
    order = np.lexsort((-grades, topics))
    places, n = places_within(topics, len(heard.topics)), len(heard.topics)
    return np.cumsum(table(topics, places, grades[order], (n, depth)), axis=1)


def _effort(gained: FloatArray, ideal: FloatArray, gain: float) -> Values:
    wanted = ideal[:, -1] * (gain - SLACK)
    return share(_first_at(ideal, wanted), _first_at(gained, wanted))


def _first_at(reached: FloatArray, wanted: FloatArray) -> FloatArray:
    """Return the first place, from 1, at which rising values reach what is wanted of each topic; 0 where none does."""
    enough = (reached >= wanted[:, None]) & (wanted > 0)[:, None]
    return np.where(enough.any(axis=1), enough.argmax(axis=1) + 1.0, 0.0)


def _items(heard: Heard, beta: float, rel: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return F_β of each item and whether anything in it is relevant, by the places of items; and how many are relevant.

    The first two are (n_topics, most items of a topic), the last (n_topics,).
    """
    n, entries, relevant = len(heard.topics), heard.entries, heard.relevant(rel)
    n_items = int(max(entries.items.max(initial=0), relevant.items.max(initial=0))) + 1
    returned, first, entry_of = np.unique(
        entries.topics * n_items + entries.items, return_index=True, return_inverse=True
    )
    wanted, stretch_of = np.unique(relevant.topics * n_items + relevant.items, return_inverse=True)
    all_of_it = np.zeros(len(returned))
    there = np.isin(returned, wanted)
    all_of_it[there] = np.bincount(stretch_of, relevant.lasts_ms)[
        np.searchsorted(wanted, returned[there])
    ]
    right = np.bincount(entry_of, heard.relevant_ms(rel), len(returned))
    p = share(right, np.bincount(entry_of, heard.new_ms, len(returned)))
    r = share(right, all_of_it)
    f = share((1 + beta**2) * p * r, beta**2 * p + r)
    order = np.argsort(first)
    topics = returned[order] // n_items
    places = places_within(topics, n)
    return (
        table(topics, places, f[order], (n, None)),
        table(topics, places, there[order], (n, None)),
        np.bincount(wanted // n_items, minlength=n).astype(np.float64),
    )


def _precision_and_recall(heard: Heard, rel: float) -> tuple[FloatArray, FloatArray]:
    """Return both up to each place, (n_topics, depth)."""
    right = np.cumsum(heard.by_place(heard.relevant_ms(rel)), axis=1)
    spent = np.cumsum(heard.by_place(heard.entries.lasts_ms), axis=1)
    relevant = heard.relevant(rel)
    every = np.bincount(relevant.topics, relevant.lasts_ms, len(heard.topics))
    every = np.repeat(every, right.shape[1])
    of_spent, of_every = (share(right.ravel(), each.ravel()) for each in (spent, every))
    return of_spent.reshape(right.shape), of_every.reshape(right.shape)


def _interpolated(precise: FloatArray, recall: FloatArray, x: float) -> Values:
    return np.asarray(np.where(recall >= x - SLACK, precise, 0.0).max(axis=1))


def _found(heard: Heard, tolerance: float, late: float, rel: float) -> Matched:
    """Return which entries lead to which stretches, as hits of a ranking of stretches."""
    relevant, entries = heard.relevant(rel), heard.entries
    nearest, ahead_ms = nearest_start(relevant, entries)
    hit = np.flatnonzero((ahead_ms >= -late * 1000) & (ahead_ms <= tolerance * 1000))
    hit = hit[np.sort(np.unique(nearest[hit], return_index=True)[1])]
    n_ranked = np.bincount(entries.topics, minlength=len(heard.topics))
    hits = Graded(entries.topics[hit], relevant.values[nearest[hit]], heard.places[hit])
    return heard.as_matched(n_ranked, hits, relevant.topics, relevant.values)


TOLERANCE = Parameter(
    "number", "seconds of what is not relevant before giving up", 15, low=0, shown=True
)
LATE = Parameter("number", "seconds that may be missed of the beginning", 15, low=0, shown=True)
BETA = Parameter("number", "how much recall weighs in F", 1, low=0, shown=True)
SHARE = Parameter("number", "the share of all gain", required=True, low=0, high=1)
RECALL = Parameter("number", "the share of all relevant seconds", required=True, low=0, high=1)
TENTHS = Parameter("choice", "how many shares of the gain", "10", choices=("10", "100"))
LEVELS = Parameter("choice", "how many shares of what is relevant", "101", choices=("11", "101"))
FROM = {"rel": REL}
PATIENCE = {"tolerance": TOLERANCE, "late": LATE, **FROM}
MUST_CUT = ("k", PLACES_REQUIRED)
_of_spans = partial(Definition, asks="spans", needs=("spans",))

MEASURES = (
    _of_spans("nxCG", nxcg, MUST_CUT),
    _of_spans("MAnxCG", manxcg, MUST_CUT),
    _of_spans("ep", effort_precision, ("gain", SHARE)),
    _of_spans("MAep", mean_effort_precision, parameters={"points": TENTHS}),
    _of_spans("gP", generalised_precision, MUST_CUT, {"beta": BETA, **FROM}),
    _of_spans(
        "AgP", average_generalised_precision, parameters={"beta": BETA, **FROM}, aliases=("MAgP",)
    ),
    _of_spans("iP", interpolated_precision, ("recall", RECALL), FROM),
    _of_spans(
        "AiP",
        average_interpolated_precision,
        parameters={"points": LEVELS, **FROM},
        aliases=("MAiP",),
    ),
    _of_spans("T2I_P", t2i_precision, MUST_CUT, PATIENCE, aliases=("T2I",)),
    _of_spans("T2I_Success", t2i_success, MUST_CUT, PATIENCE),
    _of_spans("T2I_RR", t2i_reciprocal_rank, ("k", PLACES), PATIENCE),
    _of_spans("T2I_AP", t2i_average_precision, ("k", PLACES), PATIENCE),
)
