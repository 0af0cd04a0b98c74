"""The index of a home: made whole, kept up within a look, safe with several processes and after a crash."""

import threading

import numpy as np
import pytest

from ritornello.catalog import items, transcripts
from ritornello.kinds.items import Episode
from ritornello.store.database import Readers, connect, create_tables, execute_rows, schema
from ritornello.store.home import Home
from ritornello.surfaces.search import passage_building, versions
from ritornello.surfaces.search.focusing import find
from tests.surfaces.search.talking import BREAD, LAW, PLUM, SPOKEN, talk


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home").create()
    conn = connect(home)
    create_tables(conn, [schema("ritornello.catalog")])
    for one in SPOKEN:
        episode = Episode(
            item_id=one.episode_id, title=one.title, show_id="show:s", show_title=one.show_title,
            description=one.description or None,
        )  # fmt: skip
        put(conn, items.changes([episode]))
        put(conn, transcripts.changes(one.episode_id, one.segments))
        put(conn, transcripts.chapter_changes(one.episode_id, one.chapters))
    conn.close()
    return home


@pytest.fixture
def conn(home):
    conn = connect(home)
    yield conn
    conn.close()


@pytest.fixture
def opened(home):
    """Open an index over the home, as a process of its own would."""
    held = []

    def open_one():
        readers = Readers(home)
        current = passage_building.Current(home, readers)
        held.append((current, readers))
        return current

    yield open_one
    for current, readers in held:
        current.close()
        readers.close()


def put(conn, changes):
    for sql, rows in changes:
        execute_rows(conn, sql, rows)


def build(home, conn):
    return passage_building.build(home, conn, np.random.default_rng(1))


def best(current, asked):
    found = find(current.refresh(), asked, 1)
    return found[0].episode_id if found else None


def test_a_home_is_indexed_whole(home, conn, opened):
    told = []
    built = passage_building.build(home, conn, np.random.default_rng(1), lambda *n: told.append(n))
    assert (built.n_episodes, told[-1]) == (5, (5, 5))
    assert built.folder == versions.current(home, "passages")
    assert best(opened(), PLUM) == "episode:sea"


def test_what_changed_is_found_at_the_next_look(home, conn, opened):
    build(home, conn)
    current = opened()
    assert best(current, BREAD) == "episode:bread"
    put(conn, transcripts.changes("episode:bread", talk((LAW, 30))))
    put(conn, transcripts.changes("episode:new", talk((BREAD, 30))))
    assert best(current, BREAD) == "episode:new"
    put(conn, transcripts.changes("episode:new", ()))
    assert best(current, BREAD) != "episode:new"


def test_a_new_title_is_taken_up(home, conn, opened):
    build(home, conn)
    current = opened()
    assert current.refresh().episodes(["zeppelin"], 5) == {}
    renamed = Episode(item_id="episode:law", title="Zeppelin", show_id="show:s")
    put(conn, items.changes([renamed], override=True))
    assert list(current.refresh().episodes(["zeppelin"], 5)) == ["episode:law"]


def test_two_processes_put_in_once_and_both_see_it(home, conn, opened):
    build(home, conn)
    one, other = opened(), opened()
    one.refresh(), other.refresh()
    put(conn, transcripts.changes("episode:new", talk((PLUM, 20))))
    n = one.refresh().n_passages
    assert other.refresh().n_passages == n
    assert best(other, PLUM) in {"episode:new", "episode:sea"}


def test_putting_in_again_after_a_crash_changes_nothing(home, conn, opened):
    build(home, conn)
    before = versions.read_facts(versions.current(home, "passages"), passage_building.Facts)
    put(conn, transcripts.changes("episode:new", talk((PLUM, 20))))
    n = opened().refresh().n_passages
    versions.write_facts(versions.current(home, "passages"), before)
    assert opened().refresh().n_passages == n


def test_a_new_version_takes_over_and_the_old_one_is_swept(home, conn, opened):
    old = build(home, conn).folder
    current = opened()
    current.refresh()
    new = build(home, conn).folder
    assert old.is_dir()
    assert best(current, PLUM) == "episode:sea"
    build(home, conn)
    assert not old.is_dir()
    assert new.is_dir()


def test_no_version_and_one_of_other_rules_are_told_apart_from_nothing_found(home, conn, opened):
    current = opened()
    assert current.refresh() is None
    assert "rules" in current.trouble
    folder = build(home, conn).folder
    facts = versions.read_facts(folder, passage_building.Facts)
    versions.write_facts(folder, passage_building.Facts("others", facts.transcripts_seq, 0))
    assert current.refresh() is None
    versions.write_facts(folder, facts)
    assert current.refresh() is not None
    assert current.trouble is None


def test_searches_go_on_while_episodes_are_put_in(home, conn, opened):
    build(home, conn)
    current = opened()
    passages = current.refresh()
    failed = []

    def ask():
        found = [find(passages, PLUM, 1)[0].episode_id for _ in range(40)]
        failed.extend(each for each in found if each != "episode:sea")

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(5):
        put(conn, transcripts.changes(f"episode:{number}", talk((BREAD, 20))))
        current.refresh()
    for thread in threads:
        thread.join()
    assert not failed
