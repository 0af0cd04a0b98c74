"""``ritornello policies roll-back``: serve earlier beliefs until told otherwise."""

from typing import Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer
from ritornello.kinds.errors import BadValue


class Served(msgspec.Struct, frozen=True):
    """The version that is served from now on; ``None``: what is being learned."""

    version: str | None


def roll_back(
    version: Annotated[
        str | None, typer.Argument(help="A kept version; the one before where not given.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Serve what is being learned again.")] = False,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Serve beliefs as they were kept earlier, until told otherwise; learning goes on meanwhile."""
    from ritornello.cli.wiring import find_home
    from ritornello.policies import kept_beliefs

    found = find_home(home)
    if off and version is not None:
        raise BadValue("--off serves what is being learned; it takes no version")
    if off:
        kept_beliefs.go_on(found)
        answer(Served(None), as_json=json, sentence="What is being learned is served.", table=False)
        return
    back = kept_beliefs.roll_back(found, version)
    answer(Served(back), as_json=json, sentence=f"{back} is served.", table=False)
