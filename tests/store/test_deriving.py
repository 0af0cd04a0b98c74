"""Derived files enter the lake whole or not at all, and erasure treats them right."""

import pytest

from ritornello.kinds.errors import Conflict
from ritornello.store import deriving, erasure, lake, manifest, tombstones
from ritornello.store.deriving import Part, SomebodyLeft, swap
from ritornello.store.seal import exclusive, seal

KIND = "signals/visits"


@pytest.fixture
def written(home, tmp_path):
    """Write rows of listeners to a file that is not in the lake."""

    def write(name, *listeners, sums=False):
        file = tmp_path / f"{name}.parquet"
        rows = ", ".join(f"('{who}', {n})" for n, who in enumerate(listeners))
        columns = "count(*) AS n" if sums else "who AS listener_id, n"
        with lake.open_lake(home) as duck:
            lake.write(duck, f"(SELECT {columns} FROM (VALUES {rows}) AS t (who, n))", file)
        return file

    return write


@pytest.fixture
def put(home, conn, now):
    return lambda *parts, kind=KIND, version=None: swap(
        conn, home, kind, parts, version=version or tombstones.version(conn), now=now
    )


def listeners_in(home, conn, kind=KIND):
    files = [home.lake / entry.path for entry in manifest.entries(conn, kind)]
    if not files:
        return []
    with lake.open_lake(home) as duck:
        sql = f"SELECT listener_id FROM {lake.parquet(files)} ORDER BY 1"
        return [who for (who,) in duck.execute(sql).fetchall()]


def test_new_files_take_the_place_of_the_old(home, conn, put, written, now):
    assert put(Part("2026-11-20", [written("a", "x", "y")], "first")) == 2
    put(Part("2026-11-20", [written("b", "z")], "second"), Part("2026-11-21", [], "empty"))
    assert listeners_in(home, conn) == ["z"]
    assert deriving.made_from(conn)[KIND] == {"2026-11-20": "second", "2026-11-21": "empty"}
    (entry,) = manifest.entries(conn, KIND)
    assert manifest.sha256_of(home.lake / entry.path) == entry.sha256
    assert seal(home, now).n_orphans_swept == 1


def test_nothing_enters_where_somebody_left_meanwhile(home, conn, put, written, writer, now):
    before = tombstones.version(conn)
    writer.run(lambda c: erasure.begin(c, "x", now)).result()
    with pytest.raises(SomebodyLeft):
        put(Part("2026-11-20", [written("a", "x")], "first"), version=before)
    assert manifest.entries(conn, KIND) == []
    assert KIND not in deriving.made_from(conn)


def test_nothing_enters_while_another_is_in_the_lake(home, put, written, monkeypatch):
    monkeypatch.setattr(deriving, "PATIENCE_S", 0.0)
    with exclusive(home), pytest.raises(Conflict, match="at work"):
        put(Part("2026-11-20", [written("a", "x")], "first"))


def test_an_erasure_rewrites_what_names_listeners_and_drops_what_adds_them_up(
    home, conn, put, written, writer, now
):
    put(Part("2026-11-20", [written("a", "x", "y")], "first"))
    put(Part("", [written("s", "x", "y", sums=True)], "sum"), kind="signals/funnel")
    put(Part("", [written("i", "x", sums=True)], None), kind="signals/item")
    writer.run(lambda c: erasure.begin(c, "x", now)).result()
    (certificate,) = erasure.run(home, now=lambda: now, retrain=lambda: 0)
    assert certificate.n_removed["lake.signals/visits"] == 1
    assert listeners_in(home, conn) == ["y"]
    assert deriving.made_from(conn) == {KIND: {"2026-11-20": "first"}}
    assert [entry.kind for entry in manifest.entries(conn)] == ["signals/item", KIND]
    (entry,) = manifest.entries(conn, KIND)
    assert deriving.origin(entry.path) != entry.path


def test_parts_whose_files_are_gone_are_forgotten(home, conn, put, written):
    put(Part("2026-11-20", [written("a", "x")], "1"), Part("2026-11-21", [written("b", "y")], "2"))
    (home.lake / manifest.entries(conn, KIND)[0].path).unlink()
    assert deriving.forget_missing(conn, home) == 1
    assert deriving.made_from(conn)[KIND] == {"2026-11-21": "2"}
    assert listeners_in(home, conn) == ["y"]
