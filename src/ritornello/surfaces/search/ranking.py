r"""The order of what was found: text × meaning × popularity × own history × taste × freshness.

.. math:: s = π_k + \sum_m w_m\,x_m, \qquad w = p\,w^{known\ item} + (1 - p)\,w^{exploring}

is the logarithm of a product of the parts :math:`x_m ∈ [0, 1]`, each raised by its weight; *p* is how likely one known thing is
looked for, *π* what a kind weighs beside others of the same name. No part is scaled by the other candidates,
so a score never falls when a part of it rises, and its parts say why: their shares are the reasons.

==============  =============================================================================
``text``        how near what was asked for comes to the name (``closeness``)
``meaning``     (1 + l) / 2 of how it leans to what was meant without a name
``popularity``  how widely it is heard (``Stock.popularity``; without models as the index was told)
``own``         a / (a + half) of the listener's own activation *a* of it (``history``)
``maker``       the same of who made it
``taste``       g / (g + half) of what their history gives it in the models' blend
``freshness``   2^(−age / half-life) since it came out
==============  =============================================================================

Of whom nothing is known ``own``, ``maker`` and ``taste`` are 0: the order is then that of everybody, exactly. Availability
is no part: what may not be played is never a candidate.
"""

from collections.abc import Sequence
from functools import cached_property

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ritornello.catalog.view import KINDS, NONE
from ritornello.explain.deletion import without
from ritornello.explain.reasons import LEAST_SHARE, MOST_REASONS, reasons_of
from ritornello.kinds.decisions import Reason
from ritornello.listeners.taste import Taste
from ritornello.models.repeat import RepeatConfig, RepeatScorer
from ritornello.surfaces import onboarding
from ritornello.surfaces.recipes import SearchShape, Weights
from ritornello.surfaces.search import history as own_history
from ritornello.surfaces.search.history import History
from ritornello.surfaces.search.hits import Hits
from ritornello.surfaces.situation import Rows, Scores, Situation
from ritornello.surfaces.sources import Candidates, Places, Reasons

FloatArray = NDArray[np.float64]

N_HEARD = 1000
"""So many items of a listener's history the models are asked with."""
PARTS: tuple[str, ...] = Weights.__struct_fields__
TEXT, MEANING, POPULARITY, OWN, MAKER, TASTE, FRESHNESS = range(len(PARTS))


class Given(msgspec.Struct, frozen=True):
    """What each item of a ``taste`` gives the rows the blend was asked about, ``parts`` (n_asked, h).

    ``place`` (n,) is where a row stands among these; −1 where it was not asked about.
    """

    taste: Taste
    place: Places
    parts: NDArray[np.floating]


class Parts(msgspec.Struct, frozen=True):
    """What the score of each row is made of: ``values`` (n, n_parts) in [0, 1], ``prior`` (n,) of its kind.

    ``given`` tells of the taste; there is none where no model was asked.
    """

    rows: Rows
    values: FloatArray
    prior: FloatArray
    given: Given | None = None

    def scores(self, weights: FloatArray) -> FloatArray:
        """Return π + Σ w x of every row, (n,)."""
        scores: FloatArray = self.prior + self.values @ weights
        return scores


class Ranked(msgspec.Struct, frozen=True, dict=True):
    """What was found, best first by its score, of equals the more widely heard and then the lower row."""

    situation: Situation
    parts: Parts
    weights: FloatArray

    @cached_property
    def scores(self) -> FloatArray:
        """The score of every row of ``parts``, (n,)."""
        return self.parts.scores(self.weights)

    @cached_property
    def order(self) -> Places:
        """The places in ``parts``, best first."""
        popularity = self.parts.values[:, POPULARITY]
        order: Places = np.lexsort((self.parts.rows, -popularity, -self.scores))
        return order

    def of(self, kinds: Sequence[str], source: str) -> Candidates:
        """Return what was found of some kinds as candidates with reasons, best first."""
        codes = [KINDS.index(kind) for kind in kinds if kind in KINDS]
        rows = self.parts.rows[self.order]
        places = self.order[np.isin(self.situation.view.kind[rows], codes)]

        def reasons(wanted: Places) -> list[Reasons]:
            return [self.reasons(place) for place in places[wanted].tolist()]

        return Candidates(source, self.parts.rows[places], self.scores[places], reasons)

    def reasons(self, place: int) -> Reasons:
        """Return why one row stands where it does: the largest parts of its score, each with its share."""
        mass = self.weights * self.parts.values[place]
        total = float(mass.sum())
        shares = mass / total if total > 0 else mass
        row = int(self.parts.rows[place])
        found: dict[tuple[str, str | None], Reason] = {}
        for part, share in enumerate(shares.tolist()):
            for why in self._told(part, place, row, share) if share >= LEAST_SHARE else ():
                before = found.setdefault((why.kind, why.about_id), replace(why, share=0.0))
                together = min(before.share + why.share, 1.0)
                found[why.kind, why.about_id] = replace(before, share=together)
        return tuple(sorted(found.values(), key=lambda each: -each.share)[:MOST_REASONS])

    def _told(self, part: int, place: int, row: int, share: float) -> Reasons:
        """Return one part of a score as reasons that share its share."""
        if part in (TEXT, MEANING):
            return (Reason("asked_for", share),)
        if part == OWN:
            return (own_history.reason(self.situation, row, share),)
        if part == MAKER:
            return (own_history.reason_of_maker(self.situation, row, share),)
        if part == TASTE:
            return self._of_taste(place, share)
        return (Reason("popular" if part == POPULARITY else "new_here", share),)

    def _of_taste(self, place: int, share: float) -> Reasons:
        situation, given = self.situation, self.parts.given
        if given is None:
            return ()
        parts = [*given.parts[given.place[place]], 0.0]
        column = int(situation.stock.columns[self.parts.rows[place]])
        ids, at = situation.bundle.vocabulary.ids, situation.profile.at
        (told,) = reasons_of([parts], [column], given.taste, ids, at)
        told = onboarding.of_choice(situation, told) if situation.profile.chosen else told
        return tuple(replace(why, share=why.share * share) for why in told)


def weights_of(shape: SearchShape, p_known_item: float) -> FloatArray:
    """Return what each part weighs for somebody who looks for one known thing with this probability, (n_parts,)."""
    known, exploring = as_array(shape.known_item), as_array(shape.exploring)
    mixed: FloatArray = p_known_item * known + (1 - p_known_item) * exploring
    return mixed


def as_array(weights: Weights) -> FloatArray:
    """Return weights in the order of ``PARTS``."""
    return np.array(msgspec.structs.astuple(weights))


def ranked(
    hits: Hits,
    situation: Situation,
    history: History,
    shape: SearchShape,
    weights: FloatArray,
    *,
    popularity: Scores | None = None,
    lean: Scores | None = None,
    with_models: bool = False,
) -> Ranked:
    """Rank what was found.

    Parameters
    ----------
    weights : of the parts (:func:`weights_of`).
    popularity : (n_rows,) how widely each row is heard; as the index has it where not given.
    lean : (n_rows,) how each row leans to what was meant, in [−1, 1]; nothing was where not given.
    with_models : whether the blend is asked about the best, which takes milliseconds.

    Raises
    ------
    NoAnswer, ArtefactUnusable : the models are asked, and are not there or broken.
    """
    view, rows = situation.view, hits.rows
    values = np.zeros((len(rows), len(PARTS)))
    values[:, TEXT] = hits.near
    values[:, POPULARITY] = hits.popularity if popularity is None else popularity[rows]
    values[:, OWN] = saturated(history.of(rows), shape.own_half)
    values[:, MAKER] = saturated(history.of(view.artist[rows]), shape.own_half)
    values[:, FRESHNESS] = freshness(situation, rows, shape.fresh_half_life_days)
    if lean is not None:
        values[:, MEANING] = nearness(lean[rows])
    prior = np.array([shape.kinds.get(kind, 0.0) for kind in KINDS])[view.kind[rows]]
    parts = Parts(rows, values, prior)
    if with_models and not situation.taste.is_empty:
        parts = _by_taste(parts, situation, shape, parts.scores(weights))
    return Ranked(situation, parts, weights)


def freshness(situation: Situation, rows: Rows, half_life_days: float) -> FloatArray:
    """Return how fresh rows are: 1 of what comes out today or later, 0 of what has no date."""
    released = situation.view.released_on[rows]
    today = np.datetime64(situation.request.at.date(), "D")
    days = (today - released).astype(np.float64)
    days[np.isnat(released)] = np.inf
    fresh: FloatArray = np.exp2(-np.maximum(days, 0) / half_life_days)
    return fresh


def nearness(lean: NDArray[np.floating]) -> FloatArray:
    """Return leanings in [−1, 1] as shares: 1 is what was meant, 0 the contrary."""
    near: FloatArray = (1.0 + lean.astype(np.float64)) / 2.0
    return near


def saturated(values: NDArray[np.floating], half: float) -> FloatArray:
    """Return x / (x + half), in [0, 1) for x from 0 on."""
    found = values.astype(np.float64)
    shares: FloatArray = found / (found + half)
    return shares


def _by_taste(parts: Parts, situation: Situation, shape: SearchShape, scores: FloatArray) -> Parts:
    """Return the parts with what the blend makes of the best tracks and episodes it knows.

    Its own count of popularity is left out: ``popularity`` says that.
    """
    columns = situation.stock.columns[parts.rows]
    known = np.flatnonzero(columns != NONE)
    best = known[np.argsort(-scores[known], kind="stable")[: shape.n_ranked]]
    taste = _strongest(situation.taste, len(situation.stock.rows))
    given = situation.bundle.blend.contributions(taste, columns[best])[:, :-1]
    values, place = parts.values.copy(), np.full(len(columns), NONE)
    values[best, TASTE] = saturated(np.maximum(given.sum(axis=1), 0), shape.taste_half)
    place[best] = np.arange(len(best))
    return replace(parts, values=values, given=Given(taste, place, given))


def _strongest(taste: Taste, n_items: int) -> Taste:
    """Return the ``N_HEARD`` items of a taste that are known best, so that long histories cost no more."""
    if len(taste.columns) <= N_HEARD:
        return taste
    activation = RepeatScorer(RepeatConfig(), n_items).activation(taste)
    weak = np.argsort(-activation, kind="stable")[N_HEARD:]
    return without(taste, taste.columns[weak].tolist())
