"""Leaderboards: the best is marked, who is below it only where that is sure among all pairs; the same in every form."""

import csv
from io import StringIO

import msgspec
import numpy as np
import pytest

from ritornello.evaluate import leaderboard_files
from ritornello.evaluate.leaderboard import Leaderboard, leaderboard
from ritornello.evaluate.runs import rank
from ritornello.evaluate.scoring import score
from ritornello.kinds.errors import ArtefactUnusable, BadValue, UnknownName
from ritornello.measures import names
from ritornello.measures.matching import Ranked
from ritornello.store.home import Home
from tests.evaluate.kept import a_collection, a_run

MEASURES = [names.parse(each) for each in ("nDCG@5", "GMAP", "coverage@1", "ARP@1")]
COLLECTION = a_collection()


def board_of(runs, measures=("nDCG@5",), over="judged", seed=1):
    asked = [names.parse(each) for each in measures]
    scored = [score(run, COLLECTION, asked, over=over) for run in runs]
    return leaderboard(COLLECTION, scored, asked, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def board():
    runs = [
        a_run(COLLECTION, name, noise)
        for name, noise in (("poor", 9.0), ("good", 0.3), ("fair", 0.32))
    ]
    return board_of(runs, ("nDCG@5", "GMAP", "coverage@1"))


def test_the_best_stands_first_and_only_who_is_surely_below_is_called_so(board):
    assert [row.name for row in board.rows] == ["good", "fair", "poor"]
    first = [row.cells[0] for row in board.rows]
    assert [cell.is_best for cell in first] == [True, False, False]
    assert [cell.is_below for cell in first] == [False, False, True]
    assert first[0].p_value is None
    assert first[1].p_value > 0.05 > first[2].p_value
    for cell in first:
        assert cell.low <= cell.value <= cell.high
        assert sum(cell.spread.counts) == cell.n_topics == 40


def test_what_is_no_mean_has_no_interval_and_no_test(board):
    for row in board.rows:
        geometric, of_run = row.cells[1:]
        for cell in (geometric, of_run):
            assert (cell.low, cell.high, cell.p_value, cell.is_below) == (None, None, None, False)
        assert geometric.spread is not None
        assert of_run.spread is None


def test_equal_runs_are_all_the_best():
    same = a_run(COLLECTION, "a", 0.3)
    other = rank(COLLECTION, "b", {}, same.ranked)
    assert [row.cells[0].is_best for row in board_of([same, other]).rows] == [True, True]


@pytest.mark.slow
def test_of_many_runs_that_are_alike_hardly_any_is_called_below():
    """Ten runs of pure chance, fifty times: the share of boards that call anybody below stays near 5 %."""
    wrong = 0
    for trial in range(50):
        rng = np.random.default_rng(trial)
        runs = [
            rank(COLLECTION, str(n), {}, Ranked(*np.divmod(np.arange(480), 12), rng.random(480)))
            for n in range(10)
        ]
        wrong += any(row.cells[0].is_below for row in board_of(runs, ("RR",), seed=trial).rows)
    assert wrong <= 6


def test_few_listeners_are_warned_of():
    small = a_collection(5)
    scored = [score(a_run(small, "x", 1), small, MEASURES[:1])]
    board = leaderboard(small, scored, MEASURES[:1], np.random.default_rng(1))
    assert [each.code for each in board.warnings] == ["few_listeners"]


def test_what_does_not_compare_is_refused():
    run = a_run(COLLECTION, "x", 1)
    judged, both = (score(run, COLLECTION, MEASURES[:1], over=over) for over in ("judged", "both"))
    rng = np.random.default_rng(1)
    with pytest.raises(BadValue, match="no leaderboard"):
        leaderboard(COLLECTION, [], MEASURES[:1], rng)
    with pytest.raises(BadValue, match="do not compare"):
        leaderboard(COLLECTION, [judged, both], MEASURES[:1], rng)
    with pytest.raises(BadValue, match="another collection"):
        leaderboard(a_collection(name="b"), [judged], MEASURES[:1], rng)


def test_every_form_says_the_same(board, tmp_path):
    assert msgspec.json.decode(leaderboard_files.text_of(board, "json"), type=Leaderboard) == board
    rows = list(csv.DictReader(StringIO(leaderboard_files.text_of(board, "csv"))))
    assert len(rows) == len(board.rows) * len(board.columns)
    assert float(rows[0]["value"]) == board.rows[0].cells[0].value
    assert rows[-1]["low"] == ""
    text = leaderboard_files.text_of(board, "md")
    assert "| good | **" in text
    assert "↓ [" in text
    assert leaderboard_files.form_of(tmp_path / "x.csv") == "csv"
    with pytest.raises(UnknownName, match="there are csv, json, md"):
        leaderboard_files.form_of(tmp_path / "x.xlsx")


def test_hostile_names_stay_text():
    runs = [a_run(COLLECTION, name, 0.3) for name in ("=cmd()", "a|b\n<i>")]
    board = board_of(runs)
    assert "'=cmd()" in leaderboard_files.text_of(board, "csv")
    assert "a\\|b·\\<i\\>" in leaderboard_files.text_of(board, "md")


def test_a_home_keeps_the_last_one_and_refuses_what_is_none(board, tmp_path):
    home = Home(tmp_path)
    assert leaderboard_files.find(home, board.collection_id) is None
    place = leaderboard_files.keep(home, board)
    assert leaderboard_files.find(home, board.collection_id) == board
    place.write_bytes(b"{}")
    with pytest.raises(ArtefactUnusable, match="make it again"):
        leaderboard_files.find(home, board.collection_id)
    leaderboard_files.forget(home, board.collection_id)
    assert leaderboard_files.find(home, board.collection_id) is None
