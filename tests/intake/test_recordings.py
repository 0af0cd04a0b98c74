"""What names mean: the same names the same recording, and no name no recording."""

import pytest

from ritornello.catalog import identity
from ritornello.catalog.items import Resolver
from ritornello.intake.recordings import Recordings
from ritornello.intake.refusal import Refused

MBID = "98255a8c-017a-4bc7-8dd6-1fa36124572b"


def of(**stated):
    return Recordings(Resolver()).of(stated)


def test_a_recording_brings_its_artist_and_its_release():
    found = of(artist="Artist 0421 feat. B", title="Track  07", release="Album 01")
    artist, album, track = found.items
    assert found.item_id == identity.track_id("Artist 0421 feat. B", "Track 07") == track.item_id
    assert (artist.title, track.artist_name) == ("Artist 0421", "Artist 0421 feat. B")
    assert (track.title, track.album_id) == ("Track 07", album.item_id)
    assert track.artist_ids == album.artist_ids == (artist.item_id,)


def test_the_key_is_of_the_text_and_the_item_of_what_is_known():
    resolver = Resolver()
    plain = Recordings(resolver).of({"artist": "A", "title": "T"})
    known = Recordings(resolver).of({"artist": "A", "title": "T", "recording_mbid": MBID.upper()})
    variant = Recordings(resolver).of({"artist": "A", "title": "T!!", "recording_mbid": MBID})
    assert plain.text_key == known.text_key == variant.text_key
    assert known.items[-1].mbid == MBID
    assert variant.item_id == known.item_id


@pytest.mark.parametrize("mbid", ["", "none", MBID[:-1], f"{MBID} "])
def test_a_malformed_id_is_none(mbid):
    expected = MBID if mbid.strip() == MBID else None
    found = of(artist="A", title="T", recording_mbid=mbid, artist_mbid=mbid)
    assert [item.mbid for item in found.items] == [expected, expected]


@pytest.mark.parametrize(
    ("stated", "field", "rule"),
    [
        ({"title": "T"}, "artist", "empty"),
        ({"artist": "A", "title": "\u200b "}, "title", "empty"),
        ({"artist": "A", "title": "T\x00"}, "title", "null_character"),
        ({"artist": "A" * 1_001, "title": "T"}, "artist", "too_long"),
    ],
)
def test_what_names_nothing_is_refused(stated, field, rule):
    with pytest.raises(Refused) as refused:
        of(**stated)
    assert (refused.value.field, refused.value.rule) == (field, rule)
