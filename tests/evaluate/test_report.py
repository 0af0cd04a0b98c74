"""A report knows itself by its content, and refuses rows that do not fit."""

import msgspec
import pytest

from ritornello.evaluate.report import Column, Table, collected
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import BadValue
from tests.evaluate.reports_of_all_kinds import full


def test_the_id_is_of_everything_in_it_and_of_nothing_else():
    assert full().id == full().id
    changed = [
        msgspec.structs.replace(full(), title="Another"),
        msgspec.structs.replace(full(), warnings=()),
        full().made_by("ritornello evaluate offline"),
        full("words"),
    ]
    assert len({full().id, *(each.id for each in changed)}) == 5


def test_a_row_that_does_not_fit_its_columns_is_refused():
    with pytest.raises(BadValue, match="row 1 of 'sums' has 1 cells for 2 columns"):
        Table("sums", (Column("a"), Column("b")), (("x", "y"), ("x",)))


def test_warnings_of_several_results_are_said_once_each():
    first, second = Warned("a", "once"), Warned("b", "twice")
    assert collected([first, second], [], [second, first]) == (first, second)
