"""``ritornello policies show``: what is believed, of how many lessons, and which versions are kept."""

from typing import Annotated

import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer


def show(
    belief: Annotated[
        str | None, typer.Argument(help="A belief such as home/shelves; all where not given.")
    ] = None,
    versions: Annotated[
        bool, typer.Option("--versions", help="Print the versions that are kept instead.")
    ] = False,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Print what is believed: every belief, or one arm by arm and segment by segment."""
    from contextlib import closing

    from ritornello.cli.wiring import find_home
    from ritornello.policies import kept_beliefs, telling
    from ritornello.store.database import Readers

    found = find_home(home)
    if versions:
        kept = kept_beliefs.versions(found)
        answer(kept, as_json=json, sentence=f"{len(kept)} versions are kept.")
        return
    with closing(Readers(found)) as readers:
        current = kept_beliefs.Current(found, readers)
        beliefs = current.refresh()
    sentence = f"{beliefs.version}, taught by {beliefs.taught_by or 'nobody yet'}."
    if current.trouble:
        sentence = f"{sentence}\n{current.trouble}"
    told = telling.all_of(beliefs) if belief is None else telling.arms_of(beliefs, belief)
    answer(told, as_json=json, sentence=sentence)
