"""``evaluate counterfactual``: a log asked from the command line."""

import numpy as np
import pytest

HEAD = "item_id,position,click,propensity_score\n"


@pytest.fixture
def files(tmp_path):
    """A log of three items shown evenly, the last the best; and a target that likes the last."""
    rng = np.random.default_rng(1)
    item = rng.integers(3, size=600)
    click = (rng.random(600) < 0.2 + 0.2 * item).astype(int)
    rows = "".join(f"{i},1,{c},{1 / 3}\n" for i, c in zip(item, click, strict=True))
    (tmp_path / "log.csv").write_text(HEAD + rows + "9,1,0,0\n")
    (tmp_path / "target.csv").write_text("0.2\n0.3\n0.5\n" + "0\n" * 0)
    (tmp_path / "elsewhere.csv").write_text("0\n0\n0\n1\n")
    return tmp_path


def test_a_log_is_asked_what_a_target_would_have_earned(cli, files):
    said = cli("evaluate", "counterfactual", "--log", files / "log.csv", "--policy", files / "target.csv", "--json")  # fmt: skip
    assert said.code == 0
    assert said.json["target"] == "target"
    assert [each["estimator"] for each in said.json["answers"]][:2] == ["IPS", "SNIPS"]
    for each in said.json["answers"]:
        assert each["low"] < each["value"] < each["high"]
    assert said.json["left_out"] == {"bad_propensity": 1}
    assert "1 rows could not be read or weighed by" in said.err


def test_answers_and_refusals_are_told_in_words(cli, files):
    words = ("evaluate", "counterfactual", "--log", files / "log.csv", "--interval", "bernstein", "--policy", files / "target.csv")  # fmt: skip
    said = cli(*words, "--estimator", "IPS", "--estimator", "IPS(clip=2)")
    assert said.code == 0
    assert "target by 600 rounds of log" in said.out
    assert "refused: nothing bounds how large a weight could have been" in said.out
    assert "IPS(clip=2)" in said.out


def test_a_report_is_written_without_a_home(cli, files):
    report = files / "found.html"
    said = cli("evaluate", "counterfactual", "--log", files / "log.csv", "--policy", "uniform", "--report", report, "--home", files / "none")  # fmt: skip
    assert said.code == 0
    page = report.read_text()
    assert "uniform" in page
    assert "Importance weights" in page
    assert not (files / "none").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--policy", "greedy"), "name one log"),
        (("--policy", "greedy", "--log", "log.csv"), "holds no weights"),
        (("--policy", "uniform", "--log", "no.csv"), "no log at"),
        (("--policy", "elsewhere.csv", "--log", "log.csv"), "has 4 columns"),
        (("--policy", "uniform", "--log", "log.csv", "--interval", "exact"), "no interval 'exact'"),
        (("--policy", "uniform", "--log", "log.csv", "--estimator", "IPP"), "no estimator 'IPP'"),
        (("--policy", "uniform", "--log", "log.csv", "--report", "x.pdf"), "name it .html or .json"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_in_a_line(cli, files, monkeypatch, words, message):
    monkeypatch.chdir(files)
    said = cli("evaluate", "counterfactual", *words)
    assert said.code == 1
    assert message in said.err
    assert said.err.count("\n") == 1


@pytest.mark.slow
def test_decisions_without_shortlists_are_no_rounds_and_said_to_be_none(cli, lake_once):
    said = cli("evaluate", "counterfactual", "--surface", "home by declared", "--policy", "logged", "--json", home=lake_once)  # fmt: skip
    assert said.code == 0, said.err
    assert said.json["left_out"] == {"not_on_its_shortlist": 200}
    assert {each["because"] for each in said.json["answers"]} == {"empty_log"}
