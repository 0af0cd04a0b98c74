"""Slates put together of rounds: complete, in their places, and refused where there are none."""

import msgspec
import numpy as np
import pytest

from ritornello.evaluate.logs import checked
from ritornello.evaluate.slates import WholeSlates
from ritornello.kinds.errors import BadValue
from ritornello.policies.names import parse
from tests.evaluate.slate_logs import WEIGHTS, log_of

LOGGING = "plackett_luce(budget=0.6)"


def test_a_full_log_keeps_every_round():
    log = log_of(20, LOGGING, np.random.default_rng(0), n_listeners=5)
    whole = WholeSlates.of(checked(log))
    assert whole.round_of.tolist() == list(range(len(log)))
    assert whole.grid(whole.log.propensity).ravel().tolist() == log.propensity.tolist()
    per_slate = checked(whole.as_rounds())
    assert per_slate.reward.tolist() == log.reward.reshape(-1, 3).sum(axis=1).tolist()
    assert per_slate.n_listeners == 5


def test_what_nobody_saw_comes_back_with_its_propensity_and_earned_nothing():
    log = log_of(60, LOGGING, np.random.default_rng(1), n_listeners=30, seen=0.6)
    whole = WholeSlates.of(log)
    n_slates = len(np.unique(log.shortlist))
    assert len(whole.log) == 3 * n_slates > len(log) > n_slates
    assert checked(whole.log).reward[~whole.seen].tolist() == [0.0] * (3 * n_slates - len(log))
    assert whole.log.reward.sum() == log.reward.sum()
    assert whole.seen.sum() == len(log)
    for number, shortlist in enumerate(whole.log.shortlists):
        rounds = whole.log.rounds(number)
        p = parse(LOGGING).probabilities(WEIGHTS, shortlist.drawn)
        assert whole.log.propensity[rounds] == pytest.approx(p)
        assert whole.log.row[rounds].tolist() == shortlist.drawn.tolist()
        assert len(set(whole.log.listener[rounds].tolist())) == 1


def test_slates_of_unlike_length_stand_side_by_side():
    log = log_of(4, LOGGING, np.random.default_rng(2))
    short = msgspec.structs.replace(log.shortlists[1], drawn=log.shortlists[1].drawn[:2])
    kept = np.delete(np.arange(len(log)), 5)
    columns = ("shortlist", "row", "place", "position", "propensity", "reward", "decision", "listener", "context")  # fmt: skip
    cut = msgspec.structs.replace(
        log,
        shortlists=(log.shortlists[0], short, *log.shortlists[2:]),
        **{name: getattr(log, name)[kept] for name in columns},
    )
    whole = WholeSlates.of(cut)
    slates = whole.weighed(np.full(len(cut), 0.5))
    assert slates.there.sum(axis=1).tolist() == [3, 2, 3, 3]
    assert slates.log_ratio[1].tolist() == pytest.approx([np.log(0.5), np.log(0.5), 0.0])


def test_refuses_rounds_that_hang_together_by_nothing():
    log = log_of(3, LOGGING, np.random.default_rng(3))
    loose = tuple(
        msgspec.structs.replace(each, drawn=np.empty(0, np.int64)) for each in log.shortlists
    )
    with pytest.raises(BadValue, match="holds no slates"):
        WholeSlates.of(msgspec.structs.replace(log, shortlists=loose))
