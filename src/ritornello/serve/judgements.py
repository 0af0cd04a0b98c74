"""What was judged before it was served: collections with their leaderboards, runs with their recipes, reports.

For pages and API alike. Everything is read from files that a command wrote; nothing is scored while listeners wait.
"""

import asyncio
from typing import Any

import msgspec

from ritornello.evaluate import leaderboard_files, studies
from ritornello.evaluate.collections import Origin
from ritornello.evaluate.leaderboard import Cell, Column, Leaderboard
from ritornello.evaluate.packing import CollectionFacts, RunFacts
from ritornello.evaluate.report import Report
from ritornello.evaluate.studies import Kept
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import ArtefactUnusable, NotFound
from ritornello.kinds.times import Instant
from ritornello.serve.service import Service
from ritornello.store.home import Home


class RunTold(msgspec.Struct, frozen=True):
    """A run: of which collection, how it was made, and what the leaderboard says of it, where it is on one."""

    id: str
    name: str
    kept_at: Instant
    counts: dict[str, int]
    collection_id: str
    collection_name: str
    recipe: dict[str, Any]
    warnings: tuple[Warned, ...]
    columns: tuple[Column, ...]
    cells: tuple[Cell, ...]


class RunNamed(msgspec.Struct, frozen=True):
    """A run in a list."""

    id: str
    name: str


class CollectionTold(msgspec.Struct, frozen=True):
    """A collection: what its judgements rest on, its leaderboard, and the runs that are not on it yet."""

    id: str
    name: str
    kept_at: Instant
    counts: dict[str, int]
    about: Origin
    warnings: tuple[Warned, ...]
    board: Leaderboard | None
    not_on_it: tuple[RunNamed, ...]


async def kept(service: Service) -> list[Kept]:
    """Return every study at hand, the latest first."""
    return await asyncio.to_thread(studies.of, service.home)


async def collection(service: Service, study_id: str) -> CollectionTold:
    """Return a collection and its leaderboard.

    Raises
    ------
    NotFound : there is none. ArtefactUnusable : it cannot be read.
    """
    return await asyncio.to_thread(_collection, service.home, study_id)


async def run(service: Service, study_id: str) -> RunTold:
    """Return a run and its row of the leaderboard.

    Raises
    ------
    NotFound : there is none. ArtefactUnusable : it cannot be read.
    """
    return await asyncio.to_thread(_run, service.home, study_id)


async def report(service: Service, study_id: str) -> Report:
    """Return a report.

    Raises
    ------
    NotFound : there is none. ArtefactUnusable : it cannot be read.
    """
    return await asyncio.to_thread(studies.report, service.home, study_id)


def _collection(home: Home, study_id: str) -> CollectionTold:
    found = _found(home, studies.COLLECTIONS, study_id)
    facts = msgspec.convert(found.facts, CollectionFacts)
    board = leaderboard_files.find(home, study_id)
    on_it = {row.run_id for row in board.rows} if board else set()
    others = [each for each in studies.runs_of(home, study_id) if each.id not in on_it]
    return CollectionTold(
        found.id,
        found.name,
        found.kept_at,
        found.counts,
        facts.about,
        facts.warnings,
        board,
        tuple(RunNamed(each.id, each.name) for each in others),
    )


def _run(home: Home, study_id: str) -> RunTold:
    found = _found(home, studies.RUNS, study_id)
    facts = msgspec.convert(found.facts, RunFacts)
    of = _found(home, studies.COLLECTIONS, facts.collection_id)
    board = leaderboard_files.find(home, of.id)
    row = next((row for row in board.rows if row.run_id == study_id), None) if board else None
    return RunTold(
        found.id,
        found.name,
        found.kept_at,
        found.counts,
        of.id,
        of.name,
        facts.recipe,
        facts.warnings if row is None else row.warnings,
        () if board is None or row is None else board.columns,
        () if row is None else row.cells,
    )


def _found(home: Home, kind: str, study_id: str) -> Kept:
    """Return a study without its rows.

    Raises
    ------
    NotFound : there is none. ArtefactUnusable : it cannot be read.
    """
    for each in studies.of(home, kind):
        if each.id == study_id:
            if each.trouble:
                raise ArtefactUnusable(each.trouble)
            return each
    raise NotFound(f"no {kind[:-1]} {study_id} among the studies")
