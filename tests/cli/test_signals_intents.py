"""``ritornello signals intents``: trained, shown, named, over a small lake."""

import shutil

import pytest

from ritornello.cli import main
from ritornello.signals.kept_intents import find, load
from ritornello.store.home import Home


@pytest.fixture(scope="session")
def trained_once(lake_once, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained") / "home"
    shutil.copytree(lake_once, folder)
    assert main([*TRAIN, "--home", str(folder), "--json"]) == 0
    return folder


@pytest.fixture
def trained(trained_once, tmp_path):
    shutil.copytree(trained_once, tmp_path / "trained")
    return tmp_path / "trained"


TRAIN = ("signals", "intents", "train", "--components", "2", "--components", "3")


@pytest.mark.slow
def test_training_puts_a_mixture_in_use_and_again_the_same(cli, trained):
    first = cli(*TRAIN, "--json", home=trained).json
    again = cli(*TRAIN, "--json", home=trained).json
    assert first["n_components"] == again["n_components"] >= 2
    assert 0 < first["n_visits"] <= 60
    assert first["n_named"] == 0


def test_what_is_shown_can_be_named_and_the_name_stays(cli, trained):
    shown = cli("signals", "intents", "show", "--json", home=trained).json
    assert [each["number"] for each in shown] == list(range(len(shown)))
    assert sum(each["share"] for each in shown) == pytest.approx(1)
    assert all(len(each["traits"]) == 5 for each in shown)
    said = cli("signals", "intents", "name", 1, "party", home=trained)
    assert "Component 1 is now party." in said.out
    told = cli("signals", "intents", "show", home=trained)
    assert "party" in told.out
    assert cli(*TRAIN, "--json", home=trained).json["n_named"] == 1


def test_a_word_nobody_defined_and_a_component_that_is_not_there(cli, trained):
    said = cli("signals", "intents", "name", 0, "slep", home=trained)
    assert said.code == 1
    assert "did you mean 'sleep'?" in said.err
    said = cli("signals", "intents", "name", 99, "sleep", home=trained)
    assert "no component 99" in said.err


def test_before_anything_was_built_or_trained_it_says_what_to_do(cli, home):
    said = cli("signals", "intents", "show", home=home)
    assert "ritornello signals intents train" in said.err
    said = cli("signals", "intents", "train", home=home)
    assert said.code == 1
    assert "ritornello signals build" in said.err


def test_names_of_an_unusable_mixture_are_given_up_with_a_word(cli, trained):
    (trained / "models" / "intents" / "names.json").write_text("{", encoding="utf-8")
    said = cli(*TRAIN, home=trained)
    assert said.code == 0
    assert "not kept" in said.err


@pytest.mark.slow
def test_who_leaves_is_no_part_of_what_stays_in_use(cli, trained):
    cli("signals", "intents", "name", 0, "party", home=trained)
    before = {place.name for place in (trained / "models" / "intents").iterdir()}
    n_before = load(Home(trained)).facts.n_listeners
    said = cli("listener", "erase", "listener-0", "--yes", home=trained)
    assert said.code == 0, said.err
    left = load(Home(trained))
    assert left.version not in before
    assert left.facts.n_listeners == n_before - 1
    kept = {place.name for place in (trained / "models" / "intents").iterdir()}
    assert kept == {left.version, "names.json"}


@pytest.mark.slow
def test_where_too_few_are_left_the_mixture_is_removed(cli, trained):
    others = [f"listener-{n}" for n in range(4)]
    said = cli("listener", "erase", *others, "--yes", home=trained)
    assert said.code == 0, said.err
    assert "too few are left" in said.err
    assert find(Home(trained)) is None
