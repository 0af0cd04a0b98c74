"""Answers that say whether they changed, and changes that say on what they were made.

``ETag`` with ``304``, ``If-Match`` with ``412`` (RFC 9110, sections 8.8.3 and 13), ``428`` (RFC 6585).
"""

import hashlib
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response

from ritornello.serve.problems import Problem

T = TypeVar("T")

_encode = msgspec.json.Encoder(order="deterministic").encode


def etag_of(content: Any) -> str:
    """Return the tag of a record: a hash of its JSON."""
    return f'"{hashlib.blake2b(_encode(content), digest_size=12).hexdigest()}"'


def with_etag(request: Request[Any, Any, Any], content: T) -> Response[T]:
    """Return the content with its tag, or 304 without it if the client has it already."""
    tag = etag_of(content)
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.method == "GET" and tag in _tags(request, "if-none-match"):
        return Response(None, status_code=304, headers=headers)  # type: ignore[arg-type]  # no body
    return Response(content, headers=headers)


def must_match(request: Request[Any, Any, Any], content: Any) -> None:
    """Refuse a change that was not made on what is in force.

    Raises
    ------
    Problem : 428 where the request does not say on what, 412 where it was something else.
    """
    tags = _tags(request, "if-match")
    if not tags:
        message = (
            "say on which version the change was made: If-Match with the ETag it was read with"
        )
        raise Problem(428, "precondition-required", message)
    if "*" not in tags and etag_of(content) not in tags:
        message = "it has changed since it was read; read it again and repeat the change"
        raise Problem(412, "precondition-failed", message)


def must_not_be(request: Request[Any, Any, Any], what: str) -> None:
    """Refuse to make what is there already, where the request asks for something new.

    Raises
    ------
    Problem : 412 for ``If-None-Match: *``.
    """
    if "*" in _tags(request, "if-none-match"):
        raise Problem(412, "precondition-failed", f"{what} is there already")


def _tags(request: Request[Any, Any, Any], header: str) -> set[str]:
    """Return the tags a header lists, weak ones like strong ones."""
    listed = request.headers.get(header, "").split(",")
    return {tag.strip().removeprefix("W/") for tag in listed} - {""}
