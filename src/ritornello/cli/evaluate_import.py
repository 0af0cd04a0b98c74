"""``ritornello evaluate import``: judgements and runs from elsewhere, as TREC files or Parquet."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ritornello.cli.evaluate_compare import tell_warnings
from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.evaluate.collections import Collection
    from ritornello.evaluate.runs import Run
    from ritornello.evaluate.warned import Warned
    from ritornello.kinds.faults import Fault

Named = Annotated[
    str | None, typer.Option("--name", help="What to call it; else as the file does.")
]


class BroughtIn(msgspec.Struct, frozen=True):
    """A study from elsewhere: its id, how much it holds, and what was left out by rule."""

    id: str
    name: str
    counts: dict[str, int]
    faults: dict[str, int]
    warnings: "tuple[Warned, ...]"


def collection(
    file: Annotated[Path, typer.Argument(help="Judgements: qrels, packed or not, or .parquet.")],
    *,
    name: Named = None,
    items: Annotated[
        Path | None, typer.Option("--items", help="The universe: an item's id a line.")
    ] = None,
    topics: Annotated[
        Path | None,
        typer.Option("--topics", help="JSON Lines: topic_id, and listener_id, query, context."),
    ] = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Freeze people's judgements as a collection; without a universe, what is unjudged may be ranked, too."""
    from ritornello.cli.wiring import find_home
    from ritornello.evaluate import collections, exchange

    found = find_home(home)
    with progress("Reading"):
        rows, faults = exchange.read_judgements(file)
        about = collections.Origin(
            "people", "open" if items is None else "closed", source=file.name
        )
        known, more = ([], []) if topics is None else exchange.read_topics(topics)
        made = collections.of_ids(
            name or file.name.partition(".")[0],
            rows,
            about,
            topics=known,
            items=[] if items is None else exchange.read_ids(items),
        )
    _keep(found, made, [*faults, *more], as_json=json)


def run(
    file: Annotated[Path, typer.Argument(help="A run: TREC's form, packed or not, or .parquet.")],
    *,
    collection: Annotated[str, typer.Option("--collection", help="The collection it is of.")],
    name: Named = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Keep what a system ranked for the topics of a collection."""
    from ritornello.cli.wiring import find_home
    from ritornello.evaluate import exchange, runs, studies

    found = find_home(home)
    of = studies.collection(found, studies.find(found, studies.COLLECTIONS, collection))
    with progress("Reading"):
        rows, faults = exchange.read_run(file)
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        recipe = {"file": file.name, "sha256": digest}
        called = name or rows.name or file.name.partition(".")[0]
        made = runs.of_ids(of, called, recipe, rows)
    _keep(found, made, faults, as_json=json)


def _keep(home: Home, made: "Collection | Run", faults: "list[Fault]", *, as_json: bool) -> None:
    """Keep a study and the faults of its file, and say both."""
    from ritornello.cli.wiring import now, writing
    from ritornello.evaluate import studies
    from ritornello.kinds.faults import count_by_rule
    from ritornello.kinds.times import to_us
    from ritornello.store import faults as kept_faults

    study_id = studies.keep(home, made)
    if faults:
        with writing(home) as writer:
            writer.append([], changes=kept_faults.changes(faults, to_us(now()))).result()
    kept = next(each for each in studies.of(home) if each.id == study_id)
    told = BroughtIn(study_id, made.name, kept.counts, count_by_rule(faults), made.warnings)
    tell_warnings(made.warnings)
    counts = ", ".join(f"{n:,} {what}" for what, n in kept.counts.items())
    sentence = f"{made.name} is kept as {study_id}: {counts}."
    if faults:
        sentence = f"{sentence} {len(faults):,} rows could not be read; `ritornello doctor --faults` shows them."
    answer(told, as_json=as_json, sentence=sentence, table=False)


VERBS: dict[str, Callable[..., None]] = {"collection": collection, "run": run}
