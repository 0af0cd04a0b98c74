"""Names come from what is in a mix, tell it from the others, and stay text."""

import sqlite3

import numpy as np
import pytest

from ritornello.catalog import items
from ritornello.catalog.view import View
from ritornello.kinds.items import Artist, Track
from ritornello.store.database import create_tables, execute_rows, schema, transaction
from ritornello.surfaces.mix_names import LONGEST, name_of, telling_genre
from ritornello.surfaces.sources import artist_keys
from ritornello.surfaces.tastes import Cluster, Heard

TEMPLATE = "{artists} and more"
HOSTILE = ["<script>alert(1)</script>", "{artists}{0.__class__}", "A" * 900, "\u202eevil", ""]


@pytest.fixture
def view():
    """Twelve artists with a track each: four ambient, four rock, four hostile without a genre."""
    conn = sqlite3.connect(":memory:", isolation_level=None)
    create_tables(conn, [schema("ritornello.catalog")])
    names = [f"Artist {n:04d}" for n in range(8)] + HOSTILE[:4]
    made = []
    for n, name in enumerate(names):
        genres = ("ambient",) if n < 4 else ("rock",) if n < 8 else ()
        made.append(Artist(item_id=f"artist:a{n}", title=name, genres=genres))
        made.append(
            Track(
                item_id=f"track:a{n}",
                title=f"Track {n}",
                artist_ids=(f"artist:a{n}",),
                artist_name=name,
            )
        )
    with transaction(conn):
        for sql, rows in items.changes(made):
            execute_rows(conn, sql, rows)
    return View.read(conn)


def cluster(view, numbers):
    rows = view.rows(f"track:a{n}" for n in numbers)
    weights = np.linspace(2, 1, len(rows))
    return Cluster(Heard(rows, weights, artist_keys(view, rows)), 0.5)


def test_a_genre_that_tells_a_taste_stands_first(view):
    ambient, rock = cluster(view, range(4)), cluster(view, range(4, 8))
    assert telling_genre(ambient, [rock], view) == "ambient"
    name = name_of(ambient, [rock], view, TEMPLATE, [])
    assert name == "Ambient: Artist 0000, Artist 0001 and more"


def test_a_genre_of_all_tells_nothing(view):
    one, other = cluster(view, [0, 1]), cluster(view, [2, 3])
    assert telling_genre(one, [other], view) is None
    assert name_of(one, [other], view, TEMPLATE, []) == "Artist 0000, Artist 0001 and more"


def test_no_two_mixes_share_a_name(view):
    taste = cluster(view, [0, 1])
    taken = []
    for _ in range(5):
        taken.append(name_of(taste, [], view, TEMPLATE, taken))
    assert len(set(taken)) == 5


def test_hostile_names_pass_as_text_cut_to_a_length(view):
    for n in range(8, 12):
        name = name_of(cluster(view, [n]), [], view, TEMPLATE, [])
        assert name == f"{HOSTILE[n - 8][: LONGEST - 1] if n == 10 else HOSTILE[n - 8]}" + (
            "… and more" if n == 10 else " and more"
        )
