"""``ritornello signals success``: look at success functions, train them, judge them."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress
from ritornello.kinds.errors import BadValue
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.measures.resampling import Interval
    from ritornello.signals.coclusters import Coclusters
    from ritornello.signals.declared import Declared
    from ritornello.signals.judging import Verdict
    from ritornello.signals.pooled import Pooled
    from ritornello.signals.success import Outcomes, Success

SATISFIED = "answer:satisfied"


class RuleInForce(msgspec.Struct, frozen=True):
    """One rule in words, in the order they are asked."""

    whom: str
    when: str
    success: str
    because: str


class Learned(msgspec.Struct, frozen=True):
    """A function just trained; ``auc`` and ``ece`` on listeners held out, where it is a probability."""

    version: str
    trained_on: str
    n_decisions: int
    n_labels: int | None = None
    auc: float | None = None
    ece: float | None = None


class Place(msgspec.Struct, frozen=True):
    """How one function did, with 95 % intervals over listeners."""

    version: str
    auc: str
    log_loss: str
    above_the_first: str
    knows: str


def show(
    function: Annotated[str, typer.Argument(help="declared, pooled or coclusters; or name@version.")] = "declared",
    where: Annotated[list[str] | None, typer.Option("--for", help="Only rules for this, such as intent=sleep; again for more.")] = None,
    plot: Annotated[Path | None, typer.Option(help="SVG file to draw what a pooled function learned.")] = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:  # fmt: skip
    """Print what a success function says: the rules in force, or the slopes of each intent."""
    from ritornello.cli.wiring import find_home
    from ritornello.signals import success_names
    from ritornello.signals.coclusters import Coclusters
    from ritornello.signals.declared import Declared
    from ritornello.signals.pooled import Pooled

    found = success_names.find(find_home(home), function)
    situation = dict(map(_place, where or []))
    if plot is not None:
        _draw(found, plot)
    if isinstance(found, Declared):
        _show_rules(found, situation, as_json=json)
    elif situation:
        raise BadValue(f"{function} is no table of rules; situations belong to declared")
    elif isinstance(found, Pooled):
        _show_slopes(found, as_json=json)
    elif isinstance(found, Coclusters):
        _show_cells(found, as_json=json)


def train(
    function: Annotated[str, typer.Argument(help="pooled or coclusters.")],
    *,
    on: Annotated[str, typer.Option(help="Labels: answer:QUESTION or return@Nd; for pooled.")] = SATISFIED,
    kept_days: Annotated[int, typer.Option(min=0, help="Days at the end that are kept for judging.")] = 14,
    clusters: Annotated[int, typer.Option(min=2, help="Clusters of listeners and of playlists.")] = 6,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:  # fmt: skip
    """Train success FUNCTION on what was built, and keep it."""
    from ritornello.cli.wiring import find_home
    from ritornello.store import artefacts

    place = find_home(home)
    with progress(f"Training {function}"), artefacts.training(place):
        learned = train_and_keep(place, function, on, kept_days=kept_days, clusters=clusters)
    answer(learned, as_json=json, sentence=f"{learned.version} is kept.")


def judge(
    by: Annotated[str, typer.Option(help="The outcome, named beforehand: return@Nd or answer:QUESTION.")],
    functions: Annotated[list[str] | None, typer.Argument(help="Functions; the first is compared with.")] = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:  # fmt: skip
    """Judge FUNCTIONS by an outcome none of them has seen; without any, all that may be."""
    from ritornello.cli.wiring import find_home, settings_of
    from ritornello.kinds.randomness import derive
    from ritornello.signals import judging, success_data, success_names
    from ritornello.store import lake

    place = find_home(home)
    names = functions or [each.version for each in success_names.known(place)]
    found = [success_names.find(place, name) for name in names]
    if not functions:
        found = [each for each in found if judging.may_judge(each, by)]
    rng = derive(settings_of(place)["seed"], "judge", by)
    with progress("Judging"), lake.open_lake(place) as duck:
        success_data.open_home(duck, place)
        outcomes = success_data.read_outcomes(duck, place)
        labels = success_data.read_labels(duck, outcomes, by)
        judged = judging.judge(found, outcomes, labels, rng=rng)
    if json:
        answer(judged, as_json=True)
        return
    sentence = (
        f"{judged.n_judged:,} decisions judged by {by}; left out: {judged.n_without_outcome:,} without it, "
        f"{judged.n_while_trained:,} made before the last training ended, {judged.n_not_known_to_all:,} not known to all."
    )
    answer([_in_words(each) for each in judged.verdicts], as_json=False, sentence=sentence)


def train_and_keep(
    home: Home, function: str, on: str, *, kept_days: int = 14, clusters: int = 6
) -> Learned:
    """Train a function on all but the last days and keep it. Needs the training lock.

    Raises
    ------
    UnknownName : nothing of that name is trained. NotFound : nothing was built.
    BadValue : too few labels, or too few listeners and lists.
    """
    import numpy as np

    from ritornello.cli.wiring import settings_of
    from ritornello.kinds.errors import UnknownName
    from ritornello.kinds.randomness import derive
    from ritornello.signals import coclusters, pooled, success_data, success_names
    from ritornello.store import lake

    if function not in success_names.TRAINED:
        raise UnknownName.among("success function to train", function, success_names.TRAINED)
    rng = derive(settings_of(home)["seed"], "success", function)
    with lake.open_lake(home) as duck:
        success_data.open_home(duck, home)
        outcomes = success_data.read_outcomes(duck, home)
        last_us = outcomes.latest_us() - timedelta(days=kept_days) // timedelta(microseconds=1)
        outcomes = outcomes.of_rows(np.flatnonzero(outcomes.column("made_at_us") <= last_us))
        n_decisions = len(outcomes.decisions()[1])
        if function == coclusters.NAME:
            config = coclusters.CoclustersConfig(n_clusters=clusters)
            cells = coclusters.train(outcomes, rng=rng, config=config)
            return Learned(success_names.keep(home, cells), "ms_played", n_decisions)
        model = pooled.train(outcomes, _weighted(duck, outcomes, on), rng=rng)
    learned = model.learned
    return Learned(
        success_names.keep(home, model), on, n_decisions, learned.n_labels, learned.auc, learned.curve.ece
    )  # fmt: skip


def _weighted(duck: Any, outcomes: "Outcomes", on: str) -> Any:
    """Return labels; answers are weighted for who answers."""
    from ritornello.signals import labels, success_data
    from ritornello.signals.behaviour import behaviour, norms_of

    found = success_data.read_labels(duck, outcomes, on)
    if not on.startswith("answer:"):
        return found
    done = behaviour(outcomes)
    return labels.weighted(found, done.features(norms_of(done)), done.listener_ids)


def _place(text: str) -> tuple[str, str]:
    """Return the place and the word of ``intent=sleep``.

    Raises
    ------
    BadValue : no place, or no word.
    """
    place, _, word = text.partition("=")
    if not place or not word:
        raise BadValue(f"--for {text!r} says no place and word; write one such as intent=sleep")
    return place, word


def _show_rules(table: "Declared", situation: dict[str, str], *, as_json: bool) -> None:
    rules = table.in_force(situation)
    if as_json:
        answer(rules, as_json=True)
        return
    where = ", ".join(f"{place} {word}" for place, word in situation.items()) or "any situation"
    words = [
        RuleInForce(
            "always" if rule.always and not rule.where else "; ".join(" or ".join(w) for w in rule.where.values()),
            "; ".join(map(str, rule.when)),
            str(rule.success),
            rule.because,
        )
        for rule in rules
    ]  # fmt: skip
    answer(words, as_json=False, sentence=f"{table.facts.version} for {where}; the first that holds decides:")  # fmt: skip


def _show_slopes(model: "Pooled", *, as_json: bool) -> None:
    found = model.coefficients()
    if as_json:
        answer({"learned": model.learned, "coefficients": found}, as_json=True)
        return
    by_group: dict[str, dict[str, str]] = {}
    for each in found:
        row = by_group.setdefault(each.group, {"intent": each.group, "labels": f"{each.n:,.0f}"})
        sure = "" if each.low <= 0 <= each.high else "*"
        row[each.feature] = f"{each.slope:+.2f}{sure}"
    sentence = (
        f"{model.facts.version}, from {model.learned.n_labels:,} labels {model.learned.trained_on}; on listeners held out "
        f"AUC {model.learned.auc:.3f}, calibration error {model.learned.curve.ece:.3f}. What a deviation more adds to the "
        "log-odds of success (* surely not 0):"
    )
    answer(list(by_group.values()), as_json=False, sentence=sentence)


def _show_cells(cells: "Coclusters", *, as_json: bool) -> None:
    found = cells.cells()
    sentence = (
        f"{cells.facts.version}: listeners and lists by what they stream, every cell with its decisions and its middle "
        "time in minutes; `any` is who or what was never met:"
    )
    answer(found, as_json=as_json, sentence=sentence)


def _draw(function: "Success", file: Path) -> None:
    from ritornello.signals import plots
    from ritornello.signals.pooled import Pooled

    if not isinstance(function, Pooled):
        raise BadValue(f"{function.facts.version} has no slopes to draw; draw a pooled function")
    file.write_text(plots.coefficients(function.coefficients()), encoding="utf-8")


def _in_words(verdict: "Verdict") -> Place:
    def said(each: "Interval | None") -> str:
        return "" if each is None else f"{each.mean:.3f} [{each.low:.3f}, {each.high:.3f}]"

    return Place(
        verdict.version,
        said(verdict.auc),
        said(verdict.log_loss),
        said(verdict.above),
        f"{verdict.share_known:.0%}",
    )


VERBS: dict[str, Callable[..., None]] = {"show": show, "train": train, "judge": judge}
