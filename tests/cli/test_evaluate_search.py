"""``ritornello evaluate known-items`` and ``search``: from a home to a number for every change of search."""

import pytest

from ritornello.catalog import transcripts
from ritornello.cli import main
from ritornello.cli.wiring import find_home, reading, writing
from ritornello.kinds.transcripts import Segment

pytestmark = pytest.mark.slow

WORDS = (
    "river", "lantern", "harbour", "winter", "garden", "paper", "boat", "village", "night", "stone",
    "bridge", "cellar", "orchard", "thunder", "mirror", "candle", "forest", "ribbon", "copper", "meadow",
)  # fmt: skip


@pytest.fixture(scope="module")
def known_once(filled_once, tmp_path_factory):
    """A small world in which two episodes are spoken, with its collections of known items."""
    import shutil

    folder = shutil.copytree(filled_once, tmp_path_factory.mktemp("known") / "home")
    home = find_home(folder)
    with reading(home) as conn:
        episodes = [
            row[0]
            for row in conn.execute("SELECT item_id FROM items WHERE kind = 'episode' LIMIT 2")
        ]
    with writing(home) as writer:
        for number, episode_id in enumerate(episodes):
            said = [
                Segment(
                    text=f"Once {' '.join(WORDS[(number + 3 * k + j * (k + 1)) % 20] for j in range(9))}.",
                    start_ms=20_000 * k,
                    end_ms=20_000 * k + 9_000,
                )
                for k in range(12)
            ]
            writer.append([], changes=transcripts.changes(episode_id, said)).result()
    ways = ["exact", "typed", "misheard", "own", "quotes", "titles"]
    asked = [word for way in ways for word in ("--way", way)]
    assert main(["evaluate", "known-items", "--n", "10", *asked, "--home", str(folder)]) == 0
    return folder


@pytest.fixture
def known(cli, known_once, monkeypatch):
    monkeypatch.setenv("RITORNELLO_HOME", str(known_once))
    return known_once


def test_every_way_is_a_collection_by_construction(cli, known):
    names = {each["name"]: each for each in cli("evaluate", "collection", "--json").json}
    assert {"known-items/typed", "known-minutes/quotes"} <= names.keys()
    told = cli("evaluate", "collection", "known-minutes/quotes", "--json").json
    assert told["facts"]["about"]["by"] == "construction"
    again = cli("evaluate", "known-items", "--n", "10", "--way", "exact", "--json").json
    assert again[0]["id"] == names["known-items/exact"]["id"]


def test_all_searches_are_asked_scored_and_put_side_by_side(cli, known, tmp_path):
    said = cli("evaluate", "search", "--json")
    found = {(each["collection"], each["run"], each["measure"]): each for each in said.json}
    assert found["known-items/exact", "instant", "found@10"]["at"]["mean"] > 0.5
    assert (
        found["known-minutes/quotes", "passages", "T2I_Success(tolerance=15,late=15)@1"]["at"][
            "mean"
        ]
        > 0.5
    )
    assert found["known-items/misheard", "voice", "found@10"]["change"] is None
    again = cli(
        "evaluate", "search", "known-minutes/quotes", "--by", "episodes", "--label", "again"
    )
    assert "episodes again" in again.out
    board = cli(
        "evaluate",
        "leaderboard",
        "known-minutes/quotes",
        "--measure",
        "T2I_RR@10",
        "--measure",
        "AiP",
        "--json",
    ).json
    assert board["rows"][0]["name"] == "passages"
    run_id = board["rows"][0]["run_id"]
    report = tmp_path / "spans.html"
    assert cli("evaluate", "score", run_id, "--measure", "nxCG@10", "--report", report).code == 0
    assert "nxCG@10" in report.read_text(encoding="utf-8")


def test_spans_leave_the_house_as_trec_files(cli, known, tmp_path):
    file = tmp_path / "quotes.qrels"
    assert cli("evaluate", "export", "collection", "known-minutes/quotes", file).code == 0
    assert "#t=" in file.read_text(encoding="utf-8")


def test_what_cannot_be_is_said(cli, known, home):
    assert "no way 'sung'" in cli("evaluate", "known-items", "--way", "sung").err
    assert "no search 'by ear'" in cli("evaluate", "search", "--by", "by ear").err
    assert "evaluate known-items" in cli("evaluate", "search", home=home).err
