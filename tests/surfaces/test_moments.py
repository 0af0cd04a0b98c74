"""A moment's list: the pool's, the listener's, in an order, replayable, and never what the rules close."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from ritornello.catalog.rulings import Ruling, Rulings
from ritornello.kinds.errors import ArtefactUnusable
from ritornello.kinds.events import SlotAddress
from ritornello.kinds.ids import uuid7
from ritornello.kinds.items import Track
from ritornello.listeners.preferences import Preferences
from ritornello.policies.replay import probability
from ritornello.surfaces import moments
from ritornello.surfaces.moment_lists import Asked
from ritornello.surfaces.moment_taste import Learned, crowd_of
from ritornello.policies.posteriors import Cells
from ritornello.surfaces.pools import Boost, Pin, Pool
from ritornello.testing.small_service import artist_id, track_id

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SMALL = tuple(track_id(artist, track) for artist in range(12) for track in (2, 3, 4))
LARGE = tuple(track_id(artist, track) for artist in range(60) for track in range(8))


def pool_of(by_hand: tuple[str, ...] = SMALL, **more: Any) -> Pool:
    known = {"name": "rain", "title": "Rain", "brief": "Wet.", "intent": "background", "length": 10}
    return Pool(**{**known, "by_hand": by_hand, **more})


@pytest.fixture
def decide(service: Any, ladder: Any, listener: Any) -> Callable[..., Any]:
    def decided(pool: Pool, profile: Any = listener, **more: Any) -> Any:
        learned = {"learned": more.pop("learned")} if "learned" in more else {}
        earlier = more.pop("earlier", None)
        counted = more.pop("counted", list)
        situation = service.situation(profile, "moments", **more)
        asked = Asked(situation, pool, **learned)
        return moments.decide(asked, ladder, remembered=lambda: earlier, counted=counted)

    return decided


def items(decision: Any) -> list[str]:
    return [slot.item_id for slot in decision.slots]


@pytest.mark.parametrize("by_hand", [SMALL, LARGE], ids=["small", "large"])
def test_a_list_replays_from_its_own_record(decide: Any, by_hand: Any) -> None:
    decision = decide(pool_of(by_hand, arc=(0.2, 0.8), must_include=(SMALL[5],), spacing=2))
    assert decision.rung == "personal", decision.rung_because
    assert [slot.position for slot in decision.slots] == list(range(10))
    assert set(items(decision)) <= set(by_hand)
    logged = [slot.propensity for slot in decision.slots]
    np.testing.assert_allclose(probability(decision), logged, atol=1e-12)
    assert len(decision.shelves[0].shortlist) <= 200
