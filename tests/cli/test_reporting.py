"""``--report FILE``: a page or JSON with the verdict that was printed and the command that was typed, kept in the home."""

import shutil

import pytest

from ritornello.evaluate import reports, studies
from ritornello.store.home import Home


@pytest.fixture
def judged(judged_once, tmp_path):
    return shutil.copytree(judged_once, tmp_path / "home")


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "good", "--baseline", "poor", "--measure", "nDCG@10"),
        pytest.param(
            ("replicate", "good", "again", "--measure", "nDCG@10"), marks=pytest.mark.slow
        ),
        pytest.param(("leaderboard", "toy", "--measure", "nDCG@10"), marks=pytest.mark.slow),
    ],
    ids=["compare", "replicate", "leaderboard"],
)
def test_a_report_says_what_was_said_and_typed_and_is_kept(cli, judged, tmp_path, words):
    file = tmp_path / "found.json"
    said = cli("evaluate", *words, "--report", str(file), home=judged)
    assert said.code == 0
    report = reports.from_json(file.read_bytes())
    assert report.command.startswith(f"ritornello evaluate {words[0]} ")
    assert f"--report {file}" in report.command
    assert f"/studies/reports/{report.id}" in said.err
    assert studies.report(Home(judged), report.id) == report
    if words[0] != "leaderboard":
        assert said.out.startswith(report.verdict)


def test_a_page_is_written_where_the_name_says_so(cli, judged, tmp_path):
    words = ("evaluate", "compare", "good", "poor", "--measure", "nDCG@10")
    said = cli(*words, "--report", str(tmp_path / "found.html"), home=judged)
    page = (tmp_path / "found.html").read_text(encoding="utf-8")
    (kept,) = studies.of(Home(judged), studies.REPORTS)
    assert kept.facts["verdict"] in page
    assert "good is better than poor" in said.out


@pytest.mark.parametrize(("name", "why"), [("found.pdf", ".html or .json"), ("no/found.html", "no folder")])  # fmt: skip
def test_a_report_that_cannot_be_written_is_said_before_anything_is_done(cli, judged, tmp_path, name, why):  # fmt: skip
    said = cli("evaluate", "compare", "nobody", "--report", str(tmp_path / name), home=judged)
    assert (said.code, said.out) == (1, "")
    assert why in said.err
