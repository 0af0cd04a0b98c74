"""``ritornello evaluate offline`` over the small simulated world and over counts without times."""

import pytest

from ritornello.cli.evaluate_offline import command_of, instant
from ritornello.evaluate.offline import Offline
from ritornello.evaluate.plans import Plan
from ritornello.kinds.errors import BadValue

FEW = ("--entrant", "blend", "--entrant", "popularity", "--measure", "nDCG@10")


def test_instants():
    assert instant("") is None
    with pytest.raises(BadValue, match="such as 2026-11-14T09:30"):
        instant("next week")


def test_the_command_says_its_split_in_full():
    at, until = instant("2026-11-14"), instant("2026-11-16T10:00")
    found = Offline(
        split="global", at=at, until=until, blind_to="", success="played@1", depth=100,
        judgements=(), values=(), differences=(),
    )  # fmt: skip
    plan = Plan(entrants=("greedy over blend",), measures=("R@5",))
    assert command_of(found, plan) == (
        "ritornello evaluate offline --split global --at 2026-11-14T00:00:00+00:00..2026-11-16T10:00:00+00:00 "
        "--success played@1 --entrant 'greedy over blend' --measure R@5"
    )


def test_what_cannot_be_meant_is_refused(cli, home):
    said = cli("evaluate", "offline", home=home)
    assert said.code == 1
    assert "nothing here has a time" in said.err
    assert (
        "name it .html or .json" in cli("evaluate", "offline", "--report", "r.pdf", home=home).err
    )
    said = cli("evaluate", "offline", "--entrant", "blnd", home=home)
    assert "did you mean 'blend'" in said.err


@pytest.mark.slow
def test_an_evaluation_is_told_kept_and_reported(cli, filled, tmp_path):
    page = tmp_path / "report.html"
    said = cli("evaluate", "offline", *FEW, "--report", page, home=filled)
    assert said.code == 0, said.err
    assert said.out.startswith("blend is") or said.out.startswith("popularity is")
    text = page.read_text()
    assert "ritornello evaluate offline --split global --at" in text
    kept = cli("evaluate", "collection", "--json", home=filled).json
    assert len(kept) == 3
    again = cli("evaluate", "offline", *FEW, "--json", home=filled).json
    assert {each["part"] for each in again["judgements"]} == {"all", "new", "again"}
    assert len(cli("evaluate", "collection", "--json", home=filled).json) == 3


@pytest.mark.slow
def test_splits_outside_what_happened_are_named(cli, filled):
    assert (
        "not after the first event"
        in cli("evaluate", "offline", "--at", "2001-01-01", home=filled).err
    )
    assert (
        "after the last event" in cli("evaluate", "offline", "--at", "2201-01-01", home=filled).err
    )


@pytest.mark.slow
@pytest.mark.parametrize("split", ["leave_one_out", "share"])
def test_other_splits_say_what_they_are_blind_to(cli, filled, split):
    found = cli("evaluate", "offline", "--split", split, *FEW, "--json", home=filled).json
    assert found["split"] == split
    assert "time" in found["blind_to"]
    assert all(0 <= each["at"]["low"] <= each["at"]["high"] for each in found["values"])


@pytest.mark.slow
def test_counts_without_times_are_split_by_share(cli, home, tmp_path):
    rows = [
        (f"l{n}", f"t{(n % 3) * 20 + k}", k + 1)
        for n in range(30)
        for k in range(20)
        if (n + k) % 4
    ]
    table = tmp_path / "counts.csv"
    lines = [",".join(map(str, row)) for row in rows]
    table.write_text("\n".join(["listener_id,item_id,n_plays", *lines, ""]))
    assert cli("import", "interactions", table, home=home).code == 0
    assert "`share` hides a share" in cli("evaluate", "offline", *FEW, home=home).err
    found = cli("evaluate", "offline", "--split", "share", *FEW, "--json", home=home).json
    assert [each["part"] for each in found["judgements"]] == ["new"]
    at = {each["entrant"]: each["at"]["mean"] for each in found["values"] if not each["segment"]}
    assert at["blend"] > 2 * at["popularity"] > 0
