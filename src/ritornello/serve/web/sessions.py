"""Signing in with a key, or in a simulated home as whom one picks; and signing out."""

from datetime import timedelta
from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromQuery
from litestar.response import Redirect, Response

from ritornello.kinds.errors import NotFound
from ritornello.serve import answers
from ritornello.serve.access import LISTENER_COOKIE, ROLES, SESSION_COOKIE, allow
from ritornello.serve.web.forms import form_of
from ritornello.serve.web.shell import ANYBODY, Asked, service_of, show
from ritornello.serve.web.signing_in import SESSION_S, cookie, within
from ritornello.store import keys
from ritornello.store.keys import Principal

MOST_OFFERED = 100_000


class Credential(msgspec.Struct, frozen=True):
    """The fields of the form that signs in: a key, or in a simulated home a listener."""

    key: str = ""
    listener_id: str = ""
    back: str = "/"


@get("/sign-in", opt=ANYBODY)
async def sign_in_page(request: Asked, back: FromQuery[str] = "/") -> Response[str]:
    """Ask for a key, or in a simulated home offer its listeners."""
    service = service_of(request)
    offered = await answers.listeners(service) if service.open_to_visitors else []
    return await show(request, "sign_in.html", offered=offered, back=within(back), refused=False)


@post("/sign-in", opt=allow(*ROLES, cookies=True, by_address=True))
async def sign_in(request: Asked) -> Response[Any]:
    """Let somebody in who holds a listener's key, or picks a listener where that is open."""
    credential, service = await form_of(request, Credential), service_of(request)
    if service.open_to_visitors and credential.listener_id:
        if credential.listener_id not in await answers.listeners(service, n=MOST_OFFERED):
            raise NotFound(f"no listener {credential.listener_id!r} in this simulated service")
        kept = cookie(request, LISTENER_COOKIE, credential.listener_id)
    else:
        caller = service.keys.caller(credential.key.strip())
        if caller is None or caller.role != "listener":
            back = within(credential.back)
            return await show(
                request, "sign_in.html", status=401, offered=[], back=back, refused=True
            )
        holder = Principal("listener", caller.listener_id, caller.key_id)
        lasting = timedelta(seconds=SESSION_S)
        token = await answers.change(
            service, lambda conn: keys.open_session(conn, service.now(), holder, lasting)
        )
        kept = cookie(request, SESSION_COOKIE, token)
    response = Redirect(within(credential.back), status_code=303)
    response.set_cookie(kept)
    return response


@post("/sign-out", opt=ANYBODY)
async def sign_out(request: Asked) -> Redirect:
    """End the session and take its cookies away."""
    await form_of(request, Credential)
    token = request.cookies.get(SESSION_COOKIE)
    if token:
        await answers.change(service_of(request), lambda conn: keys.close_session(conn, token))
    response = Redirect("/sign-in", status_code=303)
    for name in (SESSION_COOKIE, LISTENER_COOKIE):
        response.set_cookie(cookie(request, name, ""))
    return response
