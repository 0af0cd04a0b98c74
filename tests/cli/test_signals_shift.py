"""``ritornello signals shift`` over a small lake; ``tests/listeners/test_shift.py`` plants what it finds."""

from datetime import UTC, datetime

import pytest

from ritornello.cli import signals_shift
from ritornello.listeners.shift import Alarm, Group


def test_a_young_home_has_no_alarms(cli, lake_once):
    assert cli("signals", "shift", "--json", home=lake_once).json == []
    said = cli("signals", "shift", "--standing", home=lake_once)
    assert said.out.startswith("0 alarms in ")


def test_clients_are_those_the_listens_name(lake_once):
    from ritornello.store.home import Home

    found = signals_shift._read(Home(lake_once))
    assert list(found.words["client"]) == ["generated"]
    assert found.on(0) >= datetime(2026, 11, 13, tzinfo=UTC).date().isoformat()


@pytest.mark.parametrize(
    ("until", "group", "words"),
    [
        (
            None,
            Group("client", "player-3", 1.0),
            ("client player-3", "2026-11-01", "1.0% to 13.0%"),
        ),
        ("2026-11-09", None, ("everywhere", "2026-11-01 to 2026-11-09", "+4.0 deviations")),
    ],
    ids=["standing", "over"],
)
def test_an_alarm_in_words(until, group, words):
    alarm = Alarm("error_share", "", "2026-11-01", "2026-11-04", until, 0.01, 0.13, 4.0, group)
    told = signals_shift._in_words(alarm)
    said = f"{told.signal} {told.since} {told.moved} {told.where} {told.told}"
    assert all(word in said for word in words)


def test_nothing_built_is_said(cli, home):
    said = cli("signals", "shift", home=home)
    assert said.code == 1
    assert "ritornello signals build" in said.err
