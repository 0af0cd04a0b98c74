"""What every success function must keep.

A function is handed over as what makes it: ``make() -> Success``. Run ``for check in CHECKS: check(make)``.
A broken promise raises ``AssertionError``.
"""

from collections.abc import Callable, Mapping

import numpy as np

from ritornello.kinds.errors import BadValue
from ritornello.signals.intents import INTENTS
from ritornello.signals.success import COLUMNS, Column, Outcomes, Scored, Success

Make = Callable[[], Success]

_DEVICES = ("mobile", "desktop", "web", "speaker", "car", "tv", "wearable", "unknown")
_READINGS = ("play", "skip", "glance", "nothing")
_NEXT = ("same_list", "other_content", "search", "nothing")
_SURFACES = ("home", "search", "discover_weekly", "playlist")


def some_outcomes(
    n_decisions: int = 150, n_slots: int = 6, seed: int = 7, uncertain: bool = True
) -> Outcomes:
    """Return outcomes of all kinds, in the order of decisions and slots; a third of the slots was played."""
    rng = np.random.default_rng(seed)
    n = n_decisions * n_slots
    decision = np.repeat(np.arange(n_decisions), n_slots)
    played = rng.random(n) < 1 / 3
    columns = _who_and_where(decision, n_slots, rng) | _what_was_done(played, rng)
    p_intent = rng.dirichlet(np.full(len(INTENTS), 0.3), n_decisions)
    if not uncertain:
        p_intent = np.eye(len(INTENTS))[p_intent.argmax(axis=1)]
    return Outcomes.of(columns, p_intent[decision])


def bare_outcomes() -> Outcomes:
    """Return one decision of three slots of which nothing is known at all."""
    nothing: Mapping[str, Column] = {
        name: np.full(3, None, dtype=object) if sort == "text" else np.full(3, np.nan)
        for name, sort in COLUMNS.items()
    }
    return Outcomes.of({**nothing, "decision_id": np.full(3, "d"), "position": np.arange(3)})


def answers_in_range(make: Make) -> None:
    """Check that every row gets a success in [0, 1], never nan, and a yes or no to whether it is known."""
    function = make()
    for what, outcomes in _all_kinds().items():
        scored = function.score(outcomes)
        n, who = len(outcomes), f"{function.facts.version}: {what}"
        if scored.success.shape != (n,) or scored.success.dtype != np.float64:
            raise AssertionError(f"{who}: success is {scored.success.dtype} {scored.success.shape}")
        if scored.known.shape != (n,) or scored.known.dtype != np.bool_:
            raise AssertionError(f"{who}: known is {scored.known.dtype} {scored.known.shape}")
        if not ((scored.success >= 0) & (scored.success <= 1)).all():
            raise AssertionError(f"{who}: a success is nan or outside [0, 1]")


def knows_something(make: Make) -> None:
    """Check that it tells outcomes apart where there is evidence, and knows nothing of bare rows."""
    function = make()
    scored = function.score(some_outcomes())
    if not scored.known.any() or np.ptp(scored.success[scored.known]) == 0:
        raise AssertionError(f"{function.facts.version} says the same of everything")
    if function.score(bare_outcomes()).known.any():
        raise AssertionError(
            f"{function.facts.version} knows how a slot did of which nothing is known"
        )


def ignores_the_order(make: Make) -> None:
    """Check that the order of rows changes no score."""
    function, outcomes = make(), some_outcomes()
    order = np.random.default_rng(1).permutation(len(outcomes))
    _same(function, function.score(outcomes.of_rows(order)), outcomes, order, "another order")


def ignores_the_company(make: Make) -> None:
    """Check that a decision scores the same whatever other decisions are scored with it."""
    function, outcomes = make(), some_outcomes()
    few = np.flatnonzero(outcomes.decisions()[0] % 3 == 1)
    _same(function, function.score(outcomes.of_rows(few)), outcomes, few, "other company")


def leaves_the_outcomes_alone(make: Make) -> None:
    """Check that scoring changes no column."""
    function, outcomes, before = make(), some_outcomes(), some_outcomes()
    function.score(outcomes)
    for name, values in before.columns.items():
        if not np.array_equal(outcomes.columns[name], values, equal_nan=values.dtype.kind == "f"):
            raise AssertionError(f"{function.facts.version} changed the column {name}")


def is_monotone_where_it_says_so(make: Make) -> None:
    """Check that raising a declared column of what was played moves no score of that row the other way."""
    function, outcomes = make(), some_outcomes()
    scored = function.score(outcomes)
    played = outcomes.flag("played")
    for name, sign in function.facts.monotone.items():
        values = outcomes.column(name)
        raised = np.ones_like(values) if COLUMNS[name] == "flag" else values * 1.5 + 1
        columns = {**outcomes.columns, name: np.where(played, raised, values)}
        after = function.score(Outcomes.of(columns, outcomes.p_intent))
        moved = sign * (after.success - scored.success)[played & scored.known & after.known]
        if moved.min(initial=0.0) < -1e-9:
            raise AssertionError(f"{function.facts.version} is not monotone in {name}")


def names_what_it_lacks(make: Make) -> None:
    """Check that a column it needs and does not get is named, and that it reads no other."""
    function, outcomes = make(), some_outcomes()
    needed = {name: outcomes.columns[name] for name in function.facts.needs}
    try:
        scored = function.score(Outcomes(needed, outcomes.p_intent))
    except BadValue as error:
        raise AssertionError(
            f"{function.facts.version} reads more than it says: {error}"
        ) from error
    _same(function, scored, outcomes, np.arange(len(outcomes)), "only what it needs")
    for name in needed:
        _misses(function, name, {n: values for n, values in needed.items() if n != name}, outcomes)


def is_versioned(make: Make) -> None:
    """Check that its version is ``name@version``, and that making it again makes the same."""
    one, other = make(), make()
    name, _, version = one.facts.version.partition("@")
    if not (name and version) or one.facts != other.facts:
        raise AssertionError(
            f"{one.facts.version!r} and {other.facts.version!r} are no one version"
        )
    outcomes = some_outcomes()
    _same(one, other.score(outcomes), outcomes, np.arange(len(outcomes)), "made again")


CHECKS: tuple[Callable[[Make], None], ...] = (
    answers_in_range,
    knows_something,
    ignores_the_order,
    ignores_the_company,
    leaves_the_outcomes_alone,
    is_monotone_where_it_says_so,
    names_what_it_lacks,
    is_versioned,
)


def _all_kinds() -> dict[str, Outcomes]:
    certain, nothing = some_outcomes(uncertain=False), np.array([], dtype=np.int64)
    return {
        "certain intents": certain,
        "uncertain intents": some_outcomes(),
        "no rows": certain.of_rows(nothing),
        "nothing known": bare_outcomes(),
        "nothing known of what was played": _with_unknowns(certain),
    }


def _with_unknowns(outcomes: Outcomes) -> Outcomes:
    """Return outcomes with a half of every number and flag unknown."""
    rng = np.random.default_rng(3)
    columns = {
        name: np.where(rng.random(len(outcomes)) < 0.5, np.nan, values)
        if values.dtype.kind == "f"
        else values
        for name, values in outcomes.columns.items()
    }
    return Outcomes.of(columns, outcomes.p_intent)


def _who_and_where(decision: Column, n_slots: int, rng: np.random.Generator) -> dict[str, Column]:
    """Return what is the same for a whole decision, and the address of each slot."""
    n_decisions, n = int(decision.max()) + 1, len(decision)

    def of_decision(words: tuple[str, ...]) -> Column:
        return rng.choice(words, n_decisions)[decision]

    listener = rng.integers(20, size=n_decisions)[decision]
    made_at_us = 1_767_225_600_000_000 + rng.integers(30, size=n_decisions) * 86_400_000_000
    return {
        "decision_id": np.array([f"decision-{i:04d}" for i in decision]),
        "listener_id": np.array([f"listener-{i}" for i in listener]),
        "surface": of_decision(_SURFACES),
        "device": of_decision(_DEVICES),
        "made_at_us": made_at_us[decision],
        "shelf": of_decision(("new", "near", "next")),
        "position": np.arange(n) % n_slots,
        "kind": of_decision(("track", "track", "track", "episode")),
        "source": np.full(n, "made_for_you"),
        "item_id": np.array([f"track:{i}" for i in rng.integers(200, size=n)]),
        "artist_id": np.array([f"artist:{i}" for i in rng.integers(40, size=n)]),
        "intent_declared": np.full(n, None, dtype=object),
        "propensity": np.full(n, 0.01),
    }


def _what_was_done(played: Column, rng: np.random.Generator) -> dict[str, Column]:
    """Return what happened to each slot, with the gaps the table leaves."""
    n = len(played)
    ms = np.where(played, rng.integers(1_000, 240_000, n), np.nan)
    reading = np.where(ms < 30_000, rng.choice(("skip", "glance"), n), rng.choice(_READINGS, n))
    skipped = played & (reading == "skip")
    seen = np.where(played, 1.0, rng.choice([1.0, 0.0, np.nan], n))
    flags = {"saved": 0.1, "loved": 0.05, "added": 0.1, "followed": 0.05, "banned": 0.03}
    return {name: (played & (rng.random(n) < p)) for name, p in flags.items()} | {
        "seen": seen,
        "seen_because": np.where(seen == 1, "played", ""),
        "played": played,
        "event_id": np.where(played, "an event", ""),
        "visit_id": np.where(played, "a visit", ""),
        "ms_played": ms,
        "fraction_played": ms / 240_000,
        "reading": np.where(played, reading, ""),
        "skip_grade": np.where(skipped, rng.choice(("early", "middle"), n), ""),
        "skipped_at_ms": np.where(skipped, ms, np.nan),
        "n_plays": played * rng.integers(1, 3, n),
        "attribution": np.where(played, "stated", "none"),
        "next_in_visit": np.where(played, rng.choice(_NEXT, n), ""),
        "n_after": np.where(played, rng.integers(0, 9, n), np.nan),
        "ms_after": np.where(played, rng.integers(0, 3_600_000, n), np.nan),
        "rank_played": np.where(played, rng.integers(1, 7, n), np.nan),
        "seconds_to_play": np.where(played, rng.exponential(30, n), np.nan),
    }


def _same(function: Success, found: Scored, outcomes: Outcomes, rows: Column, what: str) -> None:
    wanted = function.score(outcomes)
    alike = np.allclose(found.success, wanted.success[rows], rtol=0, atol=1e-9)
    if not alike or not np.array_equal(found.known, wanted.known[rows]):
        raise AssertionError(f"{function.facts.version} scores {what} differently")


def _misses(function: Success, name: str, rest: Mapping[str, Column], outcomes: Outcomes) -> None:
    try:
        function.score(Outcomes(rest, outcomes.p_intent))
    except BadValue as error:
        if repr(name) not in str(error):
            raise AssertionError(f"without {name!r} it says: {error}") from error
        return
    raise AssertionError(f"{function.facts.version} needs {name!r} and did not miss it")
