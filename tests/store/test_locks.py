"""A lock is held by one at a time, and gone with whoever held it."""

import subprocess
import sys
import threading

import pytest

from ritornello.kinds.errors import Conflict
from ritornello.store import locks

HOLD = """
import pathlib, sys
from ritornello.store.locks import held
with held(pathlib.Path(sys.argv[1]), "sealing"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_is_refused_and_told_what_is_at_work(tmp_path):
    file = tmp_path / "models" / ".training.lock"
    with (
        locks.held(file, "training"),
        pytest.raises(Conflict, match=r"another training .*models"),
        locks.held(file, "training"),
    ):
        pytest.fail("both held it")
    with locks.held(file, "training"):
        pass


def test_two_locks_of_one_folder_know_nothing_of_each_other(tmp_path):
    with locks.held(tmp_path / "a", "training"), locks.held(tmp_path / "b", "sealing"):
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_an_error_inside_lets_it_go(tmp_path):
    with pytest.raises(ZeroDivisionError), locks.held(tmp_path / "lock", "training"):
        _ = 1 // 0
    with locks.held(tmp_path / "lock", "training"):
        pass


def test_who_has_patience_waits_for_it(tmp_path, monkeypatch):
    slept = []
    first = locks.held(tmp_path / "lock", "training")
    first.__enter__()

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            first.__exit__(None, None, None)

    monkeypatch.setattr(locks.time, "sleep", sleep)
    with locks.held(tmp_path / "lock", "training", patience_s=5.0):
        assert len(slept) == 3


def test_patience_ends(tmp_path, monkeypatch):
    slept = []
    monkeypatch.setattr(locks.time, "sleep", slept.append)
    with (
        locks.held(tmp_path / "lock", "training"),
        pytest.raises(Conflict),
        locks.held(tmp_path / "lock", "training", patience_s=1.0),
    ):
        pytest.fail("both held it")
    assert 10 <= len(slept) <= 11


def test_threads_of_one_process_exclude_each_other_too(tmp_path):
    n_inside, most, errors = [0], [0], []

    def work():
        try:
            with locks.held(tmp_path / "lock", "training", patience_s=60.0):
                n_inside[0] += 1
                most[0] = max(most[0], n_inside[0])
                n_inside[0] -= 1
        except Conflict as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, errors) == ([1], [])


def test_a_process_that_is_killed_holds_nothing(tmp_path):
    file = tmp_path / "lock"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOLD, file], stdin=pipe, stdout=pipe) as child:
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(Conflict), locks.held(file, "sealing"):
            pytest.fail("both held it")
        child.kill()
        child.wait()
        with locks.held(file, "sealing"):
            pass
