"""Who asks and when, what there is to choose from, and what follows from both, computed once.

Every source and rung of one request reads the same ``Situation``: the rules are masked once and the
blend is scored once, however many shelves there are.
"""

from datetime import datetime
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.postings import Postings, postings_of
from ritornello.catalog.rulings import Rulings
from ritornello.catalog.view import NONE, View
from ritornello.kinds.errors import ArtefactUnusable
from ritornello.kinds.events import Device
from ritornello.listeners.profile import Profile
from ritornello.listeners.taste import Taste, taste_of
from ritornello.models.bundle import Bundle
from ritornello.models.scorer import Scorer
from ritornello.policies.budgets import budget_of
from ritornello.surfaces.ladder import NoAnswer
from ritornello.surfaces.rules import ONLY_NEW, WITH_MAKERS, Mask, findable, mask

Rows = NDArray[np.int32]
Scores = NDArray[np.float32]

N_POOL = 1000
POPULARITY_SCALE = 1e4
"""A listener more of ten thousand says as much of the barely heard as twice as many do of the known."""
_OF_THE_CATALOGUE = frozenset(
    {"columns", "found", "about", "texts", "popularity", "has_playable", "postings"}
)
_OF_THE_LISTENER = frozenset({"taste", "own", "scores", "heard_rows", "heard", "heard_artists"})
_UNDER_THE_RULES = frozenset({"allowed", "allowed_columns", "pool"})


class Stock(msgspec.Struct, frozen=True, dict=True):
    """What there is to choose from: catalogue, editors' rulings, models.

    ``rows`` (n_columns,) is the catalogue row of each model column, −1 where the catalogue does not
    know it. Make it with :func:`stock_of`, which keeps what an earlier one has computed.
    """

    view: View
    rulings: Rulings
    bundle: Bundle | None
    rows: Rows

    @cached_property
    def columns(self) -> Rows:
        """The model's column of each catalogue row, −1 where the models do not know it."""
        columns = np.full(len(self.view), NONE, dtype=np.int32)
        known = np.flatnonzero(self.rows != NONE)
        columns[self.rows[known]] = known
        return columns

    @cached_property
    def postings(self) -> Postings:
        """Of which rows each word is said."""
        return postings_of(self.view)

    @cached_property
    def found(self) -> dict[str, Mask]:
        """What each pool finds in this catalogue, (n_rows,) by the pool's hash, as far as it was looked up."""
        return {}

    @cached_property
    def about(self) -> dict[str, Mask]:
        """What is of each item, artist or show that editors lift, (n_rows,), as far as it was looked up."""
        return {}

    @cached_property
    def texts(self) -> dict[int, str]:
        """The words of each row's name and of who made it, as search compares them, as far as they were looked up."""
        return {}

    @cached_property
    def has_playable(self) -> Mask:
        """Of which artists, albums and shows there is something one can press play on, (n_rows,)."""
        view = self.view
        found = np.zeros(len(view) + 1, dtype=np.bool_)
        found[view.artist[view.available]] = True
        found[view.album[view.available]] = True
        rows, artists = view.featured.T
        found[view.canonical[artists[view.available[rows]]]] = True
        named = [bool(view.titles[row]) for row in np.flatnonzero(found[:-1])]
        found[np.flatnonzero(found[:-1])] = named
        return found[:-1]

    @cached_property
    def popularity(self) -> Scores:
        r"""How widely each row is heard, in [0, 1], (n_rows,): 1 of the most popular, 0 of what nobody plays.

        .. math:: \frac{\ln(1 + c\,p)}{\ln(1 + c\,p_{\max})}

        of the share *p* of listeners. Of an artist, album or show it is the share who played anything of it, as if tastes
        for its tracks were independent.
        """
        heard = np.zeros(len(self.view), dtype=np.float32)
        if self.bundle is None:
            return heard
        known = np.flatnonzero(self.rows != NONE)
        rows, share = self.rows[known], self.bundle.popularity.all_time[known].astype(np.float64)
        heard[rows] = share
        missed = np.log1p(-np.minimum(share, 1 - 1e-9))
        for whole in (self.view.artist, self.view.album):
            of = whole[rows]
            total = np.bincount(of[of != NONE], missed[of != NONE], len(self.view))
            heard = np.maximum(heard, -np.expm1(total)).astype(np.float32)
        log: Scores = np.log1p(np.float32(POPULARITY_SCALE) * heard)
        most = float(log.max(initial=0.0))
        return log / np.float32(most) if most else log

    @cached_property
    def by_popularity(self) -> Rows:
        """The model's columns, the most popular lately first (of all time where nothing is new)."""
        if self.bundle is None:
            return np.empty(0, dtype=np.int32)
        popularity = self.bundle.popularity
        order = np.lexsort((-popularity.all_time, -popularity.recent))
        return order.astype(np.int32)


def stock_of(
    view: View, rulings: Rulings, bundle: Bundle | None, before: Stock | None = None
) -> Stock:
    """Put a catalogue, its rulings and a bundle together.

    Parameters
    ----------
    before : the stock until now; with the same bundle only what is new is looked up.
    """
    if bundle is None:
        return Stock(view, rulings, None, np.empty(0, dtype=np.int32))
    same = before is not None and before.bundle is bundle
    rows = (
        before.rows.copy() if before and same else np.full(len(bundle.vocabulary), NONE, np.int32)
    )
    for column in np.flatnonzero(rows == NONE):
        rows[column] = view.number.get(bundle.vocabulary.ids[column], NONE)
    known = rows != NONE
    rows[known] = view.canonical[rows[known]]
    stock = Stock(view, rulings, bundle, rows)
    if before and same:
        same_models = vars(before).items()
        vars(stock).update({k: v for k, v in same_models if k not in _OF_THE_CATALOGUE})
    return stock


class Request(msgspec.Struct, frozen=True):
    """Who asks (``profile.at`` is when) for what, in which zone, exploring how much.

    ``seed`` is the installation's; a page derives its generator from it.
    """

    profile: Profile
    surface: str
    time_zone: str
    budget: float
    seed: int
    device: Device = "unknown"

    @classmethod
    def of(
        cls,
        profile: Profile,
        surface: str,
        *,
        time_zone: str,
        budget: float,
        seed: int,
        device: Device = "unknown",
    ) -> "Request":
        """Make a request of a profile; the service's zone and budget hold where none is chosen."""
        chosen = profile.preferences
        explored = budget_of(budget, chosen, profile.receptivity)
        return cls(profile, surface, chosen.time_zone or time_zone, explored, seed, device)

    @property
    def at(self) -> datetime:
        """When they ask."""
        return self.profile.at


class Situation(msgspec.Struct, frozen=True, dict=True):
    """One request before one stock; everything derived is computed when first asked for.

    ``scored`` are the blend's scores where a batch has computed them already.
    """

    request: Request
    stock: Stock
    scored: Scores | None = None

    def with_scores(self, scored: Scores) -> "Situation":
        """Return the same situation with scores a batch has computed for it."""
        other = Situation(self.request, self.stock, scored)
        vars(other).update({k: v for k, v in vars(self).items() if k not in {"scores", "pool"}})
        return other

    def with_taste(self, taste: Taste) -> "Situation":
        """Return the same situation as if this were the listener's taste."""
        other = Situation(self.request, self.stock)
        kept = _UNDER_THE_RULES | _OF_THE_LISTENER | {"rulings"}
        kept -= {"scores", "pool"}
        vars(other).update({name: found for name, found in vars(self).items() if name in kept})
        vars(other)["taste"] = taste
        return other

    def on(self, surface: str) -> "Situation":
        """Return the same listener's situation on another surface, with what holds there too."""
        other = Situation(
            msgspec.structs.replace(self.request, surface=surface), self.stock, self.scored
        )
        same = _OF_THE_LISTENER
        if other.rulings.blocked == self.rulings.blocked:
            same |= _UNDER_THE_RULES
        vars(other).update({name: found for name, found in vars(self).items() if name in same})
        return other

    @property
    def profile(self) -> Profile:
        """The listener who asks."""
        return self.request.profile

    @property
    def view(self) -> View:
        """The catalogue."""
        return self.stock.view

    @cached_property
    def rulings(self) -> Rulings:
        """What the editors ruled for this surface."""
        return self.stock.rulings.on(self.request.surface)

    @cached_property
    def allowed(self) -> Mask:
        """Which rows the hard rules allow, shape (n_rows,)."""
        return mask(self.view, self.profile, self.rulings)

    @cached_property
    def drawable(self) -> Mask:
        """Which rows may be drawn here now: the allowed, on a surface of the new alone the never heard.

        Where artists, albums and shows stand as well, these too.
        """
        if self.request.surface in WITH_MAKERS:
            return self.findable()
        return self.allowed & ~self.heard if self.request.surface in ONLY_NEW else self.allowed

    def findable(self, rows: Rows | None = None) -> Mask:
        """Return which rows may be found, artists, albums and shows too; of all rows, or of these."""
        return findable(self.view, self.profile, self.rulings, self.stock.has_playable, rows)

    @cached_property
    def bundle(self) -> Bundle:
        """The models.

        Raises
        ------
        NoAnswer : there are none.
        """
        if self.stock.bundle is None:
            raise NoAnswer("there is no model")
        return self.stock.bundle

    @cached_property
    def taste(self) -> Taste:
        """The profile in the model's columns."""
        return taste_of(self.profile, self.bundle.vocabulary.columns)

    @cached_property
    def own(self) -> Taste:
        """The profile in rows of the catalogue, also of what the models have not met."""
        return taste_of(self.profile, self.view.number)

    @cached_property
    def scorer(self) -> Scorer:
        """What ranks for this listener: the blend, or popularity while nothing is known of them."""
        return self.bundle.popularity if self.taste.is_empty else self.bundle.blend

    @cached_property
    def scores(self) -> Scores:
        """The score of every column, shape (n_columns,).

        Raises
        ------
        ArtefactUnusable : scores of another length, or not finite.
        """
        scores = self.scorer.score(self.taste) if self.scored is None else self.scored
        return checked(scores, len(self.stock.rows))

    @cached_property
    def allowed_columns(self) -> Mask:
        """Which columns the hard rules allow, shape (n_columns,)."""
        allowed: Mask = (self.stock.rows != NONE) & self.allowed[self.stock.rows]
        return allowed

    @cached_property
    def pool(self) -> Rows:
        """The 1,000 best allowed columns by the blend, best first."""
        return best(self.scores, self.allowed_columns, N_POOL)

    @cached_property
    def heard_rows(self) -> Rows:
        """The rows of everything ever heard that the catalogue knows."""
        return self.view.rows(self.profile.heard)

    @cached_property
    def heard(self) -> Mask:
        """Which rows were ever heard, shape (n_rows,)."""
        heard = np.zeros(len(self.view), dtype=np.bool_)
        heard[self.heard_rows] = True
        return heard

    @cached_property
    def heard_artists(self) -> Mask:
        """Which rows are artists (or shows) ever heard; one place more, for the unknown artist."""
        known = np.zeros(len(self.view) + 1, dtype=np.bool_)
        known[self.view.artist[self.heard_rows]] = True
        known[NONE] = False
        return known

    def new(self, rows: Rows) -> Mask:
        """Return which of the rows were never heard, shape of ``rows``."""
        return ~self.heard[rows]

    def by_new_artist(self, rows: Rows) -> Mask:
        """Return which of the rows are by an artist (or of a show) never heard."""
        return ~self.heard_artists[self.view.artist[rows]]


def checked(scores: Scores, n_columns: int) -> Scores:
    """Return scores that may be served.

    Raises
    ------
    ArtefactUnusable : of another shape than the vocabulary, or not finite.
    """
    if scores.shape != (n_columns,):
        message = f"scores of shape {scores.shape} for {n_columns} items; train again"
        raise ArtefactUnusable(message)
    if not np.isfinite(scores).all():
        raise ArtefactUnusable("scores that are not finite; train again")
    return scores


def best(scores: Scores, allowed: Mask, n: int) -> Rows:
    """Return the ``n`` best allowed columns, best first; among equals the lower column.

    Examples
    --------
    >>> scores = np.array([0.1, 0.9, 0.5, 0.7], dtype=np.float32)
    >>> best(scores, np.array([True, True, True, False]), 2).tolist()
    [1, 2]
    """
    return best_of(scores, np.flatnonzero(allowed), n)


def best_of(scores: Scores, columns: NDArray[np.integer], n: int) -> Rows:
    """Return the ``n`` best of rising ``columns``, best first; among equals the lower column."""
    found = scores[columns]
    if len(columns) > n:
        # of the negated, because numpy takes twenty times as long where most are the lowest of all
        near = np.flatnonzero(-found <= np.partition(-found, n - 1)[n - 1])
        columns, found = columns[near], found[near]
    return columns[np.argsort(-found, kind="stable")[:n]].astype(np.int32)
