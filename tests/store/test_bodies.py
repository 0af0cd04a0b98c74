from datetime import timedelta, timezone

import msgspec
import pytest
from hypothesis import given

from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import EVENT_KINDS, Listen
from ritornello.store.bodies import body_of, canonical, hash_of
from ritornello.testing.records import records

RECORDS = [*EVENT_KINDS.values(), Decision]


def spelled_out(record):
    """The same record with every default written, as a thorough client would send it."""
    fields = msgspec.to_builtins(msgspec.structs.asdict(record))
    if isinstance(record, Decision):
        return msgspec.convert(fields, Decision)
    return msgspec.json.decode(msgspec.json.encode(fields), type=type(record))


@pytest.mark.parametrize("record", RECORDS)
def test_equal_records_have_equal_bodies(record):
    @given(records(record))
    def check(one):
        told = spelled_out(one) if record is not Decision else canonical(one)
        assert body_of(told) == body_of(one)
        assert canonical(one) == one
        assert hash_of(body_of(one)) == hash_of(body_of(told))

    check()


def test_an_instant_is_the_same_in_every_zone(listen):
    event = listen()
    away = timezone(timedelta(hours=2))
    moved = msgspec.structs.replace(
        event,
        happened_at=event.happened_at.astimezone(away),
        started_at=event.started_at.astimezone(away),
    )
    assert msgspec.json.encode(moved) != msgspec.json.encode(event)
    assert body_of(moved) == body_of(event)


def test_a_written_default_is_no_other_body(listen):
    event = listen()
    text = msgspec.json.encode(event)
    thorough = msgspec.json.decode(text[:-1] + b',"client":"unknown","source":"api"}', type=Listen)
    assert msgspec.json.encode(thorough) != text
    assert body_of(thorough) == body_of(event)


def test_another_body_has_another_hash(listen):
    event = listen()
    assert body_of(event) != body_of(listen("track:b", event_id=event.event_id))
    assert len(hash_of(b"x")) == 8
