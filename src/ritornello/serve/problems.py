"""How an error looks on the wire.

Our own API answers RFC 9457 ``application/problem+json`` (``type``, ``title``, ``status``,
``detail``, ``instance`` and, where rows were wrong, ``errors``). The ListenBrainz face answers
``{"code": …, "error": …}``. Whatever the error, the answer names what to do and shows no traceback.
"""

import logging
import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from ritornello.kinds.errors import (
    ArtefactUnusable,
    BadValue,
    Conflict,
    Error,
    NotAllowed,
    NotFound,
    Overloaded,
    StorageUnavailable,
    UnknownName,
)
from ritornello.kinds.faults import Fault
from ritornello.surfaces.pool_rules import EmptyPool, ExpiredPool
from ritornello.surfaces.pools import ContradictoryPins

LISTENBRAINZ_ROOT = "/1/"
RETRY_STORAGE_S = 5
RETRY_OVERLOADED_S = 1

logger = logging.getLogger("ritornello.serve")

_STATUS: tuple[tuple[type[Error], int, str], ...] = (
    (NotFound, 404, "not-found"),
    (UnknownName, 404, "not-found"),
    (EmptyPool, 422, "empty-pool"),
    (ExpiredPool, 422, "expired-pool"),
    (ContradictoryPins, 422, "contradictory-pins"),
    (BadValue, 422, "bad-value"),
    (Conflict, 409, "conflict"),
    (NotAllowed, 403, "not-allowed"),
    (ArtefactUnusable, 503, "model-unusable"),
    (StorageUnavailable, 503, "storage-unavailable"),
)


class Problem(Error):
    """An answer that is an error: status, a stable name, a sentence, and the rows at fault."""

    def __init__(
        self,
        status: int,
        name: str,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.name = name
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


class ProblemBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of a problem (RFC 9457); ``errors`` is our extension: one entry a row at fault."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: tuple[Fault, ...] = ()


def problem_of(error: Exception) -> Problem:
    """Return the problem an exception is; what nobody foresaw is a 500 that says nothing more."""
    if isinstance(error, Problem):
        return error
    for kind, status, name in _STATUS:
        if isinstance(error, kind):
            retry = {"Retry-After": str(_retry_s(error))} if status == 503 else {}
            return Problem(status, name, str(error), headers=retry)
    if isinstance(error, HTTPException) and error.status_code < 500:
        name = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        return Problem(error.status_code, name, error.detail, headers=error.headers)
    return Problem(500, "internal", "an error of the server itself; it has been logged")


def _retry_s(error: Error) -> int:
    return RETRY_OVERLOADED_S if isinstance(error, Overloaded) else RETRY_STORAGE_S


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Return the response an exception becomes, in the shape of the face it was raised under."""
    problem = problem_of(error)
    if problem.status == 500:
        _log(request, error)
    path = request.scope["path"]
    if path.startswith(LISTENBRAINZ_ROOT):
        content = msgspec.json.encode({"code": problem.status, "error": problem.detail})
        media_type = "application/json"
    else:
        body = ProblemBody(
            type=f"urn:ritornello:problem:{problem.name}",
            title=HTTPStatus(problem.status).phrase,
            status=problem.status,
            detail=problem.detail,
            instance=path,
            errors=problem.errors,
        )
        content = msgspec.json.encode(body)
        media_type = "application/problem+json"
    return Response(
        content, status_code=problem.status, headers=problem.headers, media_type=media_type
    )


def _log(request: Request[Any, Any, Any], error: Exception) -> None:
    """Log where an unforeseen error arose: frames and its type, no values and no listener's id."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    route = request.scope.get("path_template", "no route")
    logger.error("%s in %s %s\n%s", type(error).__name__, request.method, route, frames)
