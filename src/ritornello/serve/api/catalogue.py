"""Items, and merges of items that are one."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.params import FromPath

from ritornello.catalog import items
from ritornello.kinds.errors import BadValue
from ritornello.kinds.ids import ItemId
from ritornello.kinds.items import AnyItem
from ritornello.listeners import merging
from ritornello.serve import answers, bodies
from ritornello.serve.access import allow
from ritornello.serve.api.etags import with_etag
from ritornello.serve.document import reads
from ritornello.serve.service import Service

MOST_ITEMS = 10_000
Items = Annotated[list[AnyItem], msgspec.Meta(min_length=1, max_length=MOST_ITEMS)]


class Written(msgspec.Struct, frozen=True):
    """How many items a request wrote."""

    n_items: int


class Merge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two ids that are one thing: ``from_id`` is ``into_id``."""

    from_id: ItemId
    into_id: ItemId


@get("/items/{item_id:str}", opt=allow("listener", "editor", "scientist", "service"))
async def get_item(request: Request[Any, Any, Any], item_id: FromPath[str]) -> Response[AnyItem]:
    """Return an item; a merged id answers with what it became."""
    service: Service = request.app.state.service
    return with_etag(request, await answers.item(service, item_id))


@put("/items/{item_id:str}", opt={**allow("editor", "service"), **reads(AnyItem)})
async def put_item(request: Request[Any, Any, Any], item_id: FromPath[str]) -> AnyItem:
    """Write one item; what it states replaces what was known, what it leaves out stays."""
    service: Service = request.app.state.service
    item: AnyItem = bodies.read(await request.body(), AnyItem)  # type: ignore[arg-type]  # a union
    if item.item_id != item_id:
        raise BadValue(f"the body is about {item.item_id!r}, the address about {item_id!r}")
    await answers.record(service, [], items.changes([item], override=True))
    return await answers.item(service, item_id)


@post("/items", status_code=200, opt={**allow("editor", "service"), **reads(Items)})
async def post_items(request: Request[Any, Any, Any]) -> Written:
    """Write many items at once, all or none; what they state replaces what was known."""
    service: Service = request.app.state.service
    found: list[AnyItem] = bodies.read(await request.body(), Items)
    await answers.record(service, [], items.changes(found, override=True))
    return Written(len(found))


@post("/merges", status_code=204, opt={**allow("editor", "service"), **reads(Merge)})
async def post_merge(request: Request[Any, Any, Any]) -> None:
    """State that two ids are one thing; events keep the id they came with."""
    service: Service = request.app.state.service
    merge, now = bodies.read(await request.body(), Merge), service.now()
    await answers.change(
        service, lambda conn: merging.merge(conn, merge.from_id, merge.into_id, at=now)
    )


@delete("/merges/{from_id:str}", opt=allow("editor", "service"))
async def delete_merge(request: Request[Any, Any, Any], from_id: FromPath[str]) -> None:
    """Take a merge back."""
    service: Service = request.app.state.service
    now = service.now()
    await answers.change(service, lambda conn: merging.unmerge(conn, from_id, at=now))


handlers = (get_item, put_item, post_items, post_merge, delete_merge)
