"""Moments: those on now as cards, and the page of one, drawn from an editors' pool for who looks."""

import asyncio

from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from ritornello.serve import answers, moments, pools
from ritornello.serve.web import cards, covers, editing_words
from ritornello.serve.web.moment_cards import card_of, cards_of, device_of
from ritornello.serve.web.pages import sayer
from ritornello.serve.web.shell import ANYBODY, Asked, clock_of, service_of, show
from ritornello.serve.web.signing_in import visitor
from ritornello.serve.web.wording import RUNGS


@get("/moments", opt=ANYBODY)
async def all_moments(request: Asked) -> Response[str]:
    """Show the moments that are on now, then those that wait for their time."""
    service, who = service_of(request), visitor(request)
    on_now, every = await asyncio.gather(
        moments.offered(service, who, device=device_of(request)), moments.every(service)
    )
    names = {pool.name for pool in on_now}
    waiting = [pool for pool in every if pool.name not in names]
    return await show(
        request,
        "moments.html",
        on_now=cards_of(on_now),
        waiting=[card_of(pool, editing_words.offered(pool)) for pool in waiting],
    )


@get("/moments/{name:str}", opt=ANYBODY)
async def moment(request: Asked, name: FromPath[str]) -> Response[str]:
    """Show a listener's list of one moment."""
    service, who = service_of(request), visitor(request)
    version = await pools.current(service, name)
    decision, profile = await asyncio.gather(
        moments.moment(service, who, name, device=device_of(request)),
        answers.profile(service, who),
    )
    known = await answers.items(service, {slot.item_id for slot in decision.slots})
    now, tz = clock_of(service, profile)
    say = await sayer(service, now)
    rows = cards.cards_of(decision, decision.slots, known, profile.loved, say)
    pool = version.stands
    return await show(
        request,
        "moment.html",
        pool=pool,
        when=editing_words.offered(pool),
        is_on=pool.is_for(now, device_of(request)),
        decision=decision,
        shelf=decision.shelves[0],
        rows=rows,
        n_new=sum(slot.item_id not in profile.heard for slot in decision.slots),
        n_artists=len({row.by_id or row.by for row in rows}),
        lasts_ms=sum(row.duration_ms or 0 for row in rows),
        cover=covers.moment(pool.name, pool.arc),
        made=RUNGS[decision.rung],
        version=version,
        now=now,
        tz=tz,
    )
