"""Bodies are unpacked under the limit, after the caller is known, and refused in words."""

import asyncio
import gzip
import tracemalloc
import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.serve.bodies import read, unpacked, whole
from ritornello.serve.problems import Problem
from tests.serve.conftest import listen

MIB = 1024 * 1024


def drain(packed: bytes, encoding: str, limit: int, chunk: int = 1 << 16) -> bytes:
    """Read a whole body through ``unpacked``, as a server would hand it over."""
    parts = [packed[n : n + chunk] for n in range(0, len(packed), chunk)] or [b""]
    messages = [
        {"type": "http.request", "body": part, "more_body": n + 1 < len(parts)}
        for n, part in enumerate(parts)
    ]

    async def receive() -> Any:
        return messages.pop(0)

    async def everything() -> bytes:
        wrapped, content, more = unpacked(receive, encoding, limit), b"", True
        while more:
            message: Any = await wrapped()
            content, more = content + message["body"], message["more_body"]
        return content

    return asyncio.run(everything())


@given(st.binary(max_size=5000), st.integers(1, 700), st.sampled_from(["gzip", "deflate"]))
def test_what_was_packed_comes_out(content: bytes, chunk: int, encoding: str) -> None:
    packed = gzip.compress(content) if encoding == "gzip" else zlib.compress(content)
    assert drain(packed, encoding, 5000, chunk) == content


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=8), st.integers(0, 200))
def test_a_body_comes_whole_or_not_at_all(parts: list[bytes], limit: int) -> None:
    messages: list[Any] = [
        {"type": "http.request", "body": part, "more_body": n + 1 < len(parts)}
        for n, part in enumerate(parts)
    ]

    async def receive() -> Any:
        return messages.pop(0)

    content = b"".join(parts)
    if len(content) > limit:
        with pytest.raises(Problem) as refused:
            asyncio.run(whole(receive, limit))
        assert refused.value.status == 413
    else:
        assert asyncio.run(whole(receive, limit)) == content


def test_a_client_that_leaves_stores_nothing() -> None:
    messages: list[Any] = [
        {"type": "http.request", "body": b"[", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Any:
        return messages.pop(0)

    with pytest.raises(Problem) as refused:
        asyncio.run(whole(receive, 100))
    assert refused.value.status == 400


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_refused_within_bounded_memory(encoding: str) -> None:
    zeros = bytes(64 * MIB)
    bomb = gzip.compress(zeros) if encoding == "gzip" else zlib.compress(zeros)
    del zeros
    tracemalloc.start()
    with pytest.raises(Problem) as refused:
        drain(bomb, encoding, MIB)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused.value.status == 413
    assert peak < 4 * MIB


def test_exactly_the_limit_is_not_too_much() -> None:
    content = bytes(1000)
    assert drain(gzip.compress(content), "gzip", 1000) == content
    with pytest.raises(Problem):
        drain(gzip.compress(content), "gzip", 999)


@pytest.mark.parametrize("packed", [gzip.compress(b"x" * 100, mtime=0)[:-9], b"not packed", b""])
def test_a_torn_body_says_so(packed: bytes) -> None:
    with pytest.raises(Problem) as refused:
        drain(packed, "gzip", MIB)
    assert refused.value.status == 400


class Thing(msgspec.Struct):
    size: int


@pytest.mark.parametrize(
    ("body", "status", "rule"),
    [
        (b'{"size": 1', 400, None),
        (b"\xff", 400, None),
        (b'{"x":' + b"[" * 100_000, 400, None),
        (b'{"size": "x"}', 422, "wrong_type"),
        (b"{}", 422, "missing_field"),
    ],
)
def test_what_does_not_fit_names_field_and_rule(body: bytes, status: int, rule: Any) -> None:
    with pytest.raises(Problem) as refused:
        read(body, Thing)
    assert refused.value.status == status
    if rule:
        assert [(fault.field, fault.rule) for fault in refused.value.errors] == [("size", rule)]


class TestOverHttp:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"body_limit_bytes": 20_000}

    def test_a_packed_event_is_stored(self, client: Any, key: Any, clock: Any) -> None:
        body = gzip.compress(msgspec.json.encode(listen(clock.at)))
        headers = {**key("service"), "Content-Encoding": "gzip"}
        answer = client.post("/v1/events", content=body, headers=headers)
        assert answer.json()["verdicts"][0]["verdict"] == "stored"

    def test_a_bomb_is_413_and_unknown_packing_415(self, client: Any, key: Any) -> None:
        bomb = gzip.compress(bytes(10 * MIB))
        for encoding, status in (("gzip", 413), ("br", 415)):
            headers = {**key("service"), "Content-Encoding": encoding}
            assert client.post("/v1/events", content=bomb, headers=headers).status_code == status

    def test_plain_bodies_are_counted_too(self, client: Any, key: Any) -> None:
        big = b"[" + b" " * 30_000 + b"]"
        assert client.post("/v1/events", content=big, headers=key("service")).status_code == 413

    def test_nobody_makes_the_server_unpack(self, client: Any) -> None:
        bomb = gzip.compress(bytes(10 * MIB))
        answer = client.post("/v1/events", content=bomb, headers={"Content-Encoding": "gzip"})
        assert answer.status_code == 401
