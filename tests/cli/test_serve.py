"""``ritornello serve``: what it offers an empty home, and that it answers."""

import io
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from ritornello.cli import serve as serving
from ritornello.cli.filling import is_empty, is_simulated
from ritornello.cli.wiring import REDUCERS, find_home, reading
from ritornello.serve import run as server


@pytest.fixture
def served(monkeypatch):
    """Whatever would be served, instead of serving it."""
    calls = []
    monkeypatch.setattr(
        server, "serve", lambda home, settings, reducers, simulated: calls.append(
            (home, settings, reducers, simulated)
        )
    )  # fmt: skip
    return calls


@pytest.fixture
def filling(monkeypatch):
    """Note what would fill the home, instead of filling it."""
    from ritornello.cli import filling as module

    class World:
        listener_ids = listens = ()

    done = []
    monkeypatch.setattr(module, "fill", lambda *a, **k: done.append("fill") or World)
    monkeypatch.setattr(serving, "_run", lambda home, verb: done.append(verb))
    return done


def test_an_empty_home_is_filled_and_nobody_is_left_in_doubt(cli, tmp_path, served, filling):
    said = cli("serve", "--port", free_port(), home=tmp_path / "home")
    assert said.code == 0
    assert filling == ["fill", "train", "index", "build"]
    assert "simulated" in said.err
    assert "--world none" in said.err
    assert [call[2] for call in served] == [REDUCERS]


def test_an_empty_home_stays_empty_if_told_so(cli, tmp_path, served, filling):
    port = free_port()
    said = cli("serve", "--world", "none", "--port", port, "--json", home=tmp_path / "home")
    assert filling == []
    assert said.json == {
        "address": f"http://127.0.0.1:{port}",
        "home": str(tmp_path / "home"),
        "simulated": False,
    }
    with reading(find_home(tmp_path / "home")) as conn:
        assert is_empty(conn)
    assert [call[3] for call in served] == [False]


@pytest.mark.parametrize(("typed", "done"), [("\n", True), ("y\n", True), ("n\n", False)])
def test_somebody_who_is_there_is_asked(typed, done, cli, tmp_path, served, filling, monkeypatch):
    terminal = io.StringIO(typed)
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stdin", terminal)
    said = cli("serve", "--port", free_port(), home=tmp_path / "home")
    assert "Fill it with a simulated service? [Y/n]" in said.err
    assert filling == (["fill", "train", "index", "build"] if done else [])


def test_a_home_others_can_reach_is_not_filled_unasked(cli, tmp_path, served, filling, monkeypatch):
    monkeypatch.setattr(server, "is_loopback", lambda host: False)
    cli("serve", "--port", free_port(), home=tmp_path / "home")
    assert filling == []


def test_a_home_in_use_is_never_filled(cli, filled, served, filling):
    said = cli("serve", "--world", "toy", "--port", free_port(), home=filled)
    assert filling == []
    assert "Everything in it is simulated." in said.out
    assert [call[3] for call in served] == [True]


def test_an_unknown_world_is_named(cli, home, served):
    said = cli("serve", "--world", "mars", home=home)
    assert said.code == 1
    assert "no world 'mars'" in said.err
    assert served == []


def test_a_port_in_use_is_told_before_anything_takes_long(cli, tmp_path, served, filling):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = cli("serve", "--port", port, home=tmp_path / "home")
    assert said.code == 1
    assert said.err == (
        f"ritornello: port {port} is in use; serve at another one with --port {port + 1}\n"
    )
    assert (served, filling) == ([], [])


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "no such host"])
def test_an_address_of_another_machine_is_told(host, cli, tmp_path, served, filling):
    said = cli("serve", "--host", host, home=tmp_path / "home")
    assert said.code == 1
    assert said.err.startswith(f"ritornello: cannot listen on {host}:8765")
    assert (served, filling) == ([], [])


@pytest.mark.alone
def test_a_newcomer_has_a_living_home(tmp_path):
    port = free_port()
    command = [sys.executable, "-m", "ritornello", "serve", "--home", str(tmp_path / "home"),
               "--port", str(port)]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            health = wait_for(f"http://127.0.0.1:{port}/health", process)
            assert b'"simulated":true' in health
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
    with reading(find_home(tmp_path / "home")) as conn:
        assert is_simulated(conn)
        (n_lists,) = conn.execute("SELECT count(*) FROM lists").fetchone()
    assert n_lists > 250


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def wait_for(url, process, within_s=120):
    until = time.monotonic() + within_s
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise AssertionError(f"no answer within {within_s} s; ended with {process.poll()}")
