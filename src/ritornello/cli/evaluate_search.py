"""``ritornello evaluate search``: how well searches find what is known to be right, and what changed since last time."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from ritornello.cli.evaluate_compare import MeasureNames
from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress, say
from ritornello.kinds.errors import NotFound
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.evaluate.runs import Run
    from ritornello.evaluate.search_scores import SearchScore
    from ritornello.evaluate.searchers import Ground
    from ritornello.evaluate.studies import Kept


def search(
    collections: Annotated[
        list[str] | None,
        typer.Argument(
            help="Kept collections; the latest of known items and minutes if not given."
        ),
    ] = None,
    *,
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="names, instant, search, voice; passages, episodes; again for more, all that fit if not given."
        ),
    ] = None,
    measure: MeasureNames = None,
    label: Annotated[
        str, typer.Option("--label", help="Told beside the run's name, such as what was changed.")
    ] = "",
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Ask the searches that serve for what is known to be right; keep each as a run, score it, tell what changed."""
    import numpy as np

    from ritornello.cli.wiring import find_home
    from ritornello.evaluate import search_scores, searchers, studies
    from ritornello.measures.matching import NothingToJudge

    place, rng = find_home(home), np.random.default_rng(0)
    scores: list[SearchScore] = []
    with progress("Searching") as tell, _ground(place) as ground:
        for kept in _asked(place, collections):
            of = studies.collection(place, kept.id)
            for name in by or searchers.fitting(of):
                before = _before(place, kept.id, name)
                try:
                    run = searchers.rank(name, of, ground, label=label, tell=tell)
                except NothingToJudge as nothing:
                    say(f"Note: {of.name}: {nothing}; it is worth 0.")
                    continue
                studies.keep(place, run)
                measures = measure or search_scores.usual(of)
                found, warnings = search_scores.of(run, before, of, measures, rng)
                scores += found
                for warned in warnings:
                    say(f"Note: {run.name} of {of.name}: {warned.text}.")
    n_runs = len({score.run_id for score in scores})
    answer(
        scores if json else list(_in_words(scores)),
        as_json=json,
        sentence=f"{n_runs} runs are kept; `ritornello evaluate leaderboard COLLECTION` puts them side by side.",
    )


def _asked(home: Home, names: Sequence[str] | None) -> "list[Kept]":
    """Return the collections of these names or ids, or the latest of each made of what is known.

    Raises
    ------
    NotFound : there is none.
    """
    from ritornello.evaluate import studies

    kept = studies.of(home, studies.COLLECTIONS)
    if names:
        ids = [studies.find(home, studies.COLLECTIONS, each, kept) for each in names]
        return [next(each for each in kept if each.id == study_id) for study_id in ids]
    made = [each for each in kept if each.facts.get("about", {}).get("by") == "construction"]
    latest = {each.name: each for each in reversed(made)}
    if not latest:
        raise NotFound(
            "no searches with a known answer are kept; `ritornello evaluate known-items` makes them"
        )
    return [latest[name] for name in sorted(latest)]


def _before(home: Home, collection_id: str, name: str) -> "Run | None":
    """Return the latest kept run of a search and a collection."""
    from ritornello.evaluate import studies

    for kept in studies.runs_of(home, collection_id):
        if kept.facts.get("recipe", {}).get("search") == name:
            return studies.run(home, kept.id)
    return None


@contextmanager
def _ground(home: Home) -> Iterator["Ground"]:
    """Open what searches are asked in: the home as it stands; an index that it does not have yet is made."""
    from ritornello.catalog import transcripts
    from ritornello.cli import situations
    from ritornello.cli.wiring import now, reading, settings_of
    from ritornello.evaluate.searchers import Ground
    from ritornello.kinds.randomness import derive
    from ritornello.listeners.profile import read_profile
    from ritornello.store.database import Readers
    from ritornello.surfaces.recipes import load
    from ritornello.surfaces.search import building, index, passage_building, versions

    settings, at, readers = settings_of(home), now(), Readers(home)
    with (
        reading(home) as conn,
        closing(index.Current(home, readers)) as names,
        closing(passage_building.Current(home, readers)) as said,
    ):
        is_said = bool(transcripts.transcribed(conn))
        if versions.current(home, "catalogue") is None:
            building.build(home, conn, now=at)
        if is_said and versions.current(home, passage_building.KIND) is None:
            passage_building.build(home, conn, derive(settings["seed"], "passages"))
        situation_of = situations.situations(home, conn, settings, at, "search")
        yield Ground(
            cache(lambda listener_id: situation_of(read_profile(conn, listener_id, at))),
            load("search"),
            situations.patient_ladder(),
            names.refresh(),
            said.refresh() if is_said else None,
        )


def _in_words(scores: "Sequence[SearchScore]") -> Iterator[dict[str, str]]:
    from ritornello.evaluate import numerals

    for score in scores:
        mean, low, high = numerals.within(score.at)
        told = {"value": f"{mean} ({low} to {high})", "change": ""}
        if score.change is not None:
            mean, low, high = numerals.within(score.change)
            told["change"] = f"{mean} ({low} to {high})"
        yield {"collection": score.collection, "run": score.run, "measure": score.measure, **told}
