"""Moments that are on now, as the cards that Home, Your lists and their own page show."""

from collections.abc import Iterable

import msgspec

from ritornello.kinds.events import Device
from ritornello.serve import moments
from ritornello.serve.web import covers
from ritornello.serve.web.shell import Asked, service_of
from ritornello.serve.web.signing_in import visitor
from ritornello.serve.web.wording import sentence_case
from ritornello.surfaces.pools import Pool

N_FIRST = 4


class MomentCard(msgspec.Struct, frozen=True):
    """One moment as a card: where it is, what it is called, its cover, what it is in a line."""

    href: str
    title: str
    cover: str
    line: str


async def on_now(request: Asked, n: int = N_FIRST) -> list[MomentCard]:
    """Return the first moments that are on for who looks, those of few hours before those of many."""
    found = await moments.offered(service_of(request), visitor(request), device=device_of(request))
    return cards_of(found[:n])


def cards_of(found: Iterable[Pool]) -> list[MomentCard]:
    """Return pools as cards."""
    return [card_of(pool) for pool in found]


def card_of(pool: Pool, line: str = "") -> MomentCard:
    """Return one pool as a card; its line is the first sentence of its brief where no other is given."""
    return MomentCard(
        href=f"/moments/{pool.name}",
        title=pool.title,
        cover=covers.moment(pool.name, pool.arc),
        line=sentence_case(line) or first_sentence(pool.brief),
    )


def first_sentence(text: str) -> str:
    """Return what a text begins with, without its full stop.

    Examples
    --------
    >>> first_sentence("Quiet music. No voice that tells a story.")
    'Quiet music'
    """
    return text.partition(". ")[0].strip().removesuffix(".")


def device_of(request: Asked) -> Device:
    """Return on what a browser runs: a phone says so of itself (``Sec-CH-UA-Mobile``, else its name)."""
    told = request.headers.get("Sec-CH-UA-Mobile")
    if told is not None:
        return "mobile" if told == "?1" else "web"
    return "mobile" if "Mobi" in request.headers.get("User-Agent", "") else "web"
