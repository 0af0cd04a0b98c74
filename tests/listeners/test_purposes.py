"""What visits were for: stated, declared, else unknown; each by its last beginning."""

import numpy as np
import pytest

from ritornello.listeners import purposes
from ritornello.signals.intents import Declared, number
from tests.listeners.tables import DAY_US, START_US, lay

DECLARED = Declared(playlists={"playlist:1": ("sleep",)}, surfaces={}, contexts={})


@pytest.fixture
def duck():
    """Three visits of two beginnings each: stated late, declared, neither."""
    visits = np.repeat(["a/1", "b/2", "c/3"], 2)
    counts = dict.fromkeys(("elapsed_us", "n_listens", "n_acts", "n_queries", "n_impressions", "n_ended", "n_skips", "n_begun", "n_episodes_begun", "n_programmed_begun", "n_ordered_begun", "n_shuffled_begun", "n_new_artists_begun", "local_hour", "weekday"), 0)  # fmt: skip
    return lay(
        beginnings={
            "event_id": [f"event-{i}" for i in range(6)],
            "visit_id": visits,
            "listener_id": np.repeat(["a", "b", "c"], 2),
            "at_us": START_US + np.array([0, 9, 0, 9, 0, 9]) + np.repeat([0, 1, 2], 2) * DAY_US,
            "intent_stated": ["sleep", "party", "", "", "", ""],
            "context_kind": ["album", "album", "playlist", "playlist", "album", "album"],
            "context_id": ["x", "x", "playlist:1", "playlist:1", "x", "x"],
            "surface": "unknown",
            "device": "mobile",
            **counts,
        }
    )


def test_each_visit_is_read_by_its_last_moment(duck) -> None:
    found = purposes.read(duck, DECLARED, None)
    assert found.words() == {"a/1": "party", "b/2": "sleep", "c/3": "unknown"}
    assert found.p.sum(axis=1) == pytest.approx(np.ones(3))


def test_of_one_listener_or_of_so_many_visits(duck) -> None:
    assert list(purposes.read(duck, DECLARED, None, listener_id="b").words()) == ["b/2"]
    assert len(purposes.read(duck, DECLARED, None, most_visits=2).words()) == 2


def test_lately_leaves_out_what_is_long_ago_and_says_how_many_were_said(duck) -> None:
    found = purposes.read(duck, DECLARED, None)
    lately = purposes.lately(found, START_US + DAY_US)
    assert {each.intent: (each.share, each.n_said) for each in lately} == {
        "sleep": (0.5, 1), "unknown": (0.5, 0),
    }  # fmt: skip
    assert purposes.lately(found, START_US + 9 * DAY_US) == []
    assert found.p[:, number("party")].sum() == 1


def test_no_visits_no_purposes() -> None:
    found = purposes.read(lay(beginnings={}), DECLARED, None)
    assert found.words() == {}
    assert purposes.lately(found, 0) == []
