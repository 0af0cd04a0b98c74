"""What is read: Home, an item, You."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from ritornello.explain.sentences import sentence
from ritornello.kinds.decisions import Reason
from ritornello.kinds.errors import NotFound
from ritornello.kinds.ids import ItemId
from ritornello.kinds.items import AnyItem
from ritornello.listeners.profile import Profile
from ritornello.policies.budgets import budget_of
from ritornello.serve import answers, histories, profiles
from ritornello.serve.access import ANONYMOUS
from ritornello.serve.service import Service
from ritornello.serve.web import cards, covers, moment_cards
from ritornello.serve.web.rendering import asset, drawing
from ritornello.serve.web.shell import ANYBODY, Asked, clock_of, let_in, service_of, show
from ritornello.serve.web.signing_in import SignInFirst, visitor
from ritornello.serve.web.wording import RUNGS, greeting

N_RECENT = 6
N_COLLAGE = 9

WAYS = (
    ("/history", "history", "Your history", "Every listen, and what should not count"),
    ("/history/corrections", "not", "What stands corrected", "Not you, or nothing to go by"),
    ("/taste", "taste", "Your taste", "What is believed of you, and from what"),
    ("/choose", "love", "What you like", "Five choices your Home begins with"),
    ("/visits", "signals", "Your visits", "What each was read as, and why"),
    ("/import", "bring", "Bring your history", "From Spotify, Last.fm, ListenBrainz, a player"),
    ("/export", "take", "Take along", "One zip with everything known of you"),
    ("/leave", "leave", "Leave", "Erase everything, for good"),
)
"""The ways from You: address, icon, words, and a line on each."""


@get("/", opt=ANYBODY)
async def home(request: Asked) -> Response[str]:
    """Show a newly decided Home; in a home open to visitors a first visit sees one at once."""
    arrival = await let_in(request)
    service, who = service_of(request), visitor(request)
    decision, weekly, profile, moments = await asyncio.gather(
        answers.home_page(service, who, device="web"),
        answers.weekly(service, who),
        answers.profile(service, who),
        moment_cards.on_now(request),
    )
    in_weekly = [slot.item_id for slot in weekly.slots[:N_COLLAGE]] if weekly else []
    known = await answers.items(service, {s.item_id for s in decision.slots} | set(in_weekly))
    now, tz = clock_of(service, profile)
    say = await sayer(service, now)
    response = await show(
        request,
        "home.html",
        greeting=greeting(now, tz),
        decision=decision,
        shelves=cards.shelves_of(decision, known, profile.loved, say),
        weekly=weekly,
        weekly_cover=collage(in_weekly, known),
        moments=moments,
        made=RUNGS[decision.rung],
        little_known=decision.rung != "personal" and not profile.was_asked,
        budget=budget_of(
            service.settings["exploration_budget"], profile.preferences, profile.receptivity
        ),
        now=now,
        tz=tz,
        **how_far(service, profile),
    )
    if arrival is not None:
        response.set_cookie(arrival)
    return response


@get("/item/{item_id:str}", opt=ANYBODY)
async def item(request: Asked, item_id: FromPath[ItemId]) -> Response[str]:
    """Show one item: what it is, what you did with it, what you can say of it."""
    service, who = service_of(request), visitor(request)
    found, profile = await asyncio.gather(
        answers.item(service, item_id), answers.profile(service, who)
    )
    now, tz = clock_of(service, profile)
    return await show(request, "item.html", now=now, tz=tz, **about_item(found, profile))


@get("/you", opt=ANYBODY)
async def you(request: Asked, kept: FromQuery[bool] = False) -> Response[str]:
    """Show what you played lately, what you said, and what you chose."""
    service, who = service_of(request), visitor(request)
    recent, profile = await asyncio.gather(
        histories.history(service, who, n=N_RECENT), answers.profile(service, who)
    )
    words = profiles.words(profile)
    known = await answers.items(service, {about for _, about, _ in words})
    now, tz = clock_of(service, profile)
    return await show(
        request,
        "you.html",
        recent=[(listen, cards.credit(listen.item)[0] if listen.item else "") for listen in recent],
        words=[(known[about], act, at) for act, about, at in words if about in known],
        kept=kept,
        ways=WAYS,
        preferences=profile.preferences,
        budget=budget_of(
            service.settings["exploration_budget"], profile.preferences, profile.receptivity
        ),
        n_plays=profile.n_plays,
        now=now,
        tz=tz,
    )


@get("/covers/{name:str}", opt=ANYBODY)
async def cover(request: Asked, name: FromPath[str]) -> Response[str]:
    """Draw the cover of ``/covers/{item_id}.svg`` for anybody known here."""
    if request.user is ANONYMOUS:
        raise SignInFirst
    found = await answers.item(service_of(request), name.removesuffix(".svg"))
    return drawing(covers.draw(cards.sitter(found)), request.headers.get("If-None-Match"))


@get("/static/{version:str}/{name:path}", opt=ANYBODY)
async def static(name: FromPath[str]) -> Response[bytes]:
    """Hand out a stylesheet or a script; the version in its address makes it keep for ever."""
    found = asset(name.lstrip("/"))
    if found is None:
        raise NotFound(f"no asset {name!r}")
    return found


async def sayer(service: Service, now: datetime) -> cards.Say:
    """Return what puts a reason into words, for the catalogue and the clock of this moment."""
    view = await service.read(service.catalogue.view)

    def say(reason: Reason) -> str:
        return sentence(reason, view, now)

    return say


def collage(item_ids: Sequence[ItemId], known: Mapping[ItemId, AnyItem]) -> str:
    """Return the covers of these items as one."""
    return covers.combine(
        [cards.sitter(known[item_id]) for item_id in item_ids if item_id in known]
    )


def how_far(service: Service, profile: Profile) -> dict[str, int]:
    """Return how many plays are known, and how many a first Weekly wants."""
    return {
        "n_plays": profile.n_plays,
        "n_wanted": service.settings["min_plays_for_weekly"],
    }


def about_item(item: AnyItem, profile: Profile) -> dict[str, Any]:
    """Return what the panel on an item shows and offers."""
    by, by_id = cards.credit(item)
    return {
        "item": item,
        "by": by,
        "by_id": by_id,
        "played": profile.plays.get(item.item_id),
        "tally": profile.tallies.get(item.item_id),
        "loved": item.item_id in profile.loved,
        "banned": item.item_id in profile.banned,
        "snoozed": item.item_id in profile.snoozed,
        "by_banned": by_id in profile.banned,
        "by_snoozed": by_id in profile.snoozed,
    }
