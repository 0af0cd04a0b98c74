"""A decision alone tells the probability of each of its slots."""

from uuid import UUID

import msgspec
import numpy as np
import pytest

from ritornello.kinds.decisions import Candidate, Decision, Shelf, ShelfOrder, Slot
from ritornello.kinds.errors import BadValue
from ritornello.policies import objectives
from ritornello.policies.choice import PIN
from ritornello.policies.names import parse
from ritornello.policies.replay import order_probability, probability
from ritornello.policies.traits import Traits
from ritornello.testing.objectives import NAMES, TARGET, VALUES


def drawn(rng, now, policy="plackett_luce(budget=0.3,temperature=0.7)", n=8):
    """A decision of two shelves, the second with a pin in its first place."""
    shelves, slots = [], []
    for name, text in (("familiar", "greedy"), ("new", policy)):
        policy = parse(text)
        weights = policy.weigh(np.sort(rng.normal(size=40))[::-1])
        ids = [f"track:{name}{row:03d}" for row in range(40)]
        choice = policy.choose(weights, n, rng)
        shortlist = tuple(
            Candidate(i, "blend", float(w)) for i, w in zip(ids, weights, strict=True)
        )
        shelves.append(Shelf(name, name, text, shortlist, budget=policy.budget))
        if name == "new":
            slots.append(Slot(name, 0, "track:pinned", 1.0, PIN, 0.0))
        for place, (row, p) in enumerate(zip(choice.rows, choice.propensities, strict=True), 1):
            slots.append(Slot(name, place, ids[row], float(p), "blend", float(weights[row])))
    return Decision(
        decision_id=UUID(int=int(rng.integers(2**60))), listener_id="listener-1", surface="home",
        made_at=now, shelves=tuple(shelves), slots=tuple(slots), rung="personal",
        policy_version="1", model_version="m", recipe_hash="h",
    )  # fmt: skip


def logged(decision):
    return np.array([slot.propensity for slot in decision.slots])


def test_a_thousand_logged_decisions_replay_to_1e_9(now):
    """Through JSON, as the log keeps them."""
    rng = np.random.default_rng(20261116)
    worst = 0.0
    for _ in range(1000):
        text = msgspec.json.encode(drawn(rng, now))
        decision = msgspec.json.decode(text, type=Decision)
        worst = max(worst, float(np.abs(probability(decision) - logged(decision)).max()))
    assert worst <= 1e-9


def test_deterministic_slots_and_pins_have_probability_one(now):
    decision = drawn(np.random.default_rng(1), now)
    p = probability(decision)
    assert (p[:8] == 1).all()
    assert p[8] == 1
    assert (p[9:] < 1).any()


def test_slots_may_be_logged_in_any_order(now):
    decision = drawn(np.random.default_rng(2), now)
    backwards = msgspec.structs.replace(decision, slots=decision.slots[::-1])
    np.testing.assert_array_equal(probability(backwards), probability(decision)[::-1])


def test_a_changed_weight_is_noticed(now):
    decision = drawn(np.random.default_rng(3), now)
    shelf = decision.shelves[1]
    heavier = tuple(msgspec.structs.replace(c, weight=c.weight * 2) for c in shelf.shortlist[:5])
    changed = msgspec.structs.replace(shelf, shortlist=heavier + shelf.shortlist[5:])
    other = msgspec.structs.replace(decision, shelves=(decision.shelves[0], changed))
    assert np.abs(probability(other) - logged(other)).max() > 1e-6


def test_an_unfit_decision_has_no_replay(now):
    decision = drawn(np.random.default_rng(4), now)
    with pytest.raises(BadValue, match="lost an item"):
        probability(msgspec.structs.replace(decision, fit_for_replay=False))


def test_an_item_from_outside_the_shortlist_is_refused_by_name(now):
    decision = drawn(np.random.default_rng(5), now)
    stranger = Slot("new", 9, "track:stranger", 0.5, "blend", 0.0)
    with pytest.raises(BadValue, match="track:stranger"):
        probability(msgspec.structs.replace(decision, slots=(*decision.slots, stranger)))


def test_a_shortlist_that_doubles_an_item_is_refused(now):
    decision = drawn(np.random.default_rng(6), now)
    shelf = decision.shelves[0]
    doubled = msgspec.structs.replace(shelf, shortlist=(shelf.shortlist[0], *shelf.shortlist))
    with pytest.raises(BadValue, match="twice"):
        probability(msgspec.structs.replace(decision, shelves=(doubled, decision.shelves[1])))


def test_a_decision_with_another_item_than_its_shortlist_is_refused(now):
    decision = drawn(np.random.default_rng(5), now)
    slots = (msgspec.structs.replace(decision.slots[0], item_id="track:stranger"),)
    with pytest.raises(BadValue, match="shelf 'familiar' shows 'track:stranger'"):
        probability(msgspec.structs.replace(decision, slots=slots))


def tilted(rng, now, policy, objective):
    """A decision of one shelf with an objective; the draw's traits are the log's."""
    policy, objective = parse(policy), objectives.parse(objective)
    values = np.tile(VALUES, (3, 1)) * rng.uniform(0.5, 1, (18, len(NAMES)))
    traits = Traits.of(NAMES, values, TARGET)
    weights = policy.weigh(rng.normal(size=(64, 18)))
    choice = policy.choose(weights, 7, rng, objective.tilt(traits))
    shortlist = tuple(
        Candidate(f"track:{row:02d}", "pool", float(weight), tuple(numbers))
        for row, (weight, numbers) in enumerate(zip(weights, values.tolist(), strict=True))
    )
    shelf = Shelf(
        "focus", "Focus", str(policy), shortlist, budget=policy.budget, explored=choice.explored,
        objective=str(objective), traits=traits.names, target=traits.target,
    )  # fmt: skip
    slots = tuple(
        Slot("focus", place, shortlist[row].item_id, float(p), "pool", 0.0)
        for place, (row, p) in enumerate(zip(choice.rows, choice.propensities, strict=True))
    )
    return msgspec.structs.replace(drawn(rng, now), shelves=(shelf,), slots=slots)


POLICIES = [
    "greedy",
    "plackett_luce(budget=0.3,floor=0.05)",
    "thompson(budget=1,floor=0.1,places=7)",
]
OBJECTIVES = [
    "calibrated(strength=2)", "balanced(discovery=1,artists=0.5,boost=1)", "sequenced(length=7)",
    "calibrated+balanced(discovery=0.3)+sequenced(arc=rise,strength=0.5)",
]  # fmt: skip


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("policy", POLICIES)
def test_lists_with_an_objective_replay_from_their_own_record(policy, objective, now):
    rng = np.random.default_rng(20261121)
    for _ in range(20):
        text = msgspec.json.encode(tilted(rng, now, policy, objective))
        decision = msgspec.json.decode(text, type=Decision)
        np.testing.assert_allclose(probability(decision), logged(decision), atol=1e-9)


def test_a_changed_trait_is_noticed(now):
    decision = tilted(np.random.default_rng(6), now, POLICIES[1], OBJECTIVES[0])
    shelf = decision.shelves[0]
    first = msgspec.structs.replace(shelf.shortlist[0], traits=shelf.shortlist[1].traits)
    changed = msgspec.structs.replace(shelf, shortlist=(first, *shelf.shortlist[1:]))
    other = msgspec.structs.replace(decision, shelves=(changed,))
    assert np.abs(probability(other) - logged(other)).max() > 1e-6


def ordered(rng, now, policy="thompson(budget=0.5,floor=0.1)"):
    """A decision whose two shelves were drawn from four, after one of pins alone."""
    decision, policy = drawn(rng, now), parse(policy)
    names = ("familiar", "new", "popular", "quiet")
    weights = policy.weigh(rng.normal(size=(100, 4)))
    rows = [0, 1] if rng.random() < 0.5 else [1, 0]
    p = policy.probabilities(weights, rows)
    order = ShelfOrder(str(policy), names, tuple(weights.tolist()), tuple(p.tolist()))
    pins = Shelf("editors", "Chosen by the editors", "greedy", ())
    shelves = (pins, *(decision.shelves[row] for row in rows))
    return msgspec.structs.replace(decision, shelves=shelves, shelf_order=order)


def test_the_order_of_shelves_replays_from_the_record(now):
    rng = np.random.default_rng(7)
    for _ in range(50):
        text = msgspec.json.encode(ordered(rng, now))
        decision = msgspec.json.decode(text, type=Decision)
        wanted = [1.0, *decision.shelf_order.propensities]
        np.testing.assert_allclose(order_probability(decision), wanted, atol=1e-9)


def test_an_order_nobody_drew_is_certain(now):
    assert order_probability(drawn(np.random.default_rng(8), now)).tolist() == [1.0, 1.0]


def test_a_shelf_beside_the_draw_of_the_order_is_refused(now):
    decision = ordered(np.random.default_rng(9), now)
    order = msgspec.structs.replace(decision.shelf_order, names=("familiar", "old", "a", "b"))
    with pytest.raises(BadValue, match="shelf 'new' is shown"):
        order_probability(msgspec.structs.replace(decision, shelf_order=order))
    order = msgspec.structs.replace(decision.shelf_order, names=("familiar", "new", "a", "a"))
    with pytest.raises(BadValue, match="a name twice"):
        order_probability(msgspec.structs.replace(decision, shelf_order=order))
    with pytest.raises(BadValue, match="lost an item"):
        order_probability(msgspec.structs.replace(decision, fit_for_replay=False))
