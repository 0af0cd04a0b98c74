"""``ritornello signals measure``: what measures of engagement come to."""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.signals_build import EngineName, Master
from ritornello.cli.terminal import answer, progress

if TYPE_CHECKING:
    from ritornello.signals.engagement import Measured


def measure(
    measures: Annotated[
        list[str] | None, typer.Argument(help="Such as return@7d; all where none is named.")
    ] = None,
    *,
    by_arm: Annotated[
        str | None, typer.Option("--by-arm", metavar="NAMESPACE", help="Of an experiment: one line an arm.")
    ] = None,
    engine: Annotated[EngineName, typer.Option("--engine", help="What runs the SQL.")] = "duckdb",
    master: Master = "local[*]",
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:  # fmt: skip
    """Compute measures of engagement over what was built."""
    from ritornello.cli.signals_build import engine_of
    from ritornello.cli.wiring import find_home, settings_of
    from ritornello.signals import engagement

    found = find_home(home)
    chosen = [engagement.parse(name) for name in measures or []] or list(engagement.measures())
    memory_mb = settings_of(found)["signals_memory_mb"]
    results: list[Measured] = []
    with progress("Measuring") as tell, closing(engine_of(found, engine, master, memory_mb)) as at:
        engagement.lay(at, found, engagement.tables_of(chosen, by_arm))
        for done, each in enumerate(chosen):
            tell(str(each), done / len(chosen))
            results += engagement.measured(at, each, by_arm)
    nobody = f"Nobody was in an arm of {by_arm}." if by_arm else "Nothing to measure."
    answer(results, as_json=json, sentence="Measured:" if results else nobody)
