"""The forms a playlist can be written in, by the name of the form, a file's suffix or a media type."""

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ritornello.intake import jspf, m3u8, xspf
from ritornello.intake.playlists import Playlist, entries
from ritornello.kinds.errors import UnknownName
from ritornello.kinds.items import AnyItem


class Form(NamedTuple):
    """One form: its name, which is also the suffix, its media type, others it is asked by."""

    name: str
    media_type: str
    write: Callable[[Playlist, Mapping[str, AnyItem]], bytes]
    also: tuple[str, ...] = ()
    by_location: bool = False


class Written(NamedTuple):
    """A playlist in some form: its bytes, its items, and how many of those no player can find."""

    body: bytes
    n_items: int
    n_lost: int


def _jspf(playlist: Playlist, items: Mapping[str, AnyItem]) -> bytes:
    return json.dumps(jspf.write(playlist, items), ensure_ascii=False).encode() + b"\n"


FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form("jspf", jspf.MEDIA_TYPE, _jspf, ("application/json",)),
        Form("xspf", xspf.MEDIA_TYPE, xspf.write, ("application/xml", "text/xml")),
        Form(
            "m3u8",
            m3u8.MEDIA_TYPE,
            m3u8.write,
            ("application/vnd.apple.mpegurl", "audio/x-mpegurl", "application/x-mpegurl"),
            by_location=True,
        ),
    )
}


def named(name: str) -> Form:
    """Return a form by name.

    Raises
    ------
    UnknownName : no such form.
    """
    if name not in FORMS:
        raise UnknownName.among("form of playlist", name, FORMS)
    return FORMS[name]


def accepted(accept: str) -> Form:
    """Return the first form an ``Accept`` header asks for; JSPF where it asks for none of them.

    Examples
    --------
    >>> accepted("text/html, application/xspf+xml;q=0.9").name
    'xspf'
    """
    for wanted in accept.split(","):
        media_type = wanted.partition(";")[0].strip().lower()
        for form in FORMS.values():
            if media_type in (form.media_type, *form.also):
                return form
    return FORMS["jspf"]


def write(form: Form, playlist: Playlist, items: Mapping[str, AnyItem]) -> Written:
    """Write a playlist in a form.

    Parameters
    ----------
    items : the items by id, and their artists and albums where the form can name them.
    """
    found = entries(playlist, items)
    n_lost = sum(entry.location is None for entry in found) if form.by_location else 0
    return Written(form.write(playlist, items), len(found), n_lost)
