"""Estimators of slates as a person asks for them: the truth within intervals, refusals that say what to log."""

from itertools import permutations

import msgspec
import numpy as np
import pytest

from benchmarks.cascade import errors, relative
from ritornello.evaluate.counterfactual import evaluate
from ritornello.evaluate.estimates import Estimate, Unsupported
from ritornello.evaluate.estimators import parse
from ritornello.evaluate.home_log import of_decisions
from ritornello.evaluate.logs import checked
from ritornello.evaluate.questions import Intervals
from ritornello.evaluate.slate_estimators import FORMS
from ritornello.evaluate.targets import parse as target_of
from ritornello.kinds.errors import UnknownName
from ritornello.policies.names import parse as policy_of
from tests.evaluate.decided import decided, outcomes_of, scores_of
from tests.evaluate.slate_logs import log_of, truth
from tests.evaluate.test_home_log import Fraction

LOGGING = "plackett_luce(budget=0.6)"
TARGET = "plackett_luce(budget=0.2)"
RIGHT_HERE = ("SIPS", "SNSIPS", "RIPS", "SNRIPS", "DynamicRIPS", "Cascade-DR")


def asked(log, target=TARGET, estimators=RIGHT_HERE, **how):
    return evaluate(log, target_of(target), np.random.default_rng(9), estimators, **how).answers


@pytest.mark.parametrize("form", FORMS)
def test_a_name_reads_back_as_itself(form):
    estimator = parse(form)
    assert parse(str(estimator)) == estimator
    assert estimator.models == ()


def test_names_a_parameter_nobody_defined():
    assert str(parse("Cascade-DR")) == "Cascade-DR(model=ridge)"
    with pytest.raises(UnknownName, match="parameter of SIPS"):
        parse("SIPS(clip=3)")
    with pytest.raises(UnknownName, match="model of rewards to go"):
        parse("Cascade-DR(model=tree)")


def test_finds_the_truth():
    log = checked(log_of(300, LOGGING, np.random.default_rng(0), n_listeners=150))
    for answer in asked(log):
        assert isinstance(answer, Estimate), answer
        assert abs(answer.value - truth(TARGET)) < 4 * answer.standard_error
        assert answer.low < answer.value < answer.high
        assert answer.n == 300
        assert answer.n_listeners == 150


def test_the_log_itself_earned_what_it_earned():
    log = log_of(120, LOGGING, np.random.default_rng(1), n_listeners=60)
    estimators = [name for name in FORMS if name != "Cascade-DR"]
    for answer in asked(log, "logged", estimators):
        assert answer.value == pytest.approx(log.reward.sum() / 120)
        assert answer.above_logged.mean == pytest.approx(0, abs=1e-12)
        assert answer.p_unsupported == 0


def test_counts_what_nobody_saw():
    log = log_of(250, LOGGING, np.random.default_rng(2), n_listeners=100, seen=0.7)
    answer = asked(log, "logged", ["SNRIPS"])[0]
    n_slates = len(np.unique(log.shortlist))
    assert answer.n == n_slates
    assert answer.value == pytest.approx(log.reward.sum() / n_slates)
    unseen = next(each for each in answer.warnings if each.code == "slots_unseen")
    assert unseen.numbers == {"n_unseen": 3 * n_slates - len(log)}


@pytest.mark.parametrize(
    ("log", "target", "because"),
    [
        (log_of(150, "greedy", np.random.default_rng(3)), "uniform", "no_support"),
        (log_of(60, LOGGING, np.random.default_rng(4)), "logged", "no_support_for_slates"),
        (log_of(60, LOGGING, np.random.default_rng(5), n_listeners=1), TARGET, "one_listener"),
    ],
)
def test_says_what_the_log_lacks(log, target, because):
    for answer in asked(log, target):
        assert isinstance(answer, Unsupported)
        assert answer.because == because
        assert "log" in answer.wanted


def test_refuses_rounds_without_slates():
    log = log_of(150, LOGGING, np.random.default_rng(6))
    loose = tuple(
        msgspec.structs.replace(each, drawn=np.empty(0, np.int64)) for each in log.shortlists
    )
    log = msgspec.structs.replace(log, shortlists=loose, place=np.zeros_like(log.place))
    answer = asked(log, "logged", ["RIPS"])[0]
    assert answer.because == "no_slates"
    assert "in the order it was drawn" in answer.wanted


def test_has_no_bound_that_holds_for_every_log():
    log = log_of(150, LOGGING, np.random.default_rng(7))
    answer = asked(log, "logged", ["RIPS"], intervals=Intervals("bernstein"))[0]
    assert answer.because == "no_such_interval"


@pytest.mark.slow
def test_our_own_decisions_are_slates_with_what_nobody_saw():
    """Each track serves by its score, and the last of every fourth list is not seen: the truth is gone through."""
    decisions = [decided(n, n % 150, LOGGING) for n in range(300)]
    served = {
        (str(d.decision_id), slot.position): _serves(d, slot)
        if slot.position < 2 or n % 4
        else float("nan")
        for n, d in enumerate(decisions)
        for slot in d.slots
    }
    log = of_decisions("home", iter(decisions), outcomes_of(decisions, served), Fraction())
    assert sum(log.left_out.values()) == 75
    policy, scores = policy_of(TARGET), scores_of(0)
    seen = np.array([1.0, 1.0, 0.75]) / 4
    weights = policy.weigh(scores)
    known = sum(
        np.prod(policy.probabilities(weights, rows)) * float(scores[list(rows)] @ seen)
        for rows in permutations(range(len(scores)), 3)
    )
    for answer in asked(log, estimators=("SNRIPS", "DynamicRIPS", "Cascade-DR(model=smoothed)")):
        assert abs(answer.value - known) < 4 * answer.standard_error
        assert {"n_unseen": 75.0} in [each.numbers for each in answer.warnings]


def _serves(decision, slot):
    listener = int(decision.listener_id.split("-")[1])
    return float(scores_of(listener)[int(slot.item_id.split(":")[1])]) / 4


@pytest.mark.slow
def test_intervals_cover_the_truth():
    """60 logs: 95 % intervals cover it in at least 85 % (four standard errors below)."""
    rng = np.random.default_rng(8)
    covered = []
    for _ in range(60):
        log = log_of(150, LOGGING, rng, n_listeners=75)
        answers = asked(log, TARGET, ["SNRIPS", "Cascade-DR"])
        covered.append([each.low <= truth(TARGET) <= each.high for each in answers])
    assert (np.mean(covered, axis=0) >= 0.84).all()


@pytest.mark.slow
def test_errors_stand_in_the_published_order():
    """Kiyohara et al., cascade rewards, in small: IPS worse than RIPS, RIPS and IIPS worse than Cascade-DR."""
    runs = [errors(seed, spread) for seed in range(27) for spread in (None, 0.5)]
    found = relative(runs)
    assert min(found["IPS"], found["IIPS"]) > 1.1
    assert found["IPS"] > found["RIPS"] > found["Cascade-DR"] == 1
    assert found["ridge"] < found["RIPS"]
