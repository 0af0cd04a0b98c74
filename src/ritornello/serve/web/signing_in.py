"""The session's cookies, the token every form carries, and who may see a page.

The gate reads who somebody is from ``ritornello_session`` (or, in a simulated home on loopback, from
``ritornello_listener``). Both cookies are HttpOnly and SameSite=Strict. A third, random cookie
stands behind the forms: every page carries a hash of it, every change must bring that hash back
(double submit), and no other site can read or guess either.
"""

import hashlib
import hmac
import re
import secrets
from typing import Any
from urllib.parse import quote

from litestar import Request
from litestar.datastructures import Cookie
from litestar.response import Redirect

from ritornello.kinds.errors import NotAllowed
from ritornello.kinds.ids import ListenerId

FORM_COOKIE = "ritornello_form"
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "X-CSRF-Token"
SESSION_S = 30 * 86_400
WITH_PAGES = {"listener": "/", "scientist": "/signals", "editor": "/edit"}
"""The roles whose keys sign in, and the page each begins at."""


class SignInFirst(Exception):
    """Raised for a page that needs a listener when there is none; answered by a redirect."""


def visitor(request: Request[Any, Any, Any]) -> ListenerId:
    """Return the listener who looks at this page.

    Raises
    ------
    SignInFirst : nobody has signed in, or with a key that is no listener's.
    """
    listener_id: ListenerId | None = request.user.listener_id
    if listener_id is None:
        raise SignInFirst
    return listener_id


def to_sign_in(request: Request[Any, Any, Any], _: Exception) -> Redirect:
    """Answer :class:`SignInFirst`: sign in, then come back to a page that can be read again.

    Who has signed in but is no listener is led to what they may read.
    """
    if request.user.role in WITH_PAGES:
        return Redirect(WITH_PAGES[request.user.role], status_code=303)
    back = request.url.path if request.method == "GET" else "/"
    return Redirect(f"/sign-in?back={quote(back)}", status_code=303)


def form_secret(request: Request[Any, Any, Any]) -> str:
    """Return the random value behind this browser's forms, a new one for a new browser."""
    return request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)


def token_of(secret: str) -> str:
    """Return what a page may show of the random value: a hash that does not lead back to it."""
    return hmac.new(secret.encode(), b"ritornello forms", hashlib.sha256).hexdigest()


def must_be_ours(request: Request[Any, Any, Any], token: str | None) -> None:
    """Refuse a change that no page of ours asked for.

    Raises
    ------
    NotAllowed : another site sent it, or the token is absent or not this browser's.
    """
    secret = request.cookies.get(FORM_COOKIE, "")
    from_elsewhere = request.headers.get("Sec-Fetch-Site", "same-origin") not in _OURS
    wanted = token_of(secret)
    if from_elsewhere or not secret or not hmac.compare_digest(wanted, token or ""):
        raise NotAllowed("this page is out of date; nothing was changed. Open it again and retry")


def cookie(request: Request[Any, Any, Any], key: str, value: str) -> Cookie:
    """Return a cookie no script and no other site can use; an empty value takes it away."""
    return Cookie(
        key=key,
        value=value,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        max_age=SESSION_S if value else 0,
    )


def within(path: str) -> str:
    """Return a path of this site to go back to, Home for anything else.

    Examples
    --------
    >>> within("/weekly"), within("//elsewhere.example/"), within("https://elsewhere.example")
    ('/weekly', '/', '/')
    """
    return path if _A_PATH_HERE.fullmatch(path) else "/"


_A_PATH_HERE = re.compile(r"/(?!/)[^\\\x00-\x20\x7f#]*")
_OURS = ("same-origin", "none")
