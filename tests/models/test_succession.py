"""What was played after what, against three loops."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from ritornello.models.interactions import Plays, from_plays
from ritornello.models.succession import count_after, strongest
from ritornello.models.vocabulary import Vocabulary

N_ITEMS = 5
WEIGHTS = [1.0, 0.7, 0.4]


def plays_of(*sequences):
    """Return interactions of listeners with (item, second) plays."""
    rows = [row for row, each in enumerate(sequences) for _ in each]
    columns, at_s = [[play[k] for each in sequences for play in each] for k in (0, 1)]
    listeners = tuple(f"listener-{row}" for row in range(len(sequences)))
    items = Vocabulary(tuple(f"track:{column}" for column in range(N_ITEMS)))
    return from_plays(listeners, items, Plays(rows, columns, at_s))


def in_order(*sequences):
    """Return interactions of listeners who played these items, a minute apart."""
    return plays_of(*[[(item, 60.0 * k) for k, item in enumerate(each)] for each in sequences])


def naive(sequences, weights, max_gap_s=None):
    """Count every pair one by one."""
    found = np.zeros((N_ITEMS, N_ITEMS))
    for plays in sequences:
        ordered = sorted(plays, key=lambda play: (play[1], play[0]))
        for place, (before, at_s) in enumerate(ordered):
            for distance, (after, then_s) in enumerate(ordered[place + 1 :], start=1):
                near = max_gap_s is None or then_s - at_s <= max_gap_s
                if distance <= len(weights) and then_s > at_s and near:
                    found[before, after] += weights[distance - 1]
    return found


plays = st.lists(st.tuples(st.integers(0, N_ITEMS - 1), st.integers(0, 9)), max_size=12)


@settings(max_examples=50)
@given(st.lists(plays, min_size=1, max_size=5), st.sampled_from([None, 1, 3]), st.integers(1, 3))
def test_counts_are_those_of_three_loops(sequences, max_gap_s, n_distances):
    weights = WEIGHTS[:n_distances]
    found = count_after(plays_of(*sequences), weights, max_gap_s).toarray()
    assert np.abs(found - naive(sequences, weights, max_gap_s)).max() <= 1e-9


def test_a_play_after_itself_is_a_pair():
    assert count_after(in_order([2, 2, 2]), [1.0]).toarray()[2, 2] == 2


def test_one_play_is_no_pair_and_listeners_do_not_run_into_each_other():
    assert count_after(in_order([0], [1], []), WEIGHTS).nnz == 0


def test_nobody_knows_which_of_two_at_one_instant_came_first():
    together = plays_of([(0, 5), (1, 5), (2, 9)])
    found = count_after(together, [1.0, 0.5]).toarray()
    assert found[0, 1] == found[1, 0] == 0
    assert (found[1, 2], found[0, 2]) == (1.0, 0.5)


def test_a_pause_of_months_ends_nothing_unless_told_to():
    months_apart = plays_of([(0, 0), (1, 60), (2, 9_000_000)])
    assert count_after(months_apart, [1.0])[1, 2] == 1
    assert count_after(months_apart, [1.0], max_gap_s=1800)[1, 2] == 0
    assert count_after(months_apart, [1.0], max_gap_s=1800)[0, 1] == 1


def test_the_order_of_arrival_changes_nothing():
    sequence = [(0, 3), (4, 1), (2, 2), (2, 1)]
    one, other = (count_after(plays_of(each), WEIGHTS) for each in (sequence, sequence[::-1]))
    assert np.array_equal(one.toarray(), other.toarray())


@settings(max_examples=50)
@given(
    st.lists(st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=4, max_size=4), max_size=4),
    st.integers(1, 4),
)
def test_the_strongest_of_a_row_are_kept_and_ties_go_to_lower_columns(rows, n):
    table = csr_matrix(np.array(rows).reshape(-1, 4))
    found = strongest(table, n).toarray()
    for row, kept in zip(rows, found, strict=True):
        best = sorted(range(4), key=lambda column: (-row[column], column))[:n]
        assert kept.tolist() == [row[c] if c in best else 0.0 for c in range(4)]
