"""The error tree: one root, each also the builtin a caller would expect, sentences that help."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.kinds import errors
from ritornello.kinds.errors import Error, UnknownName, did_you_mean

TREE = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and kind.__module__ == errors.__name__ and kind is not Error
]


@pytest.mark.parametrize("kind", TREE)
def test_every_error_hangs_on_one_root_and_prints_its_sentence(kind):
    assert issubclass(kind, Error)
    assert str(kind("what, where, what to do")) == "what, where, what to do"
    assert f" {kind.__name__} " in (errors.__doc__ or "") + " "


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [("BadValue", ValueError), ("UnknownName", KeyError), ("NotFound", LookupError),
     ("NotAllowed", PermissionError), ("StorageUnavailable", OSError)],
)  # fmt: skip
def test_errors_are_also_what_the_language_calls_them(kind, builtin):
    assert issubclass(getattr(errors, kind), builtin)


def test_an_unknown_name_lists_what_there_is():
    assert (
        str(UnknownName.among("measure", "ndgc", ["recall", "ndcg"]))
        == "no measure 'ndgc'; there are ndcg, recall; did you mean 'ndcg'?"
    )
    assert "…" in str(UnknownName.among("row", "x", [f"row{i}" for i in range(20)]))


@given(st.text(min_size=3))
def test_the_nearest_name_of_a_name_is_itself(name):
    assert did_you_mean(name, [name]) == f"; did you mean {name!r}?"


def test_nothing_near_suggests_nothing():
    assert did_you_mean("zzz", ["port", "host"]) == ""
