"""Lake files are written again without who leaves: in order, verified, and no others."""

import json
import re
from datetime import timedelta

import duckdb
import pytest

from ritornello.store import manifest, rewriting, seal, tombstones
from ritornello.store.home import Home

WHO, ALSO, OTHER = "listener-1", "listener-12", "listener-2"


@pytest.fixture
def sealed(writer, home, listen, now, day):
    """Three days: one of everybody, one of the first alone, one of the other alone."""
    everybody = [
        listen(f"track:{i}", who, at=day(10) + timedelta(minutes=i))
        for i in range(4)
        for who in (WHO, ALSO, OTHER)
    ]
    alone = [listen("track:a", WHO, at=day(11)), listen("track:b", OTHER, at=day(12))]
    writer.append([*everybody, *alone]).result()
    seal.seal(home, now)
    return home


@pytest.fixture
def rewrite(conn, sealed, now):
    """Rewrite without somebody; return what progress was told."""

    def rewrite(*who):
        told = []
        for each in who:
            tombstones.lay(conn, each, now)
        rewriting.rewrite_without(conn, sealed, who, now, told.append)
        return told

    return rewrite


def paths(conn):
    return {entry.path for entry in manifest.entries(conn)}


def rows(home: Home, conn):
    files = [str(home.lake / path) for path in sorted(paths(conn))]
    sql = "SELECT listener_id, item_id, epoch_us(happened_at) FROM read_parquet(?)"
    with duckdb.connect() as duck:
        return duck.execute(sql, [files]).fetchall()


def test_the_files_that_hold_somebody_are_found(conn, sealed):
    found = [entry.path for entry in rewriting.holding(conn, sealed, [WHO])]
    assert [path.split("/")[1] for path in found] == ["dt=2026-11-10", "dt=2026-11-11"]
    assert rewriting.holding(conn, sealed, ["listener"]) == []
    assert len(rewriting.holding(conn, sealed, [WHO, OTHER])) == 3


def test_what_is_left_is_what_was_there_less_them_in_its_order(conn, sealed, rewrite):
    before = rows(sealed, conn)
    told = rewrite(WHO)
    assert rows(sealed, conn) == [row for row in before if row[0] != WHO]
    assert told == [0.0, 0.5]
    for entry in manifest.entries(conn):
        file = sealed.lake / entry.path
        assert (entry.n_bytes, entry.sha256) == (file.stat().st_size, manifest.sha256_of(file))
    assert sum(entry.n_rows for entry in manifest.entries(conn)) == len(before) - 5


def test_only_those_files_are_touched_and_an_empty_one_is_gone(conn, sealed, rewrite):
    before = paths(conn)
    rewrite(WHO)
    after = paths(conn)
    assert {path.split("/")[1] for path in before & after} == {"dt=2026-11-12"}
    assert {path.split("/")[1] for path in after} == {"dt=2026-11-10", "dt=2026-11-12"}
    files = {path.relative_to(sealed.lake).as_posix() for path in sealed.lake.rglob("*.parquet")}
    assert files == after
    assert not any(re.search(rb"listener-1(?!2)", (sealed.lake / p).read_bytes()) for p in after)


def test_ids_of_what_is_gone_are_forgotten_and_rows_counted_by_who_left(conn, rewrite):
    rewrite(WHO, ALSO)
    (n_ids,) = conn.execute("SELECT count(*) FROM sealed_ids").fetchone()
    assert n_ids == 5
    counted = dict(conn.execute("SELECT listener_hash, counts FROM tombstones"))
    found = [json.loads(counted[tombstones.hash_of(conn, who)]) for who in (WHO, ALSO)]
    assert found == [
        {"lake.listen": 5, rewriting.FILES: 2},
        {"lake.listen": 4, rewriting.FILES: 1},
    ]


def test_a_second_time_does_nothing_and_a_second_writing_has_a_name_of_its_own(
    conn, sealed, rewrite
):
    rewrite(WHO)
    once = paths(conn)
    assert rewrite(WHO) == []
    assert paths(conn) == once
    rewrite(ALSO)
    (again,) = paths(conn) - once
    assert again.endswith(".again-2.parquet")
