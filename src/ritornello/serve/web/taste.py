"""Your taste: what is believed of you, from what, and how to put it right."""

from itertools import product
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import QueryParameter
from litestar.response import Response

from ritornello.kinds import abouts
from ritornello.kinds.errors import NotFound
from ritornello.listeners.portrait import Belief, Portrait
from ritornello.serve import answers, histories
from ritornello.serve.web.shell import ANYBODY, Asked, clock_of, service_of, show
from ritornello.serve.web.signing_in import visitor

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PARTS = (("night", range(6)), ("morning", range(6, 12)), ("afternoon", range(12, 18)),
         ("evening", range(18, 24)))  # fmt: skip
N_STEPS = 5
"""Steps of the heat map beside nothing at all."""

About = Annotated[str, QueryParameter(max_length=160)]


class Cell(msgspec.Struct, frozen=True):
    """One hour of a weekday on the map: where, how many plays, how strong, 0 to ``N_STEPS``."""

    day: int
    hour: int
    n_plays: int
    step: int


@get("/taste", opt=ANYBODY)
async def taste(request: Asked) -> Response[str]:
    """Show what is believed of somebody, and from what."""
    service, who = service_of(request), visitor(request)
    portrait = await histories.believed(service, who)
    profile = await answers.profile(service, who)
    standing = await histories.corrections(service, who)
    now, tz = clock_of(service, profile)
    budget = profile.preferences.exploration_budget
    return await show(
        request,
        "taste.html",
        portrait=portrait,
        largest=_largest(portrait.artists),
        largest_genre=_largest(portrait.genres),
        cells=_cells(portrait),
        busiest=_busiest(portrait),
        days=DAYS,
        n_timed=sum(map(sum, portrait.by_hour)),
        n_standing=len(standing),
        loved=profile.loved,
        preferences=profile.preferences,
        budget=service.settings["exploration_budget"] if budget is None else budget,
        now=now,
        tz=tz,
    )


@get("/taste/why", opt=ANYBODY)
async def belief(request: Asked, about: About) -> Response[str]:
    """Show what one belief rests on, and what one can say to it."""
    service, who = service_of(request), visitor(request)
    if abouts.parse(about).kind not in ("item", "genre"):
        raise NotFound("nothing is believed of that")
    found = await histories.evidence(service, who, about)
    profile = await answers.profile(service, who)
    now, tz = clock_of(service, profile)
    return await show(
        request,
        "belief.html",
        about_id=about,
        found=found,
        loved=about in profile.loved,
        banned=about in profile.banned,
        snoozed=about in profile.snoozed,
        disowned=profile.marks.get((about, "disown")) == 1,
        excluded=profile.marks.get((about, "exclude")) == 1,
        now=now,
        tz=tz,
    )


def _largest(beliefs: tuple[Belief, ...]) -> float:
    return max((belief.share for belief in beliefs), default=1.0)


def _cells(portrait: Portrait) -> list[Cell]:
    """Return the hours of the week; the busiest has the strongest step, none the weakest."""
    most = max(map(max, portrait.by_hour), default=0)
    return [
        Cell(day, hour, n, -(-n * N_STEPS // most) if n else 0)
        for day, row in enumerate(portrait.by_hour)
        for hour, n in enumerate(row)
    ]


def _busiest(portrait: Portrait) -> str:
    """Name the part of the week with the most plays, such as ``Friday evening``."""
    parts = {
        f"{DAYS[day]} {name}": sum(portrait.by_hour[day][hour] for hour in hours)
        for day, (name, hours) in product(range(7), PARTS)
    }
    busiest = max(parts, key=parts.__getitem__)
    return busiest if parts[busiest] else ""
