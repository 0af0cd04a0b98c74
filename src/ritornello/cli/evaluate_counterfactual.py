"""``ritornello evaluate counterfactual``: what another policy would have earned, by a log of what was served."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ritornello.cli import reporting
from ritornello.cli.evaluate_compare import tell_warnings
from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.reporting import ReportPath
from ritornello.cli.terminal import answer, progress
from ritornello.kinds.errors import BadValue

if TYPE_CHECKING:
    from ritornello.evaluate.counterfactual import Counterfactual
    from ritornello.evaluate.estimates import Answer
    from ritornello.evaluate.logs import Log
    from ritornello.evaluate.targets import Target

EstimatorNames = Annotated[
    list[str] | None,
    typer.Option("--estimator", help="Such as IPS, IPS(clip=10), DR(model=smoothed); again for more."),
]  # fmt: skip
IntervalText = Annotated[
    str,
    typer.Option("--interval", help="asymptotic, bootstrap(level=0.9) or bernstein(most_weight=40); by listener."),
]  # fmt: skip


SEED = 0


class InWords(msgspec.Struct, frozen=True):
    """One answer for a person: a value with its interval, or why there is none and what to log."""

    estimator: str
    value: str
    above_what_served: str
    worth_rounds: str
    tuned: str


def counterfactual(
    policy: Annotated[str, typer.Option("--policy", help="The target: a policy such as plackett_luce(budget=0.2), uniform, logged; beside --log also a CSV of probabilities, a row an item and a column a position.")],
    *,
    log: Annotated[Path | None, typer.Option("--log", help="A log in the Open Bandit format.")] = None,
    surface: Annotated[str | None, typer.Option("--surface", help="This home's own decisions on a surface, such as home, or 'home by pooled' for what earns.")] = None,
    estimator: EstimatorNames = None,
    interval: IntervalText = "asymptotic",
    report: ReportPath = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:  # fmt: skip
    """Say what POLICY would have earned, from a log of another; what the log cannot tell is refused."""
    import numpy as np

    from ritornello.evaluate import counterfactual as asking
    from ritornello.evaluate.questions import intervals_named

    reporting.check(report)
    if (log is None) == (surface is None):
        raise BadValue("name one log: --log FILE in the Open Bandit format, or --surface of a home")
    intervals = intervals_named(interval)
    with progress("Asking the log"):
        rounds = _of_home(home, surface or "") if log is None else _of_file(log)
        target = _target(policy, log)
        rng = np.random.default_rng(SEED)
        found = asking.evaluate(
            rounds, target, rng, estimator or asking.ESTIMATORS, intervals=intervals
        )
    if report is not None:
        _write(found, rounds, target, report, home)
    tell_warnings([each for one in found.answers for each in one.warnings])
    answer(
        found if json else [_in_words(each) for each in found.answers],
        as_json=json,
        sentence=_sentence(found),
    )


def _of_file(path: Path) -> "Log":
    from ritornello.evaluate import open_bandit

    return open_bandit.read(path)[0]


def _of_home(home: Path, text: str) -> "Log":
    from ritornello.cli.wiring import find_home
    from ritornello.evaluate import home_log
    from ritornello.signals import declared, success_names

    place = find_home(home)
    surface, _, success = text.partition(" by ")
    function = success_names.find(place, success.strip() or declared.NAME)
    return home_log.read(place, surface.strip(), function)


def _target(text: str, log: Path | None) -> "Target":
    from ritornello.evaluate import open_bandit, targets

    if log is not None and text.endswith(".csv"):
        return open_bandit.read_target(Path(text))
    return targets.parse(text)


def _write(
    found: "Counterfactual", rounds: "Log", target: "Target", report: Path, home: Path
) -> None:
    """Write the report, with every round's weight drawn; a home that is there keeps it."""
    from ritornello.evaluate import counterfactual_report
    from ritornello.evaluate.weighing import weigh
    from ritornello.store.home import Home

    place = Home(home)
    weights = weigh(rounds, target).w if len(rounds) else None
    made = counterfactual_report.of(found, weights)
    reporting.write(made, report, place if place.exists else None)


def _sentence(found: "Counterfactual") -> str:
    n = found.support.n if found.support else 0
    served = "" if found.logged is None else f", which earned {found.logged:.4g} each"
    left_out = sum(found.left_out.values())
    return (
        f"{found.target} by {n:,} rounds of {found.log}{served}; {left_out:,} slots are no rounds."
    )


def _in_words(each: "Answer") -> InWords:
    from ritornello.evaluate.estimates import Unsupported

    if isinstance(each, Unsupported):
        return InWords(each.estimator, f"refused: {each.text}", "", "", each.wanted)
    above = each.above_logged
    return InWords(
        each.estimator,
        f"{each.value:.4g} [{each.low:.4g}, {each.high:.4g}] a {each.unit}",
        f"{above.mean:+.4g} [{above.low:+.4g}, {above.high:+.4g}]",
        f"{each.n_effective:,.0f}",
        ", ".join(f"{name} {value:g}" for name, value in each.tuned.items()),
    )
