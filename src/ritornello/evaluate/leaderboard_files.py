"""A leaderboard as a file: JSON, which keeps all of it, CSV for tables, Markdown for people; and the one a home shows.

A home keeps the last leaderboard that was made of each collection below ``studies/leaderboards/``. It is made of runs and
may always be made again.
"""

import csv
import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import msgspec

from ritornello.evaluate.leaderboard import Cell, Leaderboard
from ritornello.kinds.errors import ArtefactUnusable, UnknownName
from ritornello.store.home import Home, make_folder, sync_file, sync_folder

FOLDER = "leaderboards"


def form_of(file: Path) -> str:
    """Return the form a file's name asks for: one of :data:`FORMS`.

    Raises
    ------
    UnknownName : another one.
    """
    form = file.suffix.removeprefix(".")
    if form not in FORMS:
        raise UnknownName.among("form of leaderboard", form, FORMS)
    return form


def text_of(board: Leaderboard, form: str) -> str:
    """Return a leaderboard in a form of :data:`FORMS`."""
    return FORMS[form](board)


def keep(home: Home, board: Leaderboard) -> Path:
    """Keep the leaderboard that a home shows of its collection, durable before this returns."""
    place = _place(home, board.collection_id)
    make_folder(place.parent)
    scratch = place.with_name(f".{place.name}.{os.getpid()}")
    scratch.write_text(text_of(board, "json"), encoding="utf-8")
    sync_file(scratch)
    scratch.replace(place)
    sync_folder(place.parent)
    return place


def find(home: Home, collection_id: str) -> Leaderboard | None:
    """Return the leaderboard kept of a collection; ``None`` where none was made.

    Raises
    ------
    ArtefactUnusable : the file holds something else.
    """
    try:
        return msgspec.json.decode(_place(home, collection_id).read_bytes(), type=Leaderboard)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message = f"the leaderboard of {collection_id} cannot be read ({error}); make it again"
        raise ArtefactUnusable(message) from error


def forget(home: Home, collection_id: str) -> None:
    """Remove the leaderboard of a collection, because that changed."""
    _place(home, collection_id).unlink(missing_ok=True)


def _place(home: Home, collection_id: str) -> Path:
    return home.studies / FOLDER / f"{collection_id}.json"


def _json(board: Leaderboard) -> str:
    return msgspec.json.format(msgspec.json.encode(board)).decode() + "\n"


def _csv(board: Leaderboard) -> str:
    out = StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(
        (
            "run",
            "run_id",
            "measure",
            "value",
            "low",
            "high",
            "n_topics",
            "p_value",
            "is_best",
            "is_below",
        )
    )
    for row in board.rows:
        for column, cell in zip(board.columns, row.cells, strict=True):
            numbers = (cell.value, cell.low, cell.high, cell.n_topics, cell.p_value)
            marks = (str(mark).lower() for mark in (cell.is_best, cell.is_below))
            table.writerow((_inert(row.name), row.run_id, column.measure, *numbers, *marks))
    return out.getvalue()


def _markdown(board: Leaderboard) -> str:
    head = ["run", *(column.measure for column in board.columns)]
    how = (
        f"Collection `{board.collection_id}`, over topics that are {board.over}; intervals of "
        f"{board.level:.0%} over listeners; **best**, ↓ surely below it."
    )
    lines = [
        f"# {_escaped(board.name)}",
        "",
        how,
        "",
        _line(head),
        _line(["---", *["---:"] * len(board.columns)]),
        *(_line([_escaped(row.name), *map(_told, row.cells)]) for row in board.rows),
    ]
    return "\n".join(lines) + "\n"


def _told(cell: Cell) -> str:
    value = f"{cell.value:.4f}"
    value = f"**{value}**" if cell.is_best else f"{value} ↓" if cell.is_below else value
    return (
        value
        if cell.low is None or cell.high is None
        else f"{value} [{cell.low:.4f}, {cell.high:.4f}]"
    )


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    r"""Return a name that stands in a cell of Markdown as it is.

    Examples
    --------
    >>> _escaped("a|b <i>")
    'a\\|b \\<i\\>'
    """
    flat = "".join(c if c.isprintable() else "·" for c in text)
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in flat)


def _inert(text: str) -> str:
    """Return a name that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


FORMS: dict[str, Callable[[Leaderboard], str]] = {"json": _json, "csv": _csv, "md": _markdown}
