"""Merges chain, never circle, and can be taken back."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritornello.catalog import aliases, items
from ritornello.kinds.errors import BadValue, Conflict, Error, NotFound
from ritornello.kinds.items import Artist, Track
from ritornello.kinds.times import to_us

NOW = datetime(2026, 11, 21, tzinfo=UTC)
NAMES = "abcdef"


@pytest.fixture
def tracks(shelf):
    shelf.put(items.changes([Track(item_id=f"track:{n}", title=n.upper()) for n in NAMES]))
    shelf.put(items.changes([Artist(item_id="artist:a", title="A")]))
    return shelf.conn


def merge(conn, one, into):
    aliases.merge(conn, f"track:{one}", f"track:{into}", at=NOW)


def where(conn, name):
    return aliases.resolve(conn, f"track:{name}").removeprefix("track:")


def test_a_chain_is_one_look_up(tracks):
    merge(tracks, "a", "b")
    merge(tracks, "b", "c")
    merge(tracks, "c", "d")
    assert [where(tracks, name) for name in NAMES] == list("ddddef")
    assert items.get(tracks, "track:a").title == "D"
    assert items.get_many(tracks, ["track:a", "track:d"]).keys() == {"track:a", "track:d"}


def test_merging_into_what_is_merged_leads_to_the_end(tracks):
    merge(tracks, "b", "c")
    merge(tracks, "a", "b")
    assert where(tracks, "a") == "c"


def test_an_unmerge_gives_back_what_was_merged_below(tracks):
    merge(tracks, "a", "b")
    merge(tracks, "b", "c")
    aliases.unmerge(tracks, "track:b", at=NOW)
    assert [where(tracks, name) for name in "abc"] == ["b", "b", "c"]
    merge(tracks, "b", "d")
    assert where(tracks, "a") == "d"


def test_nothing_is_deleted_and_the_time_is_kept(tracks):
    merge(tracks, "a", "b")
    aliases.unmerge(tracks, "track:a", at=NOW)
    assert tracks.execute("SELECT from_id, stated_at_us FROM aliases").fetchall() == [
        ("track:a", to_us(NOW))
    ]
    assert tracks.execute("SELECT count(*) FROM items").fetchone() == (len(NAMES) + 1,)


@pytest.mark.parametrize(
    ("pairs", "error"),
    [
        ("aa", BadValue),
        ("ab ba", BadValue),
        ("ab bc ca", BadValue),
        ("ab ac", Conflict),
        ("az", NotFound),
    ],
)
def test_what_cannot_be_merged_is_refused(tracks, pairs, error):
    *good, (one, into) = pairs.split()
    for a, b in good:
        merge(tracks, a, b)
    before = tracks.execute("SELECT * FROM aliases").fetchall()
    with pytest.raises(error):
        merge(tracks, one, into)
    assert tracks.execute("SELECT * FROM aliases").fetchall() == before


def test_kinds_are_not_mixed(tracks):
    with pytest.raises(BadValue, match="different kinds"):
        aliases.merge(tracks, "track:a", "artist:a", at=NOW)


def test_only_a_merge_can_be_taken_back(tracks):
    with pytest.raises(NotFound):
        aliases.unmerge(tracks, "track:a", at=NOW)
    merge(tracks, "a", "b")
    aliases.unmerge(tracks, "track:a", at=NOW)
    with pytest.raises(NotFound):
        aliases.unmerge(tracks, "track:a", at=NOW)


def test_stating_a_merge_again_changes_nothing(tracks):
    merge(tracks, "a", "b")
    before = tracks.execute("SELECT * FROM aliases").fetchall()
    merge(tracks, "a", "b")
    assert tracks.execute("SELECT * FROM aliases").fetchall() == before


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("merge", "unmerge")), st.sampled_from(NAMES), st.sampled_from(NAMES)
    ),
    max_size=25,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=STEPS)
def test_any_order_of_merges_agrees_with_a_plain_model(tracks, steps):
    tracks.execute("DELETE FROM aliases")
    stated = {}
    for step, one, into in steps:
        try:
            if step == "merge":
                merge(tracks, one, into)
                stated[one] = into
            else:
                aliases.unmerge(tracks, f"track:{one}", at=NOW)
                del stated[one]
        except Error:
            continue

    def end(name):
        while name in stated:
            name = stated[name]
        return name

    assert [where(tracks, name) for name in NAMES] == [end(name) for name in NAMES]
