"""Where the past ends: refusals by name, and every event known or held out."""

from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.evaluate import splits
from ritornello.evaluate.splits import BLIND_TO, BadSplit
from ritornello.kinds.events import EVENT_KINDS
from ritornello.models.interactions import Pairs, gather
from ritornello.models.vocabulary import Vocabulary

FIRST = datetime(2026, 11, 1, 22, tzinfo=UTC)


def events(listens, acts=()):
    """Return a DuckDB with listens and acts as (listener, minutes after the first instant)."""
    duck = duckdb.connect()
    duck.execute("SET TimeZone = 'UTC'")
    for kind in EVENT_KINDS:
        duck.execute(
            f"CREATE TABLE {kind} (listener_id VARCHAR, happened_at TIMESTAMPTZ, private BOOLEAN, ended_because VARCHAR)"
        )
    for kind, rows in (("listen", listens), ("act", acts)):
        values = ", ".join(
            f"('{who}', CAST('{FIRST + timedelta(minutes=minutes)}' AS TIMESTAMPTZ), false, 'finished')"
            for who, minutes in rows
        )
        if values:
            duck.execute(f"INSERT INTO {kind} VALUES {values}")
    return duck


def test_a_split_within_a_day_stands_at_its_instant():
    duck = events([("a", 0), ("a", 90), ("b", 91)])
    at = FIRST + timedelta(minutes=90)
    split = splits.global_time(duck, at)
    assert split.at_of("a") == split.at_of("nobody") == at
    assert split.blind_to == BLIND_TO["global"]


@pytest.mark.parametrize(
    ("minutes", "says"),
    [
        (-5, "not after the first event"),
        (0, "not after the first event"),
        (100, "after the last event"),
    ],
)
def test_a_split_outside_what_happened_is_refused_by_name(minutes, says):
    with pytest.raises(BadSplit, match=says):
        splits.global_time(events([("a", 0), ("a", 99)]), FIRST + timedelta(minutes=minutes))


def test_acts_count_as_what_happened():
    duck = events([("a", 10)], acts=[("a", 0), ("b", 20)])
    assert splits.span(duck) == (FIRST, FIRST + timedelta(minutes=20))
    assert splits.global_time(duck, FIRST + timedelta(minutes=5)).name == "global"


def test_what_is_held_out_must_not_end_before_it_begins():
    with pytest.raises(BadSplit, match="not after the split"):
        splits.global_time(events([("a", 0), ("a", 9)]), FIRST + timedelta(minutes=5), FIRST)


def test_without_times_there_is_no_instant_and_another_split_is_named():
    for ask in (splits.span, splits.last_share):
        with pytest.raises(BadSplit, match="`share` hides"):
            ask(events([]))


def test_acts_alone_leave_nothing_to_judge_by():
    with pytest.raises(BadSplit, match="nothing was played"):
        splits.last_share(events([], acts=[("a", 0)]))


def test_the_last_fifth_begins_where_a_fifth_is_left():
    at = splits.last_share(events([("a", minute) for minute in range(10)]))
    assert at == FIRST + timedelta(minutes=7)


def test_leaving_one_out_stands_before_each_last_listen():
    split = splits.leave_one_out(events([("a", 0), ("a", 50), ("b", 10), ("b", 70), ("c", 5)]))
    assert split.at_of("a") == FIRST + timedelta(minutes=50)
    assert split.at_of("b") == FIRST + timedelta(minutes=70)
    assert split.at_of("c") > FIRST + timedelta(minutes=70)
    assert "after the play they are to find" in split.blind_to


def test_leaving_one_out_needs_two():
    with pytest.raises(BadSplit, match="two listens"):
        splits.leave_one_out(events([("a", 0), ("b", 1)]))


def counts(n_items):
    rows = np.repeat(np.arange(2), n_items)
    columns = np.tile(np.arange(n_items), 2)
    vocabulary = Vocabulary.of([f"track:{n}" for n in range(n_items)])
    return gather(("a", "b"), vocabulary, Pairs(rows, columns, np.ones(len(rows))))


def test_a_share_of_items_is_hidden_of_who_has_five():
    split = splits.share_of_items(counts(10), 0.2, np.random.default_rng(0), FIRST)
    assert [sum(who == name for who, _ in split.hidden) for name in ("a", "b")] == [2, 2]
    assert split.blind_to == BLIND_TO["share"]


def test_a_share_of_too_few_or_of_all_is_refused():
    with pytest.raises(BadSplit, match="five items"):
        splits.share_of_items(counts(4), 0.2, np.random.default_rng(0), FIRST)
    with pytest.raises(BadSplit, match="between 0 and 1"):
        splits.share_of_items(counts(9), 1.0, np.random.default_rng(0), FIRST)


@settings(max_examples=10)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3_000)), min_size=2, unique=True),
    st.data(),
)
def test_all_splits_leave_something_on_both_sides(listens, data):
    duck = events(listens)
    first, last = splits.span(duck)
    if first == last:
        return
    minutes = int((last - first) / timedelta(minutes=1))
    at = first + timedelta(minutes=data.draw(st.integers(1, minutes)))
    assert splits.global_time(duck, at).at == at
    happened = [FIRST + timedelta(minutes=minute) for _, minute in listens]
    assert any(each < at for each in happened)
    assert any(each >= at for each in happened)
