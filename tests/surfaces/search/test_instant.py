"""As one types: from the first letter, the likeliest of each kind, the listener's own among them, never another's."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.surfaces.search.instant import Groups, instant
from ritornello.surfaces.search.own_lists import OwnList
from ritornello.testing.small_service import artist_id, profile_of, track_id


@pytest.fixture
def somebody(service):
    return profile_of(["track:love3"] * 5, service.now)


def typed(house, profile, text, **more):
    index = more.pop("index", house.index)
    return instant(index, house.situation(profile), text, house.shape, **more)


def ids(group):
    return [result.item_id for result in group]


@pytest.mark.parametrize("text", ["l", "lo", "lov", "love", "LOVE ", "lvoe"])
def test_from_the_first_letter_on_the_one_i_always_play_is_first(house, somebody, text):
    groups = typed(house, somebody, text)
    assert groups.top.item_id == "track:love3"
    assert groups.tracks[0] == groups.top
    assert (groups.top.title, groups.top.by) == ("Love", "Artist 0003")


def test_every_kind_has_its_group(house, somebody):
    groups = typed(house, somebody, "lov")
    assert ids(groups.artists) == ["artist:love"]
    assert ids(groups.albums) == ["album:love"]
    assert ids(groups.shows) == ["show:love"]
    assert len(groups.tracks) == 5


def test_groups_are_best_first_and_as_long_as_asked(house, somebody):
    groups = typed(house, somebody, "track", n=3)
    scores = [result.score for result in groups.tracks]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)


def test_the_rules_hold_while_typing(house, service):
    careful = profile_of(
        ["track:love3"], service.now, marks={(artist_id(3), "ban"): 1}, snoozed=["artist:love"]
    )
    groups = typed(house, careful, "love", n=10)
    assert "track:love3" not in ids(groups.tracks)
    assert groups.artists == ()


def test_without_an_index_what_one_plays_is_found(house, somebody, service):
    assert typed(house, somebody, "lo", index=None).top.item_id == "track:love3"
    assert typed(house, profile_of([], service.now), "lo", index=None) == Groups()


def test_own_lists_and_moments_have_their_groups(house, somebody):
    lists = (
        OwnList("playlist:weekly", "Discover Weekly", "2026-W47", "playlist"),
        OwnList("playlist:yoga", "Yoga", "stretch", "moment"),
    )
    groups = typed(house, somebody, "disc", lists=lists)
    assert ids(groups.playlists) == ["playlist:weekly"]
    assert groups.top.item_id == "playlist:weekly"
    assert ids(typed(house, somebody, "yog", lists=lists).moments) == ["playlist:yoga"]
    assert typed(house, somebody, "yog").moments == ()


def test_of_thousands_that_begin_so_the_listeners_own_are_there(house, service):
    somebody = profile_of([track_id(33, 2)] * 3, service.now)
    groups = typed(house, somebody, "t")
    assert groups.tracks[0].item_id == track_id(33, 2)


@given(
    text=st.one_of(
        st.text(max_size=40), st.sampled_from(["", " ", "🎧", "שלום", '"(', "x" * 10_000])
    )
)
def test_whatever_is_typed_gives_groups(house, service, text):
    groups = typed(house, profile_of(["track:love3"], service.now), text)
    assert isinstance(groups, Groups)
    msgspec.json.encode(groups)


def test_a_name_typed_whole_stands_before_what_is_played_more_and_only_near_it(house, somebody):
    stock, index = house.stock, house.index
    titles = [stock.view.titles[row] for row in range(len(stock.view))]
    whole = next(t for t in titles if len(t.replace(" ", "")) >= 5 and titles.count(t) == 1)
    groups = instant(index, house.situation(somebody), whole, house.shape)
    assert groups.top is not None
    assert groups.top.title == whole
