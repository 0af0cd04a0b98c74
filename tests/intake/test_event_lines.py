"""Our own events from a file: each line by itself, each bad one named by its number."""

from itertools import chain

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.intake import event_lines
from ritornello.kinds.errors import NotFound
from ritornello.kinds.events import Act, Listen
from ritornello.kinds.ids import uuid8

LIMIT = 1 << 20


def listen(now, n):
    return Listen(
        event_id=uuid8(now, str(n)),
        listener_id="ada",
        happened_at=now,
        item_id="track:a",
        started_at=now,
        ms_played=0,
    )


def read(file, now, **more):
    chunks = list(event_lines.read(file, now=now, **more))
    return (
        list(chain.from_iterable(chunk.events for chunk in chunks)),
        list(chain.from_iterable(chunk.faults for chunk in chunks)),
    )


def test_what_was_written_is_read(tmp_path, now):
    love = Act(
        event_id=uuid8(now, "x"), listener_id="ada", happened_at=now, act="love", about_id="track:a"
    )
    events = [*(listen(now, n) for n in range(6_000)), love]
    (tmp_path / "e.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(events))
    assert read(tmp_path / "e.jsonl", now) == (events, [])


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"{", "malformed_json"),
        (b"[]", "not_one_event"),
        (b"null", None),
        (b'"listen"', None),
        (b"\xff\xfe", None),
        (b"[" * 100_000, None),
        (b"x" * (LIMIT + 10), "too_long"),
        (b'{"kind":"song"}', "unknown_kind"),
        (b'{"kind":"listen"}', "missing_field"),
    ],
)
def test_a_bad_line_costs_only_itself(line, rule, tmp_path, now):
    good = [msgspec.json.encode(listen(now, n)) for n in range(2)]
    (tmp_path / "e.jsonl").write_bytes(b"\n".join([good[0], line, good[1]]) + b"\n")
    events, faults = read(tmp_path / "e.jsonl", now)
    assert len(events) == 2
    assert [(fault.source, fault.position) for fault in faults] == [(event_lines.SOURCE, 2)]
    assert rule in (None, faults[0].rule)


def test_two_events_on_a_line_are_none(tmp_path, now):
    both = msgspec.json.encode([listen(now, 1), listen(now, 2)])
    (tmp_path / "e.jsonl").write_bytes(both + b"\n")
    events, faults = read(tmp_path / "e.jsonl", now)
    assert events == []
    assert [fault.rule for fault in faults] == ["not_one_event"]


def test_a_torn_last_line_is_called_so(tmp_path, now):
    whole = msgspec.json.encode(listen(now, 1))
    (tmp_path / "e.jsonl").write_bytes(whole + b"\n" + whole[:50])
    events, faults = read(tmp_path / "e.jsonl", now)
    assert len(events) == 1
    assert [(fault.position, fault.rule) for fault in faults] == [(2, "torn_line")]


def test_an_item_nobody_knows_is_a_fault(tmp_path, now):
    (tmp_path / "e.jsonl").write_bytes(msgspec.json.encode(listen(now, 1)) + b"\n")
    assert read(tmp_path / "e.jsonl", now, known={"track:b"})[0] == []
    assert len(read(tmp_path / "e.jsonl", now, known={"track:a"})[0]) == 1


@settings(max_examples=20, deadline=None)
@given(after=st.integers(0, 40))
def test_it_can_be_taken_up_after_any_line(after, tmp_path_factory):
    from datetime import UTC, datetime

    at = datetime(2026, 11, 21, tzinfo=UTC)
    file = tmp_path_factory.mktemp("lines") / "e.jsonl"
    events = [listen(at, n) for n in range(40)]
    file.write_bytes(msgspec.json.Encoder().encode_lines(events))
    assert read(file, at, after=after) == (events[after:], [])


def test_a_file_that_is_not_there_is_named(tmp_path, now):
    with pytest.raises(NotFound, match=r"no file .*e\.jsonl"):
        event_lines.read(tmp_path / "e.jsonl", now=now)
