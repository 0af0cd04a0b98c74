"""What every scorer must keep, and a world whose right answer is known.

A scorer is handed over as the function that trains it: ``make(interactions) -> Scorer``. Run
``for check in CHECKS: check(make)`` for any scorer, ``KNOWING_CHECKS`` too for one that claims to know
what fits a listener (popularity and repetition do not), and ``SEQUENTIAL_CHECKS`` for one that claims to
know what comes next. A broken promise raises ``AssertionError``.
"""

from collections.abc import Callable

import msgspec
import numpy as np

from ritornello.listeners.taste import Taste
from ritornello.models.interactions import Interactions, Plays, from_plays
from ritornello.models.scorer import Scorer
from ritornello.models.vocabulary import Vocabulary
from ritornello.testing.tastes import DAY_S, taste

Make = Callable[[Interactions], Scorer]

N_ITEMS = 40
N_LISTENERS = 60
_TOLERANCE = 1e-5


def checkerboard(n_listeners: int = N_LISTENERS, n_items: int = N_ITEMS) -> Interactions:
    """Return a world where even listeners play even items and odd listeners odd ones.

    Everybody leaves out a fifth of their colour, each another fifth, so that there is something to
    find. The idea is that of implicit's own tests.
    """
    rows, columns = np.meshgrid(np.arange(n_listeners), np.arange(n_items), indexing="ij")
    own = rows % 2 == columns % 2
    left_out = (rows // 2 + columns // 2) % 5 == 0
    rows, columns = rows[own & ~left_out], columns[own & ~left_out]
    at_s = ((rows * 7 + columns * 13) % 97) * DAY_S
    return from_plays(
        tuple(f"listener-{row:03d}" for row in range(n_listeners)),
        Vocabulary(tuple(f"track:{column:03d}" for column in range(n_items))),
        Plays(rows, columns, at_s),
        now_s=100 * DAY_S,
    )


def rounds(
    n_listeners: int = N_LISTENERS, n_items: int = N_ITEMS, n_plays: int = 3
) -> Interactions:
    """Return a world where everybody plays a few items of one round of all, in its order.

    After item 7 comes 8, and after the last the first; everybody begins elsewhere.
    """
    rows = np.repeat(np.arange(n_listeners), n_plays)
    places = np.tile(np.arange(n_plays), n_listeners)
    return from_plays(
        tuple(f"listener-{row:03d}" for row in range(n_listeners)),
        Vocabulary(tuple(f"track:{column:03d}" for column in range(n_items))),
        Plays(rows, (rows + places) % n_items, places * 180.0),
    )


def some_tastes() -> dict[str, Taste]:
    """Return tastes that scorers have met, and such as they may not expect."""
    many = list(range(0, N_ITEMS, 3))
    return {
        "nothing known": taste(),
        "one play": taste([7], recent=[(7, 60.0)]),
        "loved, never played": taste([7, 8], n_plays=0, loved=True, first_age_s=np.nan),
        "only skipped": taste([3, 4], n_plays=0, n_skips=[1, 30]),
        "only tallies": taste(many, n_plays=1e6, first_age_s=np.nan, last_age_s=np.nan),
        "a long history": taste(
            many,
            n_plays=np.arange(1, len(many) + 1).tolist(),
            n_skips=[i % 3 for i in range(len(many))],
            loved=[i % 4 == 0 for i in range(len(many))],
            recent=[(column, 3600.0 * (i + 1)) for i, column in enumerate(many)],
        ),
        "a clock that went back": taste([5, 9], last_age_s=-60.0, recent=[(5, -60.0)]),
    }


def scores_every_item(make: Make) -> None:
    """Check that any taste, known or not, gets one finite float32 an item."""
    scorer = make(checkerboard())
    for what, each in some_tastes().items():
        scores = scorer.score(each)
        if scores.shape != (N_ITEMS,) or scores.dtype != np.float32:
            raise AssertionError(f"{scorer.name}: {what}: {scores.shape} of {scores.dtype}")
        if not np.isfinite(scores).all():
            raise AssertionError(f"{scorer.name}: {what}: a score is not finite")
    if scorer.n_items != N_ITEMS:
        raise AssertionError(f"{scorer.name} says it scores {scorer.n_items} of {N_ITEMS} items")


def adds_up(make: Make) -> None:
    """Check that the contributions of any columns sum to their scores, to 1e-5 of the largest."""
    scorer = make(checkerboard())
    columns = np.array([5, 0, 39, 7, 7], dtype=np.int32)
    for what, each in some_tastes().items():
        parts, scores = scorer.contributions(each, columns), scorer.score(each)
        if parts.shape != (len(columns), len(each.columns) + 1):
            raise AssertionError(f"{scorer.name}: {what}: contributions of shape {parts.shape}")
        _same(parts.sum(axis=1), scores[columns], scores, f"{scorer.name}: {what}: contributions")


def ignores_the_order(make: Make) -> None:
    """Check that the order in which history items stand changes no score."""
    scorer = make(checkerboard())
    for what, each in some_tastes().items():
        scores = scorer.score(each)
        _same(scorer.score(_reversed(each)), scores, scores, f"{scorer.name}: {what}: reversed")


def scores_batches_alike(make: Make) -> None:
    """Check that many tastes at once get the scores each gets alone."""
    scorer = make(checkerboard())
    tastes = list(some_tastes().values())
    for row, each in zip(scorer.score_batch(tastes), tastes, strict=True):
        alone = scorer.score(each)
        _same(row, alone, alone, f"{scorer.name}: a batch")


def adds_in_place(make: Make) -> None:
    """Check that adding to an array adds the weighted scores to what stands there, and no more."""
    scorer = make(checkerboard())
    tastes = list(some_tastes().values())
    wanted = 1 + 0.5 * scorer.score_batch(tastes)
    scores = np.ones((len(tastes), N_ITEMS), dtype=np.float32)
    scorer.add_to(scores, tastes, 0.5)
    for found, row in zip(scores, wanted, strict=True):
        _same(found, row, row, f"{scorer.name}: added in place")
    scorer.add_to(scores[:0], [], 0.5)


def is_deterministic(make: Make) -> None:
    """Check that two trainings on the same interactions give the same scores, bit for bit."""
    one, other = make(checkerboard()), make(checkerboard())
    for what, each in some_tastes().items():
        if not np.array_equal(one.score(each), other.score(each)):
            raise AssertionError(f"{one.name}: {what}: two trainings disagree")


def leaves_the_taste_alone(make: Make) -> None:
    """Check that scoring changes nothing in the taste it was given."""
    scorer = make(checkerboard())
    for what, each in some_tastes().items():
        before = msgspec.structs.asdict(some_tastes()[what])
        scorer.score(each)
        scorer.contributions(each, np.array([1], dtype=np.int32))
        for name, values in msgspec.structs.asdict(each).items():
            if not np.array_equal(values, before[name], equal_nan=values.dtype.kind == "f"):
                raise AssertionError(f"{scorer.name}: {what}: {name} was changed")


def finds_the_colour(make: Make) -> None:
    """Check that on the checkerboard everything left out of one's colour outranks the other colour."""
    world = checkerboard()
    scorer = make(world)
    for row in range(world.n_listeners):
        heard = world.taste(row).columns
        scores = scorer.score(world.taste(row))
        unheard = np.setdiff1d(np.arange(N_ITEMS), heard)
        own = unheard % 2 == row % 2
        if scores[unheard[own]].min() <= scores[unheard[~own]].max():
            raise AssertionError(f"{scorer.name} does not see the colour of listener {row}")


def hears_one_play(make: Make) -> None:
    """Check that one more play raises the mean score of the item's unheard neighbours.

    The play is of an item never heard, then of one heard before; the neighbours are the items of its
    colour that were not heard.
    """
    scorer = make(checkerboard())
    before = taste([0, 2, 4, 1], n_plays=[1, 2, 3, 1])
    fresh = taste([0, 2, 4, 1, 7], n_plays=[1, 2, 3, 1, 1])
    again = taste([0, 2, 4, 1], n_plays=[1, 2, 3, 2])
    neighbours = [column for column in range(1, N_ITEMS, 2) if column not in (1, 7)]
    level = scorer.score(before)[neighbours].mean()
    for what, after in (("a new item", fresh), ("a known item", again)):
        if scorer.score(after)[neighbours].mean() <= level:
            raise AssertionError(f"{scorer.name} does not hear one play of {what}")


def follows_the_order(make: Make) -> None:
    """Check that what always came next ranks first, by the newest play and not by its column."""
    scorer = make(rounds())
    for last in (3, 8):
        recent = [(8, 60.0), (3, 240.0)] if last == 8 else [(3, 60.0), (8, 240.0)]
        scores = scorer.score(taste([3, 8], recent=recent))
        if int(scores.argmax()) != last + 1:
            raise AssertionError(f"{scorer.name} does not see that {last + 1} comes after {last}")


def says_nothing_without_an_order(make: Make) -> None:
    """Check that a history of which no play has a time gets no opinion on what comes next."""
    scores = make(rounds()).score(taste([3, 8], n_plays=5))
    if scores.any():
        raise AssertionError("a score without a known order")


CHECKS: tuple[Callable[[Make], None], ...] = (
    scores_every_item,
    adds_up,
    ignores_the_order,
    scores_batches_alike,
    adds_in_place,
    is_deterministic,
    leaves_the_taste_alone,
)
KNOWING_CHECKS: tuple[Callable[[Make], None], ...] = (finds_the_colour, hears_one_play)
SEQUENTIAL_CHECKS: tuple[Callable[[Make], None], ...] = (
    follows_the_order,
    says_nothing_without_an_order,
)


def _reversed(each: Taste) -> Taste:
    """Return the taste with its history items (not its recent plays) in the opposite order."""
    recent = {"recent_columns", "recent_age_s"}
    fields = msgspec.structs.asdict(each)
    return Taste(**{n: v if n in recent else v[::-1] for n, v in fields.items()})


def _same(found: np.ndarray, wanted: np.ndarray, scale: np.ndarray, what: str) -> None:
    limit = _TOLERANCE * max(float(np.abs(scale).max()), 1e-12)
    worst = float(np.abs(found - wanted).max(initial=0.0))
    if worst > limit:
        raise AssertionError(f"{what} differ by {worst:.2e}, more than {limit:.2e}")
