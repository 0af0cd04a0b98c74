"""A decision alone tells the probability of each of its slots."""

from uuid import UUID

import msgspec
import numpy as np
import pytest

from ritornello.kinds.decisions import Candidate, Decision, Shelf, Slot
from ritornello.kinds.errors import BadValue
from ritornello.policies.choice import PIN
from ritornello.policies.names import parse
from ritornello.policies.replay import probability


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
