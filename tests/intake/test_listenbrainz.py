"""ListenBrainz clients are understood as ListenBrainz understands them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from ritornello.catalog import identity, items
from ritornello.catalog.items import Resolver
from ritornello.intake import listenbrainz
from ritornello.kinds.ids import instant_of
from ritornello.kinds.items import Album, Artist, Episode, Track

MBID = "98255a8c-017a-4bc7-8dd6-1fa36124572b"
ARTIST_MBID = "22222222-017a-4bc7-8dd6-1fa36124572b"
AT = 1_795_226_849


@pytest.fixture
def read(now):
    def read(body, resolver=None):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return listenbrainz.read(raw, listener_id="ada", now=now, resolver=resolver or Resolver())

    return read


def submission(listen_type="single", listened_at=AT, *, names=(), **info):
    metadata = {"artist_name": "A", "track_name": "T", "additional_info": info} | dict(names)
    listen = {"listened_at": listened_at, "track_metadata": metadata}
    if listen_type == "playing_now":
        del listen["listened_at"]
    return {"listen_type": listen_type, "payload": [listen]}


def only(read, body):
    found = read(body)
    assert found.faults == []
    return found.listens[0]


def golden(shared):
    lines = (shared / "reference" / "golden-client-requests.jsonl").read_text().splitlines()
    return {
        request["id"]: request["body_json"]
        for request in map(json.loads, lines)
        if request["protocol"] == "listenbrainz-1" and "body_json" in request
    }


@pytest.mark.data
def test_the_golden_submissions_are_taken(shared, read):
    for name, body in golden(shared).items():
        if "payload" in body:
            found = read(body)
            assert found.faults == [], name
            assert len(found.listens) == len(body["payload"])


@pytest.mark.data
def test_one_listen_of_supysonic_is_one_event_whole_or_broken_seconds(shared, read):
    bodies = golden(shared)
    first, second = (only(read, bodies[f"lb-supysonic-{form}"]) for form in ("int", "float"))
    assert first == second
    assert first.duration_ms == 2000


@pytest.mark.data
def test_the_same_listen_twice_in_one_import_has_one_id(shared, read):
    found = read(golden(shared)["lb-import-duplicate"])
    assert found.listens[0] == found.listens[1]
    assert len(found.items) == 3


def test_a_listen_of_ten_megabytes_does_not_cost_the_one_beside_it(read):
    body = submission("import")
    huge = submission("import", AT + 1, names={"track_name": "x" * 10_000_000})
    body["payload"] += huge["payload"]
    found = read(body)
    assert list(found.listens) == [0]
    (fault,) = found.faults
    assert (fault.position, fault.rule) == (1, "too_long")


def test_listened_at_is_the_start_and_the_id_is_made_of_it(read):
    listen = only(read, submission(duration_ms=200_000, duration_played=120))
    assert listen.started_at == datetime.fromtimestamp(AT, tz=UTC)
    assert listen.happened_at - listen.started_at == timedelta(seconds=120)
    assert (listen.ms_played, listen.duration_ms) == (120_000, 200_000)
    assert instant_of(listen.event_id) == listen.started_at
    assert listen.event_id.version == 8


def test_the_end_is_start_plus_duration_or_the_start_itself(read):
    with_duration = only(read, submission(duration=200))
    assert with_duration.happened_at - with_duration.started_at == timedelta(seconds=200)
    assert with_duration.ms_played is None
    bare = only(read, submission())
    assert bare.happened_at == bare.started_at


def test_the_id_depends_on_listener_second_and_text_alone(read, now):
    one = only(read, submission())
    assert one.event_id == only(read, submission(media_player="x", duration=5)).event_id
    other = listenbrainz.read(
        json.dumps(submission()).encode(), listener_id="bob", now=now, resolver=Resolver()
    )
    ids = {
        one.event_id,
        only(read, submission(listened_at=AT + 1)).event_id,
        only(read, submission(names={"release_name": "R"})).event_id,
        other.listens[0].event_id,
    }
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("info", "ms"),
    [
        ({"media_player": "Supysonic", "duration_ms": 2}, 2000),
        ({"media_player": "Supysonic", "duration_ms": 200_000}, 200_000),
        ({"media_player": "Supysonic", "submission_client": "x", "duration_ms": 2}, 2),
        ({"duration_ms": 2}, 2),
        ({"duration": "200.7"}, 200_000),
    ],
)
def test_seconds_in_milliseconds_are_known_by_their_sender(read, info, ms):
    assert only(read, submission(**info)).duration_ms == ms


@pytest.mark.parametrize("played", [-1, "120", None, True, 1e9, [1]])
def test_a_senseless_played_time_is_unknown(read, played):
    assert only(read, submission(duration_played=played)).ms_played is None


def test_the_catalogue_learns_artist_album_and_track(read):
    body = submission(
        names={"artist_name": "A feat. B", "release_name": "R"},
        recording_mbid=MBID.upper(),
        artist_mbids=[ARTIST_MBID],
        isrc="US-UM7-11-00001",
        tags=["calm", " ", "calm"],
        duration_ms=1000,
    )
    artist, album, track = read(body).items
    assert artist == Artist(item_id=identity.artist_id("A"), title="A", mbid=ARTIST_MBID)
    assert album == Album(
        item_id=identity.album_id("A", "R"),
        title="R",
        artist_ids=(artist.item_id,),
        artist_name="A feat. B",
    )
    assert track == Track(
        item_id=identity.track_id("A", "T (feat. B)"),
        title="T",
        artist_ids=(artist.item_id,),
        artist_name="A feat. B",
        album_id=album.item_id,
        album_title="R",
        duration_ms=1000,
        isrc="USUM71100001",
        mbid=MBID,
        tags=("calm",),
    )


def test_several_artists_are_told_apart_where_names_and_ids_agree(read):
    both = {"artist_names": ["A", "B"], "artist_mbids": [MBID, ARTIST_MBID]}
    *artists, track = read(submission(names={"artist_name": "A & B"}, **both)).items
    assert [(a.title, a.mbid) for a in artists] == [("A", MBID), ("B", ARTIST_MBID)]
    assert track.artist_ids == tuple(a.item_id for a in artists)
    artist, _ = read(submission(artist_mbids=[MBID, ARTIST_MBID])).items
    assert artist.mbid is None


@pytest.mark.parametrize("isrc", ["x", 5, "", None, ["USUM71100001"]])
def test_a_malformed_isrc_is_no_isrc(read, isrc):
    assert read(submission(isrc=isrc)).items[-1].isrc is None


def test_what_was_submitted_is_kept_and_comes_back(read, shelf):
    body = submission(
        names={"release_name": " R "}, recording_mbid=MBID, work_mbids=[], odd={"k": [1]}
    )
    found = read(body, Resolver(shelf.conn))
    shelf.put(found.changes())
    listen = found.listens[0]
    written = listenbrainz.listen_json(listen, "ada", items.get(shelf.conn, listen.item_id))
    assert written == {
        "listened_at": AT,
        "recording_msid": str(identity.recording_msid("A", "T", "R")),
        "user_name": "ada",
        "track_metadata": {
            "artist_name": "A",
            "track_name": "T",
            "release_name": "R",
            "additional_info": {"recording_mbid": MBID, "odd": {"k": [1]}},
            "mbid_mapping": {"recording_mbid": MBID},
        },
    }
    again = {"listen_type": "import", "payload": [{k: written[k] for k in body["payload"][0]}]}
    assert only(read, again).event_id == listen.event_id


def test_a_listen_of_another_source_is_described_by_its_item(read):
    listen = only(read, submission(duration_played=3, duration_ms=5000))
    foreign = type(listen)(
        **{f: getattr(listen, f) for f in listen.__struct_fields__ if f not in ("extra", "source")}
    )
    track = Track(item_id="track:a", title="T2", artist_name="A2", album_title="R2", mbid=MBID)
    metadata = listenbrainz.listen_json(foreign, "ada", track)["track_metadata"]
    assert metadata["track_name"] == "T2"
    assert metadata["artist_name"] == "A2"
    assert metadata["release_name"] == "R2"
    assert metadata["additional_info"]["recording_mbid"] == MBID
    assert metadata["additional_info"]["duration_played"] == 3
    episode = Episode(item_id="episode:e", title="E", show_id="show:s", show_title="S")
    assert listenbrainz.listen_json(foreign, "ada", episode)["track_metadata"]["artist_name"] == "S"
    unknown = listenbrainz.listen_json(foreign, "ada", None)["track_metadata"]
    assert unknown["track_name"] == foreign.item_id


def test_playing_now_is_about_this_moment(read, now):
    found = read(submission("playing_now"))
    assert found.listen_type == "playing_now"
    assert found.listens[0].started_at == now


def feedback(read_body, now, resolver):
    return listenbrainz.read_feedback(
        json.dumps(read_body).encode(), listener_id="ada", now=now, resolver=resolver
    )


@pytest.mark.parametrize(("score", "act"), [(1, "love"), (-1, "hate"), (0, "unlove")])
def test_feedback_is_an_act(shelf, now, score, act):
    found = feedback({"recording_mbid": MBID, "score": score}, now, Resolver(shelf.conn))
    assert [(a.act, a.about_id, a.listener_id) for a in found[0]] == [
        (act, identity.mbid_id("track", MBID), "ada")
    ]
    assert found[1] == (items.nameless(MBID),)
    assert found[2] == []


def test_feedback_finds_what_was_submitted_by_either_id(shelf, read, now):
    found = read(submission(recording_mbid=MBID), Resolver(shelf.conn))
    shelf.put(found.changes())
    item_id = found.listens[0].item_id
    msid = str(identity.recording_msid("A", "T"))
    for key, value in (("recording_mbid", MBID), ("recording_msid", msid)):
        acts, unnamed, faults = feedback({key: value, "score": 1}, now, Resolver(shelf.conn))
        assert (acts[0].about_id, unnamed, faults) == (item_id, (), [])


def test_feedback_on_what_nobody_submitted_is_refused(shelf, now):
    acts, unnamed, (fault,) = feedback(
        {"recording_msid": MBID, "score": 1}, now, Resolver(shelf.conn)
    )
    assert (acts, unnamed, fault.rule) == ([], (), "unknown_item")
