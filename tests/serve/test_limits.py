"""Token buckets: a burst passes the quota and no more, a steady caller exactly the rate."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.serve.limits import Buckets, Ceiling
from ritornello.serve.problems import Problem


def test_a_burst_of_a_hundred_times_the_quota_passes_the_quota() -> None:
    buckets = Buckets(lambda: 0.0)
    assert sum(buckets.take("a", 60).granted for _ in range(6000)) == 60
    assert buckets.take("b", 60).granted


@given(
    st.integers(1, 600),
    st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=200),
)
def test_never_more_than_the_quota_and_what_flowed_in(rate: int, waits: list[float]) -> None:
    at_s = 0.0
    buckets = Buckets(lambda: at_s)
    n_granted = 0
    for wait_s in waits:
        at_s += wait_s
        allowance = buckets.take("a", rate)
        n_granted += allowance.granted
        assert 0 <= allowance.remaining <= rate
        assert allowance.reset_in_s >= 1
    assert n_granted <= rate + at_s * rate / 60 + 1e-6


def test_who_waits_as_told_is_let_in() -> None:
    at_s = 0.0
    buckets = Buckets(lambda: at_s)
    refused = [buckets.take("a", 7) for _ in range(8)][-1]
    assert not refused.granted
    at_s += refused.reset_in_s
    assert buckets.take("a", 7).granted


def test_the_least_recently_seen_is_forgotten_first() -> None:
    buckets = Buckets(lambda: 0.0, max_names=2)
    for name in ("a", "b", "a", "c"):
        buckets.take(name, 10)
    assert buckets.take("a", 10).remaining == 7
    assert buckets.take("b", 10).remaining == 9


def test_a_full_ceiling_refuses_and_one_that_empties_lets_in() -> None:
    ceiling = Ceiling(1)
    ceiling.enter()
    with pytest.raises(Problem) as refused:
        ceiling.enter()
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "1"})
    ceiling.leave()
    ceiling.enter()


class TestOverHttp:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"rate_limit_per_minute": 3}

    def test_headers_count_down_and_then_429(self, client: Any, key: Any, clock: Any) -> None:
        mine = key("listener", "listener-1")
        url = "/1/user/listener-1/listen-count"
        seen = [client.get(url, headers=mine) for _ in range(4)]
        assert [answer.status_code for answer in seen] == [200, 200, 200, 429]
        left = [int(answer.headers["x-ratelimit-remaining"]) for answer in seen]
        assert left == [2, 1, 0, 0]
        assert {answer.headers["x-ratelimit-limit"] for answer in seen} == {"3"}
        refused = seen[-1]
        wait_s = int(refused.headers["retry-after"])
        assert refused.headers["x-ratelimit-reset-in"] == str(wait_s)
        assert int(refused.headers["x-ratelimit-reset"]) == int(clock.at.timestamp()) + wait_s
        assert refused.json()["code"] == 429
        clock.move(seconds=wait_s)
        assert client.get(url, headers=mine).status_code == 200

    def test_every_key_has_its_own_bucket(self, client: Any, key: Any) -> None:
        for listener in ("listener-1", "listener-2"):
            mine = key("listener", listener)
            url = f"/v1/listeners/{listener}/preferences"
            statuses = [client.get(url, headers=mine).status_code for _ in range(4)]
            assert statuses == [200, 200, 200, 429]
