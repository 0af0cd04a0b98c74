"""Arrays read from a stream: the rows a decoder would find, and the good ones among the broken."""

import io
import json
import tracemalloc

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.intake import arrays
from ritornello.intake.refusal import Refused


class Row(msgspec.Struct):
    """A row as the tests know it."""

    n: int = 0
    text: str | None = None
    deep: object = None


def decoded(body):
    return [row for block in arrays.decoded(io.BytesIO(body), Row) for row in block.rows]


def rules(rows):
    return [row.rule if isinstance(row, Refused) else row.n for row in rows]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"[]", []),
        (b" \n[ ] ", []),
        (b'[{"n":1},{"n":"2"} ,\n {"n":3}]', [1, 2, 3]),
        (b'[{"n":1},{"n":"x"},{"n":3}]', [1, "wrong_type", 3]),
        (b'[{"n":1}, null, {"n":3}]', [1, "wrong_type", 3]),
        (b'[{"n":1}, tru, {"n":3}]', [1, "malformed_json", 3]),
        (b'[{"n":1},{"text":"b},{"n":3}]', [1, "malformed_json", 3]),
        (b'[{"n":1,"text":"},{"},{"n":2,"deep":[{},{}]}]', [1, 2]),
        (b'[{"n":"x","text":"},{"},{"n":2}]', ["wrong_type", 2]),
        (b'[{"n":1}][{"n":2}]', [1, "malformed_json"]),
        (b'[{"n":1},]', [1, "malformed_json"]),
        (b'[{"n":1},{"n":', [1, "malformed_json", "torn_file"]),
        (b'[{"n":1}', [1, "torn_file"]),
        (b'[{"n":1},{"deep":' + b"[" * 100_000 + b"]" * 100_000 + b'},{"n":3}]', [1, "malformed_json", 3]),
        (b"", ["malformed_json"]),
        (b"<html>", ["malformed_json"]),
        (b'{"n":1}', ["malformed_json"]),
    ],
)  # fmt: skip
def test_what_is_found(body, found):
    assert rules(decoded(body)) == found


rows = st.lists(
    st.fixed_dictionaries(
        {"n": st.integers(0, 9)},
        optional={
            "text": st.text(alphabet='},{[]" \\aé', max_size=12),
            "deep": st.recursive(
                st.none() | st.text(alphabet="},{", max_size=5),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(st.text(max_size=3), inner, max_size=3)
                ),
                max_leaves=5,
            ),
        },
    ),
    max_size=40,
)


@given(rows=rows, block=st.integers(1, 60), indent=st.sampled_from([None, 1]), ascii_=st.booleans())
def test_blocks_of_any_size_give_the_rows_a_decoder_gives(rows, block, indent, ascii_):
    body = json.dumps(rows, indent=indent, ensure_ascii=ascii_).encode()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(arrays, "BLOCK_BYTES", block)
        assert decoded(body) == msgspec.json.decode(body, type=list[Row])


@given(rows=rows, at=st.integers(0, 40), block=st.integers(1, 60))
def test_a_row_of_the_wrong_type_costs_no_other(rows, at, block):
    body = json.dumps([*rows[:at], {"n": "x", "deep": [{}, {}]}, *rows[at:]]).encode()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(arrays, "BLOCK_BYTES", block)
        found = decoded(body)
    assert rules(row for row in found if isinstance(row, Refused)) == ["wrong_type"]
    assert [r for r in found if isinstance(r, Row)] == msgspec.convert(rows, list[Row])


def test_a_row_without_end_is_refused_and_not_kept():
    class Endless(io.RawIOBase):
        left = 40 << 20

        def readable(self):
            return True

        def read(self, n=-1):
            self.left -= n
            return b"x" * n if self.left > 0 else b'"},{"n":3}]' if self.left > -n else b""

    class Started(Endless):
        begun = False

        def read(self, n=-1):
            if not self.begun:
                self.begun = True
                return b'[{"n":1},{"text":"'
            return super().read(n)

    tracemalloc.start()
    assert rules(row for b in arrays.decoded(Started(), Row) for row in b.rows) == [
        1,
        "too_long",
        3,
    ]
    assert tracemalloc.get_traced_memory()[1] < 16 << 20
    tracemalloc.stop()


@given(body=st.binary(max_size=200), start=st.sampled_from([b"", b"[", b'[{"n":1},']))
def test_any_bytes_get_an_answer(body, start):
    assert all(isinstance(row, Row | Refused) for row in decoded(start + body))
