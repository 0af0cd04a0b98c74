"""TREC's files, read and written: qrels (``topic iteration item grade``) and runs (``topic Q0 item rank score name``).

Fields stand between blanks or tabs; lines that begin with ``#`` are comments; a run may say more after its name. As
``trec_eval`` does, the rank is not believed and neither is the order of lines: scores alone rank. Grades are whole
numbers, because ``trec_eval`` reads 0.7 as 0.
"""

import gzip
import zlib
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from math import isfinite
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from ritornello.catalog.lines import Line, lines
from ritornello.evaluate.collections import Collection
from ritornello.evaluate.content import Rows
from ritornello.evaluate.runs import Run, best_first
from ritornello.kinds.errors import BadValue
from ritornello.kinds.faults import Fault

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LIMIT_BYTES = 1 << 16
_GZIP = b"\x1f\x8b"
BROKEN = (gzip.BadGzipFile, EOFError, zlib.error)
"""What a packed file that is damaged raises."""
_ITEM = 2


class _Form(NamedTuple):
    """What a row of a file looks like: what it is of, its columns, whether more may follow, and where its number stands."""

    name: str
    what: str
    columns: str
    n_columns: int
    more: bool
    value: int


_QRELS = _Form("qrels", "qrels", "topic iteration item grade", 4, more=False, value=3)
_RUN = _Form("run", "a run", "topic Q0 item rank score name", 6, more=True, value=4)
_NAME = 5


class _Broken(Exception):
    """A row breaks a rule."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file, compressed by gzip or not."""
    with path.open("rb") as file:
        if file.peek(2).startswith(_GZIP):
            with gzip.open(file) as unpacked:
                yield BufferedReader(unpacked)
        else:
            yield file


def read_qrels(file: BinaryIO, source: str) -> tuple[Rows, list[Fault]]:
    r"""Read judgements; every line that holds anything but a comment is a row or a fault.

    Examples
    --------
    >>> from io import BytesIO
    >>> rows, faults = read_qrels(BytesIO(b"301 0 a 1\n301 0 b\n"), "qrels")
    >>> list(zip(rows.topic_ids, rows.item_ids, rows.values))
    [('301', 'a', 1.0)]
    >>> faults[0].rule, faults[0].position
    ('columns', 2)
    """
    return _read(file, source, _QRELS)


def read_run(file: BinaryIO, source: str) -> tuple[Rows, list[Fault]]:
    r"""Read what a system ranked; ``Rows.name`` is the name on the last row.

    Examples
    --------
    >>> from io import BytesIO
    >>> rows, faults = read_run(BytesIO(b"301 Q0 a 1 2.5 mine\n"), "run")
    >>> rows.name, list(rows.values), faults
    ('mine', [2.5], [])
    """
    return _read(file, source, _RUN)


def write_qrels(collection: Collection, file: BinaryIO, *, scale: int = 1) -> int:
    """Write a collection's judgements; return how many.

    Parameters
    ----------
    scale : what grades are multiplied by, so that shares become whole numbers.

    Raises
    ------
    BadValue : a grade that is no whole number even so.
    """
    judged = collection.judged
    grades = np.asarray(judged.grades) * scale
    whole = np.rint(grades)
    if not np.allclose(grades, whole, rtol=0, atol=1e-9):
        worst = grades[np.abs(grades - whole).argmax()]
        raise BadValue(
            f"a grade of {worst:g} is no whole number, and TREC's tools would cut it off; "
            "write thousandths with a scale of 1000"
        )
    topics = [topic.topic_id for topic in collection.topics]
    rows = zip(judged.topics.tolist(), judged.items.tolist(), whole.tolist(), strict=True)
    return _write(file, (f"{topics[t]} 0 {collection.items[i]} {g:.0f}\n" for t, i, g in rows))


def write_run(run: Run, collection: Collection, file: BinaryIO) -> int:
    """Write a run, each topic's items from the best to the worst; return how many rows.

    Scores are written so that reading them gives the same numbers.
    """
    ranked, order = run.ranked, best_first(run, collection)
    of, name = ranked.topics[order], "_".join(run.name.split()) or "run"
    topics = [topic.topic_id for topic in collection.topics]
    items = (*collection.items, *run.others)
    firsts = np.flatnonzero(np.diff(of, prepend=-1))
    places = np.arange(len(of)) - np.repeat(firsts, np.diff(firsts, append=len(of)))
    columns = (of, ranked.items[order], places, ranked.scores[order])
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return _write(
        file, (f"{topics[t]} Q0 {items[i]} {p + 1} {s!r} {name}\n" for t, i, p, s in rows)
    )


def _write(file: BinaryIO, texts: Iterable[str]) -> int:
    n_rows = 0
    for text in texts:
        file.write(text.encode())
        n_rows += 1
    return n_rows


def _read(file: BinaryIO, source: str, form: _Form) -> tuple[Rows, list[Fault]]:
    topics: list[str] = []
    items: list[str] = []
    values, faults, names, name = array("d"), list[Fault](), dict[bytes, str](), b""
    number = 0
    try:
        for line in lines(file, limit=LIMIT_BYTES):
            number = line.number
            try:
                if fields := _fields(line, form):
                    value = _value(fields[form.value], form)
                    topic, item = _named(fields[0], names), _named(fields[_ITEM], names)
                    topics.append(topic)
                    items.append(item)
                    values.append(value)
                    name = fields[_NAME] if form is _RUN else name
            except _Broken as broken:
                faults.append(Fault.at(source, number, broken.rule, str(broken)))
    except BROKEN as error:
        message = f"the file breaks off after this line: {error}"
        faults.append(Fault.at(source, number, "breaks_off", message))
    return Rows(topics, items, values, name.decode(errors="replace")), faults


def _fields(line: Line, form: _Form) -> list[bytes]:
    """Return a row's columns, none of a comment.

    Raises
    ------
    _Broken : it is too long, or has too few or too many.
    """
    text = line.text
    if line.number == 1:
        text = text.removeprefix(BYTE_ORDER_MARK)
    fields = text.split()
    if not fields or fields[0].startswith(b"#"):
        return []
    if not line.whole:
        raise _Broken("too_long", f"the line has more than {LIMIT_BYTES:,} bytes")
    if b"\0" in text:
        raise _Broken("null_byte", "the line holds a zero byte; is the file UTF-8?")
    n = len(fields)
    if n < form.n_columns or (n > form.n_columns and not form.more):
        _refuse_columns(n, form)
    return fields


def _refuse_columns(n: int, form: _Form) -> None:
    """Say what is wrong with a row's columns, and what the row looks like instead.

    Raises
    ------
    _Broken : always.
    """
    wanted = f"{n} columns; a row of {form.what} has {form.n_columns}: {form.columns}"
    for other in (_QRELS, _RUN):
        if other is not form and n == other.n_columns:
            raise _Broken(f"{other.name}_row", f"{wanted}; this looks like a row of {other.what}")
    raise _Broken("columns", wanted)


def _value(text: bytes, form: _Form) -> float:
    """Return a grade or a score.

    Raises
    ------
    _Broken : it is no number, not finite, or a grade that is not whole.
    """
    try:
        value = float(text.replace(b"_", b"?"))
    except ValueError:
        shown = text.decode(errors="replace")
        message = f"{shown!r} in column {form.value + 1} is no number"
        raise _Broken("not_a_number", message) from None
    if not isfinite(value):
        raise _Broken("not_finite", f"{value} in column {form.value + 1} ranks nothing")
    if form is _QRELS and value != int(value):
        raise _Broken("not_whole", f"a grade of {value:g}; grades in qrels are whole numbers")
    return value


def _named(text: bytes, names: dict[bytes, str]) -> str:
    """Return an id, the same text each time.

    Raises
    ------
    _Broken : it is not UTF-8.
    """
    name = names.get(text)
    if name is None:
        try:
            name = names[text] = text.decode()
        except UnicodeDecodeError as error:
            raise _Broken("not_utf8", f"an id is not UTF-8: {error}") from None
    return name
