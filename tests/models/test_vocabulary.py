"""Item id ↔ column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds.errors import BadValue
from ritornello.models.vocabulary import UNKNOWN, Vocabulary


@given(st.sets(st.text(min_size=1, max_size=8)))
def test_every_column_names_an_id_and_every_id_finds_its_column(ids):
    vocabulary = Vocabulary.of(ids)
    assert list(vocabulary.ids) == sorted(ids)
    assert vocabulary.columns_of(vocabulary.ids).tolist() == list(range(len(ids)))


def test_an_unknown_id_has_no_column():
    assert Vocabulary.of(["track:a"]).columns_of(["track:new"]).tolist() == [UNKNOWN]


def test_an_id_stands_once():
    with pytest.raises(BadValue, match="twice"):
        Vocabulary.of(["track:a", "track:a"])
