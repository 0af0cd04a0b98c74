"""Settings: default, then file, then environment, then flag; what is wrong is named with its place."""

import pytest

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.kinds.settings import SETTINGS, resolve


@pytest.fixture
def file(tmp_path):
    return tmp_path / "ritornello.toml"


def test_without_anything_every_setting_is_its_default(file):
    settings = resolve(file, env={})
    assert settings.values == {setting.name: setting.default for setting in SETTINGS}
    assert set(settings.origins.values()) == {"default"}


def test_each_place_overrules_the_one_before(file):
    file.write_text('port = 1\nhost = "file"\nseed = 1\n', encoding="utf-8")
    env = {"RITORNELLO_PORT": "2", "RITORNELLO_HOST": "env", "RITORNELLO_HOME": "not a setting"}
    settings = resolve(file, env, {"port": 3, "host": None})
    assert [settings[name] for name in ("port", "host", "seed")] == [3, "env", 1]
    assert [settings.origins[name] for name in ("port", "host", "seed", "time_zone")] == [
        "flag",
        "env",
        "file",
        "default",
    ]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_can_come_from_the_environment_as_text(setting, file):
    settings = resolve(file, {setting.env: str(setting.default)})
    assert settings[setting.name] == setting.default
    assert type(settings[setting.name]) is type(setting.default)
    assert settings.origins[setting.name] == "env"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('port = "http"', "setting 'port' from file must be int"),
        ("port = [1]", "setting 'port' from file must be int"),
        ("port = ", "ritornello.toml is not TOML"),
        ("prot = 1", "no setting in the file 'prot'.*did you mean 'port'"),
    ],
)
def test_a_file_that_cannot_be_meant_is_named(file, text, message):
    file.write_text(text, encoding="utf-8")
    with pytest.raises((BadValue, UnknownName), match=message):
        resolve(file, env={})


def test_a_file_of_bytes_is_not_toml(file):
    file.write_bytes(b"port = \xff\n")
    with pytest.raises(BadValue, match="is not TOML"):
        resolve(file, env={})


def test_an_environment_that_cannot_be_meant_is_named(file):
    with pytest.raises(BadValue, match="setting 'seed' from env must be int"):
        resolve(file, {"RITORNELLO_SEED": "tuesday"})


def test_an_unknown_setting_is_named_with_its_neighbour(file):
    with pytest.raises(UnknownName, match="did you mean 'time_zone'"):
        resolve(file, env={})["timezone"]


def test_names_are_one_word_each_and_every_help_is_a_sentence():
    names = [setting.name for setting in SETTINGS]
    assert len(set(names)) == len(names)
    assert all(setting.help.endswith((".", "never.")) and setting.unit for setting in SETTINGS)
