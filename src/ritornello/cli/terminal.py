"""What a command prints: its answer to standard output, everything else to standard error.

With ``--json`` the answer is one line of JSON, named as in Python; without it, a sentence and, where
there is more to say, a small table. Bars are drawn on a terminal only. Text from outside is hostile:
what could steer a terminal is replaced before it is shown.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

Tell = Callable[[str, float], None]


def answer(data: Any, *, as_json: bool, sentence: str = "", table: bool = True) -> None:
    """Print a command's answer.

    Parameters
    ----------
    data : a struct, a sequence of structs of one type, or a mapping; one JSON value.
    sentence : what a person reads first.
    table : whether the sentence leaves something to say.
    """
    if as_json:
        sys.stdout.write(msgspec.json.encode(data).decode() + "\n")
        return
    if sentence:
        sys.stdout.write(printable(sentence) + "\n")
    if table and (rows := _rows(data)):
        _table(rows)


def say(sentence: str) -> None:
    """Tell a person, on standard error, what is going on."""
    sys.stderr.write(printable(sentence) + "\n")
    sys.stderr.flush()


def printable(text: str) -> str:
    """Return the text with everything that could steer a terminal replaced by a dot."""
    return "".join(c if c.isprintable() or c == "\n" else "·" for c in text)


@contextmanager
def progress(what: str) -> Iterator[Tell]:
    """Draw a bar while the block runs, on a terminal; yield what is told the step and the share.

    Examples
    --------
    >>> with progress("Counting") as tell:
    ...     tell("halfway", 0.5)
    """
    if not sys.stderr.isatty():
        yield _nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(what, total=1.0)

        def tell(step: str, share: float) -> None:
            words = f"{what}: {printable(step)}" if step else what
            bars.update(bar, completed=share, description=words)

        yield tell


def _nothing(step: str, share: float) -> None:
    """Draw nothing."""


def _rows(data: Any) -> list[dict[str, Any]]:
    """Return an answer as rows of named cells: a sequence as it is, a record as name and value."""
    plain = msgspec.to_builtins(data)
    if isinstance(plain, list):
        return [row if isinstance(row, dict) else {"": row} for row in plain]
    return [{"": name.replace("_", " "), " ": value} for name, value in _flat(plain)]


def _flat(plain: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in plain.items():
        if isinstance(value, dict):
            yield from ((f"{name} {inner}", deep) for inner, deep in _flat(value))
        else:
            yield name, value


def _table(rows: Sequence[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    names = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(box=None, show_header=any(name.strip() for name in names), pad_edge=False)
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(printable(_cell(row.get(name)))) for name in names))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=400)
    console.print(table)


def _cell(value: Any) -> str:
    """Return a value as a person writes it: grouped digits, yes and no, nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_cell(part) for part in value)
    return str(value)
