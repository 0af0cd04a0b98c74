"""What every page shares: the shell around it, the notice in it, the page an error becomes."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request
from litestar.datastructures import Cookie
from litestar.response import Response

from ritornello.kinds.events import ActKind
from ritornello.kinds.items import AnyItem
from ritornello.kinds.times import zone
from ritornello.listeners.marks import UNDO
from ritornello.listeners.profile import Profile
from ritornello.serve import answers, problems
from ritornello.serve.access import (
    ANONYMOUS,
    LISTENER_COOKIE,
    STUDENTS,
    Caller,
    allow,
    visiting,
)
from ritornello.serve.service import Service
from ritornello.serve.web import wording
from ritornello.serve.web.rendering import SECTIONS, STUDY, Section, page
from ritornello.serve.web.signing_in import (
    FORM_COOKIE,
    cookie,
    form_secret,
    to_sign_in,
    token_of,
)

ANYBODY = allow("anonymous", "listener", "editor", "scientist", "service", cookies=True)
Asked = Request[Any, Any, Any]


def service_of(request: Asked) -> Service:
    """Return the service this page is a page of."""
    service: Service = request.app.state.service
    return service


def clock_of(service: Service, profile: Profile) -> tuple[datetime, ZoneInfo]:
    """Return what time it is for a listener, and their zone: theirs, else the service's."""
    tz = zone(profile.preferences.time_zone or service.settings["time_zone"])
    return service.now().astimezone(tz), tz


async def let_in(request: Asked) -> Cookie | None:
    """Let a stranger to a home open to visitors look as its most recently active listener.

    Only a page somebody opened counts, not an image or a frame in a page of another site.

    Returns
    -------
    The cookie that keeps it so, ``None`` where nobody was let in.
    """
    service = service_of(request)
    opened = request.headers.get("Sec-Fetch-Dest", "document") == "document"
    if request.user is not ANONYMOUS or not service.open_to_visitors or not opened:
        return None
    active = await answers.listeners(service, n=1)
    if not active:
        return None
    request.scope["user"] = visiting(active[0])
    return cookie(request, LISTENER_COOKIE, active[0])


async def show(
    request: Asked,
    template: str,
    *,
    status: int = 200,
    refresh: int | None = None,
    **shown: Any,
) -> Response[str]:
    """Return a page within the shell, and set the cookie behind its forms if there is none yet.

    Parameters
    ----------
    refresh : seconds after which a browser without scripts asks for the page again.
    """
    service, secret = service_of(request), form_secret(request)
    response = page(
        template,
        status=status,
        listener_id=request.user.listener_id,
        sections=_sections(request.user),
        simulated=service.simulated,
        open_to_visitors=service.open_to_visitors,
        path=request.url.path,
        now_ms=int(service.now().timestamp() * 1000),
        csrf=token_of(secret),
        refresh=refresh,
        in_panel=request.headers.get("HX-Target") == "panel-body",
        notice=await _redirected_notice(request),
        **shown,
    )
    if FORM_COOKIE not in request.cookies:
        response.set_cookie(cookie(request, FORM_COOKIE, secret))
    return response


def notice_of(act: ActKind, about_id: str, about: AnyItem | None) -> dict[str, Any]:
    """Return what a notice says of an act just done, and the act that undoes it, if one does."""
    named = wording.about(about_id, about.title if about is not None else None)
    text = wording.sentence_case(wording.SAID[act].format(about=named))
    return {"text": text, "about_id": about_id, "undo": UNDO.get(act)}


def _sections(caller: Caller) -> Sequence[Section]:
    """Return the ways in for somebody: none before they have signed in."""
    if caller.listener_id is not None:
        return SECTIONS
    return STUDY if caller.role in STUDENTS else ()


async def _redirected_notice(request: Asked) -> dict[str, Any] | None:
    """Return the notice of what a plain form did before it led here (``?said=ban&about=…``)."""
    act: Any = request.query_params.get("said")
    about_id = request.query_params.get("about")
    if request.user.listener_id is None or act not in wording.SAID or not about_id:
        return None
    known = await answers.items(service_of(request), [about_id])
    return notice_of(act, about_id, known.get(about_id))


def as_page(request: Asked, error: Exception) -> Response[Any]:
    """Answer an error: a page for somebody who reads pages, the problem itself for a script."""
    problem = problems.answer(request, error)
    headers = request.headers
    boosted = "HX-Boosted" in headers
    reads_pages = "text/html" in headers.get("Accept", "") and "HX-Request" not in headers
    if not (boosted or reads_pages):
        return problem
    status = problem.status_code or 500
    if status == HTTPStatus.UNAUTHORIZED:
        return to_sign_in(request, error)
    shown = page(
        "error.html",
        status=status,
        forbidden=status == HTTPStatus.FORBIDDEN and request.method == "GET",
        path=request.url.path,
        title=HTTPStatus(status).phrase.capitalize(),
        detail=problems.problem_of(error).detail,
        simulated=service_of(request).simulated,
    )
    shown.headers.update(problem.headers)
    return shown
