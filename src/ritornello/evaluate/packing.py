"""Collections, runs and reports as files, and back: facts in JSON, columns in Parquet.

What is packed says everything that its id is made of, so whoever unpacks it can hold it against that id.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.evaluate import parquet, reports
from ritornello.evaluate.collections import Collection, Origin, Topic
from ritornello.evaluate.report import Report
from ritornello.evaluate.runs import Run
from ritornello.evaluate.warned import Warned
from ritornello.measures.matching import Judged, Ranked

Thing = Collection | Run | Report
Writer = Callable[[Path], object]

TOPICS = {"topic_id": "VARCHAR", "listener_id": "VARCHAR", "facts": "VARCHAR"}
ITEMS = {"item_id": "VARCHAR"}
JUDGED = {"topic": "BIGINT", "item": "BIGINT", "grade": "DOUBLE"}
RANKED = {"topic": "BIGINT", "item": "BIGINT", "score": "DOUBLE"}


class Packed(NamedTuple):
    """What becomes of a study on disk: its facts, how many rows it has by kind, and who writes each file."""

    name: str
    facts: Mapping[str, Any]
    counts: Mapping[str, int]
    files: Mapping[str, Writer]


class CollectionFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``study.json`` says of a collection."""

    about: Origin
    warnings: tuple[Warned, ...]


class RunFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``study.json`` says of a run."""

    collection_id: str
    recipe: dict[str, Any]
    warnings: tuple[Warned, ...]


class ReportFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``study.json`` says of a report; the rest is in its own file."""

    verdict: str


def pack(thing: Thing) -> Packed:
    """Return what a study is on disk."""
    if isinstance(thing, Collection):
        return _pack_collection(thing)
    return _pack_run(thing) if isinstance(thing, Run) else _pack_report(thing)


def unpack_collection(name: str, facts: Mapping[str, Any], folder: Path) -> Collection:
    """Return the collection that was packed."""
    said = msgspec.convert(facts, CollectionFacts)
    topics = parquet.read(folder / "topics.parquet", TOPICS)
    items = parquet.read(folder / "items.parquet", ITEMS)["item_id"]
    judged = parquet.read(folder / "judged.parquet", JUDGED)
    return Collection(
        name,
        tuple(map(_topic, topics["topic_id"], topics["listener_id"], topics["facts"])),
        tuple(items.tolist()),
        Judged(judged["topic"], judged["item"], judged["grade"]),
        said.about,
        said.warnings,
    )


def unpack_run(name: str, facts: Mapping[str, Any], folder: Path) -> Run:
    """Return the run that was packed."""
    said = msgspec.convert(facts, RunFacts)
    ranked = parquet.read(folder / "ranked.parquet", RANKED)
    others = parquet.read(folder / "others.parquet", ITEMS)["item_id"]
    return Run(
        said.collection_id,
        name,
        said.recipe,
        Ranked(ranked["topic"], ranked["item"], ranked["score"]),
        tuple(others.tolist()),
        said.warnings,
    )


def unpack_report(name: str, facts: Mapping[str, Any], folder: Path) -> Report:
    """Return the report that was packed."""
    del name, facts  # the report says both itself
    return reports.from_json((folder / "report.json").read_bytes())


def _pack_collection(thing: Collection) -> Packed:
    judged = thing.judged
    topics = (
        _texts([topic.topic_id for topic in thing.topics]),
        _texts([topic.listener_id for topic in thing.topics]),
        _texts([_facts(topic) for topic in thing.topics]),
    )
    return Packed(
        thing.name,
        msgspec.to_builtins(CollectionFacts(thing.about, thing.warnings)),
        {"topics": len(thing.topics), "items": len(thing.items), "judgements": len(judged.topics)},
        {
            "topics.parquet": _writer(TOPICS, *topics),
            "items.parquet": _writer(ITEMS, _texts(thing.items)),
            "judged.parquet": _writer(JUDGED, judged.topics, judged.items, judged.grades),
        },
    )


def _pack_run(thing: Run) -> Packed:
    ranked = thing.ranked
    return Packed(
        thing.name,
        msgspec.to_builtins(RunFacts(thing.collection_id, thing.recipe, thing.warnings)),
        {"rows": len(ranked.topics), "topics": len(np.unique(ranked.topics))},
        {
            "ranked.parquet": _writer(RANKED, ranked.topics, ranked.items, ranked.scores),
            "others.parquet": _writer(ITEMS, _texts(thing.others)),
        },
    )


def _pack_report(thing: Report) -> Packed:
    return Packed(
        thing.title,
        msgspec.to_builtins(ReportFacts(thing.verdict)),
        {"sections": len(thing.sections)},
        {
            "report.json": lambda file: file.write_bytes(reports.to_json(thing)),
            "report.html": lambda file: file.write_text(reports.html(thing), encoding="utf-8"),
        },
    )


def _writer(types: Mapping[str, str], *columns: NDArray[Any]) -> Writer:
    """Return what writes these columns, in the order of their types."""
    named = dict(zip(types, columns, strict=True))
    return lambda file: parquet.write(file, named, types)


def _texts(values: Sequence[str | None]) -> NDArray[Any]:
    return np.array(values, object)


def _facts(topic: Topic) -> str:
    """Return what is known of a topic beside its ids, as JSON."""
    rest = {"query": topic.query, "context": topic.context, "segments": topic.segments}
    return msgspec.json.encode(
        {name: value for name, value in rest.items() if value not in (None, {})}
    ).decode()


def _topic(topic_id: str, listener_id: str | None, facts: str) -> Topic:
    return msgspec.convert(
        {"topic_id": topic_id, "listener_id": listener_id, **msgspec.json.decode(facts)}, Topic
    )
