"""``ritornello signals explain``: a visit in words and as JSON."""

import pytest

from ritornello.signals.building import open_tables
from ritornello.store import lake
from ritornello.store.home import Home


@pytest.fixture(scope="module")
def visit_id(lake_once):
    home = Home(lake_once)
    with lake.open_lake(home) as duck:
        open_tables(duck, home, ["visits"])
        sql = "SELECT visit_id FROM visits ORDER BY n_plays DESC, visit_id LIMIT 1"
        return duck.execute(sql).fetchone()[0]


def test_a_visit_is_told_in_words(cli, lake_once, visit_id):
    said = cli("signals", "explain", visit_id, home=lake_once)
    assert said.code == 0
    assert said.out.startswith(f"{visit_id}: ")
    assert "at least half or 4:00" in said.out
    assert "declared " in said.out


def test_a_visit_is_told_as_json_and_so_is_one_event_of_it(cli, lake_once, visit_id):
    told = cli("signals", "explain", visit_id, "--json", home=lake_once).json
    assert told["visit"]["visit_id"] == visit_id
    listen = next(each for each in told["events"] if each["kind"] == "listen")
    assert listen["listen"]["because"]
    alone = cli("signals", "explain", listen["event_id"], "--json", home=lake_once).json
    assert alone["events"] == [listen]


def test_what_is_not_there_says_what_to_do(cli, lake_once, home, visit_id):
    said = cli("signals", "explain", visit_id.split("/")[0], home=lake_once)
    assert said.code == 1
    assert "the nearest of" in said.err
    said = cli("signals", "explain", "ada", home=home)
    assert "ritornello signals build" in said.err
