"""``ritornello config show``."""

import pytest

from ritornello.kinds.settings import SETTINGS


def test_every_setting_is_shown_with_its_origin(cli, home, monkeypatch):
    (home / "ritornello.toml").write_text("port = 1\n", encoding="utf-8")
    monkeypatch.setenv("RITORNELLO_SEED", "9")
    shown = {
        row["name"]: row for row in cli("config", "show", "--origin", "--json", home=home).json
    }
    assert set(shown) == {setting.name for setting in SETTINGS}
    assert (shown["port"]["value"], shown["port"]["origin"]) == (1, "file")
    assert (shown["seed"]["value"], shown["seed"]["origin"]) == (9, "env")
    assert shown["host"]["origin"] == "default"


def test_without_a_home_the_defaults_are_shown(cli, tmp_path):
    assert cli("config", "show", home=tmp_path / "none").code == 0


@pytest.mark.parametrize("text", ["port = 'http'", "prot = 1", "port ="])
def test_a_file_that_cannot_be_meant_is_named(text, cli, home):
    (home / "ritornello.toml").write_text(text, encoding="utf-8")
    said = cli("config", "show", home=home)
    assert said.code == 1
    assert "file" in said.err or "ritornello.toml" in said.err


def test_a_secret_is_set_and_never_shown(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("RITORNELLO_LANGUAGE_MODEL_KEY", "not-to-be-seen")
    said = cli("config", "show", "--json", home=tmp_path / "none")
    shown = {row["name"]: row["value"] for row in said.json}
    assert shown["language_model_key"] == "set"
    assert "not-to-be-seen" not in said.out
