"""Receptivity on discoveries told by hand, and on planted listeners."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import beta, betabinom

from ritornello.listeners import receptivity
from ritornello.listeners.receptivity import BetaPrior, Terms, Trials, fit_beta_binomial
from tests.listeners.tables import DAY_US, HOUR_US, START_US, lay, played

END = ("listener-9", 400, "artist:end", {})


def house(plays, slots=()):
    """Tables of plays ``(listener, day, artist, more)`` and of slots ``(listener, day, artist, more)``."""
    rows = [*plays, END]
    columns = played(
        [row[0] for row in rows],
        [START_US + int(row[1] * DAY_US) for row in rows],
        ["track:1"] * len(rows),
        artist_id=[row[2] for row in rows],
    )
    for name in ("reading", "counts", "programmed"):
        columns[name] = np.array([row[3].get(name, columns[name]) for row in rows])
    common = {
        "decision_id": [f"decision-{i}" for i in range(len(slots))],
        "listener_id": [slot[0] for slot in slots],
        "made_at_us": np.array([START_US + int(slot[1] * DAY_US) for slot in slots], np.int64),
        "shelf": "weekly",
        "position": 0,
        "propensity": [slot[3].get("propensity", 0.25) for slot in slots],
    }
    outcomes = common | {
        "artist_id": [slot[2] for slot in slots],
        "seen": [slot[3].get("seen", True) for slot in slots],
    }
    shown = common | {"explored": [slot[3].get("explored", 0.1) for slot in slots]}
    return lay(readings=columns, outcomes=outcomes, shown=shown)


def trial(plays, slots=(), terms=None, basis="observational"):
    found = receptivity.read(house(plays, slots), terms).on(basis, "listener-1")
    assert len(found.kept) == 1
    return bool(found.kept[0]), bool(found.observed[0])


def days(*on, artist="artist:new", **more):
    return [("listener-1", day, artist, more) for day in on]


def test_three_returns_in_28_days_keep_an_artist() -> None:
    assert trial(days(0, 1, 5, 27)) == (True, True)
    assert trial(days(0, 1, 5)) == (False, True)
    assert trial(days(0, 1, 5, 29)) == (False, True)
    assert trial(days(0, 1, 5), terms=Terms(n_returns=2)) == (True, True)
    assert trial(days(0, 1, 5, 10), terms=Terms(window_days=7)) == (False, True)


def test_one_long_evening_is_no_return() -> None:
    assert trial(days(0, 0.01, 0.02, 0.03, 0.04)) == (False, True)
    assert trial(days(0, 1, 1.01, 1.02)) == (False, True)


def test_what_the_service_played_again_or_was_skipped_is_no_return() -> None:
    assert trial(days(0, 1, 2) + days(3, programmed=True)) == (False, True)
    assert trial(days(0, 1, 2) + days(3, reading="skip")) == (False, True)
    assert trial(days(0, 1, 2) + days(3, counts=False)) == (False, True)


def test_it_is_censored_while_the_28_days_run_even_if_kept() -> None:
    assert trial(days(380, 381, 382, 383)) == (True, False)
    assert trial(days(371, 372, 373, 374)) == (True, True)


def test_an_artist_first_met_in_a_skip_was_heard_before() -> None:
    found = receptivity.read(house(days(0, reading="skip") + days(1, 2, 3, 4)))
    assert len(found.on("observational", "listener-1").kept) == 0


def test_a_slot_that_was_drawn_and_seen_is_a_trial_played_or_not() -> None:
    slot = [("listener-1", 0, "artist:new", {})]
    assert trial([], slot, basis="randomised") == (False, True)
    assert trial(days(1, 2, 3, 4), slot, basis="randomised") == (True, True)
    assert trial(days(9, 10, 11, 12), slot, basis="randomised") == (False, True)
    late = [("listener-1", 370, "artist:new", {})]
    assert trial([], late, basis="randomised") == (False, False)


@pytest.mark.parametrize(
    "more",
    [{"propensity": 1.0}, {"propensity": 0.0}, {"explored": 0.0}, {"seen": False}, {"seen": None}],
    ids=str,
)
def test_what_no_chance_decided_or_nobody_saw_is_no_trial(more) -> None:
    duck = house([], [("listener-1", 0, "artist:new", more)])
    assert len(receptivity.read(duck).on("randomised").kept) == 0


def test_an_artist_heard_before_is_not_new_and_offered_twice_is_one_trial() -> None:
    offers = [
        ("listener-1", day, "artist:new", {"propensity": p}) for day, p in ((0, 0.5), (3, 0.1))
    ]
    found = receptivity.read(house(days(4, 5, 6, 7), offers)).on("randomised", "listener-1")
    assert found.weight.tolist() == [2.0]
    known = receptivity.read(house(days(-1), offers)).on("randomised", "listener-1")
    assert len(known.kept) == 0


def test_a_shelf_of_which_one_slot_may_have_been_seen_says_nothing() -> None:
    duck = house([], [("listener-1", 0, "artist:new", {}), ("listener-1", 0, "artist:other", {})])
    duck.execute("UPDATE outcomes SET decision_id = 'decision-0', position = 1, seen = NULL "
                 "WHERE artist_id = 'artist:other'")  # fmt: skip
    assert len(receptivity.read(duck).on("randomised").kept) == 0


def test_weights_are_cut() -> None:
    duck = house([], [("listener-1", 0, "artist:new", {"propensity": 0.001})])
    assert receptivity.read(duck, Terms(most_weight=50)).weight.max() == 50.0


def trials_of(kept, weight=None, basis="randomised"):
    """Trials (n_listeners, n_trials)."""
    who = np.repeat([f"listener-{k}" for k in range(len(kept))], kept.shape[1])
    n = kept.size
    w = np.ones(n) if weight is None else weight.ravel()
    return Trials(who, np.full(n, basis), w, kept.ravel(), np.ones(n, dtype=bool))


def test_the_prior_is_the_mode_by_scipys_own_likelihood() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(1, 40, 400)
    k = rng.binomial(n, rng.beta(2.0, 6.0, 400))
    found = fit_beta_binomial(k.astype(float), n.astype(float))

    def loss(at):
        a, b = np.exp(at)
        hyperprior = np.log(a * b / (a + b) ** 2) - 0.5 * np.log(a + b)
        return -betabinom.logpmf(k, n, a, b).sum() - hyperprior

    best = minimize(loss, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    assert [found.a, found.b] == pytest.approx(np.exp(best.x), rel=1e-3)
    assert loss(np.log([found.a, found.b])) <= best.fun + 1e-6
    assert found.mean == pytest.approx(0.25, abs=0.03)


def test_the_posterior_is_scipys_beta() -> None:
    prior = BetaPrior(2.0, 6.0, 10)
    found = receptivity.of(trials_of(np.arange(10)[None] < 3), "listener-0", "randomised", prior)
    own = beta(5.0, 13.0)
    assert found.share == pytest.approx(own.mean())
    assert (found.low, found.high) == pytest.approx(own.interval(0.95))
    assert (found.n_trials, found.n_kept, found.n_effective) == (10, 3, 10.0)


def test_intervals_hold_the_planted_truth_and_means_are_nearer_than_shares() -> None:
    rng = np.random.default_rng(2)
    truth = rng.beta(3.0, 9.0, 500)
    kept = rng.random((500, 8)) < truth[:, None]
    trials = trials_of(kept)
    prior = receptivity.crowd_of(trials, "randomised")
    found = [receptivity.of(trials, f"listener-{k}", "randomised", prior) for k in range(500)]
    share, low, high = np.array([(f.share, f.low, f.high) for f in found]).T
    assert 0.92 < ((low <= truth) & (truth <= high)).mean() < 0.98
    assert ((share - truth) ** 2).mean() < 0.7 * ((kept.mean(axis=1) - truth) ** 2).mean()


def test_inverse_propensity_undoes_what_the_model_favoured() -> None:
    """Favoured slots are kept three times as often as the others and shown four times as often."""
    rng = np.random.default_rng(3)
    p = rng.choice([0.2, 0.8], (50, 400))
    offered = rng.random(p.shape) < p
    kept = rng.random(p.shape) < np.where(p > 0.5, 0.6, 0.2)
    who = np.repeat([f"listener-{k}" for k in range(50)], 400)[offered.ravel()]
    n = len(who)
    trials = Trials(who, np.full(n, "randomised"), 1 / p[offered], kept[offered], np.ones(n, bool))
    plain = Trials(who, trials.basis, np.ones(n), trials.kept, trials.observed)
    assert receptivity.crowd_of(trials, "randomised").mean == pytest.approx(0.4, abs=0.015)
    assert receptivity.crowd_of(plain, "randomised").mean > 0.5


def test_who_was_never_tried_is_the_crowd_and_the_basis_is_said() -> None:
    rng = np.random.default_rng(4)
    trials = trials_of(rng.random((60, 5)) < 0.3, basis="observational")
    (found,) = receptivity.both(trials, "listener-new")
    assert found.basis == "observational"
    assert found.share == pytest.approx(found.crowd)
    assert found.low < 0.3 < found.high
    assert receptivity.both(trials_of(np.zeros((0, 1), bool)), "listener-new") == []


@pytest.mark.parametrize(
    "kept", [np.zeros((9, 5), bool), np.ones((9, 5), bool), np.ones((1, 1), bool)]
)
def test_all_or_nothing_is_neither_sure_nor_nan(kept) -> None:
    trials = trials_of(kept)
    (found,) = receptivity.both(trials, "listener-0")
    assert 0 <= found.low < found.high <= 1
    assert 0 < found.share < 1


def test_midnight_is_the_listeners_own() -> None:
    at = START_US + np.array([0, 1, 2, 3, 400 * 24]) * HOUR_US
    columns = played(["listener-1"] * 5, at, ["track:1"] * 5, artist_id="artist:new")
    columns["active_on"] = np.array(["2026-08-02", "2026-08-03", "2026-08-04", "2026-08-05", "x"])
    found = receptivity.read(lay(readings=columns, outcomes={}, shown={}))
    assert found.kept.tolist() == [True]
