"""Studies in a home: written once, read back whole or not at all, and made anew without who was erased."""

import shutil
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from ritornello.cli.wiring import make_home, writing
from ritornello.evaluate import forgetting, leaderboard_files, studies
from ritornello.evaluate.collections import Origin, Topic, freeze
from ritornello.evaluate.leaderboard import leaderboard
from ritornello.evaluate.report import Report
from ritornello.evaluate.runs import rank
from ritornello.evaluate.scoring import score
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import ArtefactUnusable, BadValue, NotFound
from ritornello.measures import names
from ritornello.measures.matching import Judged, Ranked
from ritornello.store import erasure
from ritornello.store.deriving import SomebodyLeft
from ritornello.store.home import Home
from ritornello.testing.traces import Traces
from tests.evaluate.kept import a_collection, a_run


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").create()


def odd_collection():
    """Everything a topic may say, and warnings with and without numbers."""
    topics = [
        Topic("q1", None, "calm, no live", {"device": "car"}, {"activity": "high"}),
        Topic("q2", "listener-2", ""),
    ]
    about = Origin(
        "outcomes", "open", "declared@1", datetime(2026, 5, 1, tzinfo=UTC), "x", "0" * 16
    )
    judged = Judged(np.array([0, 1, 0]), np.array([0, 0, 1]), np.array([0.5, -1.0, 0.25]))
    warned = (Warned("a", "b", {"n": 3, "share": 0.5}), Warned("c", "d"))
    return freeze("ödd", topics, ["ü", "track:1"], judged, about, warnings=warned)


def odd_run(collection):
    ranked = Ranked(np.array([0, 1]), np.array([2, 0]), np.array([1e-300, -0.0]))
    recipe = {"model": {"l2": 0.5, "on": [1, "two", None]}, "seed": 1, "at": 1.0}
    return rank(collection, "odd", recipe, ranked, others=("zz",), warnings=collection.warnings)


def test_what_is_kept_comes_back_with_the_same_id(home):
    collection = odd_collection()
    run, report = odd_run(collection), Report("t", "v", recipe={"seed": 1})
    for thing, read in (
        (collection, studies.collection),
        (run, studies.run),
        (report, studies.report),
    ):
        assert studies.keep(home, thing) == thing.id
        before = sorted(home.studies.rglob("*"))
        assert studies.keep(home, thing) == thing.id
        assert sorted(home.studies.rglob("*")) == before
        assert read(home, thing.id).id == thing.id
    again = studies.collection(home, collection.id)
    assert (again.topics, again.items, again.about, again.name) == (
        collection.topics,
        collection.items,
        collection.about,
        collection.name,
    )
    assert np.array_equal(again.judged.grades, collection.judged.grades)
    back = studies.run(home, run.id)
    assert (back.recipe, back.others, back.name) == (run.recipe, run.others, run.name)
    kinds = {each.kind: each for each in studies.of(home)}
    assert set(kinds) == set(studies.KINDS)
    assert kinds["collections"].counts == {"topics": 2, "items": 2, "judgements": 3}


def test_a_study_is_found_by_id_name_or_beginning(home):
    collection = a_collection()
    studies.keep(home, collection)
    runs = [a_run(collection, name, noise) for name, noise in (("a", 1), ("a", 2), ("b", 3))]
    for run in runs:
        studies.keep(home, run)
    assert studies.find(home, studies.RUNS, "b") == runs[2].id
    assert studies.find(home, studies.RUNS, runs[0].id) == runs[0].id
    assert studies.find(home, studies.COLLECTIONS, collection.id[:6]) == collection.id
    with pytest.raises(BadValue, match="means 2 runs"):
        studies.find(home, studies.RUNS, "a")
    with pytest.raises(NotFound, match="no run 'c'; there are"):
        studies.find(home, studies.RUNS, "c")
    with pytest.raises(NotFound):
        studies.find(home, studies.RUNS, "")
    with pytest.raises(NotFound, match="no study's id"):
        studies.run(home, "../../etc")
    with pytest.raises(NotFound, match="keep it first"):
        studies.keep(home, a_run(a_collection(name="another"), "x", 1))


def test_whatever_is_altered_is_refused_by_name(home):
    collection = a_collection()
    place = home.studies / studies.COLLECTIONS / studies.keep(home, collection)
    whole = {file.name: file.read_bytes() for file in place.iterdir()}
    for name, content in whole.items():
        for changed in (
            b"",
            content[:-1],
            content[: len(content) // 2] + b"\0" + content[len(content) // 2 + 1 :],
        ):
            (place / name).write_bytes(changed)
            with pytest.raises(ArtefactUnusable):
                studies.collection(home, collection.id)
        (place / name).unlink()
        with pytest.raises((ArtefactUnusable, NotFound)):
            studies.collection(home, collection.id)
        (place / name).write_bytes(content)
    assert studies.collection(home, collection.id).id == collection.id
    said = msgspec.json.decode(whole["study.json"])
    for changed in (
        {"format": 99},
        {"name": "else"},
        {"files": {"../x": {"n_bytes": 1, "sha256": ""}}},
    ):
        (place / "study.json").write_bytes(msgspec.json.encode(said | changed))
        with pytest.raises(ArtefactUnusable):
            studies.collection(home, collection.id)


def test_a_damaged_study_is_listed_as_such_beside_the_good_ones(home):
    good, bad = a_collection(), a_collection(name="bad")
    for each in (good, bad):
        studies.keep(home, each)
    (home.studies / studies.COLLECTIONS / bad.id / studies.STUDY).write_bytes(b"[]")
    found = {each.id: each.trouble for each in studies.of(home)}
    assert found[good.id] is None
    assert "cannot be read" in found[bad.id]


def test_what_is_killed_while_writing_leaves_nothing_anybody_meets(home, monkeypatch):
    collection = a_collection()

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(studies, "sync_file", killed)
    with pytest.raises(KeyboardInterrupt):
        studies.keep(home, collection)
    monkeypatch.undo()
    assert studies.of(home) == []
    assert studies.keep(home, collection) == collection.id
    with studies.working(home):
        studies.sweep(home)
    assert not list(home.studies.glob("*/.*"))


@pytest.fixture(scope="module")
def filled_once(tmp_path_factory):
    """A home with two collections, a run of the first on its leaderboard, and reports on several things."""
    home = Home(tmp_path_factory.mktemp("filled") / "home").create()
    collection, other = a_collection(3), a_collection(2, "of others")
    run = a_run(collection, "run", 0.5)
    for each in (collection, other, run):
        studies.keep(home, each)
    measures = [names.parse("RR")]
    scored = score(run, collection, measures)
    board = leaderboard(collection, [scored], measures, np.random.default_rng(1))
    leaderboard_files.keep(home, board)
    about = Report("about", "v", recipe={"run": run.id})
    for each in (about, Report("naming", "listener-02 was hard"), Report("other", "v")):
        studies.keep(home, each)
    return home, collection, run


class TestErased:
    """Three listeners; the second leaves."""

    @pytest.fixture
    def filled(self, filled_once, home):
        shutil.copytree(filled_once[0].path, home.path, dirs_exist_ok=True)
        return filled_once[1:]

    def test_a_collection_they_are_in_gets_a_new_id_that_names_the_old(self, home, filled):
        collection, run = filled
        # listener-02 is in the collection of three alone
        assert forgetting.without(home, ["listener-02"]) == 4
        (after,) = (
            studies.collection(home, each.id)
            for each in studies.of(home, studies.COLLECTIONS)
            if each.name == collection.name
        )
        assert after.about.instead_of == collection.id
        assert [topic.topic_id for topic in after.topics] == ["listener-00", "listener-01"]
        assert after.items == collection.items
        (kept,) = studies.runs_of(home, after.id)
        again = studies.run(home, kept.id)
        assert again.recipe == run.recipe
        before = score(run, collection, ["RR"]).values["RR"]
        assert score(again, after, ["RR"]).values["RR"].tolist() == before[:2].tolist()
        assert [each.name for each in studies.of(home, studies.REPORTS)] == ["other"]
        assert leaderboard_files.find(home, collection.id) is None
        assert Traces([b"listener-02", collection.id.encode()]).below(home.studies / "runs") == {}
        assert Traces([b"listener-02"]).below(home.studies) == {}
        assert forgetting.without(home, ["listener-02"]) == 0

    def test_nobody_of_theirs_nothing_changes(self, home, filled):
        before = {file: file.read_bytes() for file in home.studies.rglob("*") if file.is_file()}
        assert forgetting.without(home, ["listener-77"]) == 0
        assert forgetting.without(home, []) == 0
        assert {f: f.read_bytes() for f in home.studies.rglob("*") if f.is_file()} == before

    def test_where_nobody_is_left_the_collection_goes(self, home, filled):
        forgetting.without(home, [f"listener-{n:02d}" for n in range(3)])
        assert studies.of(home, studies.COLLECTIONS) == studies.of(home, studies.RUNS) == []

    def test_what_cannot_be_read_might_hold_them_and_goes(self, home, filled):
        collection, _ = filled
        (home.studies / studies.COLLECTIONS / collection.id / "topics.parquet").write_bytes(b"")
        forgetting.without(home, ["listener-77"])
        assert [each.name for each in studies.of(home, studies.COLLECTIONS)] == ["of others"]
        assert studies.of(home, studies.RUNS) == []

    @pytest.mark.slow
    @pytest.mark.parametrize("killed_at", ["write", "remove"])
    def test_killed_anywhere_it_goes_on(self, home, filled, monkeypatch, killed_at):
        real, calls = getattr(studies, killed_at), []

        def once(*arguments):
            calls.append(arguments)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return real(*arguments)

        monkeypatch.setattr(studies, killed_at, once)
        with pytest.raises(KeyboardInterrupt):
            forgetting.without(home, ["listener-02"])
        monkeypatch.undo()
        forgetting.without(home, ["listener-02"])
        assert [each.name for each in studies.of(home, studies.REPORTS)] == ["other"]
        assert len(studies.of(home, studies.RUNS)) == 1
        assert len(studies.of(home, studies.COLLECTIONS)) == 2
        assert Traces([b"listener-02"]).below(home.studies) == {}


def test_a_collection_of_somebody_who_left_meanwhile_is_not_kept(tmp_path):
    home, now = make_home(tmp_path / "home"), datetime(2026, 11, 21, tzinfo=UTC)
    collection = a_collection(3)
    with writing(home) as writer:
        writer.run(lambda conn: erasure.begin(conn, "listener-01", now)).result()
    with pytest.raises(SomebodyLeft, match="make it again"):
        studies.keep(home, collection)
    assert studies.of(home) == []
