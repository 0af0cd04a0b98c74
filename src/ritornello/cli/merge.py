"""``ritornello merge``: state that two ids are one thing, or take it back."""

from typing import Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer


class Merged(msgspec.Struct, frozen=True):
    """Which id now stands for which."""

    from_id: str
    into_id: str


def merge(
    from_id: Annotated[str, typer.Argument(help="The id that is the other one's.")],
    into_id: Annotated[str | None, typer.Argument(help="The id that stays.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the merge of FROM_ID back.")] = False,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """State that FROM_ID is INTO_ID; events keep the id they came with."""
    from ritornello.cli.wiring import find_home, now, writing
    from ritornello.listeners import merging

    if undo is (into_id is not None):
        raise typer.BadParameter("give INTO_ID to merge into, or --undo without one")
    with writing(find_home(home)) as writer:
        if into_id is None:
            writer.run(lambda conn: merging.unmerge(conn, from_id, at=now())).result()
        else:
            writer.run(lambda conn: merging.merge(conn, from_id, into_id, at=now())).result()
    sentence = f"{from_id} stands for itself again." if undo else f"{from_id} is now {into_id}."
    answer(Merged(from_id, into_id or from_id), as_json=json, sentence=sentence, table=False)
