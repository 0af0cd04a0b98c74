"""Editors' pages: what happened with a pool's lists, by item, by what visits were for, and for whom."""

from collections.abc import Mapping

import msgspec
from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from ritornello.kinds.errors import NotFound, Overloaded
from ritornello.kinds.items import AnyItem
from ritornello.serve import answers, pools
from ritornello.serve.web import cards
from ritornello.serve.web.editing import LOOKS, of_pool, show_to_editors
from ritornello.serve.web.reading_aloud import purpose_of
from ritornello.serve.web.shell import Asked, service_of
from ritornello.serve.web.wording import sentence_case
from ritornello.surfaces.pool_results import ItemServed, PoolResults, Served

MOST_ROWS = 200


class Row(msgspec.Struct, frozen=True):
    """One line of results: what it is of, in all, and by what visits were for."""

    title: str
    by: str
    served: Served
    by_intent: tuple[tuple[str, Served], ...] = ()


ORDERS = {
    "shown": "most shown",
    "best": "served best",
    "worst": "served worst",
}
"""The orders of the items, by the word in the address."""


@get("/edit/pools/{name:str}/results", opt=LOOKS)
async def edit_results(
    request: Asked, name: FromPath[str], order: FromQuery[str] = "shown"
) -> Response[str]:
    """Show what happened, as far as outcomes were built."""
    service = service_of(request)
    version = await pools.current(service, name)
    found, late = None, ""
    try:
        found = await pools.results(service, name)
    except NotFound:
        pass
    except Overloaded as error:
        late = str(error)
    known = await answers.items(service, [] if found is None else [i.item_id for i in found.items])
    return await show_to_editors(
        request,
        "edit_results.html",
        results=found,
        late=late,
        rows=[] if found is None else _rows(found, known, order)[:MOST_ROWS],
        intents=[] if found is None else _by_intent(found.by_intent),
        segments=[] if found is None else _by_segment(found.by_segment),
        order=order if order in ORDERS else "shown",
        orders=ORDERS,
        **of_pool(version),
    )


def _rows(found: PoolResults, known: Mapping[str, AnyItem], order: str) -> list[Row]:
    """Return the items in an order; where nothing can be said of success, last."""
    items = list(found.items)
    if order in ("best", "worst"):
        sign = -1.0 if order == "best" else 1.0
        items.sort(key=lambda each: _mean(each, sign))
    return [_row(each, known.get(each.item_id)) for each in items]


def _mean(each: ItemServed, sign: float) -> tuple[bool, float]:
    """Return what an item is sorted by: how well it served, the pessimistic end where that is known."""
    success, mean = each.served.success, each.served.mean
    if success is not None:
        return False, sign * (success.low if sign < 0 else success.high)
    return True, 0.0 if mean is None else sign * mean


def _row(each: ItemServed, item: AnyItem | None) -> Row:
    title, by = (each.item_id, "") if item is None else (item.title, cards.credit(item)[0])
    by_intent = tuple((row.title, row.served) for row in _by_intent(each.by_intent))
    return Row(title, by, each.served, by_intent)


def _by_intent(served: Mapping[str, Served]) -> list[Row]:
    return [Row(sentence_case(purpose_of(word)), "", each) for word, each in served.items()]


def _by_segment(served: Mapping[str, Served]) -> list[Row]:
    return [Row(sentence_case(word.replace("_", " ")), "", each) for word, each in served.items()]
