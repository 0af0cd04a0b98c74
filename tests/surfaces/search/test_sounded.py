"""Names held against hypotheses: invariants of the score, and what each part of it decides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.surfaces.search.carriers import Wanted, readings
from ritornello.surfaces.search.kept_rows import Row
from ritornello.surfaces.search.sounded import USUAL, joined, nearness

ROWS = [
    Row("track:moon", "the quiet machines", "", ["moonlight harbour"]),
    Row("track:river", "velvet queens", "", ["river", "the river"]),
    Row("track:river2", "the quiet machines", "", ["river"]),
    Row("artist:river", "", "", ["river"]),
]
TEXTS = st.text("abcdeghiklmnorst ", max_size=20)


def near(*hypotheses):
    return nearness([readings(each) for each in hypotheses], ROWS)


@given(st.lists(TEXTS, max_size=4), st.lists(TEXTS.filter(str.strip), max_size=4))
def test_nearness_is_a_share_and_a_name_is_nearest_to_itself(heard, names):
    rows = [Row(f"track:{n}", "", "", [" ".join(name.split())]) for n, name in enumerate(names)]
    found = nearness([readings(each) for each in heard], rows)
    assert found.shape == (len(heard), len(rows))
    assert ((found >= 0) & (found <= 1)).all()
    for n, name in enumerate(names):
        own = nearness([(Wanted(" ".join(name.split())),)], rows)[0]
        assert own[n] == pytest.approx(1) == pytest.approx(own.max())


def test_who_made_it_what_kind_it_is_and_its_other_forms_decide():
    assert near("river by velvet queens")[0].argmax() == 1
    assert near("river by the quiet machines")[0].argmax() == 2
    assert near("river velvet queens")[0].argmax() == 1
    assert near("some river")[0].argmax() == 3
    assert near("the river")[0].argmax() == 1


def test_a_sound_of_the_same_kind_is_nearer_than_another():
    like, unlike = near("moonlight harpour")[0][0], near("moonlight harsour")[0][0]
    assert like > unlike > near("something else")[0][0]


def test_many_hypotheses_a_little_like_it_are_not_one_that_is_it():
    one = joined(np.array([[1.0], [0.0]]), [0.5, 0.5])
    little = joined(np.array([[0.7], [0.7]]), [0.5, 0.5])
    assert one > little
    assert joined(np.array([[1.0], [1.0]]), [0.9, 0.1]) == pytest.approx(1)


def test_a_recognisers_confidence_in_its_own_order_counts_but_less():
    found = joined(np.eye(2), [0.9, 0.1])
    assert found[0] > found[1] > 0.1
    assert joined(np.eye(2), [0.9, 0.1], USUAL._replace(tempered=1.0))[1] == pytest.approx(0.1)
    assert joined(np.eye(2), [0.0, 0.0]).tolist() == [0.0, 0.0]
