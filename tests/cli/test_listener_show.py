"""``ritornello listener show``: beliefs in words and as JSON, with and without tables and models."""

import shutil

import pytest

from ritornello.models.bundle import COMPONENTS
from ritornello.store.home import Home


@pytest.fixture(scope="module")
def believed(filled_once, tmp_path_factory):
    """A home with a model and tables of signals."""
    from ritornello.cli import main

    folder = shutil.copytree(filled_once, tmp_path_factory.mktemp("believed") / "home")
    assert main(["signals", "build", "--home", str(folder), "--json"]) == 0
    return folder


@pytest.mark.slow
def test_every_belief_is_told_with_what_it_rests_on(cli, believed):
    found = cli("listener", "show", "listener-1", "--json", home=believed).json
    assert found["portrait"]["n_plays"] > 0
    assert found["breadth"]["n_items"] > 10
    assert 0 <= found["breadth"]["share_wider"] <= 1
    assert found["months"]
    assert sum(found["habits"]["by_hour"]) == pytest.approx(1)
    assert found["habits"]["n_hours"] > 0
    assert {each["basis"] for each in found["receptivity"]} <= {"randomised", "observational"}
    assert sum(each["share"] for each in found["intents"]) == pytest.approx(1)
    assert found["states"]
    assert found["relationships"][0]["n_plays"] > 0
    assert found["flags"] == []


@pytest.mark.slow
def test_a_person_reads_it(cli, believed):
    said = cli("listener", "show", "listener-1", home=believed)
    assert said.code == 0
    assert said.out.startswith("listener-1: ")
    for words in ("breadth", "habit", "relationship", "hours of visits"):
        assert words in said.out


def test_before_tables_are_built_the_portrait_is_told_and_what_to_do(cli, filled):
    said = cli("listener", "show", "listener-1", home=filled)
    assert said.code == 0
    assert "ritornello signals build" in said.out
    found = cli("listener", "show", "listener-1", "--json", home=filled).json
    assert found["portrait"]["artists"]
    assert (found["through"], found["breadth"], found["receptivity"]) == (None, None, [])
    assert sum(found["habits"]["by_hour"]) == pytest.approx(1)


def test_without_a_model_breadth_alone_is_missing(cli, lake_once):
    found = cli("listener", "show", "listener-1", "--json", home=lake_once).json
    assert found["breadth"] is None
    assert found["relationships"]
    assert found["habits"]["n_hours"] > 0


def test_a_broken_model_is_said(cli, filled):
    for place in (Home(filled).models / COMPONENTS).iterdir():
        for file in place.glob("*.safetensors"):
            file.write_bytes(b"")
    said = cli("listener", "show", "listener-1", "--json", home=filled)
    assert said.code == 0
    assert "nothing is said of breadth" in said.err


def test_a_stranger_is_not_made_up(cli, lake_once):
    said = cli("listener", "show", "nobody-yet", home=lake_once)
    assert said.code == 1
    assert "nothing is known of a listener 'nobody-yet'" in said.err
