"""``ritornello evaluate search``: how well searches find what is known to be right, and what changed since last time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from ritornello.cli.evaluate_compare import MeasureNames
from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress, say
from ritornello.kinds.errors import NotFound
from ritornello.store.home import Home

if TYPE_CHECKING:
    from sqlite3 import Connection

    from ritornello.evaluate.runs import Run
    from ritornello.evaluate.search_scores import SearchScore
    from ritornello.evaluate.searchers import Ground
    from ritornello.evaluate.studies import Kept
    from ritornello.kinds.decisions import Decision
    from ritornello.surfaces.search.hypotheses import Heard

PATIENCE_MS = 60_000
"""Nobody waits for a page here, so a slow model may answer."""


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
    """Open what searches are asked in: a home as a server would, with patience; an index that is not there yet is made."""
    from ritornello.cli.wiring import REDUCERS, now, reading, settings_of
    from ritornello.evaluate.searchers import Ground
    from ritornello.serve import searching, speaking
    from ritornello.serve.opening import open_service

    settings = settings_of(home, search_deadline_ms=PATIENCE_MS)
    with reading(home) as conn:
        _indexed(home, conn, settings["seed"])
    with open_service(home, settings, REDUCERS, now=now, seconds=monotonic) as service:
        conn, wanted = service.readers.connection, searching.Wanted(is_greedy=True)
        for each in (service.bundles, service.names, service.spoken, service.meant):
            each.refresh()

        def settle(text: str, listener_id: str) -> "Decision | None":
            asked = replace(wanted, text=text)
            return searching.answer(service, conn, listener_id, asked).decision

        def speak(heard: "Heard", listener_id: str) -> "Decision | None":
            return speaking.answer(service, conn, listener_id, heard, wanted).answered.decision

        yield Ground(
            cache(lambda who: searching.situated(service, conn, who, "unknown")),
            service.recipes["search"],
            settle,
            speak,
            service.names.index,
            service.spoken.passages,
        )


def _indexed(home: Home, conn: "Connection", seed: int) -> None:
    """Make the indexes that a home does not have yet."""
    from ritornello.catalog import transcripts
    from ritornello.cli.wiring import now
    from ritornello.kinds.randomness import derive
    from ritornello.surfaces.search import building, passage_building, versions

    if versions.current(home, "catalogue") is None:
        building.build(home, conn, now=now())
    if transcripts.transcribed(conn) and versions.current(home, passage_building.KIND) is None:
        passage_building.build(home, conn, derive(seed, "passages"))


def _in_words(scores: "Sequence[SearchScore]") -> Iterator[dict[str, str]]:
    from ritornello.evaluate import numerals

    for score in scores:
        mean, low, high = numerals.within(score.at)
        told = {"value": f"{mean} ({low} to {high})", "change": ""}
        if score.change is not None:
            mean, low, high = numerals.within(score.change)
            told["change"] = f"{mean} ({low} to {high})"
        yield {"collection": score.collection, "run": score.run, "measure": score.measure, **told}
