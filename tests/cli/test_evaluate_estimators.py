"""``evaluate estimators``: trials from the command line."""

WORDS = ("evaluate", "estimators", "--logs", "2", "--world", "synthetic(n_listeners=120)")


def test_estimators_are_compared_on_logs_of_known_truth(cli, tmp_path):
    report = tmp_path / "trials.html"
    said = cli(*WORDS, "--estimator", "IPS", "--estimator", "DM", "--report", report, "--home", tmp_path / "none")  # fmt: skip
    assert said.code == 0, said.err
    assert "2 logs of 240 rounds; the target truly earns 0." in said.out
    assert "IPS" in said.out
    assert "IPS" in report.read_text()


def test_the_same_in_json_and_the_same_again(cli):
    one, two = (cli(*WORDS, "--estimator", "SNIPS", "--json").json for _ in "ab")
    assert one == two
    assert (one[0]["estimator"], one[0]["n_answered"]) == ("SNIPS", 2)


def test_another_world_is_refused(cli):
    said = cli("evaluate", "estimators", "--world", "toy")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "no world 'toy'" in said.err
