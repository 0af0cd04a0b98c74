"""Names of any number: the same every time, shaped as stated, played as stated."""

from collections import Counter

import msgspec
import numpy as np
import pytest

from ritornello.kinds.ids import kind_of
from ritornello.kinds.items import AnyItem, Track
from ritornello.worlds import titles

N_TRACKS, N_ARTISTS = 3000, 300


@pytest.fixture(scope="module")
def named():
    return list(titles.catalogue(N_TRACKS, N_ARTISTS, seed=3))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_names_and_another_gives_others(named):
    assert list(titles.catalogue(N_TRACKS, N_ARTISTS, seed=3)) == named
    assert [n.item.title for n in titles.catalogue(N_TRACKS, N_ARTISTS, seed=4)] != [
        n.item.title for n in named
    ]


def test_every_item_is_well_formed_and_there_are_as_many_as_asked(named):
    items = [each.item for each in named]
    counts = Counter(kind_of(item.item_id) for item in items)
    assert counts["track"] == N_TRACKS
    assert counts["artist"] == N_ARTISTS
    assert len({item.item_id for item in items}) == len(items)
    text = msgspec.json.encode(items)
    assert msgspec.json.decode(text, type=list[AnyItem]) == items
    assert all(item.title.strip() for item in items)


def test_tracks_name_artists_and_albums_of_the_catalogue(named):
    title_of = {each.item.item_id: each.item.title for each in named}
    tracks = [each.item for each in named if isinstance(each.item, Track)]
    assert all(title_of[t.artist_ids[0]] == t.artist_name for t in tracks)
    assert all(title_of[t.album_id] == t.album_title for t in tracks)


def test_plays_of_artists_and_albums_are_those_of_their_tracks(named):
    n_plays = {each.item.item_id: each.n_plays for each in named}
    sums: Counter[str] = Counter()
    for each in named:
        if isinstance(each.item, Track):
            sums[each.item.artist_ids[0]] += each.n_plays
            sums[each.item.album_id] += each.n_plays
    assert all(n_plays[item_id] == n for item_id, n in sums.items())


def test_few_tracks_have_most_plays(named):
    n_plays = np.sort([each.n_plays for each in named if isinstance(each.item, Track)])[::-1]
    assert n_plays[: N_TRACKS // 10].sum() > 0.4 * n_plays.sum()


def test_versions_guests_and_scripts_come_up_about_as_often_as_stated(named):
    written = [each.item.title for each in named if isinstance(each.item, Track)]
    share = sum("(feat. " in title for title in written) / len(written)
    assert share == pytest.approx(titles.TITLE_SHARES["({guest})"], abs=0.02)
    foreign = sum(not title.isascii() for title in written) / len(written)
    assert foreign == pytest.approx(1 - titles.SCRIPTS["latin"], abs=0.06)
