"""What players send: listens, playing-now, and whether a token is good."""

from collections.abc import Sequence
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery

from ritornello.catalog.items import Resolver
from ritornello.intake import listenbrainz as intake
from ritornello.kinds.times import to_us
from ritornello.serve import answers
from ritornello.serve.access import ROLES, Caller, allow, listener_of
from ritornello.serve.problems import Problem
from ritornello.serve.service import Service
from ritornello.store import faults, tombstones
from ritornello.store.appending import Verdict

OK = {"status": "ok"}


@post("/submit-listens", status_code=200, opt=allow("listener"))
async def submit_listens(
    request: Request[Any, Any, Any], return_msid: FromQuery[str] = ""
) -> dict[str, Any]:
    """Store listens, or keep what is playing now.

    The good listens of a request are stored even when one of them is refused; the answer is then
    400 with the first refusal, as ListenBrainz has it, and sending all of them again is harmless.
    """
    service: Service = request.app.state.service
    body, who, now = await request.body(), listener_of(request.user), service.now()
    submission = await service.read(
        lambda conn: intake.read(body, listener_id=who, now=now, resolver=Resolver(conn))
    )
    listens = list(submission.listens.values())
    if submission.listen_type == "playing_now":
        for listen in listens:
            service.playing.say(listen)
    elif listens or submission.faults:
        changes = [*submission.changes(), *faults.changes(submission.faults, to_us(now), who)]
        refuse_who_left(await answers.record(service, listens, changes, intake=intake.SOURCE))
    if submission.faults:
        service.metrics.refused(submission.faults)
        raise Problem(400, "bad-submission", submission.faults[0].message)
    if submission.listen_type == "playing_now" and return_msid == "true":
        described = intake.listen_json(listens[0], who, None)
        return {**OK, "recording_msid": described["recording_msid"]}
    return OK


def refuse_who_left(verdicts: Sequence[Verdict]) -> None:
    """Answer a listener erased this instant as any whose token is no longer good.

    Raises
    ------
    Problem : they have left.
    """
    if "erased" in verdicts:
        raise Problem(401, "no-valid-key", "Invalid authorization token.")


@get("/validate-token", opt=allow(*ROLES))
async def validate_token(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Say whether a token is good and whose it is; a bad one is no error."""
    caller: Caller = request.user
    if caller.listener_id is not None:
        return {
            "code": 200,
            "message": "Token valid.",
            "valid": True,
            "user_name": caller.listener_id,
        }
    if "authorization" not in request.headers and "token" not in request.query_params:
        raise Problem(400, "no-token", "You need to provide an Authorization token.")
    return {"code": 200, "message": "Token invalid.", "valid": False}


@get("/user/{user_name:str}/playing-now", opt=allow("listener", "service"))
async def playing_now(request: Request[Any, Any, Any], user_name: FromPath[str]) -> dict[str, Any]:
    """Return what a user plays now: one listen without a time, or none."""
    service: Service = request.app.state.service
    who = listener_of(request.user, user_name)
    if await service.read(lambda conn: tombstones.covers(conn, who)):
        service.playing.hush(who)
    listen = service.playing.of(who)
    shown = [] if listen is None else [intake.listen_json(listen, who, None)]
    for described in shown:
        del described["listened_at"]
        described["playing_now"] = True
    return {
        "payload": {
            "count": len(shown),
            "user_id": who,
            "playing_now": True,
            "listens": shown,
        }
    }


@post("/playing-now/delete", status_code=200, opt=allow("listener"))
async def stop_playing(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Forget what the user plays now."""
    service: Service = request.app.state.service
    service.playing.hush(listener_of(request.user))
    return OK


handlers = (submit_listens, validate_token, playing_now, stop_playing)
