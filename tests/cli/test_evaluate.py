"""``ritornello evaluate``: judgements and runs brought in, listed, scored, put side by side, taken out."""

import shutil

import pytest

from ritornello.cli import main
from ritornello.cli.wiring import make_home
from ritornello.store import faults
from ritornello.store.database import connect
from ritornello.store.home import Home

pytestmark = pytest.mark.slow

QRELS = b"".join(b"t%02d 0 item-%d %d\n" % (t, i, i == t % 5) for t in range(40) for i in range(5))


def run_lines(name: bytes, right_first: bool) -> bytes:
    return b"".join(
        b"t%02d Q0 item-%d 1 %d %s\n" % (t, i, (i == t % 5) if right_first else i, name)
        for t in range(40)
        for i in range(5)
    )


@pytest.fixture(scope="module")
def judged_once(tmp_path_factory):
    """A home with one collection and two runs of it, beside the files they came from."""
    folder = tmp_path_factory.mktemp("judged")
    files = {
        "qrels": QRELS + b"t00 0 item-1\nt01 0 item-1 0.5\n",
        "good": run_lines(b"good", True),
        "poor": run_lines(b"poor", False) + b"t99 Q0 item-1 1 1 poor\n",
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    at = ["--home", str(folder / "home")]
    make_home(folder / "home")
    main(["evaluate", "import", "collection", str(folder / "qrels"), *at])
    for name in ("good", "poor"):
        main(["evaluate", "import", "run", str(folder / name), "--collection", "qrels", *at])
    return folder


@pytest.fixture
def judged(cli, judged_once, monkeypatch):
    """That home, for who only looks."""
    monkeypatch.setenv("RITORNELLO_HOME", str(judged_once / "home"))
    return judged_once


@pytest.fixture
def own(cli, judged_once, tmp_path, monkeypatch):
    """A home of the test's own, with the same in it."""
    monkeypatch.setenv("RITORNELLO_HOME", str(tmp_path / "home"))
    return shutil.copytree(judged_once, tmp_path, dirs_exist_ok=True)


def test_an_import_counts_what_it_kept_and_keeps_what_was_wrong(cli, own):
    said = cli("evaluate", "import", "collection", own / "qrels", "--name", "again", "--json")
    assert said.json["counts"] == {"topics": 40, "items": 5, "judgements": 200}
    assert said.json["faults"] == {"columns": 1, "not_whole": 1}
    conn = connect(Home(own / "home"), read_only=True)
    assert faults.count(conn)["qrels", "columns"] == 2
    conn.close()
    said = cli("evaluate", "import", "run", own / "poor", "--collection", "again")
    assert "poor is kept as" in said.out
    assert "for topics the collection does not have: 1; none of them counts" in said.err


def test_studies_are_listed_and_told(cli, judged):
    (one,) = cli("evaluate", "collection", "--json").json
    assert (one["name"], one["counts"]["topics"]) == ("qrels", 40)
    assert "qrels" in cli("evaluate", "collection").out
    assert (
        cli("evaluate", "collection", "qrels", "--json").json["facts"]["about"]["universe"]
        == "open"
    )
    runs = cli("evaluate", "run", "--collection", "qrels", "--json").json
    assert {each["name"] for each in runs} == {"good", "poor"}
    told = cli("evaluate", "run", "poor")
    assert "sha256" in told.out
    assert "Note: rows for topics the collection does not have: 1" in told.err


def test_a_run_is_scored_with_intervals_and_topic_by_topic(cli, judged):
    said = cli(
        "evaluate", "score", "good", "--measure", "RR", "--measure", "P@1", "--topics", "--json"
    )
    rr, p = said.json["measures"]
    assert (rr["measure"], rr["value"], rr["low"], rr["high"]) == ("RR", 1.0, 1.0, 1.0)
    assert p["n_topics"] == 40
    assert said.json["values"]["RR"] == [1.0] * 40
    assert said.json["topics"][0] == "t00"
    assert "RR" in cli("evaluate", "score", "good", "--measure", "RR").out


def test_runs_stand_side_by_side_and_in_a_file(cli, judged, tmp_path):
    board = cli(
        "evaluate", "leaderboard", "qrels", "--measure", "RR", "--to", tmp_path / "b.csv", "--json"
    )
    assert [row["name"] for row in board.json["rows"]] == ["good", "poor"]
    assert board.json["rows"][1]["cells"][0]["is_below"]
    assert (tmp_path / "b.csv").read_text().startswith("run,run_id,measure")
    assert "↓" in cli("evaluate", "leaderboard", "qrels", "--measure", "RR").out
    said = cli("evaluate", "leaderboard", "qrels", "--to", tmp_path / "b.xlsx")
    assert (said.code, "there are csv, json, md" in said.err) == (1, True)


@pytest.mark.parametrize("name", ["x.txt.gz", "x.parquet"])
def test_what_is_taken_out_can_be_brought_in_again(cli, own, tmp_path, name):
    assert (
        cli("evaluate", "export", "collection", "qrels", tmp_path / name, "--json").json["n_rows"]
        == 200
    )
    said = cli(
        "evaluate", "import", "collection", tmp_path / name, "--name", "qrels", "--json"
    ).json
    assert (said["counts"]["judgements"], said["faults"]) == (200, {})
    (tmp_path / name).unlink()
    assert cli("evaluate", "export", "run", "good", tmp_path / name).code == 0
    assert cli("evaluate", "import", "run", tmp_path / name, "--collection", said["id"]).code == 0


def test_a_universe_and_topics_are_stated_beside_judgements(cli, own, tmp_path):
    (tmp_path / "items").write_text("item-0\nitem-1\nitem-2\n")
    (tmp_path / "topics").write_text('{"topic_id": "t00", "query": "calm"}\nno topic\n')
    said = cli("evaluate", "import", "collection", tmp_path / "qrels", "--name", "closed", "--items",
               tmp_path / "items", "--topics", tmp_path / "topics", "--json")  # fmt: skip
    assert said.json["counts"] == {"topics": 1, "items": 3, "judgements": 3}
    assert said.json["faults"]["not_a_topic"] == 1
    codes = {each["code"] for each in said.json["warnings"]}
    assert codes == {"judgements_for_unknown_topics", "judgements_outside_universe"}


def test_what_cannot_be_is_an_error_in_one_line(cli, judged, tmp_path):
    for words, told in (
        (("score", "nothing"), "no run 'nothing'; there are"),
        (("score", "good", "--measure", "ndgc@10"), "no measure"),
        (
            ("import", "run", judged / "qrels", "--collection", "qrels"),
            "looks like a row of qrels",
        ),
        (("import", "collection", judged / "good"), "looks like a row of a run"),
        (("import", "run", tmp_path / "none", "--collection", "qrels"), "No such file"),
        (("leaderboard", "none"), "no collection 'none'"),
        (("export", "run", "good", tmp_path / "no" / "x.txt"), "no folder"),
    ):
        said = cli("evaluate", *words)
        assert said.code == 1, words
        assert told in said.err, words
        assert said.err.count("\n") == 1, words


def test_an_empty_home_says_how_to_begin(cli, home):
    assert "evaluate import collection" in cli("evaluate", "collection", home=home).out
    assert "evaluate import run" in cli("evaluate", "run", home=home).out
