"""``ritornello evaluate estimators``: which estimator to trust, judged on logs whose truth is known."""

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ritornello.cli import reporting
from ritornello.cli.evaluate_counterfactual import EstimatorNames, IntervalText
from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.reporting import ReportPath
from ritornello.cli.terminal import answer, progress

if TYPE_CHECKING:
    from ritornello.evaluate.trials import Trial


class InWords(msgspec.Struct, frozen=True):
    """One estimator for a person."""

    estimator: str
    bias: str
    deviation: str
    rmse: str
    covers: str
    width: str
    worth_rounds: str
    refused: str


def estimators(
    *,
    logs: Annotated[int, typer.Option("--logs", min=1, help="How many logs are drawn.")] = 200,
    world: Annotated[str, typer.Option("--world", help="What they are drawn from, such as synthetic(n_listeners=2000,target=2.5).")] = "synthetic",
    estimator: EstimatorNames = None,
    interval: IntervalText = "asymptotic",
    report: ReportPath = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:  # fmt: skip
    """Compare estimators on synthetic logs: bias, deviation, error, and how often intervals hold the truth."""
    from ritornello.evaluate import trials_report
    from ritornello.evaluate.counterfactual import ESTIMATORS
    from ritornello.evaluate.questions import intervals_named
    from ritornello.evaluate.synthetic import named
    from ritornello.evaluate.trials import trials
    from ritornello.kinds.randomness import derive
    from ritornello.store.home import Home

    reporting.check(report)
    made, intervals = named(world), intervals_named(interval)
    rng = derive(made.seed, "trials")
    with progress("Trying estimators") as tell:
        found = trials(made, logs, rng, estimator or ESTIMATORS, intervals, tell=tell)
    if report is not None:
        place = Home(home)
        told = trials_report.of(found, made, intervals)
        reporting.write(told, report, place if place.exists else None)
    n = made.n_listeners * made.n_rounds
    sentence = f"{logs:,} logs of {n:,} rounds; the target truly earns {found[0].true_value:.4f}."
    answer(found if json else [_in_words(each) for each in found], as_json=json, sentence=sentence)


def _in_words(each: "Trial") -> InWords:
    refused = ", ".join(f"{why.replace('_', ' ')} {n:,}" for why, n in each.refused.items())
    if not each.n_answered:
        return InWords(each.estimator, "", "", "", "", "", "", refused)
    held = each.coverage
    return InWords(
        each.estimator,
        f"{each.bias:+.4f}",
        f"{each.standard_deviation:.4f}",
        f"{each.rmse:.4f}",
        f"{held.mean:.1%} [{held.low:.1%}, {held.high:.1%}]",
        f"{each.mean_width:.4f}",
        f"{each.n_effective:,.0f}",
        refused,
    )
