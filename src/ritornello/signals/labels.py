"""What decisions turned out to be: answers of listeners, weighted for who answers, or coming back in time."""

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.errors import BadValue
from ritornello.signals.multilevel import Grouped, fit
from ritornello.signals.success import Column, FloatArray, NumberArray

QUESTION = "satisfied"
SAID: Mapping[str, float] = {"yes": 1.0, "no": 0.0, "5": 1.0, "4": 1.0, "2": 0.0, "1": 0.0}
DAY_S = 86_400.0
LEAST_P, MOST_WEIGHT = 0.02, 5.0


class Labels(msgspec.Struct, frozen=True):
    """A label a decision: ``y`` 1, 0 or nan for none, ``weights`` above 0, ``name`` such as ``answer:satisfied``.

    ``until_us`` is the last instant the labels speak of; ``n_unread`` counts what had a label nobody could read or place.
    """

    name: str
    y: FloatArray
    weights: FloatArray
    until_us: int
    n_unread: int = 0

    @property
    def effective_n(self) -> float:
        """How many evenly weighted labels these are worth: (Σ w)² / Σ w²."""
        w = self.weights[~np.isnan(self.y)]
        return float(w.sum() ** 2 / (w @ w)) if len(w) else 0.0


def from_answers(
    decision_ids: NDArray[np.str_], answers: Mapping[str, Column], question: str = QUESTION
) -> Labels:
    """Read the answers to a question about a decision: yes, no, or one to five, of which three says nothing.

    Of several answers about one decision the last stands. Weights are 1 each until :func:`weighted`.

    Parameters
    ----------
    answers : the relation ``answer``: ``decision_id, question, value, happened_at_us`` are read.
    """
    asked = np.flatnonzero(answers["question"].astype(str) == question)
    asked = asked[np.argsort(answers["happened_at_us"][asked], kind="stable")]
    said = [SAID.get(str(v).strip().lower(), np.nan) for v in answers["value"][asked]]
    values = np.array(said, dtype=np.float64)
    about = answers["decision_id"][asked].astype(str)
    at, there = _places(decision_ids, about)
    y = np.full(len(decision_ids), np.nan)
    good = there & ~np.isnan(values)
    y[at[good]] = values[good]
    until_us = int(answers["happened_at_us"][asked[good]].max(initial=0))
    return Labels(f"answer:{question}", y, np.ones(len(y)), until_us, int((~good).sum()))


def from_returns(visit_ids: NDArray[np.str_], returns: Mapping[str, Column], days: int) -> Labels:
    """Label a decision by whether its listener came back within ``days`` after the visit.

    1 where they did, 0 where they stayed away longer than that, none where the data end before it can be told, or where
    the decision belongs to no visit.

    Parameters
    ----------
    visit_ids : the visit of each decision, an empty text for none.
    returns : the table ``returns``: ``visit_id, ended_at_us, absence_s, observed`` are read.

    Raises
    ------
    BadValue : ``days`` below 1.
    """
    if days < 1:
        raise BadValue(f"return within {days} days cannot be told; give 1 or more")
    within = returns["absence_s"].astype(np.float64) <= days * DAY_S
    observed = returns["observed"].astype(np.bool_)
    told = np.where(within, np.where(observed, 1.0, np.nan), 0.0)
    keys = returns["visit_id"].astype(str)
    order = np.argsort(keys, kind="stable")
    at, there = _places(keys[order], visit_ids.astype(str))
    y = np.full(len(visit_ids), np.nan)
    y[there] = told[order][at[there]]
    ended_us = returns["ended_at_us"].astype(np.int64)[order][at[there]]
    known_us = ended_us[~np.isnan(y[there])] + int(days * DAY_S) * 1_000_000
    until_us = int(known_us.max(initial=0))
    return Labels(f"return@{days}d", y, np.ones(len(y)), until_us, int((~there).sum()))


def weighted(labels: Labels, x: FloatArray, listener_ids: NDArray[np.str_]) -> Labels:
    """Weigh each answer by how rarely such decisions are answered: w ∝ 1 / P(answered | x, listener).

    P comes from a logit on the features and on how often the listener answered otherwise; P is kept above 0.02, a weight
    below 5 times the mean, and the mean is 1. Corrects for who answers as far as the features tell (missing at random;
    Rosenbaum, Rubin, Biometrika 1983); whoever answers only when delighted for reasons unseen stays over-counted.
    """
    answered = ~np.isnan(labels.y)
    if answered.all() or not answered.any():
        return labels
    columns = np.column_stack([x, usual_answering(answered, listener_ids)])
    spread = columns.std(axis=0)
    z = (columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    design = np.column_stack([np.ones(len(z)), z])
    none = np.empty((len(z), 0), dtype=np.int64)
    model = fit(Grouped(design, answered.astype(np.float64), np.ones(len(z)), none, ()), tau=())
    p = model.predict(design, none).clip(LEAST_P, 1.0)
    w = np.where(answered, 1 / p, np.nan)
    w = np.minimum(w, MOST_WEIGHT * np.nanmean(w))
    w = np.where(answered, w / np.nanmean(w), 1.0)
    return msgspec.structs.replace(labels, weights=w)


def usual_answering(
    answered: NDArray[np.bool_], listener_ids: NDArray[np.str_], prior: float = 5.0
) -> FloatArray:
    """Return the logit of how often each listener answered the *other* decisions, shrunk to the rate of all."""
    _, who = np.unique(listener_ids, return_inverse=True)
    rate = float(answered.mean())
    n = np.bincount(who)[who] - 1
    hits = np.bincount(who, weights=answered)[who] - answered
    p = (hits + prior * rate) / (n + prior)
    return np.asarray(np.log(p / (1 - p)))


def _places(sorted_ids: NDArray[np.str_], ids: NDArray[np.str_]) -> tuple[NumberArray, NDArray[np.bool_]]:  # fmt: skip
    """Return where each id stands among sorted ones, and whether it does."""
    at = np.searchsorted(sorted_ids, ids)
    there = np.append(sorted_ids, "")[at] == ids
    return at.astype(np.int64), np.asarray(there & (ids != ""))
