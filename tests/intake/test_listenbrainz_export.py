"""ListenBrainz's own export, today's and the older one: the same listens, with the same ids."""

import json
from datetime import UTC, datetime
from io import BytesIO

import pytest

from ritornello.catalog.items import Resolver
from ritornello.intake import chunks, listenbrainz, listenbrainz_export
from ritornello.intake.archives import Member
from ritornello.store.bodies import body_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
AT = datetime(2024, 1, 2, 13, 45, tzinfo=UTC)
MBID = "98255a8c-017a-4bc7-8dd6-1fa36124572b"
OTHER_MBID = "0383dadf-2a4e-4d10-a46a-e9e041da8eb3"
MSID = "41d0ea94-0fc2-4c5e-9ef8-2bb1a1a0e2a1"
INFO = {"submission_client": "navidrome", "duration_ms": 210_000, "artist_mbids": [OTHER_MBID]}
SUBMITTED = {
    "listened_at": 1_704_203_100,
    "track_metadata": {
        "artist_name": "Artist 0421",
        "track_name": "Track 07",
        "release_name": "Album 01",
        "additional_info": INFO,
    },
}


def exported(number=0, mapping=None, **more):
    """A listen as today's export writes it."""
    metadata = {
        **SUBMITTED["track_metadata"],
        "recording_msid": MSID,
        "mbid_mapping": mapping,
        "additional_info": {**INFO, "recording_msid": MSID, "artist_msid": MSID},
    }
    listened_at = SUBMITTED["listened_at"] + number
    return {
        "listened_at": listened_at,
        "inserted_at": 1_704_203_400.123,
        "track_metadata": metadata | more,
    }


def lines(*rows):
    return b"".join(
        (row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows
    )


def member(name, body):
    return Member(name, len(body), lambda: BytesIO(body))


LOVED = {"recording_msid": MSID, "recording_mbid": None, "score": 1, "created": 1_704_300_000}
EXPORT = [
    member("feedback.jsonl", lines(LOVED, {**LOVED, "recording_mbid": MBID, "score": -1})),
    member("listens/2024/1.jsonl", lines(exported(), exported(60))),
    member("listens/2024/2.jsonl", lines(exported(5_000_000))),
    member("pinned_recording.jsonl", lines({"recording_msid": MSID, "blurb_content": "!"})),
    member("user.json", lines({"user_id": 1, "username": "listener-1"})),
]


def read(members, **more):
    stated = {"listener_id": "listener-1", "now": NOW, "resolver": Resolver(), **more}
    return list(listenbrainz_export.read(members, **stated))


def only(*members, **more):
    (chunk,) = read(members, **more)
    return chunk


def rules(chunk):
    return [(fault.position, fault.rule) for fault in chunk.faults]


def test_todays_export_gives_listens_and_reactions():
    chunk = only(*EXPORT)
    assert rules(chunk) == []
    first, second, third, love, hate = chunk.events
    assert [first.started_at, (second.started_at - AT).seconds] == [AT, 60]
    assert third.position_ms is None
    assert (love.act, hate.act) == ("love", "hate")
    assert {love.about_id, hate.about_id, second.item_id} == {first.item_id}
    assert love.happened_at == datetime.fromtimestamp(1_704_300_000, tz=UTC)
    assert love.event_id != hate.event_id
    assert (chunk.position, chunk.share) == (5, 1.0)


@pytest.mark.parametrize("written", [1_704_203_100, 1_704_203_100.0, "1704203100"])
def test_a_listen_submitted_live_is_the_same_event(written):
    body = json.dumps({"listen_type": "import", "payload": [SUBMITTED]}).encode()
    live = listenbrainz.read(body, listener_id="listener-1", now=NOW, resolver=Resolver())
    row = {**exported(), "listened_at": written}
    (listen,) = only(member("listens/2024/1.jsonl", lines(row))).events
    assert body_of(listen) == body_of(live.listens[0])


def test_the_older_export_is_one_array():
    row = {**SUBMITTED, "recording_msid": MSID, "user_name": "listener-1"}
    for indent in (None, 2):
        body = json.dumps([row, {**row, "listened_at": 1_704_203_160}], indent=indent).encode()
        old = member("listener-1_lb-2018-10-22.json", body)
        assert listenbrainz_export.holds(old)
        assert only(old).events == only(*EXPORT[1:2]).events


def test_a_mapping_names_the_recording_where_the_submitter_did_not():
    mapped = exported(mapping={"recording_mbid": MBID, "recording_name": "Track 07"})
    stated = exported(
        additional_info={"recording_mbid": OTHER_MBID}, mbid_mapping={"recording_mbid": MBID}
    )
    for row, mbid in ((mapped, MBID), (stated, OTHER_MBID), (exported(), None)):
        chunk = only(member("1.jsonl", lines(row)))
        assert chunk.items[-1].mbid == mbid
        assert "mbid_mapping" not in chunk.events[0].extra["track_metadata"]
    broken = exported(mapping={"recording_mbid": "none"})
    assert only(member("1.jsonl", lines(broken))).items[-1].mbid is None


def test_feedback_alone_names_what_has_a_musicbrainz_id():
    body = lines(
        {**LOVED, "recording_mbid": MBID}, LOVED, {**LOVED, "score": 5}, {**LOVED, "created": 9}
    )
    chunk = only(member("feedback.jsonl", body))
    assert [act.about_id for act in chunk.events] == [chunk.items[0].item_id]
    assert (chunk.items[0].mbid, chunk.items[0].available) == (MBID, False)
    assert rules(chunk) == [(2, "unknown_item"), (3, "out_of_range"), (4, "too_old")]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (exported(listened_at=1), None),
        ({**exported(), "listened_at": 3_755_289_600}, "future_time"),
        ({**exported(), "listened_at": 60}, "too_old"),
        ({**exported(), "listened_at": None}, "wrong_type"),
        ({**exported(), "track_metadata": None}, "wrong_type"),
        (exported(track_name=" "), "empty"),
        (exported(artist_name=5), "wrong_type"),
        (exported(additional_info=[]), "wrong_type"),
        ({"something": "else"}, "missing_field"),
        (b"[1, 2]", "malformed_json"),
        (b'{"listened_at": ', "malformed_json"),
        (b'{"listened_at": "\xff"}', "not_utf8"),
        (b"{" * 2_000_000, "too_long"),
    ],
)
def test_a_bad_row_is_named_and_costs_only_itself(row, rule):
    chunk = only(member("listens/2024/1.jsonl", lines(exported(1), row, exported(2))))
    assert rules(chunk) == ([(2, rule)] if rule else [])
    assert len(chunk.events) == (2 if rule else 3)


def test_other_files_are_passed_over():
    others = [
        member(*named)
        for named in (("a.json", b"{}"), ("b.json", b'[{"ts": "2024"}]'), ("c.csv", b"\xff"))
    ]
    assert not any(map(listenbrainz_export.holds, (*others, *EXPORT[3:])))
    assert read(others) == []


@pytest.mark.slow
def test_an_import_can_be_taken_up_again_before_the_feedback():
    many = lines(*(exported(n) for n in range(chunks.ROWS)))
    members = [EXPORT[0], member("listens/2024/1.jsonl", many)]
    first, last = read(members)
    assert (first.position, len(first.events), len(last.events)) == (chunks.ROWS, chunks.ROWS, 2)
    assert read(members, after=chunks.ROWS)[0].events == last.events
