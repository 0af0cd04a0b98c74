"""The options commands share, and the one way a home is found."""

from pathlib import Path
from typing import Annotated, Literal

import typer

HomePath = Annotated[
    Path,
    typer.Option("--home", envvar="RITORNELLO_HOME", help="Folder of the installation."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as one line of JSON.")]
Surface = Literal["home", "discover_weekly", "daily_mix"]
ListSurface = Literal["home", "discover_weekly", "daily_mix", "moments"]
DEFAULT_HOME = Path("home")
