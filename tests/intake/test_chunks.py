"""Rows gathered into chunks: nothing missed, nothing twice."""

from hypothesis import given
from hypothesis import strategies as st

from ritornello.intake import chunks
from ritornello.intake.chunks import Row, gathered
from ritornello.kinds.faults import Fault
from ritornello.kinds.items import Artist
from ritornello.kinds.tallies import Tally


def row(number):
    if number % 5 == 0:
        return Row(number, 0.5, Fault.at("x", number, "rule", "message"))
    tally = Tally(listener_id="l", item_id=f"track:{number}", n_plays=1, source="x")
    return Row(number, 0.5, tally, (Artist(item_id=f"artist:{number % 3}", title="A"),))


@given(st.integers(0, 60), st.integers(0, 70), st.integers(1, 20))
def test_every_row_after_a_position_is_in_exactly_one_chunk(n_rows, after, size):
    before, chunks.ROWS = chunks.ROWS, size
    try:
        found = list(gathered(map(row, range(1, n_rows + 1)), after=after))
    finally:
        chunks.ROWS = before
    wanted = [n for n in range(1, n_rows + 1) if n > after]
    tallies = [t.item_id for chunk in found for t in chunk.tallies]
    faults = [f.position for chunk in found for f in chunk.faults]
    assert tallies == [f"track:{n}" for n in wanted if n % 5]
    assert faults == [n for n in wanted if n % 5 == 0]
    assert [chunk.position for chunk in found] == [*wanted[size - 1 :: size], *wanted[-1:]][
        : len(found)
    ]
    items = [item.item_id for chunk in found for item in chunk.items]
    assert len(items) == len(set(items)) == len({n % 3 for n in wanted if n % 5})
