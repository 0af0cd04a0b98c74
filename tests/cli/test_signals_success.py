"""``ritornello signals success``: shown, trained, judged, and refused with what to do."""

import shutil
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from ritornello.signals import labels, pooled, success_names
from ritornello.store.home import Home
from tests.signals.planted_reading import read


@pytest.fixture
def lake(lake_once, tmp_path):
    shutil.copytree(lake_once, tmp_path / "lake")
    return tmp_path / "lake"


def test_the_rules_in_force_are_printed_with_their_reasons(cli, home):
    said = cli(
        "signals", "success", "show", "--for", "intent=sleep", "--for", "device=mobile", home=home
    )
    assert "for intent sleep, device mobile" in said.out
    assert "stopping quietly both mean that it works" in said.out
    assert "party" not in said.out
    rules = cli("signals", "success", "show", "--json", home=home).json
    assert {"where", "when", "success", "because", "always"} <= set(rules[0])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("show", "--for", "intent=slep"), "did you mean 'sleep'"),
        (("show", "--for", "intent"), "write one such as intent=sleep"),
        (("show", "pooled"), "`signals success train` makes one"),
        (("show", "declared", "--plot", "x.svg"), "has no slopes to draw"),
        (("train", "declared"), "no success function to train 'declared'"),
        (("train", "pooled"), "`signals build`"),
        (("judge", "--by", "return@7d"), "`signals build`"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(cli, home, asked, said):
    found = cli("signals", "success", *asked, home=home)
    assert found.code == 1
    assert said in found.err


def test_cells_are_trained_shown_and_judged_beside_the_declared(cli, lake):
    asked = ("coclusters", "--clusters", 2, "--kept-days", 1)
    trained = cli("signals", "success", "train", *asked, "--json", home=lake)
    assert trained.json["version"].startswith("coclusters@")
    shown = cli("signals", "success", "show", "coclusters", home=lake)
    assert "decisions" in shown.out
    judged = cli("signals", "success", "judge", "--by", "return@1d", "--json", home=lake).json
    assert {each["version"].partition("@")[0] for each in judged["verdicts"]} == {
        "declared",
        "coclusters",
    }
    assert judged["n_judged"] > 0
    told = cli("signals", "success", "judge", "--by", "return@1d", "declared", home=lake)
    assert "decisions judged by return@1d" in told.out
    found = cli("signals", "success", "judge", "--by", "ms_played", "coclusters", home=lake)
    assert "no outcome 'ms_played'" in found.err


def test_slopes_are_shown_and_drawn(cli, home, tmp_path):
    _, outcomes, _, satisfied = read()
    said = labels.Labels("answer:satisfied", satisfied, np.ones(len(satisfied)), 0)
    success_names.keep(Home(home), pooled.train(outcomes, said, rng=np.random.default_rng(1)))
    shown = cli("signals", "success", "show", "pooled", "--plot", tmp_path / "x.svg", home=home)
    assert "AUC" in shown.out
    assert "party" in shown.out
    assert len(list(ET.parse(tmp_path / "x.svg").iter("{http://www.w3.org/2000/svg}circle"))) > 50
    told = cli("signals", "success", "show", "pooled", "--json", home=home).json
    assert told["learned"]["trained_on"] == "answer:satisfied"
    refused = cli("signals", "success", "judge", "--by", "answer:satisfied", "pooled", home=home)
    assert refused.code == 1
    situation = cli("signals", "success", "show", "pooled", "--for", "intent=sleep", home=home)
    assert "situations belong to declared" in situation.err
