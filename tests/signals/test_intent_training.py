"""Training intents: which beginnings are drawn, what is recovered of planted intents, what names survive."""

from datetime import UTC, datetime

import duckdb
import msgspec
import numpy as np
import pytest

from ritornello.kinds.errors import NotFound
from ritornello.measures.agreement import adjusted_rand
from ritornello.signals.beginnings import features
from ritornello.signals.em import Effort
from ritornello.signals.intent_training import draw, train
from ritornello.signals.intents import INTENTS, Declared
from ritornello.testing.in_memory import make
from ritornello.worlds import planted

AT = datetime(2026, 11, 21, tzinfo=UTC)
QUICK = Effort(n_starts=3, n_steps=60)


@pytest.fixture(scope="module")
def world():
    """A planted world, its beginnings, and the intent each visit was planted with."""
    found = planted.plant(planted.Size(n_listeners=90, n_days=45), np.random.default_rng(5))
    beginnings = make(found.relations, ["beginnings"])["beginnings"]
    planted_as = dict(zip(found.truth.visit_id, found.truth.intent, strict=True))
    return beginnings, planted_as


@pytest.fixture(scope="module")
def drawn(world):
    beginnings, _ = world
    with duckdb.connect() as duck:
        duck.register("beginnings", beginnings)
        return draw(duck, 10_000, seed=1), beginnings


def test_one_moment_of_each_visit_is_drawn_and_the_seed_decides_which(world):
    beginnings, _ = world
    with duckdb.connect() as duck:
        duck.register("beginnings", beginnings)
        one, again, other = (draw(duck, 10_000, seed) for seed in (1, 1, 2))
        few = draw(duck, 40, seed=1)
    assert len(one["device"]) == len(np.unique(beginnings["visit_id"].astype(str)))
    np.testing.assert_array_equal(one["elapsed_us"], again["elapsed_us"])
    assert (np.sort(one["elapsed_us"]) != np.sort(other["elapsed_us"])).any()
    assert len(few["device"]) == 40
    assert (one["elapsed_us"] == 0).mean() < 0.6


def test_planted_intents_are_recovered_though_nobody_said_them(world, drawn):
    """Far above chance, below what the planted intents themselves would allow; see benchmarks/intents.py."""
    known, beginnings = drawn
    rng = np.random.default_rng(2)
    trained = train(known, Declared(), rng, AT, numbers=[8], effort=QUICK)
    last = np.unique(beginnings["visit_id"].astype(str)[::-1], return_index=True)[1]
    asked = {name: column[::-1][last] for name, column in beginnings.items()}
    truth = [world[1][visit] for visit in asked["visit_id"]]
    found = trained.mixture.infer(features(asked)).argmax(axis=1)
    assert adjusted_rand(found, np.array(truth)) > 0.3
    assert trained.facts.n_visits == len(truth)
    assert trained.facts.n_listeners <= 90


def test_what_was_said_is_counted_by_component_and_names_are_carried(drawn):
    known, _ = drawn
    lists = {f"playlist:{word}-{n}": (word,) for word in planted.INTENTS for n in range(3)}
    first = train(known, Declared(playlists=lists), np.random.default_rng(3), AT, numbers=[6], effort=QUICK)  # fmt: skip
    said = [word for each in first.facts.known for word in each]
    assert said
    assert set(said) <= set(INTENTS)
    named = msgspec.structs.replace(first, names={0: "party", 1: "sleep"})
    again = train(known, Declared(), np.random.default_rng(3), AT, numbers=[6], old=named, effort=QUICK)  # fmt: skip
    assert again.names == {0: "party", 1: "sleep"}
    assert all(each == {} or sum(each.values()) > 0 for each in again.facts.known)


def test_too_few_listeners_to_hold_any_out_says_what_to_do(drawn):
    known, _ = drawn
    alone = known["listener_id"] == known["listener_id"][0]
    few = {name: column[alone] for name, column in known.items()}
    for beginnings in (few, {name: column[:0] for name, column in known.items()}):
        with pytest.raises(NotFound, match="ritornello signals build"):
            train(beginnings, Declared(), np.random.default_rng(0), AT, numbers=[2])
