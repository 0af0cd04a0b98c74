"""Each message msgspec gives about our records becomes one rule and the field it broke at."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.events import AnyEvent
from ritornello.kinds.faults import MESSAGE_LIMIT, Fault, count_by_rule, rule_of
from ritornello.kinds.items import AnyItem

LISTEN = {
    "kind": "listen",
    "event_id": "01a1e343-493b-81d4-824f-b7da409a5b09",
    "listener_id": "listener-1",
    "happened_at": "2026-11-16T00:00:00Z",
    "item_id": "track:1",
    "started_at": "2026-11-16T00:00:00Z",
}
TRACK = {"kind": "track", "item_id": "track:1", "title": "Track 0001"}
ABSENT = object()


@pytest.mark.parametrize(
    ("field", "value", "where", "rule"),
    [
        ("item_id", ABSENT, "item_id", "missing_field"),
        ("kind", ABSENT, "kind", "missing_field"),
        ("e_mail", "x", "e_mail", "unknown_field"),
        ("kind", "song", "kind", "unknown_kind"),
        ("kind", 3, "kind", "wrong_type"),
        ("device", "fridge", "device", "unknown_word"),
        ("happened_at", "2026-11-16T00:00:00", "happened_at", "naive_time"),
        ("happened_at", "yesterday", "happened_at", "not_a_time"),
        ("happened_at", "2026-13-16T00:00:00Z", "happened_at", "not_a_time"),
        ("happened_at", 1_780_000_000, "happened_at", "wrong_type"),
        ("event_id", "1", "event_id", "not_a_uuid"),
        ("client", "x" * 129, "client", "wrong_length"),
        ("item_id", "song", "item_id", "wrong_form"),
        ("listener_id", "a b", "listener_id", "wrong_form"),
        ("ms_played", -1, "ms_played", "out_of_range"),
        ("ms_played", 10**30, "ms_played", "out_of_range"),
        ("ms_played", "5", "ms_played", "wrong_type"),
        ("ms_played", 1.5, "ms_played", "wrong_type"),
        ("private", None, "private", "wrong_type"),
        ("slot", {"shelf": "a"}, "slot.position", "missing_field"),
        ("slot", {"shelf": "a", "position": 0, "row": 1}, "slot.row", "unknown_field"),
        ("slot", {"shelf": "a", "position": -1}, "slot.position", "out_of_range"),
        ("slot", [1], "slot", "wrong_type"),
        ("context", {"kind": "x"}, "context.kind", "unknown_word"),
    ],
)
def test_what_is_wrong_with_an_event(field, value, where, rule):
    event = {k: v for k, v in (LISTEN | {field: value}).items() if v is not ABSENT}
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(msgspec.json.encode(event), type=AnyEvent)
    assert rule_of(caught.value) == (where, rule)


@pytest.mark.parametrize(
    ("field", "value", "where", "rule"),
    [
        ("energy", 1.5, "energy", "out_of_range"),
        ("energy", float("nan"), "energy", "out_of_range"),
        ("bpm", 0, "bpm", "out_of_range"),
        ("released_on", "2026", "released_on", "not_a_time"),
        ("genres", [""], "genres[0]", "wrong_length"),
        ("genres", "rock", "genres", "wrong_type"),
        ("regions", ["DE", "de"], "regions[1]", "wrong_form"),
        ("isrc", "x", "isrc", "wrong_form"),
    ],
)
def test_what_is_wrong_with_an_item(field, value, where, rule):
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(TRACK | {field: value}, AnyItem)
    assert rule_of(caught.value) == (where, rule)


def test_what_is_no_object_at_all_has_no_field():
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(b"[]", type=AnyEvent)
    assert rule_of(caught.value) == ("", "wrong_type")


@given(st.text(), st.integers(min_value=0))
def test_a_message_is_printable_and_short(message, position):
    fault = Fault.at("file.jsonl", position, "wrong_type", message)
    assert fault.message.isprintable()
    assert len(fault.message) <= MESSAGE_LIMIT + 1
    if message.isprintable() and len(message) <= MESSAGE_LIMIT:
        assert fault.message == message


def test_a_terminal_cannot_be_steered_by_a_title():
    assert Fault.at("f", 1, "r", "\x1b[2Jgone\r\n").message == "·[2Jgone··"


def test_rules_are_counted_most_frequent_first():
    faults = [Fault.at("f", i, rule, "") for i, rule in enumerate("abbcbc")]
    assert list(count_by_rule(faults).items()) == [("b", 3), ("c", 2), ("a", 1)]
