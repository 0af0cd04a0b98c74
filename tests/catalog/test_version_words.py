"""Which version a title says it is; words that are part of a name say nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.catalog.version_words import VERSIONS, versions_of


@pytest.mark.parametrize(
    ("title", "versions"),
    [
        ("Title 07 (Live)", {"live"}),
        ("Title 07 [Live at the Old Hall, 1994]", {"live"}),
        ("Title 07 - Live", {"live"}),
        ("Title 07 - 2011 Remaster", {"remaster"}),
        ("Title 07 (Artist 0421 Remix)", {"remix"}),
        ("Title 07 (En Vivo)", {"live"}),
        ("Title 07 (Unplugged)", {"live", "acoustic"}),
        ("Title 07 (Instrumental) [Remastered]", {"instrumental", "remaster"}),
        ("(Don't) Title 07 (Live)", {"live"}),
        ("Live Forever", set()),
        ("Cover Me", set()),
        ("Alive (Part 2)", set()),
        ("Title 07 (Delivered)", set()),
        ("Demo", set()),
        ("(Live)", set()),
        ("", set()),
    ],
)
def test_a_version_stands_in_brackets_or_behind_a_dash(title, versions):
    assert set(versions_of(title)) == versions


def test_a_tag_says_it_by_itself():
    assert versions_of("Title 07", ["Acoustic", "seen live"]) == ("acoustic",)


@given(st.text(max_size=80), st.lists(st.text(max_size=12), max_size=4))
def test_any_title_has_versions_that_there_are_each_once(title, tags):
    found = versions_of(title, tags)
    assert set(found) <= set(VERSIONS)
    assert len(set(found)) == len(found)
