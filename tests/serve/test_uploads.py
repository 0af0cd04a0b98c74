"""Uploads: whatever comes is counted, written part by part, or refused by name."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.serve.problems import Problem
from ritornello.serve.uploads import Uploaded, content_of, ending_of, keep, keep_form

BOUNDARY = "xxBOUNDARYxx"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"


def form(content: bytes, name: str = "mine.zip", token: str = "t") -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n',
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n',
        "Content-Type: application/zip\r\n\r\n",
    ]
    return "".join(parts).encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


async def chunks(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def sent(body: bytes, path: Path, *, size: int = 997, limit: int = 10**6, **more: Any) -> Uploaded:
    told: list[dict[str, str]] = []

    def place(fields: dict[str, str], name: str) -> Path:
        told.append(dict(fields))
        return path

    media_type = more.pop("media_type", TYPE)
    uploaded = asyncio.run(keep_form(chunks(body, size), media_type, limit, place))
    assert told == [{"csrf_token": "t"}], "the token is known before a byte is written"
    return uploaded


@given(content=st.binary(min_size=1, max_size=5000), size=st.integers(1, 1500))
def test_a_file_arrives_as_it_was_however_it_was_cut(
    tmp_path_factory: Any, content: bytes, size: int
) -> None:
    path = tmp_path_factory.mktemp("upload") / "file"
    if f"--{BOUNDARY}".encode() in content:
        return
    uploaded = sent(form(content), path, size=size)
    assert path.read_bytes() == content
    assert (uploaded.n_bytes, uploaded.name) == (len(content), "mine.zip")


@pytest.mark.parametrize("n", [0, 1, 10**5])
def test_a_bare_body_is_counted(tmp_path: Path, n: int) -> None:
    assert asyncio.run(keep(chunks(b"x" * n, 4096), tmp_path / "file", 10**6)) == n


@pytest.mark.parametrize("over", [1, 10**5])
def test_beyond_the_limit_nothing_more_is_taken(tmp_path: Path, over: int) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"x" * over

    with pytest.raises(Problem) as refused:
        asyncio.run(keep(endless(), tmp_path / "file", 10 * over))
    assert (refused.value.status, read) == (413, 11)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"nothing of the kind", 422),
        (form(b""), 422),
        (form(b"x")[:-20], 400),
        (form(b"x", token="t" * 5000), 400),
        (f"--{BOUNDARY}--\r\n".encode(), 422),
    ],
    ids=["empty", "noise", "no file", "torn", "long field", "no parts"],
)
def test_what_is_no_upload_is_said(tmp_path: Path, body: bytes, status: int) -> None:
    with pytest.raises(Problem) as refused:
        asyncio.run(keep_form(chunks(body, 64), TYPE, 10**6, lambda *_: tmp_path / "file"))
    assert refused.value.status == status


def test_another_kind_of_body_is_said(tmp_path: Path) -> None:
    for media_type in (
        "",
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=",
    ):
        with pytest.raises(Problem):
            asyncio.run(keep_form(chunks(form(b"x"), 64), media_type, 10**6, lambda *_: tmp_path))


def test_who_leaves_before_the_end_leaves_nothing_whole() -> None:
    async def gone() -> Any:
        return {"type": "http.disconnect"}

    async def read() -> None:
        async for _ in content_of(gone):
            pass

    with pytest.raises(Problem, match="stopped before its end"):
        asyncio.run(read())


@given(name=st.text())
def test_no_name_becomes_a_path(name: str) -> None:
    ending = ending_of(name)
    assert ending == "" or (ending[0] == "." and ending[1:].isalpha())
