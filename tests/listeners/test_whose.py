"""Whose rows: one listener's, a drawn crowd's, everybody's."""

import pytest

from ritornello.listeners.whose import whose
from tests.listeners.tables import START_US, lay, played


@pytest.mark.parametrize(
    ("listener_id", "most", "n"),
    [("listener-3", None, 1), (None, 4, 4), (None, None, 9), (None, 99, 9)],
)
def test_so_many_are_found_and_always_the_same(listener_id, most, n) -> None:
    ids = [f"listener-{k % 9}" for k in range(18)]
    duck = lay(readings=played(ids, [START_US] * 18, ["track:1"] * 18))
    condition, asked = whose(listener_id, most)
    sql = f"SELECT DISTINCT listener_id FROM readings WHERE {condition} ORDER BY 1"
    found = duck.execute(sql, asked).fetchall()
    assert len(found) == n
    assert duck.execute(sql, asked).fetchall() == found
