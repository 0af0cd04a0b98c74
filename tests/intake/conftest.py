"""A catalogue in memory for every test that asks for one."""

import pytest

from ritornello.testing.shelf import Shelf


@pytest.fixture
def shelf():
    return Shelf()
