"""Your taste: what is believed of you, from what, and how to put it right."""

from collections.abc import Sequence
from itertools import product
from math import ceil
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import QueryParameter
from litestar.response import Response

from ritornello.kinds import abouts
from ritornello.kinds.errors import NotFound
from ritornello.listeners.portrait import Belief
from ritornello.serve import answers, believing, histories, profiles
from ritornello.serve.believing import Believed
from ritornello.serve.web import taste_words, wording
from ritornello.serve.web.shell import ANYBODY, Asked, clock_of, service_of, show
from ritornello.serve.web.signing_in import visitor

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PARTS = (("night", range(6)), ("morning", range(6, 12)), ("afternoon", range(12, 18)),
         ("evening", range(18, 24)))  # fmt: skip
N_STEPS = 5
"""Steps of the heat map beside nothing at all."""

LEAST_SHARE, HALF = 0.05, 0.5
N_STANDING = 6

About = Annotated[str, QueryParameter(max_length=160)]


class Cell(msgspec.Struct, frozen=True):
    """One hour of a weekday on the map: where, how many plays or how likely, how strong, 0 to ``N_STEPS``."""

    day: int
    hour: int
    amount: float
    step: int


@get("/taste", opt=ANYBODY)
async def taste(request: Asked) -> Response[str]:
    """Show what is believed of somebody, and from what."""
    service, who = service_of(request), visitor(request)
    portrait = await histories.believed(service, who)
    profile = await answers.profile(service, who)
    standing = await histories.corrections(service, who)
    believed = await believing.of(service, who)
    now, tz = clock_of(service, profile)
    used = await profiles.used(service, who, device="web")
    return await show(
        request,
        "taste.html",
        used=used,
        segments=[(taste_words.segment(name), share) for name, share in used.segments.items()],
        needs=[(taste_words.NEEDS[name], share) for name, share in used.needs.items()],
        standing=[
            (one, wording.about(one.about_id, one.item.title if one.item else None))
            for one in standing[:N_STANDING]
        ],
        portrait=portrait,
        largest=_largest(portrait.artists),
        largest_genre=_largest(portrait.genres),
        cells=_cells(portrait.by_hour),
        believed=believed,
        usual_cells=_cells(believed.usual.by_hour) if believed.usual else [],
        likeliest=_busiest(believed.usual.by_hour) if believed.usual else "",
        devices=_devices(believed),
        flags=[taste_words.flag(each) for each in believed.flags],
        busiest=_busiest(portrait.by_hour),
        days=DAYS,
        n_timed=sum(map(sum, portrait.by_hour)),
        n_standing=len(standing),
        loved=profile.loved,
        preferences=profile.preferences,
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


def _devices(believed: Believed) -> list[tuple[str, float]]:
    """Return how likely each device is, the likeliest first; none where none is ever named."""
    shares = believed.usual.by_device if believed.usual else {}
    known = [(name, p) for name, p in shares.items() if name != "unknown" and p >= LEAST_SHARE]
    return sorted(known, key=lambda each: -each[1]) if shares.get("unknown", 1.0) < HALF else []


def _cells(by_hour: Sequence[Sequence[float]]) -> list[Cell]:
    """Return the hours of the week; the busiest has the strongest step, none the weakest."""
    most = max(map(max, by_hour), default=0)
    return [
        Cell(day, hour, n, ceil(n * N_STEPS / most) if n else 0)
        for day, row in enumerate(by_hour)
        for hour, n in enumerate(row)
    ]


def _busiest(by_hour: Sequence[Sequence[float]]) -> str:
    """Name the part of the week with the most in it, such as ``Friday evening``."""
    parts = {
        f"{DAYS[day]} {name}": sum(by_hour[day][hour] for hour in hours)
        for day, (name, hours) in product(range(7), PARTS)
    }
    busiest = max(parts, key=parts.__getitem__)
    return busiest if parts[busiest] else ""
