"""Who may do what: roles are declared on every route, and callers are known by their keys.

A route says who reaches it in its own metadata; the gate (``serve.gate``) refuses everybody else,
and everybody where nothing is declared::

    @get("/v1/home", opt=allow("listener", "service"))
    async def home(request: Request) -> Page: ...

A handler finds the :class:`Caller` in ``request.user`` and the service in
``request.app.state.service``. A listener's key reaches its own listener only: handlers ask
:func:`listener_of`, which answers a foreign id exactly like an absent one.

Credentials: ``Authorization: Bearer`` or ``X-API-Key`` anywhere, ``Authorization: Token`` and
``?token=`` on the ListenBrainz face. Cookies count only on routes that say ``allow(…,
cookies=True)`` (the web pages), so that no foreign page can spend them on the API:
``ritornello_session`` holds a web session, and in a simulated home on loopback
``ritornello_listener`` alone names the listener. A session dies with its key.
"""

import hashlib
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from ritornello.kinds.errors import BadValue, NotFound
from ritornello.kinds.ids import ListenerId

Role = Literal["anonymous", "listener", "editor", "scientist", "service"]
ROLES: tuple[Role, ...] = ("anonymous", "listener", "editor", "scientist", "service")
STUDENTS: tuple[Role, ...] = ("editor", "scientist", "service")
"""Who may read what was made of everybody's listening: tables, success functions, measures."""

SESSION_COOKIE = "ritornello_session"
LISTENER_COOKIE = "ritornello_listener"
FORGET_AFTER_S = 0.5
_VISITOR = "visitor:"


class Caller(msgspec.Struct, frozen=True):
    """Who is asking; a listener's key carries its one listener."""

    role: Role
    key_id: str = ""
    listener_id: ListenerId | None = None


ANONYMOUS = Caller("anonymous")


def visiting(listener_id: ListenerId) -> Caller:
    """Return the caller a visitor is who looks at a simulated home as one of its listeners."""
    return Caller("listener", f"{_VISITOR}{listener_id}", listener_id)


def is_visiting(caller: Caller) -> bool:
    """Whether somebody looks as a listener of a simulated home, without a key."""
    return caller.key_id.startswith(_VISITOR)


def allow(*roles: Role, cookies: bool = False, by_address: bool = False) -> dict[str, Any]:
    """Return the route metadata that lets these roles in and nobody else.

    Parameters
    ----------
    cookies : the route is a web page, where a cookie may carry the credential.
    by_address : requests also count against ``login_limit_per_minute`` of the caller's address.
    """
    return {"roles": frozenset(roles), "cookies": cookies, "by_address": by_address}


def listener_of(caller: Caller, asked: ListenerId | None = None) -> ListenerId:
    """Return the listener a request is about.

    A listener's key means its own listener; every other key must say whom.

    Raises
    ------
    NotFound : a listener's key asked for somebody else, or nobody can have this id.
    BadValue : a key that is no listener's asked for nobody.
    """
    if caller.listener_id is not None:
        if asked not in (None, caller.listener_id):
            raise no_listener(asked)
        return caller.listener_id
    if asked is None:
        raise BadValue(f"a {caller.role} key acts for many listeners: say which, ?listener_id=…")
    if not can_be_listener(asked):
        raise no_listener(asked)
    return asked


def can_be_listener(text: str) -> bool:
    """Whether a text has the form of a listener's id; what has not must never enter a record.

    Examples
    --------
    >>> can_be_listener("listener-1"), can_be_listener("<b>")
    (True, False)
    """
    try:
        msgspec.convert(text, ListenerId)
    except msgspec.ValidationError:
        return False
    return True


def no_listener(listener_id: ListenerId | None) -> NotFound:
    """Return the error that a foreign listener and an absent one share."""
    return NotFound(f"no listener {listener_id!r} that this key reaches")


class KeyRing:
    """Callers by their keys, remembered for half a second, so that a revoked key dies within one.

    Parameters
    ----------
    find : asks the store whose key this is.
    seconds : a clock that never goes back, in seconds.
    """

    def __init__(self, find: Callable[[str], Caller | None], seconds: Callable[[], float]) -> None:
        self._find = find
        self._seconds = seconds
        self._known: dict[bytes, tuple[Caller, float]] = {}

    def caller(self, key: str) -> Caller | None:
        """Return whose key this is, ``None`` for nobody's; only known keys are remembered."""
        digest = hashlib.sha256(key.encode()).digest()
        at = self._seconds()
        known = self._known.get(digest)
        if known is not None and at - known[1] < FORGET_AFTER_S:
            return known[0]
        caller = self._find(key)
        if caller is None:
            self._known.pop(digest, None)
        else:
            self._known[digest] = (caller, at)
        return caller
