"""``ritornello evaluate run``: the runs a home keeps, or one of them with its recipe."""

from typing import Annotated

import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath


def run(
    name: Annotated[
        str | None, typer.Argument(help="A run's name or id; all are listed where none is given.")
    ] = None,
    *,
    collection: Annotated[
        str | None, typer.Option("--collection", help="Only runs of this collection.")
    ] = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """List the kept runs, or tell one's recipe: everything needed to make it again."""
    from ritornello.cli.evaluate_collection import tell_list, tell_one
    from ritornello.cli.wiring import find_home
    from ritornello.evaluate import studies

    found = find_home(home)
    kept = studies.of(found, studies.RUNS)
    if name is not None:
        study_id = studies.find(found, studies.RUNS, name)
        tell_one(next(each for each in kept if each.id == study_id), as_json=json)
        return
    if collection is not None:
        kept = studies.runs_of(found, studies.find(found, studies.COLLECTIONS, collection))
    tell_list(kept, "run", as_json=json)
