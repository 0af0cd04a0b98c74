"""A skip needs its reason and its length."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ritornello.kinds.events import Listen
from ritornello.kinds.ids import uuid8
from ritornello.signals.plays import read

AT = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


def listen(**what: Any) -> Listen:
    return Listen(
        event_id=uuid8(AT, "x"),
        listener_id="listener-1",
        happened_at=AT,
        started_at=AT,
        item_id="track:a",
        **what,
    )


@pytest.mark.parametrize(
    ("what", "reading"),
    [
        ({}, "play"),
        ({"ms_played": 200_000, "duration_ms": 200_000, "ended_because": "finished"}, "play"),
        (
            {"ms_played": 180_000, "duration_ms": 200_000, "ended_because": "skipped_forward"},
            "play",
        ),
        ({"ms_played": 20_000, "duration_ms": 200_000, "ended_because": "skipped_forward"}, "skip"),
        ({"ms_played": 20_000, "duration_ms": 200_000, "ended_because": "skipped_back"}, "skip"),
        (
            {"ms_played": 250_000, "duration_ms": 3_600_000, "ended_because": "skipped_forward"},
            "play",
        ),
        ({"ms_played": 29_999, "ended_because": "skipped_forward"}, "skip"),
        ({"ms_played": 30_000, "ended_because": "skipped_forward"}, "play"),
        ({"ended_because": "skipped_forward"}, "skip"),
        ({"ms_played": 4_000, "duration_ms": 200_000, "ended_because": "stopped"}, "glance"),
        ({"ms_played": 60_000, "duration_ms": 200_000, "ended_because": "stopped"}, "play"),
        ({"ms_played": 15_000, "duration_ms": 20_000, "ended_because": "stopped"}, "play"),
        ({"ms_played": 0, "ended_because": "error"}, "nothing"),
        ({"ms_played": 200_000, "ended_because": "error"}, "nothing"),
        ({"ms_played": 200_000, "private": True}, "nothing"),
    ],
)
def test_reading(what: dict[str, Any], reading: str) -> None:
    assert read(listen(**what)) == reading
