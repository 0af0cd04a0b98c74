"""Answers that say whether they changed: ``ETag`` and ``304`` (RFC 9110, sections 8.8.3 and 13)."""

import hashlib
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response

T = TypeVar("T")

_encode = msgspec.json.Encoder(order="deterministic").encode


def etag_of(content: Any) -> str:
    """Return the tag of a record: a hash of its JSON."""
    return f'"{hashlib.blake2b(_encode(content), digest_size=12).hexdigest()}"'


def with_etag(request: Request[Any, Any, Any], content: T) -> Response[T]:
    """Return the content with its tag, or 304 without it if the client has it already."""
    tag = etag_of(content)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    wanted = request.headers.get("if-none-match", "")
    if tag in (candidate.strip().removeprefix("W/") for candidate in wanted.split(",")):
        return Response(None, status_code=304, headers=headers)  # type: ignore[arg-type]  # no body
    return Response(content, headers=headers)
