"""What every answer is wrapped in, and its three forms: XML, JSON, and JSON that a script can load.

An answer is plain values. As JSON it is itself; as XML a value of a record is an attribute, a record within a
record an element, and of a list every entry an element. Titles are hostile text: what XML cannot carry is left
out, and a callback is a name and nothing else.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec
from litestar import Response

from ritornello import __version__

VERSION = "1.16.1"
NAMESPACE = "http://subsonic.org/restapi"
_CALLBACK = re.compile(r"[A-Za-z_$][A-Za-z0-9_$.]{0,99}")
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def ok(said: Mapping[str, str], content: Mapping[str, Any]) -> Response[bytes]:
    """Return an answer in the form the request asked for."""
    return _response(said, {**_head("ok"), **content}, 200)


def failed(
    said: Mapping[str, str], code: int, message: str, *, status: int = 200
) -> Response[bytes]:
    """Return an error in the form the request asked for."""
    content = {**_head("failed"), "error": {"code": code, "message": message}}
    return _response(said, content, status)


def _head(status: str) -> dict[str, Any]:
    return {
        "status": status,
        "version": VERSION,
        "type": "ritornello",
        "serverVersion": __version__,
        "openSubsonic": True,
    }


def _response(said: Mapping[str, str], content: Mapping[str, Any], status: int) -> Response[bytes]:
    form, callback = said.get("f", "xml"), said.get("callback", "")
    headers = {"Cache-Control": "private, no-store"}
    if form not in ("json", "jsonp"):
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n{"".join(_root(content))}\n'.encode()
        return Response(body, status_code=status, media_type="application/xml", headers=headers)
    body = msgspec.json.encode({"subsonic-response": content})
    if form == "json" or not _CALLBACK.fullmatch(callback):
        return Response(body, status_code=status, media_type="application/json", headers=headers)
    script = f"{callback}(".encode() + body + b");"
    return Response(script, status_code=status, media_type="text/javascript", headers=headers)


def _root(content: Mapping[str, Any]) -> Iterator[str]:
    yield from _element("subsonic-response", {"xmlns": NAMESPACE, **content})


def _element(name: str, value: Any) -> Iterator[str]:
    """Yield an element: a record with its attributes and elements, a list entry by entry, else a text."""
    if isinstance(value, list | tuple):
        for each in value:
            yield from _element(name, each)
        return
    if not isinstance(value, Mapping):
        yield f"<{name}>{escape(_text(value))}</{name}>"
        return
    within = {
        key: inner for key, inner in value.items() if isinstance(inner, Mapping | list | tuple)
    }
    said = (f" {key}={quoteattr(_text(at))}" for key, at in value.items() if key not in within)
    yield f"<{name}{''.join(said)}"
    if not within:
        yield "/>"
        return
    yield ">"
    for key, inner in within.items():
        yield from _element(key, inner)
    yield f"</{name}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NOT_XML.sub("", str(value))
