"""Your lists: Discover Weekly, the day's mixes, and how to take them elsewhere."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response

from ritornello.intake import playlist_forms
from ritornello.kinds.decisions import Shelf
from ritornello.kinds.errors import NotFound
from ritornello.kinds.items import AnyItem
from ritornello.listeners.profile import Profile
from ritornello.policies.budgets import budget_of
from ritornello.serve import answers
from ritornello.serve.api import playlists
from ritornello.serve.web import cards, moment_cards
from ritornello.serve.web.pages import N_COLLAGE, collage, how_far, sayer
from ritornello.serve.web.rendering import PRIVATE
from ritornello.serve.web.shell import ANYBODY, Asked, clock_of, service_of, show
from ritornello.serve.web.signing_in import visitor
from ritornello.serve.web.wording import RUNGS
from ritornello.surfaces.lists import PeriodList, playlist_id


class ListCard(msgspec.Struct, frozen=True):
    """One list as a card: where it is, what it is called, its cover, a line on it, its id to take."""

    href: str
    title: str
    cover: str
    line: str
    playlist_id: str


@get("/lists", opt=ANYBODY)
async def lists(request: Asked) -> Response[str]:
    """Show every list that is made for somebody, and how to take each elsewhere."""
    service, who = service_of(request), visitor(request)
    weeklies, mixes, lacking, profile, moments = await asyncio.gather(
        answers.weeklies(service, who),
        answers.mixes(service, who),
        answers.mixes_lack(service, who),
        answers.profile(service, who),
        moment_cards.on_now(request),
    )
    known = await _known(request, *weeklies, *filter(None, [mixes]))
    now, tz = clock_of(service, profile)
    return await show(
        request,
        "lists.html",
        weeklies=[(each, _weekly_card(each, known)) for each in weeklies],
        mixes=_mix_cards(mixes, known, profile),
        lacking=lacking,
        moments=moments,
        budget=budget_of(
            service.settings["exploration_budget"], profile.preferences, profile.receptivity
        ),
        address=str(request.base_url).rstrip("/"),
        now=now,
        tz=tz,
        **how_far(service, profile),
    )


@get("/lists/{name:str}", opt=ANYBODY)
async def download(request: Asked, name: FromPath[str]) -> Response[bytes] | Redirect:
    """Hand out one list as a file: ``/lists/{playlist_id}.xspf`` and so on; without a form, lead to its page."""
    service, who = service_of(request), visitor(request)
    stem, _, form = name.partition(".")
    try:
        wanted = UUID(stem)
    except ValueError as error:
        raise NotFound(f"no list {name!r}") from error
    if not form:
        found, shelf = await answers.playlist(service, wanted, listener_id=who)
        return Redirect(f"/mixes/{shelf}" if shelf else f"/weekly?week={found.period}")
    response = await playlists.as_file(service, wanted, playlist_forms.named(form), None, who)
    response.headers.update(PRIVATE)
    return response


@get("/weekly", opt=ANYBODY)
async def weekly(request: Asked, week: FromQuery[str | None] = None) -> Response[str]:
    """Show this week's Discover Weekly, or an earlier one that can still be read."""
    service, who = service_of(request), visitor(request)
    readable, profile = await asyncio.gather(
        answers.weeklies(service, who), answers.profile(service, who)
    )
    shown = next((w for w in readable if week in (None, w.decision.period)), None)
    if shown is None:
        if week is not None:
            raise NotFound(f"no Discover Weekly of {week!r} that you can still read")
        return await show(request, "weekly_empty.html", **how_far(service, profile))
    return await show(
        request,
        "weekly.html",
        weekly=shown,
        readable=readable,
        **await _list(request, shown, None, profile),
    )


@get("/mixes", opt=ANYBODY)
async def mixes(request: Asked) -> Response[str]:
    """Show today's mixes as cards."""
    service, who = service_of(request), visitor(request)
    found, lacking, profile = await asyncio.gather(
        answers.mixes(service, who),
        answers.mixes_lack(service, who),
        answers.profile(service, who),
    )
    now, tz = clock_of(service, profile)
    known = await _known(request, *filter(None, [found]))
    return await show(
        request,
        "mixes.html",
        found=found,
        cards=_mix_cards(found, known, profile),
        lacking=lacking,
        now=now,
        tz=tz,
    )


@get("/mixes/{name:str}", opt=ANYBODY)
async def mix(request: Asked, name: FromPath[str]) -> Response[str]:
    """Show one of today's mixes."""
    service, who = service_of(request), visitor(request)
    found, profile = await asyncio.gather(
        answers.mixes(service, who), answers.profile(service, who)
    )
    shelf = _shelf(found, name)
    if found is None or shelf is None:
        raise NotFound("this mix is not among today's; a taste that fades takes its mix along")
    return await show(
        request,
        "mix.html",
        mixes=found,
        shelf=shelf,
        n_new=_n_new(found, shelf, profile),
        **await _list(request, found, shelf, profile),
    )


async def _list(
    request: Asked, shown: PeriodList, shelf: Shelf | None, profile: Profile
) -> dict[str, Any]:
    """Return what the page of one list shows of it; ``shelf`` where it is one of several."""
    service = service_of(request)
    slots = shown.on(None if shelf is None else shelf.name)
    item_ids = [slot.item_id for slot in slots]
    known = await answers.items(service, item_ids)
    now, tz = clock_of(service, profile)
    rows = cards.cards_of(shown.decision, slots, known, profile.loved, await sayer(service, now))
    return {
        "rows": rows,
        "lasts_ms": sum(row.duration_ms or 0 for row in rows),
        "n_artists": len({row.by_id or row.by for row in rows}),
        "cover": collage(item_ids[:N_COLLAGE], known),
        "made": RUNGS[shown.decision.rung],
        "playlist_id": str(playlist_id(shown.decision, None if shelf is None else shelf.name)),
        "now": now,
        "tz": tz,
    }


async def _known(request: Asked, *shown: PeriodList) -> dict[str, AnyItem]:
    """Return the items the covers of some lists are put together from."""
    wanted = {
        slot.item_id
        for each in shown
        for shelf in each.decision.shelves
        for slot in each.on(shelf.name)[:N_COLLAGE]
    }
    return await answers.items(service_of(request), wanted)


def _weekly_card(shown: PeriodList, known: Mapping[str, AnyItem]) -> ListCard:
    item_ids = [slot.item_id for slot in shown.slots[:N_COLLAGE]]
    return ListCard(
        href=f"/weekly?week={shown.period}",
        title="Discover Weekly",
        cover=collage(item_ids, known),
        line=f"{len(shown.slots)} tracks you had never heard",
        playlist_id=str(playlist_id(shown.decision)),
    )


def _mix_cards(
    shown: PeriodList | None, known: Mapping[str, AnyItem], profile: Profile
) -> list[ListCard]:
    if shown is None:
        return []
    return [
        ListCard(
            href=f"/mixes/{shelf.name}",
            title=shelf.title,
            cover=collage([slot.item_id for slot in shown.on(shelf.name)[:N_COLLAGE]], known),
            line=_line(len(shown.on(shelf.name)), _n_new(shown, shelf, profile)),
            playlist_id=str(playlist_id(shown.decision, shelf.name)),
        )
        for shelf in shown.decision.shelves
        if shown.on(shelf.name)
    ]


def _line(n_tracks: int, n_new: int) -> str:
    return f"{n_tracks} tracks, {n_new} of them new" if n_new else f"{n_tracks} tracks you know"


def _shelf(shown: PeriodList | None, name: str) -> Shelf | None:
    if shown is None or not shown.on(name):
        return None
    return next((shelf for shelf in shown.decision.shelves if shelf.name == name), None)


def _n_new(shown: PeriodList, shelf: Shelf, profile: Profile) -> int:
    """Return how many of a mix's tracks the listener has never heard."""
    return sum(slot.item_id not in profile.heard for slot in shown.on(shelf.name))
