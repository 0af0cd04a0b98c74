"""Templates, static assets, and the headers every page carries.

Every asset lies inside the wheel and is read once; its address holds a hash of all of them, so a
browser may keep it for ever and never meets a mixed set.
"""

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar.response import Response

from ritornello.explain.sentences import when
from ritornello.serve.web import reading_aloud, rules, wording
from ritornello.serve.web.covers import DRAWING

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
PRIVATE = {**HEADERS, "Cache-Control": "private, no-store"}
FOR_EVER = {**HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}

Section = tuple[str, str, str, tuple[str, ...]]
SECTIONS: tuple[Section, ...] = (
    ("/", "home", "Home", ()),
    ("/search", "search", "Search", ("search", "episode")),
    ("/lists", "lists", "Your lists", ("weekly", "mixes", "moments", "radio")),
    ("/you", "you", "You", ("history", "taste", "choose", "visits", "import", "export", "leave")),
)
"""The ways in: address, icon, words, and which first parts of other addresses belong there."""
STUDY: tuple[Section, ...] = (
    ("/edit", "edit", "Moments", ("edit",)),
    ("/signals", "signals", "Signals", ()),
    ("/signals/success", "success", "Success", ()),
    ("/signals/measures", "taste", "Measures", ()),
    ("/studies", "studies", "Studies", ("studies",)),
)
"""The same for those who edit moments, and study what was made of everybody's listening."""

_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def page(template: str, *, status: int = 200, **shown: Any) -> Response[str]:
    """Return a template as an HTML page that nobody else may keep."""
    html = _ENVIRONMENT.get_template(template).render(shown)
    return Response(
        html, status_code=status, media_type="text/html; charset=utf-8", headers=PRIVATE
    )


def asset(name: str) -> Response[bytes] | None:
    """Return a static asset, or nothing where there is none of that name."""
    found = ASSETS.get(name)
    if found is None:
        return None
    media_type, content = found
    return Response(content, media_type=media_type, headers=FOR_EVER)


def drawing(svg: str, kept: str | None) -> Response[str]:
    """Return a drawing that a browser may keep for ever, or that the one it kept still holds.

    Parameters
    ----------
    kept : the ``If-None-Match`` header: the hash of the drawing the browser has.
    """
    tag = f'"{hashlib.blake2b(svg.encode(), digest_size=8).hexdigest()}"'
    same = kept is not None and tag in kept
    return Response(
        "" if same else svg,
        status_code=304 if same else 200,
        media_type=_MEDIA_TYPES[".svg"],
        headers={**FOR_EVER, "ETag": tag},
    )


def _read(folder: Traversable, under: str = "") -> dict[str, tuple[str, bytes]]:
    found: dict[str, tuple[str, bytes]] = {}
    for entry in folder.iterdir():
        suffix = entry.name[entry.name.rfind(".") :]
        if entry.is_dir():
            found |= _read(entry, f"{under}{entry.name}/")
        elif suffix in _MEDIA_TYPES:
            found[under + entry.name] = (_MEDIA_TYPES[suffix], entry.read_bytes())
    return found


ASSETS = _read(files("ritornello.serve.web") / "static")
VERSION = hashlib.blake2b(
    b"".join(name.encode() + ASSETS[name][1] for name in sorted(ASSETS)), digest_size=6
).hexdigest()


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ritornello.serve.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = f"/static/{VERSION}"
    environment.globals["drawing"] = DRAWING
    for words in (
        wording.about,
        wording.ago,
        wording.clock,
        wording.counted,
        wording.exactly,
        wording.moment_of,
        wording.megabytes,
        wording.named_day,
        wording.on_date,
        wording.on_day,
        wording.on_weekday,
        wording.percent,
        reading_aloud.judge,
        reading_aloud.known_how,
        reading_aloud.lasted,
        reading_aloud.local_time,
        reading_aloud.met,
        reading_aloud.on_device,
        reading_aloud.part_of_week,
        reading_aloud.purpose,
        reading_aloud.read_as,
        reading_aloud.reason,
        reading_aloud.steps,
        reading_aloud.stood,
        rules.rule_in_words,
        wording.sentence_case,
        wording.total,
        when,
    ):
        environment.filters[words.__name__] = words
    return environment


_ENVIRONMENT = _environment()
