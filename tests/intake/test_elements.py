"""Elements are found however broken one of them is."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.intake.elements import MAX_DEPTH, elements, has_repeated_key, texts

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=6), st.sampled_from((None, 1)), st.booleans())
def test_every_element_of_a_good_array_decodes_to_itself(values, indent, wrapped):
    body = json.dumps({"events": values} if wrapped else values, indent=indent).encode()
    found = elements(body, "events")
    assert found is not None
    assert [json.loads(element) for element in found] == values


@given(
    st.lists(JSON, min_size=2, max_size=5), st.integers(0, 4), st.sampled_from((b"tru", b"", b"}"))
)
def test_a_broken_element_leaves_those_before_it(values, place, broken):
    place = min(place, len(values) - 1)
    rows = [json.dumps(value).encode() for value in values]
    rows[place] = broken
    found = list(elements(b"[" + b",".join(rows) + b"]", "events"))
    assert found[:place] == rows[:place]
    assert len(found) > place or broken == b""


@pytest.mark.parametrize(
    "body", [b"", b"5", b"{}", b'{"other": []}', b'"["', b'{"kind": "listen"}']
)
def test_what_is_no_array_is_none(body):
    assert elements(body, "events") is None


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"[]", []),
        (b'{"events": [1, 2]', [b"1", b"2", b"]"]),
        (b"[1, 2", [b"1", b" 2"]),
        (b"[1]x", [b"1", b"]x"]),
        (b"[1,]", [b"1", b""]),
        (b'["a]", "\\"]"]', [b'"a]"', b'"\\"]"']),
    ],
)
def test_brackets_in_strings_torn_arrays_and_leftovers(body, found):
    assert list(elements(body, "events")) == found


@given(JSON)
def test_texts_yield_every_string_and_key(value):
    def all_of(inner):
        if isinstance(inner, str):
            return [inner]
        parts = [p for kv in inner.items() for p in kv] if isinstance(inner, dict) else inner
        return [t for part in parts for t in all_of(part)] if isinstance(inner, dict | list) else []

    assert sorted(texts(value)) == sorted(all_of(value))


def test_too_deep_is_said_and_not_followed():
    value: list = []
    for _ in range(10_000):
        value = [value]
    assert list(texts(value)) == [None]
    value = "x"
    for _ in range(MAX_DEPTH):
        value = [value]
    assert list(texts(value)) == ["x"]
    assert list(texts([value])) == [None]


@given(JSON, st.sampled_from((None, 2)))
def test_no_repetition_is_seen_where_there_is_none(value, indent):
    text = json.dumps(value, indent=indent).encode()
    assert not has_repeated_key(text, msgspec.json.encode(value))


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":2}',
        b'{"a" :1,"b":2,"a"\n:3}',
        b'{"x":{"a":1,"a":1}}',
        b'[{"a":"\\"","a":1}]',
        b'{"a":1,"\\u0061":2}',
    ],
)
def test_a_repeated_key_is_seen_wherever_it_stands(text):
    assert has_repeated_key(text, msgspec.json.encode(json.loads(text)))
