"""Our own event API: the good kept with their positions, the bad named."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.intake import events
from ritornello.kinds.events import Act, Answer, AnyEvent, Impression, Listen, Query, SlotAddress
from ritornello.kinds.ids import uuid7

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ID = UUID("01a1fd0f-7ef3-7393-96f5-ee9134f4691f")
COMMON = {"event_id": ID, "listener_id": "listener-1", "happened_at": NOW}
LISTEN = Listen(**COMMON, item_id="track:a", started_at=NOW - timedelta(minutes=3))
ALL = [
    LISTEN,
    Impression(**COMMON, decision_id=ID, slot=SlotAddress("home", 0), seen_at=NOW),
    Act(**COMMON, act="love", about_id="artist:a"),
    Query(**COMMON, text="calm"),
    Answer(**COMMON, question="good?", value="yes"),
]


def body(*rows):
    return b'{"events":[' + b",".join(rows) + b"]}"


def stated(**other):
    raw = msgspec.json.decode(msgspec.json.encode(LISTEN))
    return json.dumps({k: v for k, v in {**raw, **other}.items() if v != "drop"}).encode()


def fault_of(row, **options):
    kept, faults = events.read(body(row), now=NOW, **options)
    assert kept == {}
    (fault,) = faults
    return fault.field, fault.rule


def test_every_kind_passes_alone_in_an_array_and_in_a_batch():
    rows = [msgspec.json.encode(event) for event in ALL]
    assert events.read(body(*rows), now=NOW) == (dict(enumerate(ALL)), [])
    assert events.read(b"[" + b",".join(rows) + b"]", now=NOW) == (dict(enumerate(ALL)), [])
    for row, event in zip(rows, ALL, strict=True):
        assert events.read(row, now=NOW) == ({0: event}, [])
    assert events.read(body(), now=NOW) == ({}, [])


@pytest.mark.parametrize(
    ("row", "field", "rule"),
    [
        (stated(item_id="drop"), "item_id", "missing_field"),
        (stated(item_idd="track:a"), "item_idd", "unknown_field"),
        (stated(kind="lisen"), "kind", "unknown_kind"),
        (stated(kind="drop"), "kind", "missing_field"),
        (stated(event_id="5"), "event_id", "not_a_uuid"),
        (stated(item_id="a"), "item_id", "wrong_form"),
        (stated(listener_id="a@b.example"), "listener_id", "wrong_form"),
        (stated(device="fridge"), "device", "unknown_word"),
        (stated(ms_played="3"), "ms_played", "wrong_type"),
        (stated(ms_played=-1), "ms_played", "out_of_range"),
        (stated(client="x" * 129), "client", "wrong_length"),
        (stated(happened_at="2026-11-21T12:00:00"), "happened_at", "naive_time"),
        (stated(happened_at="yesterday"), "happened_at", "not_a_time"),
        (stated(happened_at="2026-11-21T12:05:01Z"), "happened_at", "future_time"),
        (stated(started_at="1970-01-01T00:00:00Z"), "started_at", "too_old"),
        (stated(started_at="2026-11-21T12:00:01Z"), "started_at", "starts_after_end"),
        (stated(ms_played=3 * 60_000 + 60_001), "ms_played", "played_longer_than_clock"),
        (stated(extra={"a": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}),
         "extra", "too_deep"),
        (stated(ip_address="192.0.2.1"), "ip_address", "unknown_field"),
        (b"[]", "", "wrong_type"),
        (b"{x}", "", "malformed_json"),
        (b'"\xff"', "", "wrong_type"),
        (stated().replace(b"listener-1", b"listener-\xff"), "", "not_utf8"),
        (stated()[:-1] + b', "extra": {"a": ' + b"[" * 99_999 + b"]" * 99_999 + b"}}", "", "too_deep"),
        (stated()[:-1] + b', "listener_id": "listener-2"}', "", "repeated_key"),
    ],
)  # fmt: skip
def test_a_bad_event_is_a_fault_with_field_and_rule(row, field, rule):
    assert fault_of(row) == (field, rule)


def test_edges_of_the_clock_pass():
    for row in (
        stated(happened_at="2026-11-21T12:05:00Z"),
        stated(ms_played=3 * 60_000 + 60_000),
        stated(started_at=NOW.isoformat()),
        stated(started_at=events.EARLIEST_AT.isoformat()),
    ):
        kept, faults = events.read(body(row), now=NOW)
        assert (len(kept), faults) == (1, [])


def test_an_impression_of_the_future_is_refused():
    row = msgspec.json.encode(msgspec.structs.replace(ALL[1], seen_at=NOW + timedelta(hours=1)))
    assert fault_of(row) == ("seen_at", "future_time")


def test_the_nearest_field_is_named():
    _, (fault,) = events.read(stated(item_idd="track:a"), now=NOW)
    assert "did you mean 'item_id'?" in fault.message
    _, (fault,) = events.read(stated(kind="listn"), now=NOW)
    assert "listen" in fault.message


def test_an_item_the_catalogue_does_not_know_is_named():
    assert fault_of(stated(), known=()) == ("item_id", "unknown_item")
    love = msgspec.json.encode(ALL[2])
    assert fault_of(love, known={"track:a"}) == ("about_id", "unknown_item")
    assert events.read(love, now=NOW, known={"artist:a"})[1] == []
    playlist = msgspec.json.encode(msgspec.structs.replace(ALL[2], about_id="playlist:p"))
    assert events.read(playlist, now=NOW, known=())[1] == []


def test_more_events_than_a_request_may_hold():
    kept, faults = events.read(body(*[stated()] * (events.MAX_EVENTS + 5)), now=NOW)
    assert len(kept) == events.MAX_EVENTS
    assert [fault.rule for fault in faults] == ["too_many"]


ROWS = st.lists(
    st.sampled_from(
        [(stated(), None), (msgspec.json.encode(ALL[2]), None), (b"{}", "missing_field"),
         (stated(ms_played=-1), "out_of_range"), (b"nul", "malformed_json"),
         (stated(happened_at="2030-01-01T00:00:00Z"), "future_time")]
    ),
    max_size=40,
)  # fmt: skip


@settings(deadline=None)
@given(ROWS)
def test_every_position_is_either_kept_or_named(rows):
    kept, faults = events.read(body(*(row for row, _ in rows)), now=NOW)
    wanted = {n: rule for n, (_, rule) in enumerate(rows) if rule}
    assert {fault.position: fault.rule for fault in faults} == wanted
    assert sorted(kept) == [n for n, (_, rule) in enumerate(rows) if rule is None]
    assert [fault.position for fault in faults] == sorted(wanted)


def test_what_was_kept_is_what_was_sent():
    sent = [msgspec.structs.replace(LISTEN, event_id=uuid7(NOW)) for _ in range(50)]
    rows = [msgspec.json.encode(event) for event in sent]
    kept, _ = events.read(body(*rows[:25], b"{}", *rows[25:]), now=NOW)
    assert list(kept.values()) == sent
    assert all(isinstance(event, AnyEvent) for event in kept.values())


def correcting(act, about_id):
    return msgspec.json.encode(Act(**COMMON, act=act, about_id=about_id))


@pytest.mark.parametrize(
    "about_id",
    [f"listen:{ID}", "context:playlist:sleep", "genre:ambient", "hours:22-06@Europe/Berlin"],
)
@pytest.mark.parametrize("act", ["disown", "own", "exclude", "include"])
def test_a_correction_may_be_about_what_no_catalogue_knows(act, about_id):
    kept, faults = events.read(correcting(act, about_id), now=NOW, known=set())
    assert (len(kept), faults) == (1, [])


@pytest.mark.parametrize("act", ["love", "ban", "snooze", "share"])
def test_any_other_act_is_about_an_item(act):
    assert fault_of(correcting(act, "genre:ambient")) == ("about_id", "not_an_item")


@pytest.mark.parametrize("about_id", ["hours:25-06@UTC", "hours:22-06@Mars/Olympus"])
def test_a_correction_that_cannot_be_meant_is_refused(about_id):
    assert fault_of(correcting("exclude", about_id)) == ("about_id", "wrong_form")
    unknown = fault_of(correcting("exclude", "track:a"), known=set())
    assert unknown == ("about_id", "unknown_item")
