"""The pooled function: finds what was planted, says how sure it is, keeps, and refuses what it cannot learn from."""

import msgspec
import numpy as np
import pytest

from ritornello.kinds.errors import ArtefactUnusable, BadValue
from ritornello.measures.discrimination import auc
from ritornello.signals import labels, pooled
from ritornello.signals.behaviour import behaviour
from ritornello.signals.intents import INTENTS, UNKNOWN, number
from ritornello.signals.success import Outcomes, by_decision
from tests.signals.planted_reading import read

K = len(pooled.COLUMNS)


@pytest.fixture(scope="module")
def trained():
    _, outcomes, _, satisfied = read()
    said = labels.Labels("answer:satisfied", satisfied, np.ones(len(satisfied)), 0)
    return pooled.train(outcomes, said, rng=np.random.default_rng(1))


def test_it_tells_the_satisfied_from_the_rest(trained):
    _, outcomes, _, satisfied = read(seed=4)
    scored, _ = by_decision(trained.score(outcomes), outcomes)
    assert auc(scored.success, satisfied) > 0.7
    assert trained.learned.auc > 0.7
    assert trained.learned.curve.ece < 0.08


def test_a_skip_helps_at_a_party_and_hurts_in_sleep(trained):
    slopes = {(c.group, c.feature): c for c in trained.coefficients()}
    assert slopes["party", "skipping"].slope > 0 > slopes["sleep", "skipping"].high
    assert slopes["known_item", "waiting"].high < 0
    assert slopes["party", "skipping"].own == pytest.approx(
        slopes["party", "skipping"].slope - slopes["all", "skipping"].slope
    )
    assert {c.group for c in trained.coefficients()} <= {"all", *INTENTS}
    assert "unknown" not in {c.group for c in trained.coefficients()}
    assert {c.group for c in trained.coefficients(pooled.DEVICE)} <= {"all", *pooled.DEVICES}


def test_an_uncertain_intent_is_an_expectation(trained):
    _, outcomes, _, _ = read()
    n = len(outcomes)
    sleep, party = number("sleep"), number("party")

    def score(*shares):
        p = np.zeros((n, len(INTENTS)))
        p[:, [sleep, party]] = shares
        return trained.score(Outcomes(outcomes.columns, p)).success

    plain = msgspec.structs.replace(trained.learned, platt=pooled.Platt())
    trained = msgspec.structs.replace(trained, learned=plain)
    assert np.allclose(score(0.3, 0.7), 0.3 * score(1, 0) + 0.7 * score(0, 1))


def test_an_intent_never_met_has_the_slopes_of_all(trained):
    _, outcomes, _, _ = read()
    design = trained._design(behaviour(outcomes))
    for word in ("keep_up", UNKNOWN):
        assert np.allclose(trained.model.deviations[pooled.INTENT][number(word)], 0, atol=1e-8), (
            word
        )
    assert np.isfinite(design).all()


@pytest.mark.slow
def test_shared_intents_get_better_by_what_was_said():
    _, outcomes, _, satisfied = read()
    said = labels.Labels("answer:satisfied", satisfied, np.ones(len(satisfied)), 0)
    blurred = 0.7 * outcomes.p_intent + 0.3 / len(INTENTS)
    found = pooled.train(Outcomes(outcomes.columns, blurred), said, rng=np.random.default_rng(1))
    slopes = {(c.group, c.feature): c.slope for c in found.coefficients()}
    assert slopes["party", "skipping"] > slopes["sleep", "skipping"]


def test_wholly_shared_it_says_the_same_of_every_intent():
    _, outcomes, _, satisfied = read()
    said = labels.Labels("answer:satisfied", satisfied, np.ones(len(satisfied)), 0)
    none = np.zeros(K)
    found = pooled.train(outcomes, said, rng=np.random.default_rng(1), tau=(none, none))
    slopes = {(c.group, c.feature): c.slope for c in found.coefficients()}
    assert slopes["party", "skipping"] == pytest.approx(slopes["sleep", "skipping"], abs=1e-3)


def test_it_is_kept_and_read_back(trained):
    arrays, facts = trained.packed()
    again = pooled.unpack(arrays, msgspec.json.decode(msgspec.json.encode(facts)))
    _, outcomes, _, _ = read()
    assert again.facts == trained.facts
    assert np.array_equal(again.score(outcomes).success, trained.score(outcomes).success)


@pytest.mark.parametrize(
    ("change", "said"),
    [({"intents": ["sleep"]}, "knows other intents"), ({"learned": {}}, "lacks"), ({"columns": []}, "columns")],
)  # fmt: skip
def test_what_belongs_to_another_ritornello_is_refused(trained, change, said):
    arrays, facts = trained.packed()
    with pytest.raises(ArtefactUnusable, match=said):
        pooled.unpack(arrays, facts | change)


def test_what_lacks_an_array_is_refused(trained):
    arrays, facts = trained.packed()
    del arrays["beta"]
    with pytest.raises(ArtefactUnusable, match="lacks 'beta'"):
        pooled.unpack(arrays, facts)


def test_too_few_labels_are_refused_with_their_number():
    _, outcomes, _, satisfied = read()
    y = np.where(np.arange(len(satisfied)) < 30, satisfied, np.nan)
    few = labels.Labels("answer:satisfied", y, np.ones(len(y)), 0)
    with pytest.raises(
        BadValue, match=r"answer:satisfied: \d+ labels of success and \d+ of failure"
    ):
        pooled.train(outcomes, few, rng=np.random.default_rng(1))
    with pytest.raises(BadValue, match="do not fit"):
        pooled.train(outcomes, labels.Labels("x", y[1:], y[1:], 0), rng=np.random.default_rng(1))
