"""``ritornello signals build``: make the tables of what listeners did."""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress
from ritornello.kinds.errors import BadValue
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.store.engines import Engine

EngineName = Literal["duckdb", "spark"]
Master = Annotated[
    str,
    typer.Option(
        "--master",
        help="Where Spark runs: local[2], or spark://host:7077; settings as in $SPARK_CONF_DIR.",
    ),
]
ROWS_A_MB = 10_000
"""Rows of input that a window may have for each megabyte of memory."""


def build(  # noqa: PLR0913 - a command has the options it has
    *,
    engine: Annotated[EngineName, typer.Option("--engine", help="What runs the SQL.")] = "duckdb",
    master: Master = "local[*]",
    full: Annotated[bool, typer.Option("--full", help="Make every day again.")] = False,
    first: Annotated[
        str | None, typer.Option("--from", help="First day to make, such as 2026-11-21.")
    ] = None,
    last: Annotated[str | None, typer.Option("--until", help="Last day to make.")] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only", help="A table to make with what it needs, not all; may be repeated."
        ),
    ] = None,
    seal: Annotated[
        bool,
        typer.Option("--seal/--no-seal", help="Seal the log first; what it holds is left out."),
    ] = True,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Make the tables of what listeners did, as far as anything has changed; seals first.

    Decisions that a play can still join stay in the log, and come with a later build.
    """
    from ritornello.cli.seal import seal_now
    from ritornello.cli.wiring import beside, find_home, now, settings_of
    from ritornello.signals import building

    found, days = find_home(home), (_day("--from", first), _day("--until", last))
    settings = settings_of(found)
    memory_mb = settings["signals_memory_mb"]
    wanted = building.Wanted(
        full, *days, only=tuple(only or ()), rows_a_window=memory_mb * ROWS_A_MB
    )
    with progress("Building") as tell:
        if seal:
            tell("seal", 0.0)
            seal_now(found)
        with closing(engine_of(found, engine, master, memory_mb)) as running:
            made = building.build(
                found, running, now=now(), beside=beside(settings), wanted=wanted, progress=tell
            )
    n_rows = sum(each.n_rows for each in made)
    answer(
        made, as_json=json, sentence=f"Made {n_rows:,} rows." if made else "Nothing has changed."
    )


def engine_of(home: Home, name: EngineName, master: str, memory_mb: int) -> "Engine":
    """Return the engine that was asked for, within this much memory.

    What else a cluster wants said stands where Spark looks for it, in ``$SPARK_CONF_DIR/spark-defaults.conf``.
    """
    from ritornello.store.engines import DuckEngine, SparkEngine

    if name == "duckdb":
        return DuckEngine(home, memory_mb=memory_mb)
    return SparkEngine(home, master, {"spark.driver.memory": f"{memory_mb}m"})


def _day(option: str, text: str | None) -> str | None:
    """Return a day as it was typed.

    Raises
    ------
    BadValue : no such day.
    """
    from datetime import date

    try:
        return None if text is None else date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise BadValue(f"{option} must be a day such as 2026-11-21, not {text!r}") from error
