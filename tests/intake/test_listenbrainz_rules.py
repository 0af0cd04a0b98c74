"""What ListenBrainz refuses, in its own words."""

import json

import pytest

from ritornello.catalog.items import Resolver
from ritornello.intake import listenbrainz

AT = 1_795_226_849
GOOD = {"listened_at": AT, "track_metadata": {"artist_name": "A", "track_name": "T"}}


def listen(**other):
    return GOOD | other


def metadata(**other):
    return GOOD | {"track_metadata": GOOD["track_metadata"] | other}


def info(**other):
    return metadata(additional_info=other)


def request(*payload, listen_type="import"):
    return {"listen_type": listen_type, "payload": list(payload)}


REQUESTS = [
    (b"{", "Cannot parse JSON document: "),
    (b'{"payload": ["\xff"]}', "Cannot parse JSON document: "),
    (b"[" * 100_000, "Cannot parse JSON document: "),
    (b"[]", "Invalid JSON document submitted."),
    ({"listen_type": "single"}, "Invalid JSON document submitted."),
    ({"payload": [GOOD]}, "Invalid JSON document submitted."),
    (request(GOOD, listen_type="other"), "JSON document requires a valid listen_type key."),
    (request(GOOD, listen_type=[]), "JSON document requires a valid listen_type key."),
    (request(), "JSON document does not contain any listens"),
    (request() | {"payload": {}}, "The payload in the JSON document should be a list of listens."),
    (request(*[GOOD] * 1001), "Too many listens. You may not submit more than 1000 listens at"),
    (
        request(GOOD, GOOD, listen_type="single"),
        "JSON document contains more than listen for a single/playing_now. It should contain only one.",
    ),
    (request(info(x="y" * 11_000)), "JSON document is too large. Each listens may not be larger"),
]
TOO_LOW = "Value for key listened_at is too low."
MBID_BAD = "recording_mbid MBID format invalid."
LISTENS = [
    (None, "Listen is empty and cannot be validated."),
    ({}, "JSON document must contain the key listened_at at the top level."),
    ({"listened_at": AT}, "JSON document must contain the key track_metadata at the top level."),
    (listen(listened_at="noon"), "JSON document must contain an int value for listened_at."),
    (listen(listened_at=None), "JSON document must contain an int value for listened_at."),
    (listen(listened_at=1e300), "Value for key listened_at is too high."),
    (listen(listened_at=1_795_262_400 + 3600), "Value for key listened_at is too high."),
    (listen(listened_at=1_033_410_599), TOO_LOW),
    (listen(listened_at=True), TOO_LOW),
    (listen(extra=1), "JSON document may only contain listened_at and track_metadata top level"),
    (listen(track_metadata=None), "JSON document may not have track_metadata with null value."),
    (listen(track_metadata=[]), "JSON document may not have track_metadata with null value."),
    (listen(track_metadata={}), "JSON document does not contain required field track_metadata.tr"),
    (metadata(track_name=""), "field track_metadata.track_name is empty."),
    (metadata(artist_name=" \u200b"), "field track_metadata.artist_name is empty."),
    (metadata(artist_name=["A"]), "track_metadata.artist_name must be a single string."),
    (metadata(release_name=5), "track_metadata.release_name must be a single string."),
    (metadata(release_name=" "), "field track_metadata.release_name is empty."),
    (metadata(track_name="x" * 1001), "field track_metadata.track_name may not be longer than"),
    (metadata(additional_info=[]), "JSON document may only contain an object as track_metadata.ad"),
    (info(tags=["x"] * 51), "JSON document may not contain more than 50 items in track_metadata"),
    (info(tags=["x" * 65]), "JSON document may not contain track_metadata.additional_info.tags l"),
    (info(tags="x"), "JSON document may only contain strings in track_metadata.additional_info"),
    (info(duration=1, duration_ms=1), "JSON document should not contain both duration and durati"),
    (info(duration=0), "Value for duration is invalid, should be a positive integer."),
    (info(duration_ms="x"), "Value for duration_ms is invalid, should be a positive integer."),
    (info(duration=None), "Value for duration is invalid, should be a positive integer."),
    (info(duration=5345029000), "Value for duration is too large, max permitted value is 2073600"),
    (info(duration_ms=2_073_600_001), "Value for duration_ms is too large, max permitted value"),
    (info(recording_mbid="x"), MBID_BAD),
    (info(recording_mbid=5), MBID_BAD),
    (info(artist_mbids=["x"]), "artist_mbids MBID format invalid."),
    (info(artist_mbids="x"), "artist_mbids MBID format invalid."),
    (info(odd={"a": ["\x00"]}), "JSON document contains a unicode null"),
    (info(**{"\x00": 1}), "JSON document contains a unicode null"),
]


def read(body, now):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return listenbrainz.read(raw, listener_id="ada", now=now, resolver=Resolver())


@pytest.mark.parametrize(("body", "message"), REQUESTS)
def test_a_request_is_refused_as_a_whole(now, body, message):
    found = read(body, now)
    assert (found.listens, found.items) == ({}, ())
    (fault,) = found.faults
    assert fault.message.startswith(message)
    assert fault.source == "listenbrainz"


@pytest.mark.parametrize(("bad", "message"), LISTENS)
def test_a_listen_is_refused_and_its_neighbours_kept(now, bad, message):
    found = read(request(GOOD, bad, GOOD), now)
    assert sorted(found.listens) == [0, 2]
    (fault,) = found.faults
    assert fault.position == 1
    assert fault.rule
    assert fault.message.startswith(message)


@pytest.mark.parametrize(
    "good",
    [
        listen(listened_at=str(AT)),
        listen(listened_at=AT + 0.999),
        listen(listened_at=1_795_262_400 + 3599),
        listen(listened_at=1_033_410_600),
        metadata(additional_info=None),
        metadata(odd=1),
        info(recording_mbid="", artist_mbids=None, work_mbids=[""], track_mbid=None),
        info(recording_mbid="98255A8C017A4BC78DD61FA36124572B"),
        info(tags=None),
        info(duration="12"),
        info(odd="\\u0000"),
    ],
)
def test_what_listenbrainz_takes_is_taken(now, good):
    assert read(request(good, listen_type="single"), now).faults == []


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (GOOD, "JSON document must not contain listened_at while submitting playing_now."),
        ({"track_metadata": {}, "x": 1}, "JSON document may only contain track_metadata top level"),
        ({}, "JSON document must contain the key track_metadata at the top level."),
    ],
)
def test_playing_now_has_rules_of_its_own(now, bad, message):
    (fault,) = read(request(bad, listen_type="playing_now"), now).faults
    assert fault.message.startswith(message)


def test_a_listen_too_large_among_small_ones_is_named(now):
    payload = [GOOD] * 5 + [info(x="y" * 11_000)]
    (fault,) = read(request(*payload), now).faults
    assert (fault.position, fault.rule) == (5, "too_long")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "JSON document must contain either recording_msid or recording_mbid, and score top"),
        ({"score": 1}, "JSON document must contain either recording_msid or recording_mbid"),
        ({"recording_mbid": "x"}, "JSON document must contain either recording_msid or"),
        (
            {"recording_mbid": "x", "score": 1, "a": 1},
            "JSON document may only contain recording_ms",
        ),
        ({"recording_mbid": "x", "score": 1}, "recording_mbid MBID format invalid."),
        ({"recording_mbid": "", "score": 1}, "recording_mbid MBID format invalid."),
        ({"recording_msid": "x", "score": 1}, "recording_msid MBID format invalid."),
        ({"recording_mbid": "x", "score": 2}, "Score can have a value of 1, 0 or -1."),
        ({"recording_mbid": "x", "score": True}, "Score can have a value of 1, 0 or -1."),
        ({"recording_mbid": "x", "score": "1"}, "Score can have a value of 1, 0 or -1."),
        ([], "JSON document must contain either recording_msid or recording_mbid"),
        (b"{", "Cannot parse JSON document: "),
    ],
)
def test_feedback_is_refused_in_its_own_words(now, body, message):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    acts, unnamed, (fault,) = listenbrainz.read_feedback(
        raw, listener_id="ada", now=now, resolver=Resolver()
    )
    assert (acts, unnamed) == ([], ())
    assert fault.message.startswith(message)
