"""``ritornello evaluate export``: judgements and runs for elsewhere, as TREC files or Parquet."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ritornello.cli.exporting import tell_written, whole
from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import progress

StudyName = Annotated[str, typer.Argument(help="Its name or id.", metavar="NAME")]
FilePath = Annotated[
    Path, typer.Argument(help="File to write: .parquet, else TREC's form; packed where it ends in .gz.")
]  # fmt: skip


def collection(
    name: StudyName,
    file: FilePath,
    *,
    scale: Annotated[
        int, typer.Option("--scale", min=1, help="What grades are multiplied by to be whole.")
    ] = 1,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Write a collection's judgements; TREC's form holds whole grades alone."""
    from ritornello.cli.wiring import find_home
    from ritornello.evaluate import exchange, studies

    found = find_home(home)
    kept = studies.collection(found, studies.find(found, studies.COLLECTIONS, name))
    with progress("Exporting"), whole(file) as scratch:
        n_rows = exchange.write_judgements(kept, scratch, scale=scale)
    tell_written(file, n_rows, as_json=json)


def run(
    name: StudyName, file: FilePath, home: HomePath = DEFAULT_HOME, json: AsJson = False
) -> None:
    """Write a run, each topic's items from the best to the worst."""
    from ritornello.cli.wiring import find_home
    from ritornello.evaluate import exchange, studies

    found = find_home(home)
    kept = studies.run(found, studies.find(found, studies.RUNS, name))
    of = studies.collection(found, kept.collection_id)
    with progress("Exporting"), whole(file) as scratch:
        n_rows = exchange.write_run(kept, of, scratch)
    tell_written(file, n_rows, as_json=json)


VERBS: dict[str, Callable[..., None]] = {"collection": collection, "run": run}
