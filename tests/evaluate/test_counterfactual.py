"""A log asked by several estimators: the same numbers as the plain arithmetic, and refusals that say what to log."""

import json

import msgspec
import numpy as np
import pytest

from ritornello.evaluate.counterfactual import evaluate
from ritornello.evaluate.estimates import Estimate, Unsupported
from ritornello.evaluate.questions import Intervals, intervals_named
from ritornello.evaluate.targets import Given
from ritornello.kinds.errors import BadPropensity, BadValue, UnknownName
from ritornello.measures import bounds
from ritornello.measures import off_policy as op
from tests.evaluate.rounds import rounds

TARGET = Given.of("sloping", np.array([[0.1, 0.2, 0.3, 0.4]]))


def answers(log, estimators, target=TARGET, **more):
    found = evaluate(log, target, np.random.default_rng(5), estimators, **more)
    return {each.estimator: each for each in found.answers}


class Told:
    """A reward model somebody brings along."""

    def expected(self, log, number):
        return np.tile([0.2, 0.4, 0.6, 0.8], (len(log), 1))


def test_answers_are_the_plain_arithmetic_of_weights():
    log = rounds(n=600, listener=np.arange(600) // 3)
    w, r = np.array([0.4, 0.8, 1.2, 1.6])[log.row], log.reward
    q, v = np.array([0.2, 0.4, 0.6, 0.8])[log.row], np.full(600, 0.6)
    wanted = {
        "IPS": op.ips(w, r),
        "SNIPS": op.snips(w, r),
        "IPS(clip=1.2)": op.ips(op.clipped(w, 1.2), r),
        "DM(model=mine)": op.dm(v),
        "DR(model=mine)": op.dr(w, r, q, v),
        "SNDR(model=mine)": op.sndr(w, r, q, v),
        "Switch-DR(model=mine,switch=1)": op.dr(op.switched(w, 1), r, q, v),
        "DRos(model=mine,shrink=2)": op.dr(op.shrunk(w, 2), r, q, v),
    }
    found = answers(log, tuple(wanted), models={"mine": Told()})
    for name, plain in wanted.items():
        interval = bounds.asymptotic(plain, log.listener)
        answer = found[name]
        assert answer.value == pytest.approx(plain.value), name
        assert (answer.low, answer.high) == pytest.approx((interval.low, interval.high))
        assert answer.standard_error == pytest.approx(bounds.standard_error(plain, log.listener))
        assert answer.above_logged.mean == pytest.approx(plain.value - r.mean())
        assert (answer.n, answer.n_listeners, answer.level) == (600, 200, 0.95)
    assert found["IPS"].n_effective == pytest.approx(op.effective_n(w))
    assert found["IPS(clip=1.2)"].n_effective == pytest.approx(op.effective_n(op.clipped(w, 1.2)))


def test_what_both_share_cancels_in_the_difference():
    """The logging policy as target: nothing above what was earned, and no doubt of it."""
    log = rounds(n=400)
    even = Given.of("even", np.full((1, 4), 0.25))
    found = answers(log, ("IPS", "SNIPS"), even)["IPS"]
    assert found.value == pytest.approx(log.reward.mean())
    assert (found.above_logged.low, found.above_logged.high) == pytest.approx((0, 0), abs=1e-12)


def test_the_log_chooses_and_says_so():
    log = rounds(n=600)
    found = answers(log, ("IPS(clip=slope)", "DR(clip=mse)", "Switch-DR", "DRos(shrink=mse)"))
    for answer in found.values():
        (value,) = answer.tuned.values()
        assert value > 0
        assert "tuned_on_the_same_log" in {each.code for each in answer.warnings}
    tuned = found["Switch-DR(model=smoothed,switch=slope)"]
    fixed = answers(log, (f"Switch-DR(switch={tuned.tuned['switch']:g})",)).popitem()[1]
    assert fixed.value == pytest.approx(tuned.value)


@pytest.mark.parametrize("method", ["asymptotic", "bootstrap", "bernstein"])
def test_intervals_by_the_method_asked_for(method):
    log = rounds(n=800, listener=np.arange(800) // 2)
    found = answers(log, ("IPS", "IPS(clip=1.2)", "DR(clip=1.2)", "DM"), intervals=Intervals(method, most_weight=1.6))  # fmt: skip
    for answer in found.values():
        assert answer.interval == method
        assert answer.low < answer.value < answer.high
    widths = [found[name].high - found[name].low for name in ("IPS", "DR(model=smoothed,clip=1.2)")]
    assert min(widths) > (0.15 if method == "bernstein" else 0.05)


def test_bernstein_asks_for_a_range_and_a_mean():
    log = rounds(n=800)
    asked = ("IPS", "SNIPS", "DR", "IPS(clip=inf)", "IPS(harmonic=0)", "IPS(clip=2)", "DM")
    found = answers(log, asked, intervals=Intervals("bernstein"))
    because = {name: getattr(each, "because", "") for name, each in found.items()}
    assert because == {
        "IPS": "no_stated_range", "SNIPS": "no_such_interval", "DR(model=smoothed)": "no_stated_range",
        "IPS(clip=inf)": "no_stated_range", "IPS(harmonic=0)": "no_stated_range", "IPS(clip=2)": "",
        "DM(model=smoothed)": "",
    }  # fmt: skip
    with pytest.raises(BadValue, match="outside the stated"):
        answers(log, ("IPS",), intervals=Intervals("bernstein", most_weight=1.0))


def test_rewards_all_alike_have_no_interval_but_a_bound():
    log = rounds(n=800, reward=np.zeros(800))
    for answer in answers(log, ("IPS", "SNIPS", "DM", "DR")).values():
        assert answer.because == "no_reward_variance"
    (bound,) = answers(log, ("IPS(clip=2)",), intervals=Intervals("bernstein")).values()
    assert bound.value == 0
    assert bound.high > 0.01


def test_one_listener_and_a_log_too_thin_are_refused():
    one = rounds(n=300, listener=np.zeros(300, int))
    assert {each.because for each in answers(one, ("IPS", "DM", "DR")).values()} == {"one_listener"}
    steep = Given.of("steep", np.array([[0.01, 0.01, 0.01, 0.97]]))
    thin = answers(rounds(n=120), ("IPS", "SNIPS", "DR", "DRos(shrink=1)", "DM"), steep)
    refused = {name for name, each in thin.items() if isinstance(each, Unsupported)}
    assert {"IPS", "SNIPS", "DR(model=smoothed)"} <= refused
    assert isinstance(thin["DM(model=smoothed)"], Estimate)
    assert "log" in thin["IPS"].wanted
    assert str(thin["IPS"]).startswith("IPS: 120 rounds are worth")


def test_where_the_log_has_none_only_a_model_may_speak_and_says_so():
    log = rounds(n=900, row=np.arange(900) % 3, propensity=np.full(900, 1 / 3))
    found = answers(log, ("IPS", "IPS(clip=1)", "DR", "DR(clip=1)", "DM"))
    because = {name: getattr(each, "because", "") for name, each in found.items()}
    assert because == {
        "IPS": "no_support", "IPS(clip=1)": "no_support", "DR(model=smoothed)": "no_support",
        "DR(model=smoothed,clip=1)": "", "DM(model=smoothed)": "",
    }  # fmt: skip
    for name in ("DR(model=smoothed,clip=1)", "DM(model=smoothed)"):
        codes = {each.code for each in found[name].warnings}
        assert {"leans_on_the_model", "propensities_do_not_average"} <= codes
    assert found["IPS"].numbers["p_unsupported"] == pytest.approx(0.4)


def test_answers_go_into_json_with_all_that_was_odd():
    found = evaluate(rounds(n=500), TARGET, np.random.default_rng(1), ("IPS", "DM"))
    plain = json.loads(msgspec.json.encode(found))
    assert plain["target"] == "sloping"
    assert [each["estimator"] for each in plain["answers"]] == ["IPS", "DM(model=smoothed)"]
    assert plain["answers"][1]["warnings"][0]["code"] == "model_alone"
    assert plain["support"]["n_effective"] == pytest.approx(found.support.n_effective)
    assert [each.estimator for each in found.estimates] == ["IPS", "DM(model=smoothed)"]


def test_the_same_chance_gives_the_same_answers():
    log = rounds(n=500)
    a, b = (answers(log, ("DR(model=ridge)", "IPS"), intervals=Intervals("bootstrap")) for _ in "ab")  # fmt: skip
    assert a == b


def test_what_is_no_probability_or_no_number_never_reaches_a_value():
    good = rounds(n=300)
    zero = msgspec.structs.replace(good, propensity=np.zeros(300))
    with pytest.raises(BadPropensity, match="300 are not"):
        answers(zero, ("IPS",))

    class Blind:
        def expected(self, log, number):
            return np.full((len(log), 4), np.nan)

    with pytest.raises(BadValue, match="model mine expects what is no finite number"):
        answers(good, ("DR(model=mine)",), models={"mine": Blind()})
    with pytest.raises(BadValue, match="the probability 2"):
        answers(good, ("IPS",), Given("twice", np.full((1, 4), 2.0)))


def test_intervals_read_from_text():
    assert intervals_named("bootstrap") == Intervals("bootstrap")
    assert intervals_named("bernstein(most_weight=40,level=0.9)") == Intervals("bernstein", 0.9, 40.0)  # fmt: skip
    for text, error in (
        ("exact", UnknownName),
        ("bootstrap(n=3)", UnknownName),
        ("bootstrap(level=2)", BadValue),
        ("bootstrap(level=x)", BadValue),
        ("bernstein(most_weight=0)", BadValue),
    ):
        with pytest.raises(error):
            intervals_named(text)
