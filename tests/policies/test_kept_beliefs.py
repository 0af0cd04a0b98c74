"""Versions are kept whole, come back when told, and never take serving down."""

import json
import shutil
from contextlib import closing

import msgspec
import pytest

from ritornello.cli.wiring import make_home
from ritornello.kinds.errors import ArtefactUnusable, NotFound, UnknownName
from ritornello.policies import beliefs, kept_beliefs, lessons, telling
from ritornello.policies.beliefs import NOTHING_LEARNED
from ritornello.store import artefacts, erasure
from ritornello.store.database import Readers, connect, transaction

WHO = "listener-1"


def lesson(decision, segment, arm, successes, who=WHO):
    key = bytes([decision] * 16)
    return (key, "shelf", 0, "home/new", who, segment, arm, successes, 1000)


@pytest.fixture
def home(tmp_path):
    return make_home(tmp_path / "home")


@pytest.fixture
def current(home):
    with closing(Readers(home)) as readers:
        yield kept_beliefs.Current(home, readers)


def teach(home, rows, before=()):
    with closing(connect(home)) as conn, transaction(conn):
        lessons.replace(conn, rows, before)


def kept(home, rows, taught_by="declared@1"):
    sums = {}
    beliefs.add_up(sums, rows)
    return kept_beliefs.keep(home, sums, taught_by=taught_by, made_from="some files")


FIRST = [lesson(1, "young", "track:a", 1000), lesson(2, "young", "track:a", 0)]
SECOND = [*FIRST, lesson(3, "old", "track:b", 250)]


def test_the_same_sums_have_the_same_name_and_come_back_the_same(home):
    version = kept(home, SECOND)
    assert kept(home, SECOND[::-1]) == version
    assert kept(home, FIRST) != version
    found = kept_beliefs.load(home, version)
    assert found.sums == {
        "home/new": {("young", "track:a"): (2, 1000, 2000), ("old", "track:b"): (1, 250, 1000)}
    }
    assert found.taught_by == "declared@1"
    cells = found.cells("home/new")
    assert (list(cells.arms), cells.n_trial_milli.sum()) == (["track:a", "track:b"], 3000)
    assert list(found.cells("home/old").arms) == []


def test_beliefs_in_use_follow_the_lessons(home, current):
    assert current.refresh().sums == {}
    teach(home, FIRST)
    first = current.refresh()
    assert first.sums["home/new"] == {("young", "track:a"): (2, 1000, 2000)}
    assert current.refresh() is first
    teach(home, [lesson(3, "old", "track:b", 250)], [FIRST[1]])
    second = current.refresh()
    assert second.sums["home/new"] == {
        ("young", "track:a"): (1, 1000, 1000),
        ("old", "track:b"): (1, 250, 1000),
    }
    assert first.sums["home/new"] == {("young", "track:a"): (2, 1000, 2000)}
    assert first.version != second.version


def test_who_leaves_takes_their_lessons_along(home, current, now):
    teach(home, [*FIRST, lesson(4, "old", "track:b", 500, who="listener-2")])
    current.refresh()
    with closing(connect(home)) as conn, transaction(conn):
        erasure.begin(conn, WHO, now)
    assert current.refresh().sums == {"home/new": {("old", "track:b"): (1, 500, 1000)}}
    assert kept(home, FIRST)
    assert kept_beliefs.forget(home) == 1
    assert kept_beliefs.versions(home) == []


def test_earlier_beliefs_are_served_until_told_otherwise(home, current):
    first, _ = kept(home, FIRST), teach(home, SECOND)
    assert kept_beliefs.roll_back(home) == first
    assert current.refresh().version == first
    teach(home, [lesson(5, "old", "track:c", 0)])
    assert current.refresh().version == first
    with pytest.raises(NotFound, match="no earlier beliefs"):
        kept_beliefs.roll_back(home)
    with pytest.raises(NotFound, match=f"there are {first}"):
        kept_beliefs.roll_back(home, "0" * 16)
    assert [each.served for each in kept_beliefs.versions(home)] == [True]
    kept_beliefs.go_on(home)
    assert len(current.refresh().sums["home/new"]) == 3


def test_only_so_many_versions_are_kept_and_never_less_than_what_is_served(home, monkeypatch):
    monkeypatch.setattr(kept_beliefs, "KEEP", 2)
    first = kept(home, FIRST)
    kept_beliefs.roll_back(home, first)
    for n in range(4):
        kept(home, [lesson(n, "young", f"track:{n}", n)])
    names = [each.version for each in kept_beliefs.versions(home)]
    assert first in names
    assert len(names) == 3


def broken(home, version, how):
    """A version that is not what it was, in one of several ways."""
    place = home.models / "beliefs" / version
    if how == "altered":
        data = bytearray((place / artefacts.ARRAYS).read_bytes())
        data[-1] ^= 1
        (place / artefacts.ARRAYS).write_bytes(data)
        return version
    arrays, facts = artefacts.load(place.parent, version)
    if how == "another format":
        facts["format"] = 2
    elif how == "no names":
        del arrays["names"]
    elif how == "more successes than trials":
        arrays["sums"][:, 1] = 9999
    else:
        arrays["sums"] = arrays["sums"][:, :2].copy()
    return artefacts.save(place.parent, arrays, facts)


@pytest.mark.parametrize(
    "how", ["altered", "another format", "no names", "more successes than trials", "no trials"]
)
def test_what_cannot_be_read_is_named_and_the_last_beliefs_stay(home, current, how):
    teach(home, SECOND)
    served = current.refresh()
    version = broken(home, kept(home, FIRST), how)
    with pytest.raises(ArtefactUnusable, match=version):
        kept_beliefs.load(home, version)
    with pytest.raises(ArtefactUnusable):
        kept_beliefs.roll_back(home, version)
    pointer = home.models / "beliefs" / "served"
    pointer.write_bytes(msgspec.json.encode({"version": version}))
    assert current.refresh() is served
    assert version in current.trouble
    kept_beliefs.go_on(home)
    current.refresh()
    assert current.trouble is None


@pytest.mark.parametrize("text", ["", "{}", json.dumps({"version": 3}), '{"version": "../../etc"}'])
def test_a_pointer_that_points_nowhere_is_named(home, current, text):
    kept(home, FIRST)
    (home.models / "beliefs" / "served").write_text(text)
    assert current.refresh() is NOTHING_LEARNED
    assert current.trouble


def test_watching_takes_up_what_changes(home, current):
    current.watch(0.01)
    teach(home, FIRST)
    for _ in range(500):
        if current.beliefs.sums:
            break
        current._closed.wait(0.01)
    current.close()
    assert current.beliefs.n_lessons("home/new") == 2


def test_beliefs_are_told_by_surface_and_arm_by_arm(home):
    found = kept_beliefs.load(home, kept(home, SECOND))
    told = telling.by_surface(found)
    (belief,) = told.surfaces["home"]
    assert (told.n_lessons, belief.n_arms, belief.n_segments, belief.n_trials) == (3, 2, 2, 3.0)
    assert belief.success == pytest.approx(1.25 / 3)
    assert [arm.arm for arm in telling.arms_of(found, "home/new")] == ["track:a", "track:b"]
    with pytest.raises(UnknownName, match="home/new"):
        telling.arms_of(found, "home/nwe")
    shutil.rmtree(home.models / "beliefs")
