"""``ritornello signals build``: seals, builds, says what it made, and nothing twice."""

import pytest


@pytest.mark.slow
def test_it_seals_and_builds_what_has_changed(cli, filled):
    made = {each["table"]: each for each in cli("signals", "build", "--json", home=filled).json}
    assert made["visits"]["n_rows"] > 100
    assert set(made["visits"]) == {"table", "n_days", "n_rows", "took_s"}
    assert cli("signals", "build", "--json", home=filled).json == []
    assert "Nothing has changed." in cli("signals", "build", home=filled).out
    again = cli("signals", "build", "--full", "--from", "2026-01-01", "--json", home=filled).json
    assert {each["table"] for each in again} == set(made)
    assert "All is well" in cli("doctor", home=filled).out


@pytest.mark.slow
def test_only_what_is_asked_for_is_made_with_what_it_needs(cli, filled):
    asked = ("signals", "build", "--only", "visits", "--only", "encounters", "--json")
    made = {each["table"] for each in cli(*asked, home=filled).json}
    assert made == {"activity", "readings", "encounters", "visits"}
    rest = {each["table"] for each in cli("signals", "build", "--json", home=filled).json}
    assert {"outcomes", "searches"} <= rest
    assert not made & rest


def test_a_table_that_is_none_is_named(cli, home):
    said = cli("signals", "build", "--only", "outcome", home=home)
    assert said.code == 1
    assert "'outcome'" in said.err
    assert "outcomes" in said.err


def test_what_is_in_the_log_is_left_out_where_nothing_is_to_be_sealed(cli, filled):
    made = cli("signals", "build", "--no-seal", "--json", home=filled)
    assert made.code == 0
    assert sum(each["n_rows"] for each in made.json) == 0


@pytest.mark.parametrize("option", ["--from", "--until"])
def test_a_day_that_is_none_is_named(cli, home, option):
    said = cli("signals", "build", option, "yesterday", home=home)
    assert said.code == 1
    assert f"{option} must be a day such as 2026-11-21, not 'yesterday'" in said.err
