"""The elements of a JSON array as slices of the text, however broken one of them is.

A decoder gives up the whole array for one bad element. This scan looks at nothing but strings and
brackets, in one pass without recursion, so that each element can then be decoded, or refused, by
itself.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

MAX_DEPTH = 32

_OPENING = re.compile(rb'\s*(?:\{\s*"(?P<key>[a-z_]+)"\s*:\s*)?\[')
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[\]{},]', re.DOTALL)


def elements(body: bytes, key: str) -> Iterator[bytes] | None:
    """Return the elements of ``[…]`` or ``{"key": […]}``; ``None`` if the body is neither.

    An array that breaks off yields its torn last element too; text after the array is one more
    element, so that neither goes unnoticed.

    Examples
    --------
    >>> list(elements(b'{"events": [{"a": 1}, tru, [2]]}', "events"))
    [b'{"a": 1}', b'tru', b'[2]']
    """
    opening = _OPENING.match(body)
    if opening is None or opening["key"] not in (None, key.encode()):
        return None
    closing = b"}" if opening["key"] else b""
    return _elements(body, opening.end(), closing)


def _elements(body: bytes, start: int, closing: bytes) -> Iterator[bytes]:
    depth, n_found = 0, 0
    for token in _TOKEN.finditer(body, start):
        sign = token[0]
        if sign in (b"[", b"{"):
            depth += 1
        elif sign in (b"]", b"}") and depth > 0:
            depth -= 1
        elif sign in (b",", b"]", b"}") and depth == 0:
            element = body[start : token.start()].strip()
            if element or n_found or sign == b",":
                yield element
                n_found += 1
            start = token.end()
            if sign != b",":
                rest = body[start:].strip()
                if sign == b"}" or rest != closing:
                    yield sign + rest[:100]
                return
    yield body[start:]


def texts(value: Any) -> Iterator[str | None]:
    """Yield every string and key inside a decoded value, and ``None`` where it nests too deeply.

    What one decoder can nest, another cannot: SQLite, DuckDB and browsers all have limits of their
    own, so nothing deeper than ``MAX_DEPTH`` is let in.

    Examples
    --------
    >>> sorted(texts({"a": ["b", 1]}))
    ['a', 'b']
    """
    left = [(value, 0)]
    while left:
        inner, depth = left.pop()
        if depth > MAX_DEPTH:
            yield None
        elif isinstance(inner, str):
            yield inner
        elif isinstance(inner, dict):
            left += [(part, depth + 1) for pair in inner.items() for part in pair]
        elif isinstance(inner, list):
            left += [(part, depth + 1) for part in inner]


def has_repeated_key(text: bytes, canonical: bytes) -> bool:
    """Whether an object in ``text`` states a key twice, of which a decoder keeps the last.

    ``canonical`` is the decoded text encoded again. Without escapes every quote delimits, so equal
    numbers of keys prove there was no repetition; only otherwise is the text parsed once more.

    Examples
    --------
    >>> has_repeated_key(b'{"a": 1, "a": 2}', b'{"a":2}')
    True
    """
    if b"\\" not in text and text.count(b'":') == canonical.count(b'":'):
        return False
    try:
        json.loads(text, object_pairs_hook=_unrepeated, parse_int=str, parse_float=str)
    except _Repeated:
        return True
    return False


class _Repeated(Exception):
    """An object stated a key twice."""


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Repeated
    return found
