"""What teaches is what the setting names; another teacher has another version."""

import numpy as np
import pytest

from ritornello.cli.wiring import make_home
from ritornello.kinds.errors import BadValue, NotFound, UnknownName
from ritornello.policies.lessons import SeenFlag
from ritornello.policies.teaching import Later, passed_by, teacher_of
from ritornello.signals.success import Outcomes, Scored
from ritornello.store import lake


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return make_home(tmp_path_factory.mktemp("teaching") / "home")


def test_the_first_word_is_what_surfaces_choose_by(home):
    teacher = teacher_of(home, "declared returned_7d returned_1d")
    assert list(teacher.subjects) == ["", ":returned_7d", ":returned_1d"]
    assert teacher.later_marks == {":returned_7d", ":returned_1d"}
    assert teacher_of(home, "returned_28d").later_marks == {""}


def test_whatever_changes_a_lesson_changes_the_version(home, tmp_path):
    usual = teacher_of(home, "declared").version
    assert teacher_of(home, "declared").version == usual
    other = make_home(tmp_path / "other")
    (other.path / "success.toml").write_text(
        '[[rule]]\nwhen = { played = true }\nsuccess = 1.0\nbecause = "A test says so."\n'
    )
    versions = {
        usual,
        teacher_of(home, "declared returned_7d").version,
        teacher_of(home, "declared", SeenFlag("seen@2")).version,
        teacher_of(other, "declared").version,
    }
    assert len(versions) == 4


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ("", BadValue, "must name what success is"),
        ("declared declared", BadValue, "each once"),
        ("declred", UnknownName, "declared"),
        ("returned_3d", UnknownName, "success function"),
        ("pooled", NotFound, "no success function pooled"),
    ],
)
def test_what_teaches_nothing_is_named(home, words, error, said):
    with pytest.raises(error, match=said):
        teacher_of(home, words)


def outcomes_of(n):
    columns = {"decision_id": ["d"] * n, "shelf": ["s"] * n, "position": list(range(n))}
    return Outcomes.of({k: np.array(v, object if k != "position" else float) for k, v in columns.items()}
                       | {"played": np.array([1.0] * (n - 1) + [0.0])})  # fmt: skip


def test_a_return_is_unknown_until_its_days_are_over(home):
    outcomes = outcomes_of(4)
    with lake.open_lake(home) as duck:
        duck.execute("CREATE TABLE outcomes AS SELECT 'd' AS decision_id")
        duck.execute(
            "CREATE TABLE returned AS SELECT * FROM (VALUES ('d', 's', 0, TRUE), ('d', 's', 1, FALSE), "
            "('d', 's', 2, NULL), ('e', 's', 3, TRUE)) AS t (decision_id, shelf, position, returned_7d)"
        )
        found = Later("returned_7d").score(duck, outcomes)
    assert found.known.tolist() == [True, True, False, False]
    assert found.success[:2].tolist() == [1.0, 0.0]


def test_passing_by_is_a_trial_where_success_keeps_silent():
    scored = Scored.of(np.array([0.5, np.nan, np.nan]), np.array([True, False, False]))
    found = passed_by(outcomes_of(3), scored)
    assert found.known.tolist() == [True, False, True]
    assert found.success[[0, 2]].tolist() == [0.5, 0.0]
