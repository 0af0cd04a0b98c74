"""Each evaluation as a report: the verdict of its numbers, all of its numbers, and a page that opens."""

import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from ritornello.evaluate import (
    comparison_report,
    counterfactual_report,
    leaderboard_report,
    offline_report,
    reports,
    trials_report,
)
from ritornello.evaluate.comparing import compare_all
from ritornello.evaluate.counterfactual import Counterfactual
from ritornello.evaluate.leaderboard import Cell, Column, Leaderboard, Row
from ritornello.evaluate.offline import Offline
from ritornello.evaluate.parts import Difference, Judgement, Value
from ritornello.evaluate.questions import Intervals as Made
from ritornello.evaluate.replicating import Replication, SameEffect, SameOrder, SameValues
from ritornello.evaluate.report import Differences, Intervals, Report, Segments, Table
from ritornello.evaluate.support import Support
from ritornello.evaluate.synthetic import World
from ritornello.evaluate.trials import Trial, share
from ritornello.evaluate.warned import Warned
from ritornello.measures.names import parse
from ritornello.measures.resampling import Interval
from tests.evaluate.reports_of_all_kinds import about
from tests.evaluate.test_arrow import ESTIMATE, REFUSAL
from tests.evaluate.test_comparing import scored

NAMED = [
    "offline",
    "estimates",
    "refusals",
    "estimators",
    "comparisons",
    "replication",
    "leaderboard",
]


def offline(*, entrants: tuple[str, ...] = ("popular", "ease")) -> Offline:
    values, differences = [], []
    for part in ("all", "new"):
        for place, entrant in enumerate(entrants):
            for measure in ("nDCG@20", "Success@10"):
                values.append(Value(part, entrant, measure, "", "", about(0.1 + 0.1 * place)))
                values += [
                    Value(part, entrant, measure, "activity", group, about(0.1))
                    for group in ("low", "high")
                ]
                if place:
                    differences.append(Difference(part, entrant, entrants[0], measure, about(0.1)))
    return Offline(
        split="global", at=datetime(2026, 10, 1, tzinfo=UTC), until=None, blind_to="what was never shown.",
        success="declared@1", depth=100,
        judgements=tuple(Judgement(part, "c" * 16, 500, 1234, 17, 8) for part in ("all", "new")),
        values=tuple(values), differences=tuple(differences), warnings=(Warned("odd", "something odd"),),
    )  # fmt: skip


SUPPORT = Support(
    n=1000, n_listeners=40, n_effective=512.5, largest_weight=7.5, largest_share=0.01, p_unsupported=0.001,
    mean_weight=1.01, mean_weight_error=0.02, n_replayed=1000, n_differ=0, n_uncommon=90, warnings=(),
)  # fmt: skip


def counterfactual(*answers: Any, support: Support | None = SUPPORT) -> Counterfactual:
    return Counterfactual(
        log="home", target="greedy", support=support, logged=0.24, left_out={"pins": 3, "none": 0}, answers=answers
    )  # fmt: skip


def comparisons(n_runs: int = 2, measures: tuple[str, ...] = ("nDCG@10",)) -> Report:
    rng = np.random.default_rng(3)
    theirs = rng.random(60)
    runs = [scored("theirs", theirs)]
    runs += [scored(f"run {i}", theirs + rng.normal(0.2, 0.1, 60)) for i in range(n_runs - 1)]
    found = compare_all(runs[1:], [parse(each) for each in measures], rng, baseline=runs[0])
    return comparison_report.of_comparisons(found, runs)


def replication() -> Report:
    order = SameOrder(100, 50, 3, 0.9, None, 0.97, 0.9, 0.875)
    values = (SameValues("nDCG@10", 0.25, 0.24, 0.01, 0.4, 50),)
    found = Replication("first", "again", order, values, (SameEffect("nDCG@10", 0.9, None),))
    return comparison_report.of_replication(found)


def leaderboard() -> Report:
    columns = (Column("nDCG@10", "up", "share"), Column("coverage@10", "up", "share"))
    rows = (
        Row("1" * 16, "ease", (Cell(0.5, 90, 0.4, 0.6, is_best=True), Cell(0.3, 90, is_best=True))),
        Row("2" * 16, "popular", (Cell(0.1, 90, 0.0, 0.2, 0.001, is_below=True), Cell(0.01, 90))),
    )
    return leaderboard_report.of(Leaderboard("c" * 16, "May", "judged", 0.95, columns, rows))


NEVER = Interval(np.nan, np.nan, np.nan, 0.95, 0)


def trial(estimator: str, rmse: float, n_held: int, n: int = 1000, **refused: int) -> Trial:
    some = {
        "bias": 0.001,
        "standard_deviation": rmse,
        "rmse": rmse,
        "mean_width": 4 * rmse,
        "n_effective": 250.0,
    }
    return Trial(
        estimator=estimator, true_value=0.3, n_answered=n, coverage=share(n_held, n) if n else NEVER, refused=refused,
        **(some if n else dict.fromkeys(some, np.nan)),
    )  # fmt: skip


TRIALS = (trial("DR", 0.02, 948), trial("IPS", 0.08, 880), trial("DM", 0.0, 0, 0, empty_log=1000))


def weights() -> Any:
    return np.random.default_rng(0).lognormal(0, 1, 500)


@pytest.fixture(scope="module")
def made() -> dict[str, Report]:
    return {
        "offline": offline_report.of(offline()),
        "estimates": counterfactual_report.of(counterfactual(ESTIMATE, REFUSAL), weights()),
        "refusals": counterfactual_report.of(counterfactual(REFUSAL, support=None)),
        "estimators": trials_report.of(TRIALS, World(), Made()),
        "comparisons": comparisons(),
        "replication": replication(),
        "leaderboard": leaderboard(),
    }


@pytest.mark.parametrize("name", NAMED)
def test_every_report_is_a_page_and_comes_back_from_json(made: Any, name: str) -> None:
    report = made[name]
    page = reports.html(report)
    assert reports.from_json(reports.to_json(report)) == report
    assert report.verdict.endswith(".")
    assert report.recipe
    assert page.index(report.title) < page.index('class="verdict"') < page.index("<section")
    assert not re.search(r"\bnan\b|None|Interval\(", page)


def test_an_offline_report_tells_all_and_the_new_alone(made: Any) -> None:
    report = made["offline"]
    assert report.title == "Offline: what was heard after 2026-10-01"
    assert report.verdict.count("ease is better than popular: 0.100 more nDCG@20") == 2
    assert "Of the new alone: ease" in report.verdict
    assert [each.title for each in report.sections] == [
        "Everything", "What was new to the listener", "For whom", "What it cannot see",
    ]  # fmt: skip
    everything, _, whom, blind = report.sections
    reached, above, drawn = everything.parts
    assert [row[0] for row in reached.rows] == ["popular", "ease"]
    assert [row[0] for row in above.rows] == ["ease"]
    assert isinstance(drawn, Intervals)
    assert drawn.line == pytest.approx(0.1)
    assert "17 listeners without a past and 8 items" in everything.about
    (segments,) = whom.parts
    assert isinstance(segments, Segments)
    assert segments.segments == ("low (500)", "high (500)")
    assert blind.about == "What was never shown."
    assert report.warnings == offline().warnings


def test_an_entrant_alone_is_compared_with_nobody() -> None:
    report = offline_report.of(offline(entrants=("popular",)))
    assert report.verdict.startswith("popular stands alone")
    assert len([part for part in report.sections[0].parts if isinstance(part, Table)]) == 1


def test_estimates_stand_beside_refusals_with_what_the_log_was_asked(made: Any) -> None:
    estimates, refused, log = made["estimates"].sections
    assert estimates.parts[0].rows[0][:2] == ("DR(model=smoothed)", estimates.parts[1].rows[0].at)
    assert [row.at is None for row in estimates.parts[1].rows] == [False, True]
    assert estimates.parts[1].line == pytest.approx(0.24)
    assert refused.parts[0].rows[0] == ("IPS", "low_effective_n", "worth 7 rounds", "log with a floor")  # fmt: skip
    assert "Left out: pins: 3." in log.about
    assert sum(log.parts[1].counts) + log.parts[1].n_zero == 500


def test_nothing_but_refusals_has_no_estimates_to_show(made: Any) -> None:
    refused, log = made["refusals"].sections
    assert (refused.title, log.about) == ("Refused", "0 rounds of 0 listeners. Left out: pins: 3.")
    assert "cannot be said from this log" in made["refusals"].verdict


@pytest.mark.parametrize(
    "drawn", [np.zeros(5), np.ones(5), np.array([0.0, 1e-9, 1e9]), np.array([2.0])]
)
def test_every_weight_is_in_a_bar(drawn: Any) -> None:
    found = counterfactual_report.histogram(drawn)
    assert sum(found.counts) + found.n_zero == len(drawn)


def test_estimators_are_judged_by_error_and_by_whether_intervals_keep_their_word(made: Any) -> None:
    report = made["estimators"]
    assert report.verdict == (
        "DR came nearest to the truth (RMSE 0.02 over 1,000 of 1,000 logs); intervals at 95 % hold the truth too rarely by IPS "
        "(88 %); DM refused every log."
    )
    honest = trials_report.of(TRIALS[:1], World(), Made()).verdict
    assert "as often as they say" in honest
    assert "Every estimator refused" in trials_report.of(TRIALS[2:], World(), Made()).verdict
    near, kept = report.sections
    assert near.parts[0].rows[2] == ("DM", None, None, None, 0, 1000, "empty log 1,000")
    assert kept.parts[1].line == 0.95
    assert [row.at is None for row in kept.parts[1].rows] == [False, False, True]


def test_a_comparison_draws_every_topic_with_the_better_side_up(made: Any) -> None:
    report = made["comparisons"]
    assert report.title == "Compared: run 0 against theirs"
    assert report.verdict.startswith("run 0 is better than theirs")
    (section,) = report.sections
    (topics,) = [part for part in section.parts if isinstance(part, Differences)]
    assert len(topics.values) == 60
    assert list(topics.values) == sorted(topics.values)
    assert sum(value > 0 for value in topics.values) == section.parts[0].rows[0][4]


def test_several_against_one_are_a_field() -> None:
    report = comparisons(n_runs=4)
    assert report.verdict.startswith("By nDCG@10 over 60 listeners, against theirs: better are")
    assert len(report.sections[0].parts[0].rows) == 3


def test_topics_are_thinned_to_what_a_picture_shows() -> None:
    values = np.random.default_rng(1).normal(size=100_000)
    thinned = comparison_report.thinned(values)
    assert len(thinned) == comparison_report.MOST_POINTS
    assert (thinned[0], thinned[-1]) == (values.min(), values.max())
    assert np.median(thinned) == pytest.approx(np.median(values), abs=0.01)


def test_a_replication_goes_from_order_to_values_to_effect(made: Any) -> None:
    assert [each.title for each in made["replication"].sections] == [
        "The same order?", "The same values?", "The same effect?",
    ]  # fmt: skip
    assert made["replication"].sections[2].parts[0].rows == (("nDCG@10", 0.9, None),)


def test_a_leaderboard_says_who_is_surely_below(made: Any) -> None:
    report = made["leaderboard"]
    assert report.verdict.startswith("ease has the best nDCG@10, 0.5; surely below it is popular")
    values, standing, drawn = report.sections[0].parts
    assert [column.form for column in values.columns] == ["code", "interval", "number"]
    assert standing.rows[1] == ("popular", "below, p 0.001", "not tested")
    assert len(drawn.rows) == 2
