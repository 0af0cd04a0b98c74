"""Judgements and runs as files from elsewhere and for elsewhere: TREC's or Parquet, whichever a file is.

What is read is told by the file's first bytes, what is written by its name: ``.parquet``, else TREC's form, packed where
the name ends in ``.gz``.
"""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path
from typing import BinaryIO

import msgspec

from ritornello.catalog.lines import lines
from ritornello.evaluate import parquet, trec
from ritornello.evaluate.collections import Collection, Topic, check_id
from ritornello.evaluate.content import Rows
from ritornello.evaluate.runs import Run
from ritornello.kinds.errors import BadValue
from ritornello.kinds.faults import Fault, count_by_rule

_PARQUET = b"PAR1"
_NO_TOPIC = "no JSON object with a topic_id, and no other names than a topic has"
_TOPIC = msgspec.json.Decoder(Topic)

Found = tuple[Rows, list[Fault]]


def read_judgements(path: Path) -> Found:
    """Read judgements.

    Raises
    ------
    BadValue : not one row of it is a judgement; the message says what the rows are instead.
    """
    if _is_parquet(path):
        return _something(path, parquet.read_judgements(path))
    with trec.opened(path) as file:
        return _something(path, trec.read_qrels(file, path.name))


def read_run(path: Path) -> Found:
    """Read what a system ranked.

    Raises
    ------
    BadValue : not one row of it is of a run; the message says what the rows are instead.
    """
    if _is_parquet(path):
        return _something(path, parquet.read_run(path))
    with trec.opened(path) as file:
        return _something(path, trec.read_run(file, path.name))


def read_ids(path: Path) -> list[str]:
    """Read a universe: one item's id a line.

    Raises
    ------
    BadValue : the file is not UTF-8, is damaged, or holds no id.
    """
    with trec.opened(path) as file:
        try:
            ids = file.read().decode("utf-8-sig").split("\n")
        except (UnicodeDecodeError, *trec.BROKEN) as error:
            raise BadValue(f"{path.name} cannot be read as text: {error}") from error
    found = [each.strip() for each in ids if each.strip()]
    if not found:
        raise BadValue(f"{path.name} holds no id; write one item's id a line")
    return found


def read_topics(path: Path) -> tuple[list[Topic], list[Fault]]:
    """Read topics, one JSON object a line; what is none is a fault, and so is the second of an id."""
    topics: dict[str, Topic] = {}
    faults: list[Fault] = []
    number = 0
    with trec.opened(path) as file:
        try:
            for number, text, *_ in lines(file):
                if (topic := _topic(text)) is None:
                    faults.append(Fault.at(path.name, number, "not_a_topic", _NO_TOPIC))
                elif topics.setdefault(topic.topic_id, topic) is not topic:
                    faults.append(Fault.at(path.name, number, "twice", "its id stands above"))
        except trec.BROKEN as error:
            faults.append(Fault.at(path.name, number, "breaks_off", f"after this line: {error}"))
    return list(topics.values()), faults


def _topic(text: bytes) -> Topic | None:
    try:
        topic = _TOPIC.decode(text)
        check_id(topic.topic_id, "topic")
    except (msgspec.MsgspecError, BadValue, UnicodeDecodeError):
        return None
    return topic


def write_judgements(collection: Collection, path: Path, *, scale: int = 1) -> int:
    """Write a collection's judgements; return how many.

    Raises
    ------
    BadValue : a grade, times ``scale``, is no whole number, which TREC's form needs.
    """
    if path.suffix == ".parquet":
        return parquet.write_judgements(collection, path)
    with _writing(path) as file:
        return trec.write_qrels(collection, file, scale=scale)


def write_run(run: Run, collection: Collection, path: Path) -> int:
    """Write a run, each topic's items from the best to the worst; return how many rows."""
    if path.suffix == ".parquet":
        return parquet.write_run(run, collection, path)
    with _writing(path) as file:
        return trec.write_run(run, collection, file)


@contextmanager
def _writing(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write, packed where its name says so; the same content gives the same bytes."""
    with path.open("wb") as file:
        if path.suffix == ".gz":
            with gzip.GzipFile("", "wb", 6, file, mtime=0) as packed, BufferedWriter(packed) as out:
                yield out
        else:
            yield file


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_PARQUET)) == _PARQUET


def _something(path: Path, found: Found) -> Found:
    """Make sure that a row was read.

    Raises
    ------
    BadValue : none was.
    """
    rows, faults = found
    if not len(rows.values):
        why = ""
        if faults:
            ((rule, n), *_) = count_by_rule(faults).items()
            first = next(fault for fault in faults if fault.rule == rule)
            why = f": {n:,} times {rule}, first at row {first.position} ({first.message})"
        raise BadValue(f"{path.name} holds no row that could be read{why}")
    return rows, faults
