"""Ids: deterministic where they must be, time-ordered, and of the form the schema demands."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.ids import ItemId, ListenerId, instant_of, key_of, kind_of, uuid7, uuid8
from ritornello.testing.records import instants

AT = datetime(2026, 11, 16, 7, 30, 0, 123_000, tzinfo=UTC)


@given(instants, st.lists(st.text(), max_size=4))
def test_uuid8_is_a_function_of_its_instant_and_key(at, key):
    made = uuid8(at, *key)
    assert made == uuid8(at, *key)
    assert (made.version, made.variant) == (8, "specified in RFC 4122")
    assert abs(instant_of(made) - at) < timedelta(milliseconds=1)


def test_uuid8_is_the_same_on_every_machine():
    assert str(uuid8(AT, "listener-1", "api", "track:1")) == "01a1e343-493b-81d4-824f-b7da409a5b09"


@pytest.mark.parametrize(
    "other",
    [("listener-1", "b"), ("listener-1b",), ("listener-1", "a", ""), ("a", "listener-1")],
)
def test_uuid8_tells_natural_keys_apart(other):
    assert uuid8(AT, "listener-1", "a") != uuid8(AT, *other)


def test_uuid8_spreads_over_all_its_free_bits():
    ids = [uuid8(AT, str(i)).int for i in range(2000)]
    free = [*range(62), *range(64, 76)]  # between them the variant, above them version and time
    shares = [sum(made >> bit & 1 for made in ids) / len(ids) for bit in free]
    assert all(0.44 < share < 0.56 for share in shares)


@given(st.lists(instants, min_size=2, max_size=8))
def test_ids_sort_as_their_milliseconds(moments):
    made = sorted(uuid7(at) for at in moments)
    assert [instant_of(a) <= instant_of(b) for a, b in pairwise(made)] == [True] * (len(made) - 1)


def test_uuid7_never_repeats_within_a_millisecond():
    made = {uuid7(AT) for _ in range(5000)}
    assert len(made) == 5000
    assert {u.version for u in made} == {7}


@pytest.mark.parametrize("year", [1900, 1969])
def test_an_instant_before_1970_is_clipped_not_wrapped(year):
    assert instant_of(uuid8(datetime(year, 1, 1, tzinfo=UTC), "x")) == datetime(
        1970, 1, 1, tzinfo=UTC
    )


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_key_of_is_a_valid_item_key(parts):
    item_id = f"track:{key_of(*parts)}"
    assert msgspec.convert(item_id, ItemId) == item_id
    assert kind_of(item_id) == "track"


@pytest.mark.parametrize(
    "bad",
    [
        "track",
        "track:",
        "song:1",
        "track:a b",
        "track:" + "x" * 65,
        "TRACK:1",
        "track:ä",
        "track:a\n",
    ],
)
def test_item_ids_of_another_form_are_refused(bad):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, ItemId)


@pytest.mark.parametrize("bad", ["", "a b", "a/b", "x" * 65, "<script>", "a\n"])
def test_listener_ids_of_another_form_are_refused(bad):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, ListenerId)


def test_an_id_past_the_calendars_end_reads_as_that_end():
    assert instant_of(UUID(int=(1 << 128) - 1)).year == 9999
