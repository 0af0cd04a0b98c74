"""A slot teaches whole thousandths; sums of lessons are beliefs, in whatever order they came and went."""

from contextlib import closing
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.cli.wiring import make_home
from ritornello.policies import lessons
from ritornello.policies.lessons import THE_SHELF, SeenFlag, Segments
from ritornello.policies.teaching import passed_by
from ritornello.signals.success import Outcomes, Scored
from ritornello.store.database import connect, transaction

IDS = [str(UUID(int=i + 1)) for i in range(3)]


def outcomes_of(rows):
    """Outcomes from rows of decision, surface, shelf, position, played, seen."""
    names = ("decision_id", "surface", "shelf", "position", "played", "seen")
    columns = {n: np.array(c, object) for n, c in zip(names, zip(*rows, strict=True), strict=True)}
    for name in ("position", "played", "seen"):
        columns[name] = np.array([np.nan if v is None else v for v in columns[name]], float)
    columns["listener_id"] = np.full(len(rows), "listener-1", object)
    columns["item_id"] = np.array([f"track:{i}" for i in range(len(rows))], object)
    return Outcomes.of(columns)


def taught(rows, success, p=None, segment="young", order=None, mark=""):
    """The lessons of rows whose success is given; ``None`` where the function keeps silent."""
    outcomes = outcomes_of(rows)
    values = np.array([np.nan if s is None else s for s in success], float)
    scored = passed_by(outcomes, Scored.of(values, ~np.isnan(values)))
    p = SeenFlag().p_examined(outcomes) if p is None else np.array(p, float)
    whose = Segments(*(np.array([each] * len(rows), object) for each in (segment, order)))
    return lessons.of(outcomes, scored, p, whose, mark)


def test_what_was_played_seen_and_not_seen():
    rows = [(IDS[0], "radio", "radio", i, played, seen) for i, (played, seen) in enumerate([
        (True, True), (True, None), (False, True), (False, False), (False, None),
    ])]  # fmt: skip
    found = taught(rows, [0.7, None, None, None, None])
    told = {row[2]: row[7:] for row in found}
    assert told == {0: (700, 1000), 2: (0, 1000)}
    assert {row[3:7] for row in found} == {
        ("radio", "listener-1", "young", "track:0"),
        ("radio", "listener-1", "young", "track:2"),
    }


def test_a_trial_counts_as_much_as_it_was_looked_at():
    rows = [(IDS[0], "home", "new_2", i, i == 0, None) for i in range(3)]
    found = taught(rows, [1 / 3, None, 0.5], p=[0.2, 0.2504, 0.0004])
    assert {row[2]: row[7:] for row in found} == {0: (333, 1000), 1: (0, 250)}
    assert {row[3] for row in found} == {"home/new"}


def test_a_shelf_is_as_good_as_the_best_that_was_seen_of_it():
    rows = [(IDS[0], "home", name, i, i == 1 and name == "new", i < 2)
            for name in ("new", "new_2", "old") for i in range(4)]  # fmt: skip
    rows = [row if row[2] != "old" else (*row[:5], False) for row in rows]
    success = [0.6 if row[4] else None for row in rows]
    shelves = [row for row in taught(rows, success, order="morning") if row[2] == THE_SHELF]
    assert [(row[1], row[3], row[5], row[6], row[7], row[8]) for row in shelves] == [
        ("new", "home/shelves", "morning", "new", 600, 1000),
        ("new_2", "home/shelves", "morning", "new", 0, 1000),
    ]
    assert not any(row[2] == THE_SHELF for row in taught(rows, success, order=None))


def test_what_is_known_later_teaches_beliefs_of_its_own():
    (row,) = taught([(IDS[0], "radio", "radio", 0, True, True)], [1.0], mark=":returned_7d")
    assert row[3] == "radio:returned_7d"
    assert lessons.mark_of(row) == ":returned_7d"


slots = st.tuples(
    st.sampled_from(IDS), st.sampled_from(["new", "old", "old_2"]), st.integers(0, 9),
    st.booleans(), st.sampled_from([True, False, None]),
    st.one_of(st.none(), st.floats(0, 1)), st.floats(0, 1),
)  # fmt: skip


@given(st.lists(slots, min_size=1, max_size=25, unique_by=lambda s: s[:3]), st.randoms())
def test_lessons_are_thousandths_and_know_no_order(drawn, random):
    def learned(some):
        rows = [(d, "home", shelf, at, played, seen) for d, shelf, at, played, seen, _, _ in some]
        found = taught(rows, [s[5] for s in some], p=[s[6] for s in some], order="evening")
        return {row[:6] + row[7:] for row in found}

    first = learned(drawn)
    assert all(0 <= row[-2] <= row[-1] and 0 < row[-1] <= 1000 for row in first)
    random.shuffle(drawn)
    assert learned(drawn) == first


@pytest.fixture(scope="module")
def conn(tmp_path_factory):
    with closing(connect(make_home(tmp_path_factory.mktemp("lessons") / "home"))) as conn:
        yield conn


def lesson(decision, belief, segment, arm, successes, trials):
    return (bytes([decision] * 16), "s", 0, belief, "listener-1", segment, arm, successes, trials)


some_lessons = st.dictionaries(
    st.tuples(st.integers(0, 3), st.sampled_from(["a", "b"])),
    st.tuples(st.sampled_from("xy"), st.sampled_from("pq"), st.integers(0, 9), st.integers(10, 20)),
).map(lambda d: [lesson(*key, *values) for key, values in d.items()])


@settings(max_examples=25)
@given(st.lists(some_lessons, max_size=3))
def test_beliefs_are_the_sums_of_what_stands(conn, waves):
    with transaction(conn):
        everything = set(conn.execute("SELECT * FROM lessons"))
        lessons.replace(conn, [], everything)
    for wave in waves:
        with transaction(conn):
            keys = [bytes([i] * 16) for i in range(4)]
            before = set(lessons.standing(conn, keys))
            n = lessons.replace(conn, wave, before)
            assert n == len({row[:4] for row in before ^ set(wave)})
            assert set(lessons.standing(conn, keys)) == set(wave)
        sums = conn.execute(
            "SELECT belief, segment, arm, count(*), sum(n_success_milli), sum(n_trial_milli) "
            "FROM lessons GROUP BY 1, 2, 3"
        ).fetchall()
        kept = conn.execute(
            "SELECT belief, segment, arm, n_lessons, n_success_milli, n_trial_milli FROM beliefs "
            "WHERE n_lessons > 0"
        ).fetchall()
        assert sorted(kept) == sorted(sums)
