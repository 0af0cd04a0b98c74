"""A day made from a window is the day of the whole: what each table declares as its reach is enough."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.signals.inputs import DAY_US
from tests.signals.messy import (
    DAYS_OF,
    FROM_US,
    HOUR_US,
    INPUTS,
    NAMES,
    TABLES,
    listen,
    make,
    worlds,
)

pytestmark = pytest.mark.slow
IN_DAYS = ("activity", "readings", "visits", "encounters", "days")


def day_of(row, column):
    """The number of the day a row belongs to."""
    return row[column] // DAY_US


def day_of_made(name, row):
    """The number of the UTC day, or of the local day's name, that places a row of a table."""
    value = row[TABLES[name].day]
    if isinstance(value, int):
        return value // DAY_US
    year, month, day = map(int, value.split("-"))
    return date(year, month, day).toordinal() - date(1970, 1, 1).toordinal()


def within(world, made, name, first, last):
    """What a build gives a table for the days from first to last: its inputs and tables, cut to its reach."""
    reach = TABLES[name].reach
    begin = -(10**9) if reach.back is None else first - reach.back
    end = 10**9 if reach.forward is None else last + reach.forward
    reported = {row["event_id"]: day_of(row, "happened_at_us") for row in world["listen"]}
    given_rows = {need: world.get(need, []) for need in INPUTS}
    for need, column in DAYS_OF.items():
        given_rows[need] = [r for r in given_rows[need] if begin <= day_of(r, column) <= end]
    given_rows["left_out"] = [
        row for row in given_rows["left_out"] if begin <= reported[row["event_id"]] <= end
    ]
    for need in TABLES[name].needs:
        if need in NAMES:
            given_rows[need] = [r for r in made[need] if begin <= day_of_made(need, r) <= end]
    return given_rows


def of_days(name, rows, first, last):
    return sorted((r for r in rows if first <= day_of_made(name, r) <= last), key=repr)


@settings(max_examples=40)
@given(worlds(), st.integers(-2, 12), st.integers(0, 2))
def test_a_window_gives_the_days_of_the_whole(world, offset, length):
    made = make(world)
    first = FROM_US // DAY_US + offset
    last = first + length
    for name in (*IN_DAYS, "beginnings"):
        needed = [each for each in NAMES if each in TABLES[name].needs]
        part = make(within(world, made, name, first, last), [*needed, name])[name]
        assert of_days(name, part, first, last) == of_days(name, made[name], first, last)


@pytest.mark.parametrize("begin_us", [0, 12 * HOUR_US, DAY_US - 1])
def test_listens_of_a_day_each_and_reports_a_day_late_stay_within_reach(begin_us):
    """The longest a listen can be and the latest it can be reported, one after the other."""
    at_us, listens = FROM_US + begin_us, []
    for n, gap_us in enumerate([0, 30 * 60_000_000, 30 * 60_000_000 + 1, 0, 1, HOUR_US // 2]):
        listens.append(listen(f"{n}", at_us, 86_400_000, happened_at_us=at_us + DAY_US))
        at_us += 84_600_000_000 + gap_us
    world = {"listen": listens, "left_out": [], "zone": []}
    made = make(world)
    for name in IN_DAYS:
        needed = [each for each in NAMES if each in TABLES[name].needs]
        for day in range(FROM_US // DAY_US - 1, at_us // DAY_US + 3):
            part = make(within(world, made, name, day, day), [*needed, name])[name]
            assert of_days(name, part, day, day) == of_days(name, made[name], day, day)
