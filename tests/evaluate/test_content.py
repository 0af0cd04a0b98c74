"""Rows that may count: in = kept + warned of, whatever comes; and ids that are made of content alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ritornello.evaluate.content import id_of, numbered, vet

ROWS = st.lists(
    st.tuples(
        st.integers(-1, 3),
        st.integers(-1, 4),
        st.one_of(st.floats(-2, 2), st.sampled_from([float("nan"), float("inf")])),
    ),
    max_size=40,
)


@given(ROWS)
def test_every_row_is_kept_or_warned_of(rows):
    topics, items, values = zip(*rows, strict=True) if rows else ((), (), ())
    found = vet("rows", np.array(topics, int), np.array(items, int), np.array(values, float))
    assert len(found.topics) + sum(w.numbers["n_rows"] for w in found.warnings) == len(rows)
    kept = list(zip(found.topics, found.items, strict=True))
    assert len(set(kept)) == len(kept)
    assert np.isfinite(found.values).all()
    assert (found.topics >= 0).all()
    assert (found.items >= 0).all()
    order = np.lexsort((found.items, found.topics))
    assert (order == np.arange(len(order))).all()


@given(ROWS, st.randoms())
def test_the_order_rows_come_in_says_nothing(rows, random):
    def vetted(given):
        topics, items, values = zip(*given, strict=True) if given else ((), (), ())
        return vet("rows", np.array(topics, int), np.array(items, int), np.array(values, float))

    shuffled = list(rows)
    random.shuffle(shuffled)
    for one, other in zip(vetted(rows), vetted(shuffled), strict=True):
        assert np.array_equal(one, other) if isinstance(one, np.ndarray) else one == other


def test_a_row_that_breaks_several_rules_is_told_by_the_first():
    found = vet("rows", np.array([-1, 0, 0, 0]), np.array([-1, -1, 1, 1]), np.full(4, np.nan))
    assert [(w.code, w.numbers["n_rows"]) for w in found.warnings] == [
        ("rows_for_unknown_topics", 1),
        ("rows_outside_universe", 1),
        ("rows_not_finite", 2),
    ]


def test_of_rows_that_stand_there_twice_none_is_kept():
    found = vet("rows", np.array([0, 0, 0]), np.array([1, 1, 2]), np.array([1.0, 2.0, 3.0]))
    assert found.items.tolist() == [2]
    assert found.warnings[0].code == "rows_twice"
    assert "2; none of them counts" in str(found.warnings[0])


def test_an_id_changes_with_every_part_and_not_with_how_it_is_held():
    base = id_of({"a": 1, "b": [2]}, np.arange(3), np.ones(2))
    assert base == id_of({"b": (2,), "a": 1}, np.arange(3, dtype=np.int32), np.ones(2, np.float32))
    others = [
        id_of({"a": 1, "b": [3]}, np.arange(3), np.ones(2)),
        id_of({"a": 1, "b": [2]}, np.arange(4), np.ones(2)),
        id_of({"a": 1, "b": [2]}, np.arange(3), np.ones(3)),
        id_of({"a": 1, "b": [2]}, np.array([0, 1]), np.array([2.0, 1.0, 1.0])),
    ]
    assert len({base, *others}) == 5


def test_ids_nobody_knows_are_nowhere():
    assert numbered(["b", "x", "a"], {"a": 0, "b": 1}).tolist() == [1, -1, 0]
