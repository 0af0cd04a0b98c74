"""Sums a day against counting by hand."""

import numpy as np
import pytest

from ritornello.listeners import daily
from ritornello.listeners.daily import Series
from tests.listeners.tables import DAY_US, START_US, lay, played


@pytest.fixture
def found():
    """Two days that are over and one that may not be."""
    day = np.array([0, 0, 0, 1, 1, 2])
    columns = played(
        ["listener-1"] * 6,
        START_US + day * DAY_US,
        ["track:1", "track:1", "track:2", "track:2", "track:3", "track:9"],
        source="api",
        daypart="evening",
    )
    columns |= {
        "reading": np.array(["play", "skip", "play", "nothing", "play", "play"]),
        "counts": np.array([True, True, True, False, True, True]),
        "left_out_because": np.array(["", "", "", "error", "", ""]),
        "device": np.array(["mobile", "tv", "mobile", "tv", "mobile", "tv"]),
        "programmed": np.array([True, False, False, False, False, False]),
    }
    new = {
        "event_id": columns["event_id"],
        "first_item": np.array([True, False, True, True, True, True]),
    }
    return daily.read(lay(readings=columns, encounters=new))


def test_days_are_summed_and_the_last_is_left_out(found) -> None:
    sums = {
        name: found.of_all(name).tolist()
        for name in ("n_listens", "n_counted", "n_skips", "n_errors", "n_new", "n_programmed")
    }
    assert sums == {
        "n_listens": [3, 2], "n_counted": [3, 1], "n_skips": [1, 0], "n_errors": [0, 1], "n_new": [2, 1],
        "n_programmed": [1, 0],
    }  # fmt: skip
    assert found.of_all("fraction").tolist() == [3.0, 1.0]
    assert (found.on(0), found.top_items[0], found.n_top.tolist()) == (
        "2026-08-03",
        "track:1",
        [2, 1],
    )


def test_groups_add_up_to_everybody(found) -> None:
    assert list(found.words["device"]) == ["mobile", "tv"]
    assert found.of("device", "n_listens").tolist() == [[2, 1], [1, 1]]
    for dimension in daily.DIMENSIONS:
        assert found.sums[dimension].sum(axis=0) == pytest.approx(found.total)


def test_what_counts_nowhere_is_not_watched() -> None:
    columns = played(["listener-1"] * 3, START_US + np.arange(3) * DAY_US, ["track:1"] * 3)
    columns |= {
        "counts": False,
        "left_out_because": np.array(["same_play", "private", "same_play"]),
    }
    assert len(daily.read(lay(readings=columns, encounters={})).total) == 0


def test_a_dimension_of_one_word_has_no_share(found) -> None:
    subjects = [each.subject for each in daily.series(found) if each.signal == "listen_share"]
    assert subjects == ["device mobile", "device tv"]


def test_days_without_a_listen_are_unknown_for_a_rate_and_nothing_for_a_number() -> None:
    part, whole = np.array([1.0, 0.0, 2.0]), np.array([2.0, 0.0, 2.0])
    angle, _ = Series("skip_rate", "", part, whole).comparable()
    assert np.isnan(angle).tolist() == [False, True, False]
    assert angle[2] == pytest.approx(np.pi / 2)
    assert Series("listens", "", part, None).comparable()[0][1] == 0.0
    assert Series("skip_rate", "", part, whole).between(slice(0, 3)) == pytest.approx(3 / 4)
    assert Series("skip_rate", "", part, whole).between(slice(1, 2)) == 0.0
