"""What is planted is there: well-formed rows, the stated shares, and effects an independent fit finds."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from ritornello.worlds.planted import EFFECTS, INTENTS, SIGNALS, Size, plant
from ritornello.worlds.planted_rows import duration_ms

INPUTS = {
    "listen": """event_id listener_id item_id started_at_us happened_at_us ms_played position_ms duration_ms
        began_because ended_because context_kind context_id surface device client source decision_id shelf position
        attribution shuffle offline private""",
    "impression": "event_id listener_id decision_id shelf position seen_at_us visible_ms surface device",
    "act": """event_id listener_id act about_id until_at_us playlist_id decision_id shelf position happened_at_us
        surface device""",
    "query": "event_id listener_id mode text refines decision_id happened_at_us surface device",
    "answer": "event_id listener_id question about_id value happened_at_us surface device decision_id",
    "shown": """decision_id listener_id surface made_at_us visible_from_at_us expires_at_us period rung device
        time_zone model_version policy_version shelf position item_id propensity source explored n_on_shelf segment order_segment intent p_known_item""",
    "arm": "decision_id listener_id made_at_us namespace arm",
    "item": "item_id canonical_id kind artist_id show_id duration_ms",
    "left_out": "event_id listener_id started_at_us because same_as",
    "zone": "listener_id time_zone",
    "clock": "time_zone from_us until_us offset_us",
    "intended": "context_kind context_id surface intent",
}


@pytest.fixture(scope="module")
def world():
    return plant(Size(), np.random.default_rng(11))


@pytest.mark.parametrize("name", INPUTS)
def test_a_relation_has_the_columns_of_the_contract(world, name):
    columns = world.relations[name]
    assert set(columns) == set(INPUTS[name].split())
    assert len({len(values) for values in columns.values()}) == 1


def test_an_empty_world_is_a_world():
    world = plant(Size(n_listeners=1, n_days=0), np.random.default_rng(1))
    assert len(world.truth.intent) == 0
    assert set(world.relations) == set(INPUTS)


def test_the_same_seed_plants_the_same(world):
    again = plant(Size(), np.random.default_rng(11))
    for name, columns in world.relations.items():
        for column, values in columns.items():
            same = again.relations[name][column]
            numbers = values.dtype.kind == "f"
            assert np.array_equal(values, same, equal_nan=numbers), (name, column)


def test_ids_are_unique(world):
    for name in ("listen", "impression", "act", "query", "answer"):
        ids = world.relations[name]["event_id"]
        assert len(set(ids)) == len(ids)
    shown = world.relations["shown"]
    slots = set(zip(shown["decision_id"], shown["position"], strict=True))
    assert len(slots) == len(shown["position"])


def test_plays_of_a_listener_follow_one_another(world):
    listen = world.relations["listen"]
    order = np.lexsort((listen["started_at_us"], listen["listener_id"].astype(str)))
    same = listen["listener_id"][order][1:] == listen["listener_id"][order][:-1]
    gap_us = listen["started_at_us"][order][1:] - listen["happened_at_us"][order][:-1]
    assert gap_us[same].min() >= 0
    assert (listen["ms_played"] <= duration_ms(np.zeros(1, np.int64)).max() + 120_000).all()


def test_visits_of_a_listener_lie_apart_and_begin_with_their_first_event(world):
    truth = world.truth
    order = np.lexsort((truth.started_us, truth.listener))
    same = np.diff(truth.listener[order]) == 0
    between = truth.started_us[order][1:] - truth.ended_us[order][:-1]
    assert between[same].min() >= 30 * 60 * 1_000_000
    first = {}
    for name, at in (("listen", "started_at_us"), ("impression", "seen_at_us"), ("query", "happened_at_us")):  # fmt: skip
        columns = world.relations[name]
        for decision, us in zip(columns["decision_id"], columns[at], strict=True):
            if decision is not None:
                first[decision] = min(us, first.get(decision, us))
    assert [first[d] for d in truth.decision_id] == truth.started_us.tolist()


def test_nobody_hears_more_slots_than_there_are(world):
    listen, shown = world.relations["listen"], world.relations["shown"]
    item_of = dict(
        zip(
            zip(shown["decision_id"], shown["position"], strict=True), shown["item_id"], strict=True
        )
    )
    on_list = listen["attribution"] == "stated"
    addresses = zip(listen["decision_id"][on_list], listen["position"][on_list], strict=True)
    assert [item_of[each] for each in addresses] == listen["item_id"][on_list].tolist()


def test_a_tenth_of_the_answers_is_wrong(world):
    answered = world.truth.answer >= 0
    assert world.truth.wrong[answered].mean() == pytest.approx(0.10, abs=0.025)
    says = world.truth.answer[answered] == 1
    assert np.array_equal(says, (world.truth.satisfied ^ world.truth.wrong)[answered])
    assert not plant(Size(p_wrong=0.0), np.random.default_rng(2)).truth.wrong.any()


def test_who_answers_often_is_more_easily_satisfied(world):
    answered = world.truth.answer >= 0
    assert world.truth.satisfied[answered].mean() > world.truth.satisfied[~answered].mean()


def test_the_satisfied_come_back_sooner(world):
    sooner = world.truth.absence_days < 7
    assert sooner[world.truth.satisfied].mean() > sooner[~world.truth.satisfied].mean() + 0.2


def test_every_intent_and_signal_varies(world):
    assert (np.bincount(world.truth.intent, minlength=len(INTENTS)) > 100).all()
    assert (world.truth.signals.std(axis=0) > 0.2).all()
    assert np.isfinite(world.truth.signals).all()


def fitted(x, y):
    """Return the slopes of a plain logit, by an optimiser that knows nothing of the generator."""
    x = np.column_stack([np.ones(len(x)), x])

    def loss(b):
        z = x @ b
        return (np.logaddexp(0, z) - y * z).sum() + 0.05 * b @ b, x.T @ (expit(z) - y) + 0.1 * b

    return minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x[1:]


@pytest.mark.slow
def test_the_effects_are_in_the_data():
    truth = plant(Size(n_listeners=4_000), np.random.default_rng(5)).truth
    wanted, planted = truth.effects(), np.array(list(EFFECTS.values()))
    for number, word in enumerate(INTENTS):
        rows = truth.intent == number
        found = fitted(truth.signals[rows], truth.satisfied[rows])
        clear = np.abs(planted[number]) >= 0.5
        assert (np.sign(found) == np.sign(wanted[number]))[clear].all(), (word, found, SIGNALS)
