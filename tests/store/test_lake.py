import threading

import pytest

from ritornello.kinds.events import EVENT_KINDS
from ritornello.store.lake import decisions, open_lake, parquet, relation
from ritornello.store.log import Writer
from ritornello.store.seal import seal


@pytest.mark.parametrize("kind", [*EVENT_KINDS, "decision"])
def test_an_empty_home_has_every_kind_with_its_columns(home, kind):
    with open_lake(home) as duck:
        assert relation(duck, home, kind).limit(1).fetchall() == []
        columns = [row[0] for row in duck.execute(f"DESCRIBE {kind}").fetchall()]
    assert ("decision_id" if kind == "decision" else "event_id") in columns
    assert ("received_at" in columns) == (kind != "decision")


def test_lake_and_log_have_the_same_columns(writer, home, listen, now):
    writer.append([listen()]).result()
    with open_lake(home) as duck:
        relation(duck, home, "listen")
        unsealed = duck.execute("DESCRIBE listen").fetchall()
        seal(home, now)
        relation(duck, home, "listen")
        assert duck.execute("DESCRIBE listen").fetchall() == unsealed


def test_a_decision_of_an_older_file_takes_its_defaults(home, tmp_path):
    """The file knows nothing of what lists are to be as a whole, nor of the draw of shelves."""
    file = tmp_path / "old.parquet"
    shelf = """{'name': 'new', 'title': 'New', 'policy': 'greedy', 'budget': 0.1, 'explored': 0.0,
        'shortlist': [{'item_id': 'track:1', 'source': 'blend', 'weight': 0.5}]}"""
    said = {
        "decision_id": "01a1fdfa-4600-74e6-89b9-2d9d6ac2ab72", "listener_id": "listener-1",
        "surface": "home", "rung": "personal", "policy_version": "1", "model_version": "m",
        "recipe_hash": "h", "arms": "{}",
    }  # fmt: skip
    words = ", ".join(f"'{value}' AS {name}" for name, value in said.items())
    with open_lake(home) as duck:
        duck.execute(
            f"COPY (SELECT {words}, now() AS made_at, [{shelf}] AS shelves, [] AS slots) TO '{file}'"
        )
        ((decision,),) = decisions(duck, parquet([file]))
    (found,) = decision.shelves
    assert (found.objective, found.traits, decision.shelf_order) == ("", (), None)
    assert (found.shortlist[0].weight, found.shortlist[0].traits) == (0.5, ())


def test_a_snapshot_stays_what_it_was(writer, home, listen, now):
    writer.append([listen()]).result()
    with open_lake(home) as duck:
        relation(duck, home, "listen")
        seal(home, now)
        writer.append([listen()]).result()
        assert duck.execute("SELECT count(*) FROM listen").fetchone() == (1,)
        relation(duck, home, "listen")
        assert duck.execute("SELECT count(*) FROM listen").fetchone() == (2,)


def test_reads_are_right_while_seals_commit(home, reducers, listen, now):
    stopping = threading.Event()
    failures: list[str] = []

    def keep_sealing():
        while not stopping.is_set():
            seal(home, now, chunk_rows=3)

    with Writer(home, reducers, now=lambda: now) as writer, open_lake(home) as duck:
        sealer = threading.Thread(target=keep_sealing)
        sealer.start()
        for n in range(1, 16):
            writer.append([listen() for _ in range(10)]).result()
            relation(duck, home, "listen")
            found = duck.execute("SELECT count(*), count(DISTINCT event_id) FROM listen").fetchone()
            if found != (10 * n, 10 * n):
                failures.append(f"{found} after {10 * n}")
        stopping.set()
        sealer.join()
    assert not failures
