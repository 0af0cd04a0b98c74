"""Every table of the package gives the same rows on DuckDB and on Spark."""

from contextlib import closing

import pytest

from ritornello.signals import portable, state
from ritornello.signals.shapes import all_tables, shapes
from ritornello.signals.staleness import candidates, lineage
from ritornello.signals.windows import Ground, Window, lay, query
from ritornello.store import deriving, lake
from ritornello.store.database import connect
from ritornello.store.engines import DuckEngine
from ritornello.testing.comparing import differences

pytestmark = [pytest.mark.spark, pytest.mark.slow]
TABLES = {
    engine: {each.name: each for each in all_tables(engine)} for engine in ("duckdb", "spark")
}


@pytest.fixture(scope="module")
def ground(built_once, tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    same = {"clock": "", "intended": "", "screen": ""}
    small = {name: folder / f"{name}.parquet" for name in same}
    state.keep(built_once, "clock", [("", -(2**62), 2**62, 3_600_000_000)], small["clock"])
    state.keep(built_once, "intended", [(None, None, "home", "browse")], small["intended"])
    state.keep(built_once, "screen", [(None, "mobile", True, 4, True)], small["screen"])
    with closing(connect(built_once, read_only=True)) as conn:
        return Ground(built_once.lake, lineage(conn, same, 2**50), ["listener-1"], small)


@pytest.mark.parametrize("name", TABLES["duckdb"])
def test_a_table_is_the_same_on_both(name, spark, ground, built_once, tmp_path):
    duck = DuckEngine(built_once)
    files = {}
    for engine in (duck, spark):
        table = TABLES[engine.name][name]
        days = [deriving.WHOLE] if table.day is None else candidates(table, ground.known)
        window = Window(table, days)
        lay(engine, window, ground)
        files[engine.name] = engine.write(query(window), tmp_path / engine.name)
    duck.close()
    with lake.open_lake(built_once) as comparing:
        made = {
            engine: lake.exactly(comparing, found, shapes()[name])
            for engine, found in files.items()
        }
        n_rows, apart = differences(comparing, made["duckdb"], made["spark"], shapes()[name])
    assert apart == []
    assert n_rows > 0


@pytest.mark.parametrize(
    "expression", [each for rule in portable.RULES for each in rule.shown_by], ids=str
)
def test_what_is_forbidden_differs_indeed(expression, spark, built_once):
    duck = DuckEngine(built_once)
    answers = [_answer(engine, f"SELECT {expression}") for engine in (duck, spark)]
    duck.close()
    assert answers[0] != answers[1] or answers == ["refused", "refused"]


def _answer(engine, sql):
    from ritornello.kinds.errors import StorageUnavailable

    try:
        return engine.rows(sql)
    except StorageUnavailable:
        return "refused"
