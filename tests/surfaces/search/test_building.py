"""A whole version of a catalogue: complete, found by popularity, swept, and made anew where rules changed."""

import math
import shutil
from datetime import UTC, datetime

import numpy as np
import pytest

from ritornello.kinds.errors import ArtefactUnusable, Conflict
from ritornello.kinds.ids import kind_of
from ritornello.store.database import Readers, connect, create_tables
from ritornello.store.home import Home
from ritornello.surfaces import pools
from ritornello.surfaces.search import building, documents, fields, index, versions
from ritornello.surfaces.search.closeness import BEGINS
from ritornello.surfaces.search.index import Current, Index, Sought
from search_names import TABLES, fill, halves, judge, measure, ours, slips

NOW = datetime(2026, 11, 21, tzinfo=UTC)
N_TRACKS, N_ARTISTS = 1500, 150


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A home with a catalogue and its first version."""
    home = Home(tmp_path_factory.mktemp("names")).create()
    catalogue = fill(home, N_TRACKS, N_ARTISTS)
    conn = connect(home)
    told = []
    done = building.build(home, conn, now=NOW, progress=lambda *each: told.append(each))
    yield home, conn, catalogue, done, told
    conn.close()


def test_every_document_is_in_it_and_says_how_far_the_catalogue_was_read(built):
    home, conn, _, done, told = built
    (n_items,) = conn.execute("SELECT count(*) FROM items").fetchone()
    version = Index(versions.current(home, "catalogue"))
    assert len(version) == done.n_documents == n_items + len(pools.shipped())
    assert version.mark == done.mark == documents.Mark(items=n_items, aliases=0, pools=0)
    assert told[-1] == (n_items, n_items)


def test_the_more_popular_comes_first_among_the_same(built):
    home, _, catalogue, _, _ = built
    version = Index(versions.current(home, "catalogue"))
    n_plays = dict(zip(catalogue.ids, catalogue.n_plays.tolist(), strict=True))
    found = version.find(Sought("t", ("track",), is_prefix=True), 20)
    assert {kind_of(item_id) for item_id in found.item_ids} == {"track"}
    begun = [
        n_plays[i] for i, near in zip(found.item_ids, found.scores, strict=True) if near == BEGINS
    ]
    assert len(begun) >= 10
    assert begun == sorted(begun, reverse=True)


def test_popularity_is_that_of_ones_own_items(built):
    home, conn, catalogue, _, _ = built
    by_hand = dict(zip(catalogue.ids, catalogue.n_plays.tolist(), strict=True))
    popularity = building._popularity(home, conn)
    most = max(by_hand.values())
    assert popularity == pytest.approx(
        {i: math.log1p(1e6 * n / most) / math.log1p(1e6) for i, n in by_hand.items() if n}
    )


def test_models_in_use_say_what_is_popular(built, service, monkeypatch):
    home, conn, _, _, _ = built
    monkeypatch.setattr(building.artefacts, "current_version", lambda _: "0123456789abcdef")
    monkeypatch.setattr(building.bundle, "load", lambda *_: service.bundle)
    shares = dict(
        zip(service.bundle.vocabulary.ids, service.bundle.popularity.all_time.tolist(), strict=True)
    )
    popularity = building._popularity(home, conn)
    assert set(popularity) == {item_id for item_id, share in shares.items() if share > 0}
    best = max(shares, key=shares.__getitem__)
    assert popularity[best] == max(popularity.values()) == 1.0


def test_a_version_built_again_takes_the_place_of_the_first_which_is_swept_when_let_go(built):
    home, conn, _, _, _ = built
    readers = Readers(home)
    current = Current(home, readers)
    first = current.refresh().folder
    again = building.build(home, conn, now=NOW)
    assert again.swept == []
    assert current.refresh().folder == versions.current(home, "catalogue") != first
    with versions.locked(home, "catalogue"):
        assert versions.sweep(home, "catalogue") == [first.name]
    second = current.index.folder
    building.build(home, conn, now=NOW)
    assert second.is_dir()
    current.close()
    with versions.locked(home, "catalogue"):
        assert versions.sweep(home, "catalogue") == [second.name]
    readers.close()


def test_while_one_builds_another_is_refused(built):
    home, conn, _, _, _ = built
    with versions.locked(home, "catalogue"), pytest.raises(Conflict):
        building.build(home, conn, now=NOW)


def test_a_version_of_other_rules_or_another_format_is_unusable(built, monkeypatch):
    home = built[0]
    folder = versions.current(home, "catalogue")
    monkeypatch.setattr(fields, "LAYOUT", "another")
    assert index.usable(folder) is None
    with pytest.raises(ArtefactUnusable, match="build it anew"):
        Index(folder)


@pytest.mark.parametrize("lost", ["lines.bin", "begins.npy", "text/meta.json", "facts.json"])
def test_a_version_that_lost_a_file_is_unusable(built, tmp_path, lost):
    folder = tmp_path / "version"
    shutil.copytree(versions.current(built[0], "catalogue"), folder)
    (folder / lost).unlink()
    with pytest.raises(ArtefactUnusable):
        Index(folder)


def test_an_empty_home_has_an_index_of_moments_alone(tmp_path):
    home = Home(tmp_path).create()
    conn = connect(home)
    create_tables(conn, TABLES)
    done = building.build(home, conn, now=NOW)
    conn.close()
    assert done.n_documents == len(pools.shipped())


def test_slips_and_halves_are_found_in_a_small_catalogue(built):
    home, _, catalogue, _, _ = built
    version, rng = Index(versions.current(home, "catalogue")), np.random.default_rng(1)
    slipped = judge(ours(version, is_prefix=False), slips(catalogue, 150, rng), catalogue.name_of)
    begun = judge(ours(version, is_prefix=True), halves(catalogue, 150, rng), catalogue.name_of)
    assert slipped["hit@1"] >= 0.9
    assert slipped["hit@10"] >= 0.98
    assert begun["hit@5"] >= 0.9


@pytest.mark.slow
def test_the_benchmark_runs_and_ours_finds_more_than_the_others(built):
    home, _, catalogue, _, _ = built
    figures = measure(catalogue, Index(versions.current(home, "catalogue")), 300, 150)
    known = figures["known item, one slip"]
    for other in ("FTS5 unicode61", "FTS5 trigram", "plain tantivy"):
        assert known["ours"]["hit@1"] > known[other]["hit@1"]
