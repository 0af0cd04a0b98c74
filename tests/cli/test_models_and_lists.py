"""``ritornello train``, ``build`` and ``recommend`` over the small simulated world."""

import pytest

from ritornello.models.bundle import COMPONENTS
from ritornello.store.artefacts import MANIFEST, POINTER, current_version
from ritornello.store.home import Home


def test_training_puts_a_model_in_use(cli, filled):
    before = current_version(Home(filled))
    made = cli("train", "--json", home=filled).json
    assert made["version"] == current_version(Home(filled)) != before
    assert made["n_listeners"] == 40
    assert set(made["weights"]) == {"cooccurrence", "ease", "ials", "popularity", "repeat"}


def test_training_leaves_the_model_in_use_and_the_one_before_it(cli, filled):
    models = Home(filled).models
    for _ in range(3):
        assert cli("train", home=filled).code == 0
    manifests = [place.read_bytes() for place in models.glob(f"*/{MANIFEST}")]
    components = [place.name for place in (models / COMPONENTS).iterdir()]
    assert len(manifests) == 2
    assert all(any(name.encode() in text for text in manifests) for name in components)


def test_the_setting_says_what_is_trained_also(cli, filled):
    (filled / "ritornello.toml").write_text('train_also = "transitions"\n', encoding="utf-8")
    assert "transitions" in cli("train", "--json", home=filled).json["weights"]
    (filled / "ritornello.toml").write_text('train_also = "transition"\n', encoding="utf-8")
    said = cli("train", home=filled)
    assert said.code == 1
    assert "did you mean 'transitions'?" in said.err


def test_nothing_played_cannot_be_learned_from(cli, home):
    said = cli("train", home=home)
    assert said.code == 1
    assert "nothing was played yet" in said.err


def test_everyone_gets_one_list_a_week(cli, filled):
    made = cli("build", "--json", home=filled).json
    assert made["n_lists"] > 30
    assert made["by_rung"] == {"personal": made["n_lists"]}
    assert cli("build", "--json", home=filled).json["n_lists"] == 0


def test_a_home_without_listeners_needs_no_lists(cli, home):
    assert cli("build", "--json", home=home).json["n_lists"] == 0


def test_a_look_at_home_writes_nothing_down(cli, filled):
    before = (filled / "ritornello.sqlite").read_bytes()
    looked = cli("recommend", "listener-1", "--json", home=filled).json
    assert looked["rung"] == "personal"
    assert {"Jump back in", "New for you"} <= {slot["shelf"] for slot in looked["slots"]}
    assert all(0 < slot["p"] <= 1 and slot["title"] for slot in looked["slots"])
    assert (filled / "ritornello.sqlite").read_bytes() == before
    told = cli("recommend", "listener-1", home=filled)
    assert told.out.startswith("Home of listener-1, from the personal rung")


def test_a_stranger_is_shown_what_many_play(cli, filled):
    looked = cli("recommend", "nobody-yet", "--json", home=filled).json
    assert looked["rung"] in ("segment", "popular")
    assert looked["slots"]


def test_without_a_model_a_lower_rung_answers(cli, filled):
    (filled / "models" / POINTER).unlink()
    looked = cli("recommend", "listener-1", "--json", home=filled).json
    assert looked["rung"] == "popular"
    assert looked["slots"]


@pytest.mark.slow
def test_parts_made_at_once_are_the_whole(cli, filled):
    made = cli("build", "--processes", "2", "--json", home=filled).json
    assert made["n_listeners"] == 40
    assert made["by_surface"]["discover_weekly"] > 30
    assert cli("build", "--json", home=filled).json["n_lists"] == 0
    said = cli("build", "--part", "3/2", home=filled)
    assert said.code == 1
    assert "1 ≤ i ≤ n" in said.err


def test_a_look_at_the_mixes_writes_nothing_down(cli, filled):
    looked = cli("recommend", "listener-1", "--surface", "daily_mix", "--json", home=filled).json
    assert {slot["because"] != "" for slot in looked["slots"]} == {True}
    assert len({slot["item_id"] for slot in looked["slots"]}) == len(looked["slots"])
    weekly = cli("recommend", "listener-1", "--surface", "discover_weekly", "--json", home=filled)
    assert len(weekly.json["slots"]) == 30
    said = cli("recommend", "nobody-yet", "--surface", "daily_mix", home=filled)
    assert "too little is known" in said.err
