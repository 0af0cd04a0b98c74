"""``ritornello evaluate compare``: whether one kept run is better than another."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import msgspec
import typer

from ritornello.cli import reporting
from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.reporting import ReportPath
from ritornello.cli.terminal import answer, say
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.evaluate.collections import Collection
    from ritornello.evaluate.comparing import Comparison
    from ritornello.evaluate.runs import Run
    from ritornello.evaluate.scoring import Scored
    from ritornello.evaluate.warned import Warned
    from ritornello.measures.names import Measure

MeasureNames = Annotated[
    list[str] | None,
    typer.Option("--measure", help="Such as nDCG@10; may be given more than once."),
]
USUAL = ("nDCG@10", "R@20", "AP@100")
"""What runs are compared by where no measure is named."""


class InWords(msgspec.Struct, frozen=True):
    """One comparison for a person."""

    measure: str
    ours: str
    theirs: str
    difference: str
    p: str
    won: int
    lost: int
    tied: int


class OfOneCollection(NamedTuple):
    """Kept runs, each with its scores, and the collection they are of."""

    collection: "Collection"
    runs: "list[Run]"
    scored: "list[Scored]"


def compare(
    runs: Annotated[list[str], typer.Argument(help="Kept runs of one collection: names or ids.")],
    *,
    measure: MeasureNames = None,
    baseline: Annotated[
        str | None, typer.Option("--baseline", help="Compare each with this run only.")
    ] = None,
    collection: Annotated[
        str | None, typer.Option("--collection", help="Where runs of several bear these names.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="What chance begins from.")] = 0,
    report: ReportPath = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Compare runs topic by topic: differences with intervals, p-values adjusted for all of them together."""
    import numpy as np

    from ritornello.cli.wiring import find_home
    from ritornello.evaluate import comparison_report
    from ritornello.evaluate.comparing import compare_all

    reporting.check(report)
    place, measures, rng = find_home(home), measures_of(measure), np.random.default_rng(seed)
    if baseline is None:
        kept = scored_runs(place, runs, measures, collection)
        found = compare_all(kept.scored, measures, rng)
    else:
        kept = scored_runs(place, [*runs, baseline], measures, collection)
        found = compare_all(kept.scored[:-1], measures, rng, baseline=kept.scored[-1])
    if report is not None:
        reporting.write(comparison_report.of_comparisons(found, kept.scored), report, place)
    tell_warnings([each for scored in kept.scored for each in scored.warnings])
    tell_warnings([each for one in found for each in one.warnings])
    answer(
        found if json else [_in_words(each) for each in found],
        as_json=json,
        sentence=_sentence(found),
    )


def measures_of(names: Sequence[str] | None) -> "list[Measure]":
    """Return the measures of these names, or the usual ones."""
    from ritornello.measures.names import parse

    return [parse(each) for each in dict.fromkeys(names or USUAL)]


def scored_runs(
    home: Home, runs: Sequence[str], measures: "Sequence[Measure]", collection: str | None = None
) -> OfOneCollection:
    """Return kept runs by name or id, scored.

    Parameters
    ----------
    collection : name or id of the one whose runs are meant; where none is given a run's name must say it alone.

    Raises
    ------
    NotFound : a run, or the collection of the first, is not kept here.
    BadValue : the runs are of several collections.
    """
    from ritornello.evaluate import studies
    from ritornello.evaluate.scoring import score

    among = None
    if collection is not None:
        among = studies.runs_of(home, studies.find(home, studies.COLLECTIONS, collection))
    loaded = [studies.run(home, studies.find(home, studies.RUNS, each, among)) for each in runs]
    of = studies.collection(home, loaded[0].collection_id)
    return OfOneCollection(of, loaded, [score(run, of, measures) for run in loaded])


def tell_warnings(warnings: "Sequence[Warned]") -> None:
    """Say each warning once, beside the answer."""
    for text in dict.fromkeys(map(str, warnings)):
        say(f"Note: {text}.")


def _sentence(found: "Sequence[Comparison]") -> str:
    """Say what came of it: in a sentence for one comparison, by how many were told apart for several."""
    from ritornello.evaluate import verdicts
    from ritornello.measures.names import parse

    against = [
        verdicts.Against(each.ours, each.theirs, each.difference, each.p_adjusted) for each in found
    ]
    if len(found) == 1:
        direction = parse(found[0].measure).direction
        return verdicts.of_two(against[0], found[0].measure, direction=direction)
    n_apart = sum(verdicts.sign(each) != 0 for each in against)
    return f"{n_apart} of {len(found)} comparisons tell two runs apart; p-values: {found[0].multiplicity}."


def _in_words(one: "Comparison") -> InWords:
    from ritornello.evaluate import numerals

    mean, low, high = numerals.within(one.difference)
    return InWords(
        measure=one.measure,
        ours=one.ours,
        theirs=one.theirs,
        difference=f"{mean} ({low} to {high})",
        p=numerals.p_value(one.p_adjusted),
        won=one.n_won,
        lost=one.n_lost,
        tied=one.n_tied,
    )
