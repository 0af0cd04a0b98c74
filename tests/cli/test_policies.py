"""``ritornello policies``: learn, rebuild, show, roll back."""

import os
import subprocess
import sys
import time

import pytest

from ritornello.cli.wiring import writing
from ritornello.store.home import Home
from tests.policies import arrivals


@pytest.fixture
def played(home):
    """A home with one decision of which the first card was played."""
    import numpy as np

    rng = np.random.default_rng(5)
    decision = arrivals.home_decision(arrivals.BEGAN_AT, rng, "listener-1")
    slot = decision.slots[0]
    same = {"event_id": arrivals.id_at(decision.made_at, rng), "listener_id": "listener-1"}
    stated = {"decision_id": decision.decision_id, "slot": slot.address}
    with writing(Home(home)) as writer:
        writer.append([], changes=arrivals.catalogue()).result()
        writer.decide([decision]).result()
        listen = arrivals.finished(same, decision.made_at + arrivals.MINUTE, slot, stated)
        writer.append([listen]).result()
    return home


@pytest.mark.slow
def test_what_was_heard_is_learned_shown_and_rolled_back(cli, played):
    learned = cli("policies", "learn", "--json", home=played).json
    assert learned["n_decisions"] == 1
    assert learned["n_lessons"] > 1
    told = cli("policies", "show", "--json", home=played).json
    assert {each["belief"] for each in told} == {"home/jump_back_in", "home/shelves"}
    (arm, *_) = cli("policies", "show", "home/shelves", "--json", home=played).json
    assert arm["arm"] == "jump_back_in"
    assert cli("policies", "learn", home=played).out.startswith("0 lessons changed")
    version = cli("policies", "rebuild", "--json", home=played).json["version"]
    assert cli("policies", "roll-back", "--json", home=played).json == {"version": version}
    assert f"{version}, taught by declared@" in cli("policies", "show", home=played).out
    (kept,) = cli("policies", "show", "--versions", "--json", home=played).json
    assert (kept["version"], kept["served"]) == (version, True)
    assert cli("policies", "roll-back", "--off", "--json", home=played).json == {"version": None}


def test_an_empty_home_has_learned_nothing(cli, home):
    assert "taught by nobody yet" in cli("policies", "show", home=home).out
    said = cli("policies", "roll-back", home=home)
    assert (said.code, "no earlier beliefs" in said.err) == (1, True)
    said = cli("policies", "roll-back", "abc", "--off", home=home)
    assert (said.code, "takes no version" in said.err) == (1, True)
    said = cli("policies", "show", "home/shelves", home=home)
    assert (said.code, "no belief" in said.err.lower() or "belief" in said.err) == (1, True)


BESIDE = (
    "import os, subprocess, sys, time; words = [sys.executable, '-m', 'ritornello', 'policies', 'learn', '--beside',"
    " str(os.getpid()), '--home', sys.argv[1]]; print(subprocess.Popen(words).pid, flush=True); time.sleep(600)"
)


@pytest.mark.slow
@pytest.mark.parametrize("dies_at_once", [False, True])
def test_it_learns_beside_its_parent_until_that_is_gone(cli, played, dies_at_once):
    """A process between us and the verb is killed, also before the verb has begun; it ends by itself."""
    between = subprocess.Popen(
        [sys.executable, "-c", BESIDE, str(played)], stdout=subprocess.PIPE, text=True
    )
    pid = int(between.stdout.readline())
    if not dies_at_once:
        _wait_for_lessons(cli, played)
    between.kill()
    between.communicate()
    for _ in range(300):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    else:
        os.kill(pid, 9)
        pytest.fail("it goes on without anybody")


def _wait_for_lessons(cli, home):
    for _ in range(300):
        if cli("policies", "show", "--json", home=home).json:
            return
        time.sleep(0.1)
    pytest.fail("nothing was learned")
