"""The catalogue that the written readings ask of, and how they are written down."""

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from ritornello.catalog import items
from ritornello.catalog.postings import postings_of
from ritornello.catalog.view import View
from ritornello.kinds.items import AnyItem, Artist, Track
from ritornello.surfaces.search import lexicon
from ritornello.surfaces.search.naming import Named
from ritornello.surfaces.search.spelling import fold
from ritornello.testing.shelf import Shelf

FILE = Path(__file__).with_name("readings.toml")
GROUPS = ("english", "titles", "german", "french", "spanish")


@cache
def script() -> dict:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def readings() -> list[tuple[str, str]]:
    """Return each request and how it is to be read."""
    return [each for group in GROUPS for each in script()[group].items()]


@cache
def view() -> View:
    shelf = Shelf()
    shelf.put(items.changes(_items()))
    return View.read(shelf.conn)


@cache
def words() -> lexicon.Lexicon:
    return lexicon.of(view(), postings_of(view()))


def names(text: str) -> Sequence[Named]:
    """Find what a text is the whole name of."""
    catalogue, folded = view(), fold(text)
    rows = [row for row, title in enumerate(catalogue.titles) if title and fold(title) == folded]
    return [*words().makers(text), *(Named.of(catalogue, row) for row in rows)]


def _items() -> Iterator[AnyItem]:
    said, made = script(), script()["makes"]
    for name in said["artists"]:
        yield Artist(item_id=f"artist:{_key(name)}", title=name)
    for title in said["tracks"]:
        makers = (f"artist:{_key(made[title])}",) if title in made else ()
        yield Track(item_id=f"track:{_key(title)}", title=title, artist_ids=makers)
    for n in range(3):
        known = {kind: tuple(said[kind]) for kind in ("genres", "moods", "tags")}
        yield Track(item_id=f"track:all{n}", title=f"Title {n}", **known)


def _key(name: str) -> str:
    return fold(name).replace(" ", "-")
