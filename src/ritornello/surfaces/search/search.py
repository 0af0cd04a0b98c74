"""Search as a surface: what was found, ranked for who asks, drawn like on every surface, and written down.

Shelves and their policies are those of ``search.toml``. The top result and places in episodes are the best there is; the other
shelves explore with the listener's budget *b*, by the mindset with

    b · exploring_budget · (1 − p)²

for the probability *p* that one known thing is looked for: whoever knows what they want is tried nothing on. What is
exactly what was asked for keeps its place (``shelves``). Editors' blocks hold; their pins say nothing about a query. Below the
personal rung, ``popular`` is without the models' taste, ``editorial`` without any model; who is known by their plays keeps
those on every rung. Without an index what the listener knows is still found by name, and the answer says so.
"""

import hashlib
from collections.abc import Callable

import msgspec
import numpy as np
from msgspec.structs import replace

from ritornello.catalog.view import KINDS
from ritornello.kinds.decisions import Decision, Rung
from ritornello.kinds.errors import BadValue
from ritornello.kinds.ids import uuid7
from ritornello.kinds.randomness import derive
from ritornello.kinds.times import zone
from ritornello.policies.budgets import MOST
from ritornello.surfaces import onboarding
from ritornello.surfaces.ladder import Ladder, NoAnswer
from ritornello.surfaces.recipes import Recipe, SearchShape
from ritornello.surfaces.rules import Mask, check
from ritornello.surfaces.search import own_lists
from ritornello.surfaces.search.chips import Chip
from ritornello.surfaces.search.focusing import EntryPoint
from ritornello.surfaces.search.history import History, history_of
from ritornello.surfaces.search.hits import Hits, hits_of, is_exact
from ritornello.surfaces.search.index import Found
from ritornello.surfaces.search.own_lists import OwnList
from ritornello.surfaces.search.ranking import (
    MEANING,
    OWN,
    POPULARITY,
    TEXT,
    FloatArray,
    Ranked,
    nearness,
    ranked,
    saturated,
    weights_of,
)
from ritornello.surfaces.search.shelves import Page, Place
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.search.spelling import fold
from ritornello.surfaces.situation import Scores, Situation, best_of
from ritornello.surfaces.sources import Candidates

SURFACE = "search"
BY_NAME, BY_MEANING, OWN_LIST, SPOKEN = "name", "meaning", "own_list", "passage"
"""Where a slot's item was found."""
N_MEANT = 100
"""So many of each kind that fit what was meant are ranked, where there are no words to match."""
NO_HITS = Hits(np.empty(0, dtype=np.int32), np.zeros(0), np.zeros(0))


class Asked(msgspec.Struct, frozen=True):
    """One request: who asks for what, and what was found so far.

    ``words`` are to be matched as names, ``chips`` is how the rest was read. ``found`` is what the index found for the words,
    ``None`` where there is no index. ``must`` (n_rows,) is what the chips let stand, ``lean`` (n_rows,) in [−1, 1] what is nearer to
    them; ``None`` where they ask nothing.
    """

    situation: Situation
    words: str = ""
    chips: tuple[Chip, ...] = ()
    found: Found | None = None
    p_known_item: float = 0.5
    passages: tuple[EntryPoint, ...] = ()
    lists: tuple[OwnList, ...] = ()
    must: Mask | None = None
    lean: Scores | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (Sought(self.words).words or self.chips)


def shape_of(recipe: Recipe) -> SearchShape:
    """Return how a search is answered by a recipe.

    Raises
    ------
    BadValue : the recipe is of something else.
    """
    if recipe.searching is None:
        raise BadValue(f"the recipe of {recipe.surface!r} has no [searching]")
    return recipe.searching


def decide(asked: Asked, ladder: Ladder, recipe: Recipe) -> Decision:
    """Return the answer to a search, ready to be written down before it is shown.

    An answer without a slot says in ``rung_because`` what there was not.
    """
    steps: list[tuple[Rung, Callable[[], Decision]]] = [
        ("personal", lambda: personal(asked, recipe)),
        ("popular", lambda: popular(asked, recipe)),
        ("editorial", lambda: editorial(asked, recipe)),
    ]
    climbed = ladder.answer(steps[-1:] if asked.is_empty else steps)
    because = "; ".join(filter(None, [climbed.because, climbed.answer.rung_because]))
    return replace(climbed.answer, rung=climbed.rung, rung_because=because)


def personal(asked: Asked, recipe: Recipe) -> Decision:
    """Rank by everything that is known of the listener.

    Raises
    ------
    NoAnswer : there is no model, or nothing is known of them.
    ArtefactUnusable : the blend is broken.
    """
    leaning = onboarding.leaning(asked.situation)
    history = history_of(leaning)
    if history.is_empty and leaning.taste.is_empty:
        raise NoAnswer("nothing is known of this listener yet")
    popularity = leaning.stock.popularity
    return _answered(asked, recipe, leaning, history, popularity, with_models=True)


def popular(asked: Asked, recipe: Recipe) -> Decision:
    """Rank by what is widely heard, and by the listener's own plays.

    Raises
    ------
    NoAnswer : there is no model.
    """
    situation = asked.situation
    if situation.stock.bundle is None:
        raise NoAnswer("there is no model")
    return _answered(asked, recipe, situation, history_of(situation), situation.stock.popularity)


def editorial(asked: Asked, recipe: Recipe) -> Decision:
    """Rank by what the index was told of how widely it is heard, and by the listener's own plays."""
    return _answered(asked, recipe, asked.situation, history_of(asked.situation), None)


def _answered(
    asked: Asked,
    recipe: Recipe,
    situation: Situation,
    history: History,
    popularity: Scores | None,
    *,
    with_models: bool = False,
) -> Decision:
    """Find what may be meant, rank it, and fill the shelves."""
    shape = shape_of(recipe)
    weights = weights_of(shape, asked.p_known_item)
    hits, because = _by_name(asked, history)
    source = BY_NAME
    if not len(hits.rows) and asked.chips:
        hits, source = _by_meaning(asked, history, shape, weights, popularity), BY_MEANING
    found = ranked(
        hits, situation, history, shape, weights,
        popularity=popularity, lean=asked.lean, with_models=with_models,
    )  # fmt: skip
    page = _page(asked, shape)
    _fill(page, asked, shape, found, source)
    if not page.slots and not because:
        because = "nothing that may be shown is like what was asked for"
    return _decision(asked, recipe, page, because)


def _by_name(asked: Asked, history: History) -> tuple[Hits, str]:
    """Return what the words may mean, and what there was not."""
    sought = Sought(asked.words, is_prefix=True)
    if not sought.words:
        return NO_HITS, "" if asked.chips else "nothing was asked for"
    hits = hits_of(asked.found, asked.situation, history, sought)
    if asked.must is not None:
        hits = hits.where(asked.must[hits.rows])
    if asked.found is None:
        return hits, "there is no index of names"
    return hits, "" if len(hits.rows) else "no name is near these words"


def _by_meaning(
    asked: Asked,
    history: History,
    shape: SearchShape,
    weights: FloatArray,
    popularity: Scores | None,
) -> Hits:
    """Return the best of each kind by what was meant, popularity and own plays, whatever their names."""
    kinds = asked.situation.view.kind
    score = np.zeros(len(kinds))
    score[history.rows] = weights[OWN] * saturated(history.strength, shape.own_half)
    if popularity is not None:
        score += weights[POPULARITY] * popularity
    if asked.lean is not None:
        score += weights[MEANING] * nearness(asked.lean)
    may, best = _open(asked), score.astype(np.float32)
    rows = np.concatenate(
        [best_of(best, np.flatnonzero(may & (kinds == k)), N_MEANT) for k in range(len(KINDS))]
    )
    return Hits(rows, np.zeros(len(rows)), np.zeros(len(rows)))


def _open(asked: Asked) -> Mask:
    """Return what may stand: what the hard rules and the chips let, (n_rows,)."""
    drawable = asked.situation.drawable
    return drawable if asked.must is None else drawable & asked.must


def _page(asked: Asked, shape: SearchShape) -> Page:
    """Return an empty page, with the budget and the chance of this request."""
    request = asked.situation.request
    budget = request.budget * shape.exploring_budget * (1 - asked.p_known_item) ** 2
    rng = derive(request.seed, request.profile.listener_id, request.surface, _seed(asked))
    return Page(asked.situation, _open(asked), min(budget, MOST), rng)


def _decision(asked: Asked, recipe: Recipe, page: Page, because: str) -> Decision:
    """Return the answer as a decision that keeps the hard rules."""
    situation = asked.situation
    request, bundle = situation.request, situation.stock.bundle
    decision = Decision(
        decision_id=uuid7(request.at),
        listener_id=request.profile.listener_id,
        surface=request.surface,
        made_at=request.at,
        shelves=tuple(page.shelves),
        slots=tuple(page.slots),
        p_known_item=asked.p_known_item,
        rung="personal",
        rung_because=because,
        policy_version=f"{recipe.surface}/{recipe.version}",
        model_version=bundle.version if bundle else "none",
        recipe_hash=recipe.hash,
        seed=f"{request.seed}/{_seed(asked)}",
        device=request.device,
        time_zone=request.time_zone,
    )
    return check(decision, situation.view, situation.drawable)


def _fill(page: Page, asked: Asked, shape: SearchShape, found: Ranked, source: str) -> None:
    """Fill shelf after shelf; on one of several kinds the best of all stands."""
    lists = _listed(asked, shape, found.weights)
    passages = [
        Place(each.episode_id, each.score, SPOKEN, each.start_ms, each.end_ms)
        for each in asked.passages
    ]
    for shelf in shape.shelves:
        rows = found.of(shelf.kinds, source)
        places = [place for place, kind in lists if kind in shelf.kinds]
        places += passages if SPOKEN in shelf.kinds else []
        best = max((place.score for place in places), default=-np.inf)
        if len(rows.rows) and rows.scores[0] >= best:
            page.add(shelf, rows, _exact(found, rows))
        else:
            page.add_places(shelf, places)


def _exact(found: Ranked, rows: Candidates) -> Mask:
    """Return which candidates are, by name, exactly what was asked for."""
    near = found.parts.values[:, TEXT]
    exact: Mask = np.isin(rows.rows, found.parts.rows[is_exact(near)])
    return exact


def _listed(asked: Asked, shape: SearchShape, weights: FloatArray) -> list[tuple[Place, str]]:
    """Return the listener's own lists that are meant, with their kinds."""
    if not asked.lists:
        return []
    said = [asked.words, *(chip.said for chip in asked.chips if not chip.is_not)]
    found = own_lists.scored(asked.lists, Sought(" ".join(said)), shape, weights)
    return [(Place(each.item_id, score, OWN_LIST), each.kind) for each, score in found]


def _seed(asked: Asked) -> str:
    """Return what a draw belongs to: the listener's day, and a digest of what was asked for."""
    request = asked.situation.request
    said = "\n".join([fold(asked.words), *sorted(map(str, asked.chips))])
    digest = hashlib.blake2b(said.encode(), digest_size=8).hexdigest()
    return f"{request.at.astimezone(zone(request.time_zone)).date()}/{digest}"
