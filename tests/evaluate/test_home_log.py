"""Our own decisions as rounds: every slot accounted for, every propensity replayed, the truth found again."""

from contextlib import closing
from datetime import timedelta

import msgspec
import numpy as np
import pytest

from ritornello.cli.wiring import REDUCERS, make_home
from ritornello.evaluate import home_log
from ritornello.evaluate.counterfactual import evaluate
from ritornello.evaluate.home_log import of_decisions
from ritornello.evaluate.logs import checked
from ritornello.evaluate.support import examine
from ritornello.evaluate.targets import LOGGED, UNIFORM, parse
from ritornello.kinds.errors import NotFound
from ritornello.kinds.events import Context, Listen, SlotAddress
from ritornello.kinds.ids import uuid7
from ritornello.signals import declared
from ritornello.signals.building import build
from ritornello.signals.success import Facts, Scored
from ritornello.store.engines import DuckEngine
from ritornello.store.log import Writer
from ritornello.store.seal import seal
from tests.evaluate.decided import AT, decided, outcomes_of, scores_of


class Fraction:
    """Success is the share that was played."""

    facts = Facts(version="fraction@1", needs=("fraction_played",))

    def score(self, outcomes):
        return Scored.of(outcomes.column("fraction_played"), np.ones(len(outcomes), bool))


def log_of(decisions, served=None):
    served = served or {(str(d.decision_id), s.position): 1.0 for d in decisions for s in d.slots}
    return of_decisions("home", decisions, outcomes_of(decisions, served), Fraction())


def test_a_slot_that_chance_filled_is_a_round():
    decisions = [decided(n, n // 2) for n in range(6)]
    served = {(str(d.decision_id), s.position): s.position / 4 for d in decisions for s in d.slots}
    log = checked(log_of(decisions, served))
    assert (len(log), log.n_listeners, len(log.shortlists)) == (18, 3, 6)
    assert log.reward.tolist() == [0, 0.25, 0.5] * 6
    assert log.position.tolist() == log.place.tolist() == [0, 1, 2] * 6
    assert log.decision.tolist() == np.repeat(np.arange(6), 3).tolist()
    shown = [slot.item_id for d in decisions for slot in d.slots]
    assert [log.actions[a] for a in log.action] == shown
    np.testing.assert_allclose(log.replayed, log.propensity, atol=1e-12)
    assert log.left_out == {} == dict.fromkeys(log.warnings)
    assert log.features[:3] == ("hour_sin", "hour_cos", "weekend")
    assert set(log.features[3:]) == {"device=mobile", "shelf=mine"}


def test_every_slot_is_a_round_or_counted_by_why():
    replace = msgspec.structs.replace
    good, pinned, dropped, foreign, wrong, silent, unknown = (decided(n, n) for n in range(7))
    pinned = replace(
        pinned, slots=(replace(pinned.slots[0], source="editors_pin"), *pinned.slots[1:])
    )
    dropped = replace(dropped, fit_for_replay=False)
    foreign = replace(
        foreign, slots=(*foreign.slots[:2], replace(foreign.slots[2], item_id="track:99"))
    )
    wrong = replace(wrong, slots=(replace(wrong.slots[0], propensity=0.0), *wrong.slots[1:]))
    decisions = [good, pinned, dropped, foreign, wrong, silent, unknown]
    served = {(str(d.decision_id), s.position): 1.0 for d in decisions for s in d.slots}
    served[str(unknown.decision_id), 1] = float("nan")
    told = [each for each in decisions if each is not silent]
    log = of_decisions("home", decisions, outcomes_of(told, served), Fraction())
    assert log.left_out == {
        "outside_the_draw": 1, "not_fit_for_replay": 3, "not_on_its_shortlist": 3, "bad_propensity": 1,
        "no_outcome": 3, "unknown_reward": 1,
    }  # fmt: skip
    assert len(log) + sum(log.left_out.values()) == 21
    assert {each.code for each in log.warnings} == {"unknown_rewards", "bad_propensities"}
    assert log.place.tolist() == [0, 1, 2, 0, 1, 1, 2, 0, 2], "what stood before stays"


def test_a_log_of_nothing_is_empty_and_refused_by_name():
    log = checked(log_of([]))
    found = evaluate(log, parse("greedy"), np.random.default_rng(1))
    assert {each.because for each in found.answers} == {"empty_log"}
    assert found.support is None


@pytest.mark.parametrize("objective", ["", "balanced(discovery=0.5)"])
@pytest.mark.parametrize(
    "policy", ["plackett_luce(budget=0.5,temperature=0.7,floor=0.1)", "greedy"]
)
def test_the_logging_policy_as_target_weighs_every_round_with_1(policy, objective):
    decisions = [decided(n, n, policy, objective=objective) for n in range(5)]
    log = log_of(decisions)
    for target in (LOGGED, policy):
        found = evaluate(log, parse(target), np.random.default_rng(1), ("IPS",))
        assert found.support.mean_weight == pytest.approx(1, abs=1e-9)
        assert found.support.n_effective == pytest.approx(15)
        assert (found.support.n_replayed, found.support.n_differ) == (15, 0)


def test_what_a_greedy_log_could_never_show_is_refused():
    decisions = [decided(n, n, "greedy") for n in range(200)]
    served = {
        (str(d.decision_id), s.position): float(n % 2)
        for n, d in enumerate(decisions)
        for s in d.slots
    }
    found = evaluate(log_of(decisions, served), parse(UNIFORM), np.random.default_rng(1))
    because = {each.estimator: getattr(each, "because", "") for each in found.answers}
    assert because["IPS"] == because["SNIPS"] == because["DR(model=smoothed)"] == "no_support"
    assert because["DM(model=smoothed)"] == ""
    assert found.support.p_unsupported == pytest.approx(np.mean([7 / 8, 6 / 7, 5 / 6]))


@pytest.mark.slow
def test_another_budget_and_greedy_are_valued_as_they_truly_are():
    """Success is the score over 4, so the truth given what stood before is known slot by slot."""
    logging = "plackett_luce(budget=0.6,temperature=1.0)"
    decisions = [decided(n, n % 400, logging) for n in range(800)]
    of = {n: scores_of(n) / 4 for n in range(400)}
    served = {
        (str(d.decision_id), s.position): of[n % 400][int(s.item_id.split(":")[1])]
        for n, d in enumerate(decisions)
        for s in d.slots
    }
    log = log_of(decisions, served)
    rng = np.random.default_rng(1)
    for text in ("greedy", "plackett_luce(budget=0.2)", UNIFORM):
        target = parse(text)
        truth = np.mean([
            target.probabilities(log, n)[place] @ of[n % 400]
            for n in range(len(log.shortlists)) for place in range(3)
        ])  # fmt: skip
        found = evaluate(
            log, target, rng, ("IPS", "SNIPS", "DR(model=ridge)", "SNDR(model=smoothed)")
        )
        for answer in found.estimates:
            assert abs(answer.value - truth) < 4 * answer.standard_error + 1e-9, (text, answer)
        assert len(found.estimates) == 4


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A home in which twenty listeners were shown three of eight tracks and played the first two, tables built."""
    made = make_home(tmp_path_factory.mktemp("logged") / "home")
    decisions = [decided(n, n) for n in range(20)]
    with Writer(made, REDUCERS, now=lambda: AT + timedelta(days=3)) as writer:
        writer.decide(decisions).result()
        writer.append([listen for d in decisions for listen in played(d)]).result()
    later = AT + timedelta(days=5)
    seal(made, later)
    with closing(DuckEngine(made)) as engine:
        build(made, engine, now=later)
    return made


def played(decision):
    """The first is finished, the second skipped on sight."""
    for place, ms in ((0, 200_000), (1, 4_000)):
        at = decision.made_at + timedelta(minutes=1 + 4 * place)
        yield Listen(
            event_id=uuid7(at), listener_id=decision.listener_id, happened_at=at + timedelta(milliseconds=ms),
            item_id=decision.slots[place].item_id, started_at=at, ms_played=ms, duration_ms=210_000,
            ended_because="finished" if place == 0 else "skipped_forward", decision_id=decision.decision_id,
            slot=SlotAddress("mine", place), attribution="stated", context=Context("shelf", "mine"),
            surface="home", device="mobile",
        )  # fmt: skip


@pytest.mark.slow
def test_a_home_is_read_with_what_a_success_function_makes_of_its_outcomes(built):
    log = checked(home_log.read(built, "home", declared.defaults()))
    assert (len(log), log.n_listeners, log.left_out) == (60, 20, {})
    by_place = [set(log.reward[log.place == place].tolist()) for place in range(3)]
    assert by_place[2] == {0.0}, "what was left alone is no success"
    assert min(by_place[0]) > max(by_place[1])
    assert examine(log, parse(LOGGED)).n_replayed == 60
    assert codes_of(examine(log, parse(LOGGED))) == set()
    late = home_log.read(built, "home", declared.defaults(), since=AT + timedelta(hours=10))
    assert len(late) == 30
    with pytest.raises(NotFound, match="no outcomes"):
        home_log.read(built, "radio", declared.defaults())


def codes_of(support):
    return {each.code for each in support.warnings}
