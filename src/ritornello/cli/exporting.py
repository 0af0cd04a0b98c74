"""``ritornello export``: take the catalogue and the events out, as JSON Lines or Parquet.

The form is told by the file's name: ``.parquet`` is Parquet, anything else JSON Lines. What is
written is what ``ritornello import`` reads. A file appears whole or not at all.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress
from ritornello.kinds.errors import BadValue, NotFound, UnknownName
from ritornello.kinds.events import EVENT_KINDS
from ritornello.store.home import Home

FilePath = Annotated[Path, typer.Argument(help="File to write: .parquet, or JSON Lines.")]
ALL = "all"


class Exported(msgspec.Struct, frozen=True):
    """The file written, and how many rows it has."""

    file: str
    n_rows: int


def catalog(file: FilePath, home: HomePath = DEFAULT_HOME, json: AsJson = False) -> None:
    """Write every item of the catalogue, ordered by id."""
    from ritornello.catalog import exchange
    from ritornello.cli.wiring import find_home, reading

    write = exchange.write_parquet if _is_parquet(file) else exchange.write_json_lines
    with reading(find_home(home)) as conn, progress("Exporting"), _whole(file) as scratch:
        n_rows = write(conn, scratch)
    _tell(file, n_rows, json)


def events(
    file: FilePath,
    kind: Annotated[
        str, typer.Option("--kind", help="listen, impression, act, query, answer; or all.")
    ] = ALL,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Write what happened, sealed or not, kind by kind, ordered by listener and time."""
    from ritornello.cli.wiring import find_home

    if kind not in (*EVENT_KINDS, ALL):
        raise UnknownName.among("kind of event", kind, (*EVENT_KINDS, ALL))
    if _is_parquet(file) and kind == ALL:
        kinds = ", ".join(EVENT_KINDS)
        raise BadValue(f"a Parquet file holds one kind of event; add --kind with one of {kinds}")
    found = find_home(home)
    with progress("Exporting"), _whole(file) as scratch:
        n_rows = (
            _write_parquet(found, kind, scratch)
            if _is_parquet(file)
            else _write_json_lines(found, tuple(EVENT_KINDS) if kind == ALL else (kind,), scratch)
        )
    _tell(file, n_rows, json)


def _write_parquet(home: Home, kind: str, file: Path) -> int:
    """Write one kind with the lake's columns."""
    from ritornello.store import lake

    with lake.open_lake(home) as duck:
        rows = lake.relation(duck, home, kind)
        rows.order("listener_id, happened_at, event_id").write_parquet(
            str(file), compression="zstd"
        )
        counted = duck.execute("SELECT count(*) FROM read_parquet(?)", [str(file)]).fetchall()
    return int(counted[0][0])


def _write_json_lines(home: Home, kinds: tuple[str, ...], file: Path) -> int:
    """Write events as they came, kind after kind."""
    from ritornello.store import lake

    encode = msgspec.json.Encoder().encode_lines
    n_rows = 0
    with lake.open_lake(home) as duck, file.open("wb") as lines:
        for kind in kinds:
            lake.relation(duck, home, kind)
            ordered = f"(SELECT * FROM {kind} ORDER BY listener_id, happened_at, event_id)"
            for batch in lake.events(duck, kind, ordered):
                lines.write(encode(batch))
                n_rows += len(batch)
    return n_rows


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    """Yield a file beside the wanted one that takes its place once it is complete."""
    if not file.parent.is_dir():
        raise NotFound(f"no folder {file.parent} to write {file.name} into; make it first")
    scratch = file.with_name(f".{file.name}.part")
    try:
        yield scratch
        scratch.replace(file)
    finally:
        scratch.unlink(missing_ok=True)


def _is_parquet(file: Path) -> bool:
    return file.suffix == ".parquet"


def _tell(file: Path, n_rows: int, as_json: bool) -> None:
    sentence = f"Wrote {n_rows:,} rows to {file}."
    answer(Exported(str(file), n_rows), as_json=as_json, sentence=sentence, table=False)


VERBS: dict[str, Callable[..., None]] = {"catalog": catalog, "events": events}
