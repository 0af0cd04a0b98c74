import msgspec
import numpy as np
import pytest

from ritornello.kinds.decisions import Candidate, Shelf
from ritornello.kinds.errors import BadValue
from ritornello.policies.traits import Traits


def shelf(*rows, names=("genre:folk", "energy"), target=(1.0, 0.0)):
    shortlist = tuple(Candidate(f"track:{n}", "blend", 1.0, row) for n, row in enumerate(rows))
    return Shelf("s", "S", "greedy", shortlist, traits=names, target=target)


def test_what_a_shelf_logs_comes_back():
    traits = Traits.logged(shelf((1.0, 0.25), (0.0, 0.75)))
    assert traits.names == ("genre:folk", "energy")
    assert traits.column("energy").tolist() == [0.25, 0.75]
    shares, target = traits.genres()
    assert (shares.tolist(), target.tolist()) == ([[1.0], [0.0]], [1.0])


def test_a_shelf_without_candidates_has_none_of_each():
    assert Traits.logged(shelf()).values.shape == (0, 2)


def test_without_a_target_nothing_is_wanted():
    assert Traits.of(("genre:folk",), [[1.0]]).genres()[1].tolist() == [0.0]


def test_unknown_artists_are_alone():
    groups = Traits.of(("artist",), [[7], [-1], [7], [-1], [3]]).groups().tolist()
    assert groups[0] == groups[2]
    assert len(set(groups)) == 4


@pytest.mark.parametrize(
    ("names", "values", "target", "said"),
    [
        (("new", "new"), [[1, 1]], (), "named twice"),
        (("new",), [[1, 1]], (), r"need \(n, 1\)"),
        (("new",), [1, 1], (), r"need \(n, 1\)"),
        (("new",), [[1]], (1.0, 2.0), "as many finite numbers"),
        (("new",), [[1]], (np.nan,), "as many finite numbers"),
        (("new", "boost"), [[1, 0], [0, np.nan]], (), "'boost' of row 1 is nan"),
    ],
)
def test_traits_that_cannot_be_meant_are_refused(names, values, target, said):
    with pytest.raises(BadValue, match=said):
        Traits.of(names, values, target)


def test_a_candidate_without_its_traits_is_refused():
    with pytest.raises(BadValue, match="shelf 's' has candidates without 2 traits"):
        Traits.logged(shelf((1.0, 0.2), (1.0,)))


def test_a_share_below_zero_is_named():
    with pytest.raises(BadValue, match="genre:jazz"):
        Traits.of(("genre:folk", "genre:jazz"), [[0.0, -0.5]]).genres()


def test_json_keeps_every_bit_of_a_trait():
    rng = np.random.default_rng(0)
    rows = [tuple(row) for row in rng.normal(size=(50, 2)).tolist()]
    back = msgspec.json.decode(msgspec.json.encode(shelf(*rows)), type=Shelf)
    np.testing.assert_array_equal(Traits.logged(back).values, rows)
