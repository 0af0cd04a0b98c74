"""The forms of our pages: where their fields are read, and whether a page of ours asked for it."""

from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec

from ritornello.kinds.errors import BadValue
from ritornello.serve.web.shell import Asked
from ritornello.serve.web.signing_in import CSRF_FIELD, CSRF_HEADER, must_be_ours, within

T = TypeVar("T")

_OF_A_NOTICE = ("said", "about")


class Nothing(msgspec.Struct, frozen=True):
    """The fields of a form that is but a button."""


async def form_of(request: Asked, kind: type[T]) -> T:
    """Return the fields of a form of ours.

    Raises
    ------
    NotAllowed : no page of ours asked for it.
    BadValue : a field that is absent or wrong.
    """
    fields = {name: value for name, value in (await request.form()).items() if value != ""}
    sent = request.headers.get(CSRF_HEADER) or fields.pop(CSRF_FIELD, None)
    must_be_ours(request, sent)
    try:
        return msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadValue(f"the form could not be read: {error}") from error


async def sent_by(request: Asked) -> dict[str, list[str]]:
    """Return every field of a form of ours with all of its values, files left out.

    Raises
    ------
    NotAllowed : no page of ours asked for it.
    """
    form = await request.form()
    sent = {name: [v for v in form.getall(name) if isinstance(v, str)] for name in form}
    token = request.headers.get(CSRF_HEADER) or next(iter(sent.pop(CSRF_FIELD, [])), None)
    must_be_ours(request, token)
    return sent


def led_back(back: str, **told: str) -> str:
    """Return the path a plain form leads back to, its own state kept, with what it did said once.

    Examples
    --------
    >>> led_back("/history?q=night&said=love&about=track:a", said="ban", about="artist:b")
    '/history?q=night&said=ban&about=artist%3Ab'
    """
    path, _, query = within(back).partition("?")
    state = [(name, value) for name, value in parse_qsl(query) if name not in _OF_A_NOTICE]
    asked = urlencode([*state, *told.items()])
    return f"{path}?{asked}" if asked else path
