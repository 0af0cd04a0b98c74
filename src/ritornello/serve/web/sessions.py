"""Signing in with a listener's, a scientist's or an editor's key, or in a simulated home as whom one picks; and out."""

from datetime import timedelta
from typing import Any

import msgspec
from litestar import get, post
from litestar.datastructures import Cookie
from litestar.params import FromQuery
from litestar.response import Redirect, Response

from ritornello.kinds.errors import NotFound
from ritornello.serve import answers
from ritornello.serve.access import LISTENER_COOKIE, ROLES, SESSION_COOKIE, allow
from ritornello.serve.web.forms import form_of
from ritornello.serve.web.shell import ANYBODY, Asked, service_of, show
from ritornello.serve.web.signing_in import SESSION_S, WITH_PAGES, cookie, within
from ritornello.store import keys

MOST_OFFERED = 100_000


class Credential(msgspec.Struct, frozen=True):
    """The fields of the form that signs in: a key, or in a simulated home a listener."""

    key: str = ""
    listener_id: str = ""
    back: str = "/"


@get("/sign-in", opt=ANYBODY)
async def sign_in_page(request: Asked, back: FromQuery[str] = "/") -> Response[str]:
    """Ask for a key, or in a simulated home offer its listeners."""
    return await _asking(request, within(back))


@post("/sign-in", opt=allow(*ROLES, cookies=True, by_address=True))
async def sign_in(request: Asked) -> Response[Any]:
    """Let somebody in who holds a key that has pages, or picks a listener where that is open."""
    credential, service = await form_of(request, Credential), service_of(request)
    if service.open_to_visitors and credential.listener_id:
        if credential.listener_id not in await answers.listeners(service, n=MOST_OFFERED):
            raise NotFound(f"no listener {credential.listener_id!r} in this simulated service")
        kept = [cookie(request, LISTENER_COOKIE, credential.listener_id), await _closed(request)]
        begin = "/"
    else:
        holder = await service.read(lambda conn: keys.check(conn, credential.key.strip()))
        if holder is None or holder.role not in WITH_PAGES:
            return await _asking(request, within(credential.back), refused=True)
        lasting = timedelta(seconds=SESSION_S)
        token = await answers.change(
            service, lambda conn: keys.open_session(conn, service.now(), holder, lasting)
        )
        kept, begin = [cookie(request, SESSION_COOKIE, token)], WITH_PAGES[holder.role]
    back = within(credential.back)
    response = Redirect(begin if back == "/" else back, status_code=303)
    for each in kept:
        response.set_cookie(each)
    return response


@post("/sign-out", opt=ANYBODY)
async def sign_out(request: Asked) -> Redirect:
    """End the session and take its cookies away."""
    await form_of(request, Credential)
    response = Redirect("/sign-in", status_code=303)
    response.set_cookie(await _closed(request))
    response.set_cookie(cookie(request, LISTENER_COOKIE, ""))
    return response


async def _asking(request: Asked, back: str, *, refused: bool = False) -> Response[str]:
    """Return the page that asks who somebody is."""
    service = service_of(request)
    offered = await answers.listeners(service) if service.open_to_visitors else []
    status = 401 if refused else 200
    return await show(
        request, "sign_in.html", status=status, offered=offered, back=back, refused=refused
    )


async def _closed(request: Asked) -> Cookie:
    """End the session, if there is one; return what takes its cookie away."""
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        await answers.change(service_of(request), lambda conn: keys.close_session(conn, token))
    return cookie(request, SESSION_COOKIE, "")
