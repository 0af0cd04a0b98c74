"""What plays now is said about now: it ends with the track, and memory has a bound."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.events import Listen
from ritornello.serve import playing
from ritornello.serve.playing import PlayingNow

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)


def saying(listener_id: str, duration_ms: int | None) -> Listen:
    return Listen(
        event_id=UUID(int=1), listener_id=listener_id, item_id="track:t1",
        happened_at=AT, started_at=AT, duration_ms=duration_ms,
    )  # fmt: skip


@given(st.none() | st.integers(0, 10_000_000))
def test_a_statement_ends_with_its_track(duration_ms: int | None) -> None:
    at_s = 0.0
    now = PlayingNow(lambda: at_s)
    now.say(saying("a", duration_ms))
    lasts_s = 600.0 if duration_ms is None else duration_ms / 1000 + 30
    at_s = lasts_s - 0.01
    assert now.of("a") is not None
    at_s = lasts_s + 0.01
    assert now.of("a") is None


def test_the_latest_statement_stands_until_hushed() -> None:
    now = PlayingNow(lambda: 0.0)
    now.say(saying("a", 1000))
    now.say(saying("a", 2000))
    found = now.of("a")
    assert found is not None
    assert found.duration_ms == 2000
    now.hush("a")
    assert now.of("a") is None


def test_memory_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "MAX_LISTENERS", 10)
    now = PlayingNow(lambda: 0.0)
    for n in range(playing.MAX_LISTENERS + 5):
        now.say(saying(f"listener-{n}", None))
    assert now.of("listener-0") is None
    assert now.of(f"listener-{playing.MAX_LISTENERS}") is not None
