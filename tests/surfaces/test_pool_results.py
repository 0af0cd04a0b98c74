"""What editors see of a pool: counts that add up, one voice a listener, silence where too few speak."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ritornello.catalog import items
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import View
from ritornello.cli.wiring import REDUCERS, make_home
from ritornello.kinds.decisions import Decision
from ritornello.kinds.errors import NotFound
from ritornello.kinds.events import Context, Listen, SlotAddress
from ritornello.kinds.ids import uuid7
from ritornello.listeners.profile import read_profile
from ritornello.measures.resampling import interval
from ritornello.signals import declared
from ritornello.signals.building import build
from ritornello.signals.success import Outcomes
from ritornello.store import lake
from ritornello.store.database import connect
from ritornello.store.engines import DuckEngine
from ritornello.store.home import Home
from ritornello.store.log import Writer
from ritornello.store.seal import seal
from ritornello.surfaces import moments, pool_results
from ritornello.surfaces.moment_lists import Asked
from ritornello.surfaces.pools import Pool
from ritornello.surfaces.situation import Request, Situation, stock_of
from ritornello.testing.small_service import catalogue, track_id

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
N_LISTENERS, N_SHOWN = 8, 4


def outcomes() -> Outcomes:
    """Return eight listeners' lists of four: the first is played by all, the second skipped by all."""
    n = N_LISTENERS * N_SHOWN
    listener = np.repeat(np.arange(N_LISTENERS), N_SHOWN)
    place = np.tile(np.arange(N_SHOWN), N_LISTENERS)
    played = place < 2
    return Outcomes.of({
        "decision_id": np.array([f"d{who}" for who in listener]),
        "listener_id": np.array([f"listener-{who}" for who in listener]),
        "surface": np.full(n, "moments"),
        "shelf": np.full(n, "rain"),
        "position": place,
        "item_id": np.array([f"track:{each}" for each in place]),
        "kind": np.full(n, "track"),
        "device": np.full(n, "speaker"),
        "seen": np.where(played, 1.0, np.nan),
        "played": played,
        "reading": np.where(place == 0, "play", np.where(place == 1, "skip", None)),
        "skip_grade": np.where(place == 1, "early", None),
        "next_in_visit": np.full(n, "same_list"),
        "intent_declared": np.where(listener == 7, "party", "focus"),
        **{name: np.zeros(n) for name in ("saved", "loved", "added", "followed", "banned", "n_plays")},
        **{name: np.full(n, np.nan) for name in ("fraction_played", "ms_played", "rank_played", "seconds_to_play")},
    })  # fmt: skip


def test_counts_add_up_and_every_listener_has_one_voice() -> None:
    segments = np.repeat(["a", "b"], [20, 12])
    rng = np.random.default_rng(1)
    found = pool_results.of_outcomes("rain", outcomes(), declared.defaults(), segments, rng)
    assert (found.n_lists, found.served.n_shown, found.served.n_played) == (8, 32, 16)
    assert found.success_version == declared.defaults().facts.version
    assert [each.item_id for each in found.items] == [f"track:{n}" for n in range(4)]
    by_item = {each.item_id: each for each in found.items}
    assert sum(each.served.n_shown for each in found.items) == 32
    assert by_item["track:0"].served.mean == 1
    assert by_item["track:2"].served.mean is None
    assert by_item["track:2"].served.n_known == 0
    assert {word: served.n_shown for word, served in found.by_intent.items()} == {
        "focus": 28, "party": 4,
    }  # fmt: skip
    assert by_item["track:1"].by_intent["focus"].mean == 0
    assert by_item["track:1"].by_intent["party"].mean == pytest.approx(0.8)
    assert by_item["track:1"].by_intent["party"].success is None
    assert {word: served.n_listeners for word, served in found.by_segment.items()} == {
        "a": 5,
        "b": 3,
    }
    assert found.by_segment["a"].success is not None
    assert found.by_segment["b"].success is None


def test_an_interval_is_that_of_one_mean_a_listener() -> None:
    rng = np.random.default_rng(1)
    nobody = np.full(32, "")
    found = pool_results.of_outcomes("rain", outcomes(), declared.defaults(), nobody, rng)
    means = np.array([0.5] * 7 + [0.9])
    expected = interval(means, np.random.default_rng(2), n_resamples=20_000)
    told = found.served.success
    assert told is not None
    assert told.mean == pytest.approx(means.mean()) == found.served.mean
    assert (told.low, told.high) == pytest.approx((expected.low, expected.high), abs=0.02)
    assert found.by_segment == {}


@pytest.fixture(scope="module")
def home(tmp_path_factory: Any) -> Home:
    """A home in which six listeners played from their list of one moment, built."""
    made = make_home(Path(tmp_path_factory.mktemp("rain")) / "home")
    ids = tuple(track_id(artist, 2) for artist in range(20))
    pool = Pool(name="rain", title="Rain", brief="Wet.", intent="sleep", by_hand=ids, length=5)
    with Writer(made, REDUCERS, now=lambda: NOW) as writer:
        writer.append([], changes=items.changes(catalogue())).result()
        with closing(connect(made, read_only=True)) as conn:
            stock = stock_of(View.read(conn), NO_RULINGS, None)
            for n in range(6):
                profile = read_profile(conn, f"listener-{n}", NOW - timedelta(hours=2))
                asking = Request.of(profile, "moments", time_zone="UTC", budget=0.1, seed=7)
                decision = moments.editorial(Asked(Situation(asking, stock), pool))
                writer.decide([decision]).result()
                writer.append(played(decision)).result()
    later = NOW + timedelta(days=2)
    seal(made, later)
    with closing(DuckEngine(made)) as engine:
        build(made, engine, now=later)
    return made


def played(decision: Decision) -> list[Listen]:
    """Return plays of the first two places, the second skipped."""
    found = []
    for place, ms in ((0, 200_000), (1, 9_000)):
        at = decision.made_at + timedelta(minutes=1 + 4 * place)
        found.append(
            Listen(
                event_id=uuid7(at), listener_id=decision.listener_id, happened_at=at + timedelta(milliseconds=ms),
                item_id=decision.slots[place].item_id, started_at=at, ms_played=ms, duration_ms=210_000,
                ended_because="finished" if place == 0 else "skipped_forward",
                decision_id=decision.decision_id, slot=SlotAddress("rain", place), attribution="stated",
                context=Context("shelf", "rain"), surface="moments", device="mobile",
            )
        )  # fmt: skip
    return found


@pytest.mark.slow
def test_what_was_played_from_a_moment_comes_back_to_its_editor(home: Home) -> None:
    with lake.open_lake(home) as duck:
        found = pool_results.results(
            duck, home, "rain", declared.defaults(), np.random.default_rng(1)
        )
    assert (found.n_lists, found.served.n_shown, found.served.n_played) == (6, 30, 12)
    assert list(found.by_intent) == ["sleep"]
    means = {each.item_id: each.served.mean for each in found.items if each.served.n_played}
    assert sorted(means.values()) == [0.0, 1.0]


@pytest.mark.slow
def test_a_pool_nobody_was_shown_has_no_results(home: Home) -> None:
    with lake.open_lake(home) as duck, pytest.raises(NotFound, match="no outcomes"):
        pool_results.results(duck, home, "snow", declared.defaults(), np.random.default_rng(1))
