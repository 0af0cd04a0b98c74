"""A list is called what apps look for, and holds what may still be shown of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from ritornello.kinds.decisions import Decision, Shelf, Slot
from ritornello.kinds.errors import UnknownName
from ritornello.kinds.items import Artist, Track
from ritornello.surfaces import as_playlists
from ritornello.surfaces.lists import PeriodList, playlist_id

AT = datetime(2026, 11, 16, tzinfo=UTC)
ID = UUID("01a1fd0f-7ef3-7393-96f5-ee9134f46918")


def decided(surface, period, *names):
    shelves = tuple(Shelf(name, name.title(), "greedy", ()) for name in names)
    slots = tuple(
        Slot(name, position, f"track:{name}.{position}", 1.0, "blend", 1.0)
        for name in names
        for position in range(3)
    )
    return Decision(
        decision_id=ID,
        listener_id="listener-1",
        surface=surface,
        made_at=AT,
        shelves=shelves,
        slots=slots,
        rung="personal",
        policy_version="1",
        model_version="1",
        recipe_hash="",
        period=period,
    )


def shown(decision):
    """The list less its first slot, as after a ban."""
    return PeriodList(decision, decision.slots[1:], AT, AT + timedelta(days=7))


def test_a_weekly_is_what_apps_call_weekly_exploration():
    found = as_playlists.of_list(shown(decided("discover_weekly", "2026-W47", "discover_weekly")))
    assert found.title == "Weekly Exploration for listener-1, week of 2026-11-16 Mon"
    assert (found.source_patch, found.playlist_id) == ("weekly-exploration", ID)
    assert found.item_ids == ("track:discover_weekly.1", "track:discover_weekly.2")
    assert found.expires_at == AT + timedelta(days=7)


def test_a_day_of_mixes_is_one_list_or_one_a_mix():
    mixes = shown(decided("daily_mix", "2026-11-16", "mix-a", "mix-b"))
    whole, second = as_playlists.of_list(mixes), as_playlists.of_list(mixes, "mix-b")
    assert (whole.playlist_id, len(whole.item_ids)) == (ID, 5)
    assert second.playlist_id == playlist_id(mixes.decision, "mix-b") != ID
    assert second.item_ids == tuple(f"track:mix-b.{n}" for n in range(3))
    assert second.title == "Daily Mix: Mix-B for listener-1, 2026-11-16 Mon"
    assert {whole.source_patch, second.source_patch} == {"daily-jams"}
    with pytest.raises(UnknownName, match="there are mix-a, mix-b"):
        as_playlists.of_list(mixes, "mix-c")


def test_home_is_one_list_or_one_a_shelf():
    home = decided("home", None, "made_for_you", "new_for_you")
    whole = as_playlists.of_home(home, home.slots)
    one = as_playlists.of_home(home, home.slots[1:], "made_for_you")
    assert (len(whole.item_ids), one.item_ids) == (
        6,
        ("track:made_for_you.1", "track:made_for_you.2"),
    )
    assert one.title == "Home: Made_For_You for listener-1, 2026-11-16 Mon"
    assert len({whole.playlist_id, one.playlist_id}) == 2
    with pytest.raises(UnknownName):
        as_playlists.of_home(home, home.slots, "none")


def test_the_makers_of_tracks_are_named_once_in_order():
    track = Track(item_id="track:a", title="T", artist_ids=("artist:a",), album_id="album:a")
    found = as_playlists.makers([track, Artist(item_id="artist:b", title="B"), track])
    assert found == ["artist:a", "album:a"]
