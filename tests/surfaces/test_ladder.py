import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ritornello.surfaces.ladder import Breaker, Ladder, NoAnswer


class Clock:
    def __init__(self):
        self.at_s = 0.0

    def __call__(self):
        return self.at_s


def broken():
    raise RuntimeError("no model here\nand a long traceback")


def nothing():
    raise NoAnswer("no earlier page")


def test_the_highest_sound_rung_answers():
    climbed = Ladder(Clock()).answer([("personal", lambda: 1), ("editorial", lambda: 2)])
    assert (climbed.answer, climbed.rung, climbed.because) == (1, "personal", "")


def test_each_broken_rung_is_named_with_its_reason():
    steps = [("personal", broken), ("last_good", nothing), ("editorial", lambda: "e")]
    climbed = Ladder(Clock()).answer(steps)
    assert climbed.rung == "editorial"
    assert climbed.because == "personal: RuntimeError: no model here; last_good: no earlier page"


def test_the_last_rung_may_not_fail_in_silence():
    with pytest.raises(RuntimeError):
        Ladder(Clock()).answer([("personal", nothing), ("editorial", broken)])


def test_a_breaker_opens_half_opens_once_and_closes():
    breaker = Breaker(n_failures=3, rest_s=30)
    for second in range(3):
        assert breaker.allows(second)
        breaker.record(good=False, at_s=second)
    assert not breaker.allows(10)
    assert breaker.allows(33)
    assert not breaker.allows(34), "one try at a time"
    breaker.record(good=False, at_s=35)
    assert not breaker.allows(60)
    assert breaker.allows(66)
    breaker.record(good=True, at_s=66)
    assert breaker.allows(66)
    assert breaker.allows(66)


def test_a_success_between_failures_keeps_the_breaker_closed():
    breaker = Breaker(n_failures=2, rest_s=30)
    for good in (False, True, False):
        breaker.record(good=good, at_s=0)
    assert breaker.allows(0)


def test_a_rung_that_keeps_breaking_is_left_alone_and_tried_again_later():
    clock, tries = Clock(), []

    def failing():
        tries.append(clock.at_s)
        broken()

    ladder = Ladder(clock, breakers={"personal": Breaker(n_failures=4, rest_s=30)})
    for _ in range(20):
        climbed = ladder.answer([("personal", failing), ("popular", lambda: "p")])
    assert len(tries) == 4
    assert climbed.because == "personal: resting after repeated failure"
    clock.at_s = 31
    ladder.answer([("personal", failing), ("popular", lambda: "p")])
    assert tries[-1] == 31


def test_having_nothing_to_say_does_not_open_the_breaker():
    ladder = Ladder(Clock(), breakers={"last_good": Breaker(n_failures=1, rest_s=30)})
    for _ in range(5):
        climbed = ladder.answer([("last_good", nothing), ("popular", lambda: "p")])
    assert climbed.because == "last_good: no earlier page"


def test_a_late_answer_in_the_same_thread_is_used_but_teaches_the_breaker():
    clock = Clock()

    def late():
        clock.at_s += 5
        return "late"

    ladder = Ladder(clock, deadline_s=0.3, breakers={"personal": Breaker(n_failures=1, rest_s=30)})
    assert ladder.answer([("personal", late), ("popular", lambda: "p")]).answer == "late"
    assert ladder.answer([("personal", late), ("popular", lambda: "p")]).rung == "popular"


def test_a_late_answer_among_thinkers_is_left_behind():
    wake = threading.Event()
    with ThreadPoolExecutor(2) as thinkers:
        ladder = Ladder(Clock(), deadline_s=0.02, thinkers=thinkers)
        climbed = ladder.answer([("personal", lambda: wake.wait(30)), ("popular", lambda: "p")])
        wake.set()
    assert climbed.rung == "popular"
    assert climbed.because == "personal: took longer than 20 ms"


def test_breakers_hold_when_many_threads_ask():
    breaker = Breaker(n_failures=1, rest_s=30)
    breaker.record(good=False, at_s=0)
    with ThreadPoolExecutor(8) as pool:
        allowed = list(pool.map(lambda _: breaker.allows(31), range(200)))
    assert sum(allowed) == 1


def busy_until(ended):
    """Compute in Python, never waiting, until told to end."""
    while not ended:
        sum(range(100))


def test_a_busy_loop_is_left_behind_and_its_rung_rests_until_it_ends():
    ended, usual_s = [], sys.getswitchinterval()
    with ThreadPoolExecutor(4) as thinkers:
        ladder = Ladder(Clock(), deadline_s=0.02, thinkers=thinkers)
        steps = [("personal", lambda: busy_until(ended)), ("popular", lambda: "p")]
        assert ladder.answer(steps).because == "personal: took longer than 20 ms"
        assert sys.getswitchinterval() < usual_s / 10
        for _ in range(3):
            assert ladder.answer(steps).because == "personal: still at an earlier request"
        ended.append(True)
    assert sys.getswitchinterval() == pytest.approx(usual_s)
    with ThreadPoolExecutor(4) as thinkers:
        assert Ladder(Clock(), thinkers=thinkers).answer(steps).rung == "personal"


def test_turns_are_the_usual_again_only_when_the_last_one_has_ended():
    usual_s, wakes = sys.getswitchinterval(), [threading.Event(), threading.Event()]
    with ThreadPoolExecutor(4) as thinkers:
        for wake in wakes:
            ladder = Ladder(Clock(), deadline_s=0.01, thinkers=thinkers)
            ladder.answer([("personal", lambda wake=wake: wake.wait(30)), ("popular", str)])
        wakes[0].set()
        assert sys.getswitchinterval() < usual_s / 10
        wakes[1].set()
    assert sys.getswitchinterval() == pytest.approx(usual_s)


def test_a_rung_that_raises_a_timeout_of_its_own_is_not_left_behind():
    def impatient():
        raise TimeoutError

    usual_s = sys.getswitchinterval()
    with ThreadPoolExecutor(1) as thinkers:
        ladder = Ladder(Clock(), thinkers=thinkers)
        for _ in range(2):
            because = ladder.answer([("personal", impatient), ("popular", str)]).because
            assert because.startswith("personal: took longer")
    assert sys.getswitchinterval() == usual_s
