"""Open Bandit files: the kept sample gives obp's numbers, and whatever a file holds, nothing raises."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ritornello.evaluate import open_bandit
from ritornello.evaluate.counterfactual import evaluate
from ritornello.evaluate.logs import checked
from ritornello.kinds.errors import BadValue, NotFound

HEAD = "timestamp,item_id,position,click,propensity_score\n"
NAMES = {
    "ipw": "IPS", "ipw_clip10": "IPS(clip=10)", "snipw": "SNIPS", "dm": "DM(model=constant)", "dr": "DR(model=constant)",
    "sndr": "SNDR(model=constant)", "switch-dr1": "Switch-DR(model=constant,switch=1)",
    "switch-dr100": "Switch-DR(model=constant,switch=100)", "dr-os1": "DRos(model=constant,shrink=1)",
    "dr-os100": "DRos(model=constant,shrink=100)", "sg-ipw": "IPS(harmonic=0.01)",
    "sg-dr": "DR(model=constant,harmonic=0.01)",
}  # fmt: skip


def answered(log, target, estimators):
    """Answers with one fold, as the oracle's model was made."""
    rng = np.random.default_rng(1)
    found = evaluate(log, target, rng, tuple(estimators), n_folds=1)
    return {each.estimator: each for each in found.answers}


@pytest.mark.parametrize("campaign", ["men", "all"])
def test_the_kept_sample_gives_the_numbers_of_obp(shared, campaign):
    folder = shared / "oracles/ope/obd_sample"
    log, faults = open_bandit.read(folder / f"log_random_{campaign}.csv")
    target = open_bandit.read_target(folder / f"bts_action_dist_{campaign}.csv")
    found = answered(checked(log), target, NAMES.values())
    kept = json.loads((folder / "reference.json").read_text())["campaigns"][campaign]
    assert faults == []
    for name, text in NAMES.items():
        wanted = kept["bts_value_estimated_from_random__constant_q"][name]
        assert found[text].value == pytest.approx(wanted, rel=1e-9), name


@pytest.mark.slow
@pytest.mark.data
def test_the_live_log_of_men_gives_them_too(shared):
    log, faults = open_bandit.read(shared / "data/open_bandit/random/men")
    folder = shared / "oracles/ope/obd_sample"
    target = open_bandit.read_target(folder / "bts_action_dist_men.csv")
    found = answered(checked(log), target, NAMES.values())
    kept = json.loads((folder / "reference.json").read_text())["campaigns"]["men"]
    for name, text in NAMES.items():
        wanted = kept["bts_value_estimated_from_random__constant_q"][name]
        assert found[text].value == pytest.approx(wanted, rel=1e-9), name
    assert (len(log), faults, len(log.actions)) == (10_000, [], 34)
    assert len(log.features) == log.context.shape[1] > 4
    assert {each.split("=")[0] for each in log.features} == {f"user_feature_{k}" for k in range(4)}


def test_rows_that_cannot_be_read_or_weighed_by_are_faults(tmp_path):
    rows = ["t,3,1,0,0.5", "t,1,2,1,0.25", "t,x,1,0,0.5", "t,-1,1,0,0.5", "t,1.5,1,0,0.5", "t,1,0,0,0.5",
            "t,1,1,2,0.5", "t,1,1,,0.5", "t,1,1,0,0", "t,1,1,0,1.01", "t,1,1,0,nan", "t,1,1,1,1"]  # fmt: skip
    (tmp_path / "log.csv").write_text(HEAD + "\n".join(rows) + "\n")
    log, faults = open_bandit.read(tmp_path / "log.csv")
    assert log.row.tolist() == [3, 1, 1]
    assert (log.position.tolist(), log.reward.tolist()) == ([0, 1, 0], [0, 1, 1])
    assert [fault.position for fault in faults] == list(range(4, 13))
    assert log.left_out == {"out_of_range": 6, "bad_propensity": 3}
    assert len(log) + len(faults) == len(rows)
    assert [each.code for each in log.warnings] == ["rows_left_out"]
    assert "propensity_score must be above 0 and at most 1, not '1.01'" in faults[7].message


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"a,b\n1,2\n", HEAD.encode(), b"\x00\xff\xfe" * 50, b'"' * 99, HEAD.encode() + b"1,2\n"]
)  # fmt: skip
def test_files_without_a_round_give_an_empty_log(tmp_path, content):
    (tmp_path / "log.csv").write_bytes(content)
    log, faults = open_bandit.read(tmp_path / "log.csv")
    assert len(checked(log)) == 0
    assert len(faults) <= 1
    assert sum(log.left_out.values()) == len(faults)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(*[st.sampled_from(["0", "1", "2", "0.5", "1e9", "-1", "", "nan", "inf", "é", '"'])] * 4), max_size=6))  # fmt: skip
def test_whatever_a_file_holds_nothing_raises(tmp_path, rows):
    text = "item_id,position,click,propensity_score\n" + "".join(",".join(row) + "\n" for row in rows)  # fmt: skip
    (tmp_path / "log.csv").write_text(text)
    log, faults = open_bandit.read(tmp_path / "log.csv")
    checked(log)
    assert len(log) + len(faults) <= max(len(rows), 1)


def test_a_folder_names_its_log_and_its_items(tmp_path):
    (tmp_path / "item_context.csv").write_text("item_id,colour\n0,a\n7,b\n")
    with pytest.raises(NotFound, match="0 logs"):
        open_bandit.read(tmp_path)
    (tmp_path / "men.csv").write_text(HEAD + "t,2,1,0,0.5\n")
    log, _ = open_bandit.read(tmp_path)
    assert (log.name, len(log.actions)) == ("men", 8)
    with pytest.raises(NotFound, match="no log at"):
        open_bandit.read(tmp_path / "women.csv")


def test_targets_that_are_none_are_refused(tmp_path):
    path = tmp_path / "target.csv"
    with pytest.raises(NotFound, match="no target"):
        open_bandit.read_target(path)
    path.write_text("0.5,x\n0.5,1\n")
    with pytest.raises(BadValue, match="no number"):
        open_bandit.read_target(path)
    path.write_text("0.5,0.9\n0.5,0.2\n")
    with pytest.raises(BadValue, match="sums to"):
        open_bandit.read_target(path)
