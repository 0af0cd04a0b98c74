"""``ritornello evaluate replicate`` over kept runs: the levels of agreement, and what it needs."""

import pytest


def test_a_run_is_what_it_is(cli, judged_once):
    found = cli("evaluate", "replicate", "good", "good", "--json", home=judged_once).json
    assert found["order"]["n_identical"] == found["order"]["n_topics"] == 40
    assert found["order"]["tau_b"] == 1.0
    assert {each["rmse"] for each in found["values"]} == {0.0}
    assert found["effects"] == []


def test_a_replica_agrees_less_and_keeps_the_effect(cli, judged_once):
    words = ("evaluate", "replicate", "good", "again", "--measure", "nDCG@10", "--depth", "10")
    baselines = ("--baselines", "poor", "poor")
    found = cli(*words, *baselines, "--json", home=judged_once).json
    assert 0 < found["order"]["rbo"] < 1
    (values,) = found["values"]
    assert values["rmse"] > 0
    (effect,) = found["effects"]
    assert effect["effect_ratio"] == pytest.approx(1, abs=0.2)
    said = cli(*words, *baselines, home=judged_once)
    assert said.out.startswith("again ranks ")
    for words in ("same order", "same values", "same effect", "RMSE", "ΔRI"):
        assert words in said.out


def test_effects_need_both_baselines(cli, judged_once):
    said = cli("evaluate", "replicate", "good", "again", "--baselines", "poor", home=judged_once)
    assert (said.code, said.out) == (2, "")
    assert "--baselines" in said.err
