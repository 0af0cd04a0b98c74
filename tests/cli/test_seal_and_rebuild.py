"""``ritornello seal`` and ``rebuild``: what moves or is made again stays the same."""

from ritornello.cli.wiring import find_home, reading, schemas
from ritornello.store.rebuild import derived_tables, digest


def state_of(home):
    with reading(find_home(home)) as conn:
        return digest(conn, derived_tables(schemas()))


def test_sealing_moves_everything_once(cli, filled):
    first = cli("seal", "--json", home=filled).json
    assert first["n_events"] > 1000
    assert first["n_files"] == len(list(filled.rglob("*.parquet")))
    assert cli("seal", "--json", home=filled).json["n_events"] == 0


def test_what_is_derived_is_made_again_equal(cli, filled):
    before = state_of(filled)
    assert cli("seal", home=filled).code == 0
    with reading(find_home(filled)) as conn:
        (n_plays,) = conn.execute("SELECT count(*) FROM plays").fetchone()
    assert n_plays > 100
    made = cli("rebuild", "--json", home=filled).json
    assert made["n_records"] > 1000
    assert "plays" in made["tables"]
    assert state_of(filled) == before
