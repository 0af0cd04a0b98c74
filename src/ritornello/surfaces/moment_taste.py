r"""What fits a listener in a moment: their taste, and what they themselves kept and skipped in this moment.

One person's happy is another's sad, so a moment is learned of each listener. Over the *n* candidates of a pool

.. math:: s = (1 - λ)\, z(b) + λ\, z(m) + ℓ - \bar ℓ, \qquad λ = \frac{k}{k + 5}

with *z* the inverse hyperbolic sine of a score less its mean in its standard deviations (a few favourites lie far
off, and would leave nothing to the rest), *b* what the models score for all they played, *m* for what
served them in this moment alone (*k* successes), and *ℓ* the log-odds of success of each candidate in this
moment: what listeners of their segment found of it is worth two trials of their own. Right where a moment is
come back to; the first time it is their whole taste. It misleads where somebody else listens through them: what
they disown or exclude counts nowhere.
"""

import sqlite3
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import NONE
from ritornello.kinds.decisions import Reason
from ritornello.listeners.profile import Profile
from ritornello.listeners.taste import Taste
from ritornello.policies.beliefs import LIVE, Beliefs
from ritornello.policies.lessons import MILLI, belief_of
from ritornello.policies.posteriors import USUAL_SPREAD, Betas, Cells, Prior
from ritornello.surfaces.onboarding import segments_of
from ritornello.surfaces.pools import MOMENTS
from ritornello.surfaces.situation import Rows, Scores, Situation
from ritornello.surfaces.sources import Candidates, Places, Reasons, of_blend

FloatArray = NDArray[np.float64]

HALFWAY = 5.0
"""Successes after which a moment's own taste says as much as the whole."""
CROWD_TRIALS = 2.0
PRIOR_TRIALS = 4.0
USUAL_RATE = 0.5
_OWN = """
SELECT coalesce(into_id, arm), sum(n_success_milli), sum(n_trial_milli)
FROM lessons LEFT JOIN aliases ON from_id = arm
WHERE listener_id = ? AND belief = ? GROUP BY 1
"""


class Learned(msgspec.Struct, frozen=True):
    """What is known of a moment: of everybody, and of one listener by item (thousandths of success, of trials)."""

    crowd: Betas
    own: Mapping[str, tuple[int, int]] = {}

    @property
    def n_kept(self) -> float:
        """How often something served the listener here."""
        return sum(n_success for n_success, _ in self.own.values()) / MILLI


def read_learned(
    conn: sqlite3.Connection, beliefs: Beliefs, name: str, profile: Profile
) -> Learned:
    """Return what was learned of a moment; what the listener wants no recommendations from taught nothing.

    While beliefs of an earlier version are served instead of what is being learned, nobody's own lessons count.
    """
    belief = belief_of(MOMENTS, name)
    crowd = crowd_of(beliefs.cells(belief))
    if not beliefs.version.startswith(LIVE):
        return Learned(crowd)
    used, unused = profile.used, profile.unused
    own = {
        item_id: (n_success, n_trial)
        for item_id, n_success, n_trial in conn.execute(_OWN, (profile.listener_id, belief))
        if item_id in used or (not n_success and item_id not in unused)
    }
    return Learned(crowd, own)


def crowd_of(cells: Cells) -> Betas:
    """Return what everybody's lessons make believed of a pool's items.

    The untried is believed to be like the rest of the pool: editors vouch for all of it alike.
    """
    n_trial = int(cells.n_trial_milli.sum())
    share = int(cells.n_success_milli.sum()) / n_trial if n_trial else USUAL_RATE
    mean = min(max(share, 0.02), 0.98)
    return Betas.of(cells, Prior.of(mean, PRIOR_TRIALS), spread=USUAL_SPREAD)


NOTHING_LEARNED = Learned(crowd_of(Cells.of([])))


def segment_of(situation: Situation) -> str:
    """Return the segment whose beliefs are asked: where most of the listener is."""
    shares = segments_of(situation)
    return max(shares, key=lambda name: (shares[name], name))


def log_odds(situation: Situation, rows: Rows, segment: str, learned: Learned) -> FloatArray:
    """Return how likely each row is to serve, in log-odds and less their mean, shape (n,)."""
    crowd, arms = learned.crowd, list(learned.crowd.cells.arms)
    rate = np.full(len(rows), crowd.prior.alpha / sum(crowd.prior))
    if arms:
        _lay(rate, rows, situation, arms, crowd.mean(segment, arms))
    own = np.zeros((len(rows), 2))
    if learned.own:
        counts = np.array(list(learned.own.values())) / MILLI
        _lay(own, rows, situation, list(learned.own), counts)
    rate = (CROWD_TRIALS * rate + own[:, 0]) / (CROWD_TRIALS + own[:, 1])
    odds: FloatArray = np.log(rate) - np.log1p(-rate)
    return odds - odds.mean() if len(odds) else odds


def fitting(situation: Situation, rows: Rows, segment: str, learned: Learned) -> Candidates:
    """Return rows of a pool as candidates for one listener, best first.

    Raises
    ------
    NoAnswer : there is no model.
    ArtefactUnusable : the models say what is no number.
    """
    columns = situation.stock.columns[rows]
    by_all = _z(situation.scores, columns)
    here = in_this_moment(situation, learned)
    share = learned.n_kept / (learned.n_kept + HALFWAY) if not here.is_empty else 0.0
    by_moment = share * _z(_blend(situation, here), columns) if share else np.zeros(len(rows))
    by_moment += log_odds(situation, rows, segment, learned)
    by_all *= 1 - share
    order = np.argsort(-(by_all + by_moment), kind="stable")
    return _candidates(situation, rows[order], by_all[order], by_moment[order])


def in_this_moment(situation: Situation, learned: Learned) -> Taste:
    """Return the part of a taste that served in a moment, each item as often as it did."""
    taste, ids = situation.taste, situation.bundle.vocabulary.ids
    kept = np.array([learned.own.get(ids[column], (0, 0))[0] for column in taste.columns]) / MILLI
    places = np.flatnonzero(kept > 0)
    recent = np.isin(taste.recent_columns, taste.columns[places])
    return Taste(
        columns=taste.columns[places],
        n_plays=np.ceil(kept[places]).astype(np.float32),
        n_skips=np.zeros(len(places), dtype=np.float32),
        loved=taste.loved[places],
        first_age_s=taste.first_age_s[places],
        last_age_s=taste.last_age_s[places],
        recent_columns=taste.recent_columns[recent],
        recent_age_s=taste.recent_age_s[recent],
    )


def _lay(
    onto: FloatArray, rows: Rows, situation: Situation, item_ids: Sequence[str], values: FloatArray
) -> None:
    """Lay the values of items over those of the rows they are."""
    place_of = np.full(len(situation.view) + 1, NONE)
    place_of[rows] = np.arange(len(rows))
    number = situation.view.number
    places = place_of[[number.get(item_id, NONE) for item_id in item_ids]]
    onto[places[places != NONE]] = values[places != NONE]


def _blend(situation: Situation, taste: Taste) -> Scores:
    scores: Scores = situation.bundle.blend.score(taste)
    return scores


def _z(scores: Scores, columns: Rows) -> FloatArray:
    """Return scores of columns as z; what the models do not know stands at 0."""
    found = np.zeros(len(columns))
    known = columns != NONE
    of_known = scores[columns[known]].astype(np.float64)
    if of_known.size:
        found[known] = np.arcsinh((of_known - of_known.mean()) / (float(of_known.std()) or 1.0))
    return found


def _candidates(
    situation: Situation, rows: Rows, by_all: FloatArray, by_moment: FloatArray
) -> Candidates:
    """Return candidates whose reasons part the positive mass of their scores between taste and moment."""
    columns = situation.stock.columns[rows]
    by_taste = of_blend("pool", situation, np.maximum(columns, 0))
    positive = np.maximum(np.column_stack([by_all, by_moment]), 0.0)
    mass = positive.sum(axis=1)
    shares = np.divide(positive.T, mass, out=np.zeros_like(positive.T), where=mass > 0).T

    def reasons(places: Places) -> list[Reasons]:
        known = by_taste.reasons(places)
        return [
            _parted(found if columns[place] != NONE else (), *shares[place].tolist())
            for place, found in zip(places, known, strict=True)
        ]

    return Candidates("pool", rows, (by_all + by_moment).astype(np.float64), reasons)


def _parted(by_taste: Reasons, of_taste: float, of_moment: float) -> Reasons:
    """Return the reasons of one candidate, the largest share first."""
    scaled = [
        msgspec.structs.replace(reason, share=reason.share * of_taste)
        for reason in by_taste
        if of_taste > 0
    ]
    if of_moment > 0:
        scaled.append(Reason("fits_moment", min(of_moment, 1.0)))
    return tuple(sorted(scaled, key=lambda reason: -reason.share))
