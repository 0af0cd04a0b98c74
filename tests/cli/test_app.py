"""The verbs as a person meets them: help, exit codes, errors in one line."""

import subprocess
import sys

import pytest
from typer.main import get_command

import ritornello
from ritornello.cli.app import put_together


def commands(group, *path):
    """Every command that does something, with its words."""
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from commands(command, *path, name)
        else:
            yield (*path, name), command


COMMANDS = dict(commands(get_command(put_together())))


def test_the_verbs_are_those_the_docs_name():
    assert {words[0] for words in COMMANDS} == {
        "init", "import", "export", "merge", "seal", "rebuild", "train", "build", "recommend",
        "serve", "keys", "listener", "doctor", "config", "signals", "policies", "moments", "evaluate",
        "search", "index",
    }  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_json_home_and_help(words, cli):
    options = {name for option in COMMANDS[words].params for name in option.opts}
    assert {"--json", "--home"} <= options
    said = cli(*words, "--help")
    assert said.code == 0
    assert all(getattr(option, "help", None) for option in COMMANDS[words].params)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_home_can_come_from_the_environment(words):
    (option,) = [o for o in COMMANDS[words].params if "--home" in o.opts]
    assert option.envvar == "RITORNELLO_HOME"


def test_the_version_is_the_packages(cli):
    assert cli("--version").out.strip() == f"ritornello {ritornello.__version__}"


@pytest.mark.parametrize(
    "words",
    [["sing"], ["init", "--loud"], ["merge"], ["train", "--trials", "many"], ["keys", "create"]],
    ids=" ".join,
)
def test_what_was_not_asked_properly_ends_with_2(words, cli):
    said = cli(*words)
    assert said.code == 2
    assert said.out == ""
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    "words",
    [("seal",), ("train",), ("build",), ("rebuild",), ("doctor",), ("keys", "list"),
     ("recommend", "listener-1"), ("merge", "track:a", "track:b"), ("export", "catalog", "x.jsonl")],
    ids=" ".join,
)  # fmt: skip
def test_without_a_home_every_verb_says_how_to_make_one(words, cli, tmp_path):
    said = cli(*words, home=tmp_path / "nowhere")
    assert said.code == 1
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "ritornello init" in said.err
    assert not (tmp_path / "nowhere").exists()


def test_a_home_that_cannot_be_made_is_told_in_one_line(cli, tmp_path):
    (tmp_path / "file").write_text("")
    said = cli("init", home=tmp_path / "file" / "home")
    assert said.code == 1
    assert said.err.count("\n") == 1


def test_help_loads_no_room():
    code = (
        "import sys; from ritornello.cli import main; main(['--help']);"
        "heavy = {'numpy', 'duckdb', 'litestar', 'implicit'} & set(sys.modules);"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_module_is_the_command():
    command = [sys.executable, "-m", "ritornello", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"ritornello {ritornello.__version__}"


def test_a_reader_that_leaves_early_is_no_error(home):
    command = f"{sys.executable} -m ritornello config show --home {home} | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr


def test_stopping_is_no_traceback(cli, home, monkeypatch):
    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("ritornello.store.rebuild.rebuild", stop)
    said = cli("rebuild", home=home)
    assert said.code == 130
    assert said.err == "ritornello: stopped; what was finished is kept\n"


def test_a_damaged_database_is_told_in_one_line(cli, home):
    (home / "ritornello.sqlite").write_bytes(b"not a database at all" * 500)
    for file in home.glob("ritornello.sqlite-*"):
        file.unlink()
    said = cli("seal", home=home)
    assert said.code == 1
    assert said.err.count("\n") == 1
