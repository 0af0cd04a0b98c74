"""The protocol's error codes, and the answer an error becomes: HTTP 200 with the code inside.

What the protocol has no code for (too many requests, a body too large, a full disk) keeps its HTTP status
beside code 0, so that whoever relays the request knows it too.
"""

from typing import Any, Literal

from litestar import Request, Response

from ritornello.kinds.errors import Error
from ritornello.serve import problems
from ritornello.serve.subsonic import envelope

Code = Literal[0, 10, 40, 41, 42, 43, 44, 50, 70]
_CODES: dict[int, Code] = {403: 50, 404: 70, 422: 10}
"""What problems of our own are in the protocol's words, by their status; others are generic."""


class Failure(Error):
    """An answer that is one of the protocol's errors."""

    def __init__(self, code: Code, message: str, *, status: int = 200) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def as_failure(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Return the answer an exception becomes, in the form the request asked for as far as that is known."""
    said = request.scope.get("state", {}).get("said") or dict(request.query_params)
    if isinstance(error, Failure):
        return envelope.failed(said, error.code, str(error), status=error.status)
    shaped, problem = problems.answer(request, error), problems.problem_of(error)
    code = _CODES.get(problem.status, 0)
    status = 200 if code else problem.status
    failed = envelope.failed(said, code, problem.detail, status=status)
    failed.headers.update(shaped.headers)
    return failed
