"""What a request says: its parameters, from the query or from a form, the form's where both name one."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request

from ritornello.serve.bodies import whole
from ritornello.serve.subsonic.failures import Failure

FORM_LIMIT_BYTES = 64 * 1024
"""No request needs more, and nobody is known yet when its form is read."""
MOST_PARAMETERS = 200
MOST = 500
"""How many of a kind one answer holds at most, whatever is asked for."""
LARGEST_OFFSET = 10_000_000

Parameters = Mapping[str, str]


async def read(request: Request[Any, Any, Any]) -> Parameters:
    """Return what a request says; of a parameter said twice the first.

    Raises
    ------
    Problem : 413, the form is larger than any request of this protocol.
    Failure : more parameters than any request of this protocol has.
    """
    said = list(_pairs(request.scope["query_string"]))
    if request.method == "POST":
        said = [*_pairs(await whole(request.receive, FORM_LIMIT_BYTES)), *said]
    found: dict[str, str] = {}
    for name, value in said:
        found.setdefault(name, value)
    return found


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            encoded.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_PARAMETERS
        )
    except ValueError as error:
        raise Failure(10, f"a request has at most {MOST_PARAMETERS} parameters") from error


def required(said: Parameters, name: str) -> str:
    """Return a parameter.

    Raises
    ------
    Failure : 10, the request does not say it.
    """
    if name not in said:
        raise Failure(10, f"Required parameter '{name}' is missing")
    return said[name]


def count(said: Parameters, name: str, default: int) -> int:
    """Return how many of something to answer with, never more than ``MOST``.

    Raises
    ------
    Failure : 10, it is no whole number from 0 on.
    """
    return min(_whole_number(said, name, default), MOST)


def offset(said: Parameters, name: str) -> int:
    """Return how many of something to pass over.

    Raises
    ------
    Failure : 10, it is no whole number from 0 on.
    """
    return min(_whole_number(said, name, 0), LARGEST_OFFSET)


def _whole_number(said: Parameters, name: str, default: int) -> int:
    text = said.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise Failure(10, f"Parameter '{name}' must be a whole number from 0 on, not {text[:40]!r}")
    return int(text)
