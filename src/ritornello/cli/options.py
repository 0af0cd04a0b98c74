"""The options every command has, and the one way a home is found."""

from pathlib import Path
from typing import Annotated

import typer

HomePath = Annotated[
    Path,
    typer.Option("--home", envvar="RITORNELLO_HOME", help="Folder of the installation."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as one line of JSON.")]
DEFAULT_HOME = Path("home")
