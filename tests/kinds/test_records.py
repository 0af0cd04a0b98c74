"""Every record survives JSON, keeps its names, refuses what it does not know, and never changes."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.kinds.decisions import RUNGS, Decision, Rung
from ritornello.kinds.events import EVENT_KINDS, AnyEvent
from ritornello.kinds.faults import Fault
from ritornello.kinds.ids import kind_of
from ritornello.kinds.items import ITEM_KINDS, PLAYABLE_KINDS, AnyItem, Playable
from ritornello.kinds.tallies import Tally
from ritornello.testing.records import records

FAMILIES: list[tuple[type[msgspec.Struct], Any]] = [
    *((record, AnyEvent) for record in EVENT_KINDS.values()),
    *((record, AnyItem) for record in ITEM_KINDS.values()),
    (Decision, Decision),
    (Tally, Tally),
    (Fault, Fault),
]
OWN_WORDS = [record for record, _ in FAMILIES if record not in (Decision, Fault)]


@pytest.mark.parametrize(("record", "family"), FAMILIES, ids=lambda a: getattr(a, "__name__", ""))
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_json_round_trips(record, family, data):
    made = data.draw(records(record))
    read = msgspec.json.decode(msgspec.json.encode(made), type=family)
    assert read == made
    assert type(read) is record


@pytest.mark.parametrize("record", OWN_WORDS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_an_unknown_field_is_refused(record, data):
    plain = msgspec.to_builtins(data.draw(records(record))) | {"e_mail": "x"}
    with pytest.raises(msgspec.ValidationError, match="e_mail"):
        msgspec.convert(plain, record)


@pytest.mark.parametrize(("record", "family"), FAMILIES, ids=lambda a: getattr(a, "__name__", ""))
def test_records_are_frozen(record, family):
    assert record.__struct_config__.frozen


@pytest.mark.parametrize("kind", EVENT_KINDS)
def test_an_event_is_tagged_with_its_kind(kind):
    assert EVENT_KINDS[kind].__struct_config__.tag == kind
    assert EVENT_KINDS[kind].__struct_config__.tag_field == "kind"


@pytest.mark.parametrize("kind", ITEM_KINDS)
def test_an_item_is_tagged_with_the_kind_its_id_starts_with(kind):
    assert ITEM_KINDS[kind].__struct_config__.tag == kind
    assert kind_of(f"{kind}:x") == kind
    assert issubclass(ITEM_KINDS[kind], Playable) == (kind in PLAYABLE_KINDS)


def test_no_event_has_room_for_an_address_or_a_device_id():
    names = {name for record in EVENT_KINDS.values() for name in record.__struct_fields__}
    forbidden = ("ip", "address", "mail", "user_agent", "device_id", "phone", "latitude")
    assert not [name for name in names if any(word == name or word in name for word in forbidden)
                and name not in ("skip", "slip")]  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(records(Decision).filter(lambda decision: decision.shelves))
def test_a_decision_finds_its_shelves_by_name(decision):
    name = decision.shelves[-1].name
    assert decision.shelf(name).name == name


@settings(max_examples=30, deadline=None)
@given(records(Decision))
def test_a_slot_is_addressed_by_shelf_and_position(decision):
    for slot in decision.slots:
        if slot.position >= 0:
            assert (slot.address.shelf, slot.address.position) == (slot.shelf, slot.position)


def test_the_ladder_has_every_rung_once():
    assert get_args(Rung) == RUNGS
