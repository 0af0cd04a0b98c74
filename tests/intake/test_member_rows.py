"""Rows keep their place through every file of an export, also where a file breaks off."""

from io import BytesIO
from itertools import count

import pytest

from ritornello.intake.archives import Member
from ritornello.intake.chunks import Row
from ritornello.intake.member_arrays import BAD_ROWS_BORNE
from ritornello.intake.member_rows import (
    BEGINNING_BYTES,
    Placed,
    Reading,
    beginning,
    text_of,
    within_reason,
)
from ritornello.intake.refusal import Refused


class Breaking(BytesIO):
    """A stream that ends in an error, as a torn zip does."""

    def read(self, size=-1):
        return super().read(size) or self.fail()

    def readline(self, size=-1):
        return super().readline(size) or self.fail()

    def fail(self):
        raise Refused("", "broken_member", "breaks off")


def member(name, body, stream=BytesIO):
    return Member(name, len(body), lambda: stream(body))


def placed(reading, member, kind="lines"):
    return [
        (one.position, one.name, one.number, round(one.share, 2), getattr(one.row, "rule", ""))
        for one in getattr(reading, kind)(member)
    ]


def test_positions_count_through_all_files_and_a_broken_one_ends_in_a_fault():
    first = member("a.csv", b"1\n\n3\n")
    broken = member("in/b.csv", b"1\n2\n", Breaking)
    last = member("c.csv", b"1\n2")
    reading = Reading([first, broken, last])
    assert placed(reading, first) == [(1, "a.csv", 1, 0.17, ""), (3, "a.csv", 3, 0.33, "")]
    assert [row[0] for row in placed(reading, broken)] == [4, 5, 6]
    assert placed(reading, last) == [(7, "c.csv", 1, 0.92, ""), (8, "c.csv", 2, 1.0, "")]


def test_a_fault_says_in_words_where_it_is():
    broken = member("in/b.csv", b"1\n", Breaking)
    reading = Reading([broken])
    *_, last = reading.lines(broken)
    row = last.refused("lastfm", last.row)
    assert (row.position, row.record.position, row.record.rule) == (2, 2, "broken_member")
    assert row.record.message == "b.csv, row 2: breaks off"


def test_the_objects_of_an_array_are_counted_the_same_way():
    array = member("a.json", b'[{"a": 1}, 5, {"b": 2}]')
    table = member("b.csv", b"1\n")
    reading = Reading([array, table])
    assert [(p, rule) for p, *_, rule in placed(reading, array, "objects")] == [
        (1, ""),
        (2, "wrong_type"),
        (3, ""),
    ]
    assert [row[0] for row in placed(reading, table)] == [4]


def test_a_line_is_text_or_says_why_not():
    (line,) = Reading([]).lines(member("a", b"\xef\xbb\xbfA\n"))
    assert text_of(line.row) == "A"
    for body, rule in ((b"\xff\n", "not_utf8"), (b"x" * (1 << 21), "too_long")):
        (line,) = Reading([]).lines(member("a", body))
        with pytest.raises(Refused) as refused:
            text_of(line.row)
        assert refused.value.rule == rule


def test_the_beginning_of_anything_can_be_looked_at():
    assert beginning(member("a", b"\xef\xbb\xbfA\xff")) == "A\ufffd"
    assert len(beginning(member("a", b"x" * (1 << 20)))) == BEGINNING_BYTES
    assert beginning(member("a", b"", Breaking)) == ""


def test_a_file_without_end_or_sense_is_given_up():
    refused = Refused("", "empty", "no artist")
    bad = (Placed(n, 0.0, "a.csv", n, refused).refused("lastfm", refused) for n in count(1))
    rows = list(within_reason(bad, "lastfm"))
    assert len(rows) == BAD_ROWS_BORNE + 2
    assert (rows[-1].record.rule, rows[-1].position) == ("mostly_bad", len(rows))
    good = [Row(n, 0.0, None) for n in range(100)]
    assert len(list(within_reason([*good, *rows[:-2]], "lastfm"))) == 100 + BAD_ROWS_BORNE
