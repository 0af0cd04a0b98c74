"""``ritornello evaluate known-items``: collections of searches whose answer is known, made from a home."""

from collections.abc import Iterator
from sqlite3 import Connection
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress

if TYPE_CHECKING:
    from ritornello.evaluate.collections import Collection


class Made(msgspec.Struct, frozen=True):
    """A collection that was made: its id, its name, how many queries it has and of what they are made."""

    id: str
    name: str
    topics: int
    source: str


def known_items(
    *,
    way: Annotated[
        list[str] | None,
        typer.Option(
            help="exact, letters, typed, slip, half_remembered, begun, own, misheard; titles, chapters, quotes; again for more, all that can be made if not given."
        ),
    ] = None,
    n: Annotated[int, typer.Option("--n", min=1, help="Items or places asked for, at most.")] = 500,
    seed: Annotated[int, typer.Option("--seed", help="What chance begins from.")] = 0,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Freeze searches whose answer is known: names as people type and say them, and what is said in transcripts."""
    from ritornello.cli.wiring import find_home, reading
    from ritornello.evaluate import studies

    found = find_home(home)
    with progress("Making"), reading(found) as conn:
        made = list(_made(conn, way, n, seed))
        kept = [
            Made(studies.keep(found, each), each.name, len(each.topics), each.about.source)
            for each in made
        ]
    sentence = (
        f"{len(kept)} collections are kept; `ritornello evaluate search` asks searches for them."
    )
    answer(kept, as_json=json, sentence=sentence)


def _made(conn: Connection, asked: list[str] | None, n: int, seed: int) -> Iterator["Collection"]:
    """Yield the collections that were asked for, or all that can be made.

    Raises
    ------
    UnknownName : no such way. NothingToJudge : it was asked for, and the home has nothing of the kind.
    """
    from ritornello.catalog.view import View
    from ritornello.evaluate import known_items as items
    from ritornello.evaluate import known_minutes as minutes
    from ritornello.kinds.errors import UnknownName
    from ritornello.kinds.randomness import derive

    view = View.read(conn)
    names, told = items.named(view), minutes.talks(conn)
    recogniser = items.recogniser_of(names)
    of_names = items.ways(recogniser)
    rng = derive(seed, "known_items", "names")
    meant = items.drawn(names, items.plays(conn, view), n, rng)
    own = items.own(conn, names, n, rng)
    if asked is None:
        asked = [way for way in of_names if (own if way == items.OWN else names)]
        asked += [way for way in minutes.WAYS if minutes.WAYS[way](told)]
    for way in dict.fromkeys(asked):
        if way not in of_names and way not in minutes.WAYS:
            raise UnknownName.among("way", way, (*of_names, *minutes.WAYS))
        if way in of_names:
            yield items.collection(way, own if way == items.OWN else meant, seed, recogniser)
        else:
            yield minutes.collection(way, told, n, seed)
