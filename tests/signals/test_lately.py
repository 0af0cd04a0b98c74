"""The latest tables of a few listeners are the rows a build makes of them."""

from contextlib import closing
from datetime import timedelta

import pytest

from ritornello.kinds.times import to_us
from ritornello.signals import lately
from ritornello.signals.building import Beside, open_tables
from ritornello.signals.lately import Ground
from ritornello.signals.shapes import shapes
from ritornello.store import lake
from ritornello.store.database import connect, snapshot
from tests.signals.conftest import UNTIL

NOBODY = {
    "left_out": "SELECT NULL AS event_id, NULL AS listener_id, NULL AS started_at_us, "
    "NULL AS because, NULL AS same_as WHERE false",
    "zone": "SELECT NULL AS listener_id, NULL AS time_zone WHERE false",
}
NOTHING_BEFORE = "SELECT NULL AS listener_id, NULL AS item_id, NULL AS first_at_us WHERE false"
WHO = ["listener-1", "listener-3"]
DAYS = {"outcomes": "made_at_us", "beginnings": "at_us", "shown": "made_at_us"}


def laid(duck, home, who, since_us):
    ground = Ground(home, Beside(NOBODY), NOTHING_BEFORE)
    duck.execute("SET ieee_floating_point_ops = false")
    with closing(connect(home, read_only=True)) as conn, snapshot(conn):
        return lately.lay(duck, conn, ground, who, since_us)


def rows(duck, name, since_us):
    columns = ", ".join(shapes()[name])
    whose = f"{lake.only(WHO)} AND {DAYS[name]} >= {since_us}"
    return set(duck.execute(f"SELECT {columns} FROM {name} {whose}").fetchall())


@pytest.mark.parametrize("n_days", [30, 1], ids=["all", "the last day"])
def test_they_are_what_a_build_makes(built_once, n_days):
    since_us = to_us(UNTIL - timedelta(days=n_days))
    with lake.open_lake(built_once) as lately_made, lake.open_lake(built_once) as built:
        assert laid(lately_made, built_once, WHO, since_us)
        open_tables(built, built_once, DAYS)
        names = DAYS if n_days > 3 else {"outcomes": "made_at_us"}
        for name in names:
            found = rows(lately_made, name, since_us)
            assert found == rows(built, name, since_us)
            assert found


def test_nothing_is_made_where_nothing_was_shown(built_once):
    with lake.open_lake(built_once) as duck:
        assert not laid(duck, built_once, ["listener-none"], 0)
