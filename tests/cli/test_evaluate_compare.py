"""``ritornello evaluate compare`` over kept runs: two, several, against a baseline."""

import pytest


def test_two_runs_are_told_apart_in_a_sentence_and_a_row(cli, judged_once):
    said = cli("evaluate", "compare", "good", "poor", "--measure", "nDCG@10", home=judged_once)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("good is better than poor: ")
    assert "40 listeners" in said.out
    assert "nDCG@10" in said.out


def test_json_is_the_comparison_itself(cli, judged_once):
    (one,) = cli(
        "evaluate", "compare", "good", "poor", "--measure", "AP", "--json", home=judged_once
    ).json
    assert (one["measure"], one["ours"], one["theirs"]) == ("AP", "good", "poor")
    assert one["difference"]["low"] > 0
    assert one["p_value"] == one["p_adjusted"]
    assert one["n_won"] + one["n_lost"] + one["n_tied"] == one["n_topics"] == 40


@pytest.mark.slow
def test_several_are_compared_two_by_two_or_with_a_baseline(cli, judged_once):
    every = cli("evaluate", "compare", "good", "again", "poor", "--json", home=judged_once).json
    assert len(every) == 9
    assert {each["multiplicity"] for each in every} == {"Holm over 9 comparisons"}
    words = ("evaluate", "compare", "good", "again", "--baseline", "poor", "--measure", "nDCG@10")
    held = cli(*words, "--json", home=judged_once).json
    assert [(each["ours"], each["theirs"]) for each in held] == [
        ("good", "poor"),
        ("again", "poor"),
    ]
    said = cli(*words, home=judged_once)
    assert said.out.startswith("2 of 2 comparisons tell two runs apart")


@pytest.mark.slow
def test_the_same_seed_says_the_same(cli, judged_once):
    words = ("evaluate", "compare", "good", "poor", "--seed", "3", "--json")
    assert cli(*words, home=judged_once).out == cli(*words, home=judged_once).out


def test_what_is_not_there_is_an_error_in_one_line(cli, judged_once):
    said = cli("evaluate", "compare", "good", "goood", home=judged_once)
    assert (said.code, said.out) == (1, "")
    assert "no run 'goood'" in said.err
    said = cli("evaluate", "compare", "good", "poor", "--measure", "coverage@5", home=judged_once)
    assert "of a whole run" in said.err
    said = cli("evaluate", "compare", "good", home=judged_once)
    assert "name two runs" in said.err


def test_runs_of_two_collections_are_refused(cli, judged_once):
    said = cli("evaluate", "compare", "good", "other-poor", home=judged_once)
    assert said.code == 1
    assert "of the collection" in said.err
