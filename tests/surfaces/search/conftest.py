"""The small service with namesakes: what is called "Love", and something of every kind that can be found."""

import sqlite3
from datetime import date
from types import SimpleNamespace

import pytest

from ritornello.catalog import items
from ritornello.catalog.rulings import NO_RULINGS
from ritornello.catalog.view import View
from ritornello.kinds.items import Album, Artist, Episode, Show, Track
from ritornello.store.database import execute_rows, transaction
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.recipes import load
from ritornello.surfaces.search import documents
from ritornello.surfaces.search.index import Index
from ritornello.surfaces.search.search import Asked, decide
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.situation import stock_of
from ritornello.testing.small_service import artist_id, fill

RECIPE = load("search")
N_LOVES = 6


def love(artist):
    """Return the id of the track called Love by an artist."""
    return f"track:love{artist}"


def namesakes():
    """Yield six tracks called Love, and an album, an artist, a show and its episodes of like names."""
    for artist in range(N_LOVES):
        yield Track(
            item_id=love(artist),
            title="Love",
            artist_ids=(artist_id(artist),),
            artist_name=f"Artist {artist:04d}",
            album_id="album:love" if artist == 0 else None,
            explicit=artist == 5,
            regions=("SE",) if artist == 4 else (),
            released_on=date(2010, 1, 1),
        )
    yield Album(
        item_id="album:love", title="Love", artist_ids=(artist_id(0),), artist_name="Artist 0000"
    )
    yield Album(item_id="album:empty", title="Love Empty", artist_ids=(artist_id(1),))
    yield Artist(item_id="artist:love", title="Love")
    yield Artist(item_id="artist:nobody", title="Love Nobody")
    yield Track(
        item_id="track:own",
        title="Story of Love",
        artist_ids=("artist:love",),
        artist_name="Love",
        released_on=date(2026, 11, 20),
    )
    yield Show(item_id="show:love", title="Love Talks", author="Artist 0009")
    for number in range(2):
        yield Episode(
            item_id=f"episode:love{number}",
            title=f"About love, part {number}",
            show_id="show:love",
            show_title="Love Talks",
        )


@pytest.fixture(scope="session")
def house(service):
    """The small service's models over a larger catalogue, with its index, and ways to ask."""
    conn = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    fill(conn)
    with transaction(conn):
        for sql, rows in items.changes(namesakes()):
            execute_rows(conn, sql, rows)
    stock = stock_of(View.read(conn), NO_RULINGS, service.bundle)
    index = Index()
    changes = documents.read(conn, documents.Mark())
    index.put(changes.documents, changes.gone, changes.mark)

    def situation(profile, **more):
        return service.situation(profile, "search", stock=more.pop("stock", stock), **more)

    def asked(profile, words, *, index=index, **more):
        about = {k: more.pop(k) for k in ("stock", "budget", "zone") if k in more}
        found = index.find(Sought(words), 100) if index is not None else None
        return Asked(situation(profile, **about), words, found=found, **more)

    def answer(profile, words, **more):
        return decide(asked(profile, words, **more), Ladder(lambda: 0.0), RECIPE)

    return SimpleNamespace(
        conn=conn, stock=stock, index=index, situation=situation, asked=asked, answer=answer,
        shape=RECIPE.searching,
    )  # fmt: skip
