"""``ritornello doctor``: each thing that can be broken is found, named, and ends with 1."""

import sqlite3
from contextlib import closing

import pytest

from ritornello.kinds.times import to_us


def broken(said):
    return {f["what"] for f in said.json if f["state"] == "broken"}


def test_a_good_home_is_well(cli, filled):
    cli("seal", home=filled)
    said = cli("doctor", "--json", home=filled)
    assert said.code == 0
    assert broken(said) == set()
    assert {f["what"] for f in said.json} == {
        "settings", "database", "log", "lake", "models", "disk", "clock", "faults", "keys",
        "leaving",
    }  # fmt: skip
    assert "All is well." in cli("doctor", home=filled).out


def missing_file(home):
    next(home.rglob("*.parquet")).unlink()


def altered_file(home):
    file = next(home.rglob("*.parquet"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def altered_model(home):
    for file in (home / "models").rglob("*.safetensors"):
        data = bytearray(file.read_bytes())
        data[-1] ^= 1
        file.write_bytes(data)


def impossible_setting(home):
    (home / "ritornello.toml").write_text("port = 'http'", encoding="utf-8")


def event_from_the_future(home):
    with closing(sqlite3.connect(home / "ritornello.sqlite")) as conn:
        late = 4_000_000_000 * 1_000_000
        conn.execute(
            "INSERT INTO events (event_id, kind, listener_id, happened_at_us, received_at_us,"
            " body_hash, body) VALUES (x'00', 'listen', 'ada', 0, ?, x'00', '{}')",
            (late,),
        )
        conn.commit()


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (missing_file, "lake"),
        (altered_file, "lake"),
        (altered_model, "models"),
        (impossible_setting, "settings"),
        (event_from_the_future, "clock"),
    ],
)
def test_what_is_broken_is_found_and_named(harm, what, cli, filled):
    cli("seal", home=filled)
    harm(filled)
    said = cli("doctor", "--json", home=filled)
    assert said.code == 1
    assert broken(said) == {what}
    assert all(f["advice"] for f in said.json if f["state"] == "broken")
    assert "broken" in cli("doctor", home=filled).out


def test_a_file_left_by_a_crash_is_noticed(cli, filled):
    cli("seal", home=filled)
    file = next(filled.rglob("*.parquet"))
    (file.parent / "999999999999-999999999999.parquet").write_bytes(b"left")
    said = cli("doctor", "--json", home=filled)
    assert said.code == 0
    assert [f["state"] for f in said.json if f["what"] == "lake"] == ["notice", "fine"]


@pytest.mark.parametrize(
    ("free", "state"), [(10**8, "broken"), (10**9, "notice"), (10**11, "fine")]
)
def test_a_full_disk_is_noticed_in_time(free, state, cli, filled, monkeypatch):
    from ritornello.cli import doctor

    class Usage:
        def __init__(self, path):
            self.free = free

    monkeypatch.setattr(doctor.shutil, "disk_usage", Usage)
    said = cli("doctor", "--json", home=filled)
    assert [f["state"] for f in said.json if f["what"] == "disk"] == [state]


def test_a_clock_told_in_microseconds_is_read_as_such(now):
    assert to_us(now) > 10**15
