"""An episode: its chapters, what is said in it passage by passage, and where in it somebody says something."""

from sqlite3 import Connection

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from ritornello.catalog import items
from ritornello.kinds.errors import NotFound
from ritornello.kinds.ids import ItemId
from ritornello.kinds.items import Episode
from ritornello.serve import searching
from ritornello.serve.web import found
from ritornello.serve.web.shell import ANYBODY, Asked, service_of, show
from ritornello.serve.web.signing_in import visitor
from ritornello.surfaces.search import chaptering
from ritornello.surfaces.search.chaptering import Transcript
from ritornello.surfaces.search.passage_index import chapter_of

N_PLACES = 20


@get("/episode/{episode_id:str}", opt=ANYBODY)
async def episode(
    request: Asked,
    episode_id: FromPath[ItemId],
    q: FromQuery[str] = "",
    at: FromQuery[int | None] = None,
) -> Response[str]:
    """Show an episode's words, or those places in it where somebody says what is looked for."""
    service = service_of(request)
    visitor(request)

    def read(conn: Connection) -> tuple[Episode, Transcript]:
        item = items.get(conn, episode_id)
        if not isinstance(item, Episode):
            raise NotFound(f"{episode_id!r} is no episode")
        return item, chaptering.passages_of(conn, episode_id)

    item, transcript = await service.read(read)
    chapters = transcript.chapters
    entries = await searching.passages(service, q, N_PLACES, episode_id=episode_id) if q else []
    (whole,) = found.item_hit(item.item_id, {item.item_id: item})
    return await show(
        request,
        "episode.html",
        item=item,
        q=q,
        hits=[found.at_passage(whole, entry) for entry in entries],
        said=[
            found.as_said(whole, each, chapter_of(each, chapters), at)
            for each in transcript.passages
        ],
        chapters=chapters,
        chapters_are_made=any(chapter.is_made for chapter in chapters),
    )
