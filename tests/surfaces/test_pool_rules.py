"""What a pool finds: words that are said, numbers that do not contradict, blocks that always hold."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.catalog import items
from ritornello.catalog.rulings import NO_RULINGS, Rulings
from ritornello.catalog.view import View
from ritornello.kinds.items import Artist, Episode, Playable, Show, Track
from ritornello.store.database import create_tables, execute_rows, schema, transaction
from ritornello.surfaces import pool_rules, pools
from ritornello.surfaces.pool_rules import EmptyPool, ExpiredPool
from ritornello.surfaces.pools import Boost, Pool, Rule
from ritornello.worlds.sounds import make_sounds

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def view_of(listed: Any) -> View:
    conn = sqlite3.connect(":memory:", isolation_level=None)
    create_tables(conn, [schema("ritornello.catalog")])
    with transaction(conn):
        for sql, rows in items.changes(listed):
            execute_rows(conn, sql, rows)
    return View.read(conn)


def track(key: str, **known: Any) -> Track:
    return Track(item_id=f"track:{key}", title=f"Title {key}", **known)


@pytest.fixture(scope="module")
def view() -> View:
    return view_of([
        Artist(item_id="artist:j", title="Artist J", genres=("jazz",)),
        Artist(item_id="artist:x", title="Artist X"),
        track("calm", genres=("Deep-House",), moods=("calm",), energy=0.2, bpm=80.0),
        track("loud", genres=("house",), energy=0.9, bpm=128.0, explicit=True),
        track("plain", genres=("house music",)),
        track("of_artist", artist_ids=("artist:j",), energy=0.4),
        track("own_genre", artist_ids=("artist:j",), genres=("rock",), released_on=date(1994, 1, 2)),
        track("guest", artist_ids=("artist:x", "artist:j"), tags=("Live",), duration_ms=60_000),
        track("gone", genres=("house",), available=False),
        Show(item_id="show:s", title="Show S", tags=("news",)),
        Episode(item_id="episode:e", title="E", show_id="show:s", duration_ms=1_800_000),
    ])  # fmt: skip


@pytest.fixture
def found(view: View) -> Callable[..., set[str]]:
    def of(**asked: Any) -> set[str]:
        rows = np.flatnonzero(pool_rules.meets(Rule(**asked), view))
        return {view.ids[row].partition(":")[2] for row in rows}

    return of


def test_a_genre_finds_its_kinds_however_it_is_spelt(found: Any) -> None:
    assert found(genres=("House",)) == {"calm", "loud", "gone"}
    assert found(genres=("deep house",)) == {"calm"}


def test_who_made_it_speaks_where_the_item_says_nothing(found: Any) -> None:
    assert found(genres=("jazz",)) == {"of_artist"}
    assert found(tags=("news",), kinds=("episode",)) == {"e"}


def test_a_range_holds_its_ends_as_they_are_kept(found: Any) -> None:
    assert found(energy=(0.9, 1.0)) == {"loud"}
    assert "calm" in found(energy=(0.0, 0.2))


def test_a_number_that_is_not_known_speaks_neither_for_nor_against(found: Any) -> None:
    assert found(genres=("house", "house music"), energy=(0.0, 0.5)) == {"calm", "plain", "gone"}
    assert found(energy=(0.0, 0.5)) == {"calm", "of_artist"}
    assert found(bpm=(120, 130)) == {"loud"}
    assert found(years=(1990, 1999)) == {"own_genre"}
    assert found(duration_s=(30, 90)) == {"guest"}
    assert found(duration_s=(30, 9_000), kinds=("episode", "track")) == {"guest", "e"}


def test_words_of_two_kinds_must_both_be_said_and_explicit_can_be_left_out(found: Any) -> None:
    assert found(genres=("house",), moods=("calm",)) == {"calm"}
    assert found(genres=("house",), explicit=False) == {"calm", "gone"}
    assert found(tags=("live",)) == {"guest"}


def pool_of(**more: Any) -> Pool:
    return Pool(**{"name": "p", "title": "P", "brief": "B.", "intent": "focus", **more})


def test_rules_and_hand_add_up_less_blocks_of_items_and_of_whoever_is_credited(view: View) -> None:
    pool = pool_of(
        eligible=(Rule(genres=("house",)), Rule(genres=("jazz",))),
        by_hand=("track:guest", "track:plain", "track:nowhere"),
        blocks=("artist:j", "track:loud"),
    )
    rows = np.flatnonzero(pool_rules.eligible(pool, view))
    assert {view.ids[row] for row in rows} == {"track:calm", "track:plain"}


def test_boosts_in_force_multiply(view: View) -> None:
    ends = NOW + timedelta(days=1)
    boosts = (
        Boost(about_id="artist:j", factor=2.0, reason="Tour.", until_at=ends),
        Boost(about_id="track:guest", factor=3.0, reason="New.", until_at=ends),
        Boost(about_id="track:calm", factor=9.0, reason="Old.", until_at=NOW),
    )
    factors = pool_rules.boosted(pool_of(by_hand=("track:calm",), boosts=boosts), view, NOW)
    at = view.number
    assert [factors[at[f"track:{key}"]] for key in ("of_artist", "guest", "calm")] == [2, 6, 1]


def test_a_pool_nobody_could_be_shown_is_refused_by_name(view: View) -> None:
    def refuse(pool: Pool, rulings: Rulings = NO_RULINGS) -> None:
        pool_rules.must_find(pool, view, rulings, NOW)

    with pytest.raises(EmptyPool, match="genre 'hous'; did you mean 'house'"):
        refuse(pool_of(eligible=(Rule(genres=("hous",)),)))
    with pytest.raises(EmptyPool, match="cannot be played"):
        refuse(pool_of(by_hand=("track:gone",)))
    with pytest.raises(EmptyPool, match="all 1 items of it are blocked"):
        refuse(pool_of(by_hand=("track:guest",)), Rulings(blocked=frozenset({"artist:j"})))
    with pytest.raises(ExpiredPool, match="ended 2026-11-21 12:00"):
        refuse(pool_of(by_hand=("track:calm",), until_at=NOW))
    refuse(pool_of(by_hand=("track:calm",)))


def test_what_may_be_meant_otherwise_is_said_with_its_place(view: View) -> None:
    ends = NOW + timedelta(days=1)
    pool = pool_of(
        eligible=(Rule(genres=("house",), moods=("clam",)),),
        by_hand=("track:nowhere", "track:calm"),
        must_include=("track:gone",),
        boosts=(
            Boost(about_id="artist:j", factor=2.0, reason="Tour.", until_at=ends),
            Boost(about_id="track:calm", factor=2.0, reason="Old.", until_at=NOW),
        ),
    )
    blocked = Rulings(blocked=frozenset({"track:calm"}))
    doubts = pool_rules.doubts(pool, view, blocked, NOW)
    assert [(each.field, each.rule) for each in doubts] == [
        ("eligible[0].moods", "nobody_says"),
        ("by_hand", "unknown_item"),
        ("by_hand", "blocked"),
        ("must_include", "not_playable"),
        ("boosts[0]", "moves_nothing"),
        ("boosts[1]", "over"),
    ]
    assert "did you mean 'calm'" in doubts[0].message


@pytest.fixture(scope="module")
def catalogues() -> tuple[View, View]:
    """The toy world's catalogue, and the same with genres alone."""
    begin = NOW - timedelta(days=90)
    listed = make_sounds(60, 600, 3, 5, begin=begin, now=NOW, rng=np.random.default_rng(3)).items
    numbers = {"energy": None, "bpm": None, "duration_ms": None}
    bare = [
        msgspec.structs.replace(
            each,
            moods=(),
            **{
                name: None for name in numbers if isinstance(each, Playable) and hasattr(each, name)
            },
        )
        for each in listed
    ]
    return view_of(listed), view_of(bare)


@pytest.mark.parametrize("name", sorted(pools.shipped()))
def test_every_shipped_pool_fills_its_list_with_or_without_numbers(
    catalogues: tuple[View, View], name: str
) -> None:
    pool = pools.load(name)
    for view in catalogues:
        n_found = int(pool_rules.eligible(pool, view).sum())
        assert n_found >= 2 * pool.length
        assert n_found < 0.7 * view.available.sum()
        assert not pool_rules.eligible(pool, view)[~view.available].any()


def test_what_numbers_say_makes_moments_differ(catalogues: tuple[View, View]) -> None:
    view, _ = catalogues
    energy = {
        name: np.nanmean(view.energy[pool_rules.eligible(pools.load(name), view)])
        for name in ("falling-asleep", "dinner", "happy", "gym")
    }
    assert list(energy) == sorted(energy, key=lambda name: energy[name])
    assert energy["falling-asleep"] < 0.3
    assert energy["gym"] > 0.7


STEPS = view_of([track(str(n), energy=n / 10) for n in range(11)])


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_wider_range_finds_no_less(one: float, other: float) -> None:
    view = STEPS
    low, high = sorted((one, other))
    narrow = pool_rules.meets(Rule(energy=(low, high)), view)
    wide = pool_rules.meets(Rule(energy=(low / 2, min(1.0, high * 2))), view)
    assert (narrow <= wide).all()
    expected = sum(np.float32(low) <= np.float32(n / 10) <= np.float32(high) for n in range(11))
    assert narrow.sum() == expected
