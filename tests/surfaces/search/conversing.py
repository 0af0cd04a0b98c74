"""The scripted dialogues as data, and the ground they stand on."""

import sqlite3
import tomllib
from contextlib import closing
from datetime import date
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from ritornello.catalog import items
from ritornello.catalog.postings import postings_of
from ritornello.catalog.view import View
from ritornello.kinds.items import ITEM_KINDS
from ritornello.store.database import create_tables, execute_rows, schema
from ritornello.surfaces.search import lexicon, questions
from ritornello.surfaces.search.ground import Ground

FILE = Path(__file__).with_name("dialogues.toml")


class Dialogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said, turn by turn, and what is to stand in the end; ``asks`` are the texts that are asked about."""

    says: tuple[str, ...]
    words: str = ""
    chips: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    shown: tuple[str, ...] | None = None


@cache
def script():
    """The file, read once: what there is to hear, what is shown unless told otherwise, and the dialogues."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


@cache
def dialogues() -> tuple[Dialogue, ...]:
    return tuple(msgspec.convert(each, Dialogue) for each in script()["dialogue"])


@cache
def ground() -> Ground:
    """The catalogue of the dialogues: all its names are known to many, the earlier the better."""
    view = catalogue()
    reach = np.linspace(1, 0.1, len(view)).astype(np.float32)
    words = lexicon.of(view, postings_of(view))
    return Ground(words, view, rows(script()["shown"]), questions.namesakes_of(view, reach))


@cache
def catalogue() -> View:
    with closing(sqlite3.connect(":memory:")) as conn:
        create_tables(conn, [schema("ritornello.catalog")])
        for sql, changed in items.changes(map(_item, script()["item"])):
            execute_rows(conn, sql, changed)
        return View.read(conn)


def rows(item_ids) -> tuple[int, ...]:
    return tuple(catalogue().number[item_id] for item_id in item_ids)


def _item(said):
    kind = said["id"].partition(":")[0]
    by = said.get("by", "")
    fields = {
        "item_id": said["id"],
        "title": said["title"],
        "genres": tuple(said.get("genres", ())),
    }
    if kind in ("track", "album"):
        fields |= {"artist_ids": (by,), "artist_name": _name_of(by)}
    if kind == "episode":
        fields |= {"show_id": by, "show_title": _name_of(by)}
    if kind in ("track", "episode"):
        fields |= {"duration_ms": 1000 * said["seconds"]} if "seconds" in said else {}
        fields |= {name: said[name] for name in ("energy", "bpm") if name in said}
    if "year" in said:
        fields["released_on"] = date(said["year"], 6, 1)
    return ITEM_KINDS[kind](**fields)


def _name_of(item_id):
    return {each["id"]: each["title"] for each in script()["item"]}[item_id]
