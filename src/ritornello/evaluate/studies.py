"""Where a home keeps its studies: collections, runs and reports, each in a folder named by its content.

``studies/collections/ID/`` holds ``study.json`` and other files beside it, Parquet mostly; ``study.json`` names size and
SHA-256 of each. A folder is written aside, synced, and put in its place by one rename, so nobody meets half of one. What
is read is verified: file by file, and then as a whole against its id. Nothing here is the truth of anything.
"""

import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ritornello.evaluate import packing
from ritornello.evaluate.collections import Collection
from ritornello.evaluate.packing import Thing
from ritornello.evaluate.report import Report
from ritornello.evaluate.runs import Run
from ritornello.kinds.errors import ArtefactUnusable, BadValue, NotFound
from ritornello.kinds.times import Instant
from ritornello.store import tombstones
from ritornello.store.database import connect
from ritornello.store.deriving import SomebodyLeft
from ritornello.store.home import Home, make_folder, sync_file, sync_folder
from ritornello.store.locks import held
from ritornello.store.manifest import sha256_of

COLLECTIONS, RUNS, REPORTS = KINDS = ("collections", "runs", "reports")
STUDY = "study.json"
LOCK = ".studies.lock"
PATIENCE_S = 60.0
FORMAT = 1
_ID = re.compile(r"[0-9a-f]{16}")

T = TypeVar("T", Collection, Run, Report)
Unpack = Callable[[str, Mapping[str, Any], Path], T]


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file beside ``study.json`` must be."""

    n_bytes: int
    sha256: str


class Study(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``study.json`` says: what the study is called, how many rows of which kind it has, its facts and its files."""

    format: int
    name: str
    counts: dict[str, int]
    facts: dict[str, Any]
    files: dict[str, File]


class Kept(msgspec.Struct, frozen=True):
    """A study at hand, without its rows; ``kind`` is the folder it is in, ``kept_at`` when this home wrote it."""

    kind: str
    id: str
    name: str
    kept_at: Instant
    counts: dict[str, int]
    facts: dict[str, Any]
    trouble: str | None = None


def keep(home: Home, thing: Thing) -> str:
    """Write a study, durable before this returns; return its id. The same content is written once.

    Raises
    ------
    NotFound : a run of a collection that this home does not have.
    SomebodyLeft : a listener in it was erased meanwhile.
    Conflict : others were at work in the studies all the while.
    """
    with working(home):
        if isinstance(thing, Run):
            _check_there(home, COLLECTIONS, thing.collection_id)
        if isinstance(thing, Collection):
            _check_nobody_left(home, thing)
        return write(home, thing)


def write(home: Home, thing: Thing) -> str:
    """Write a study while :func:`working`; return its id."""
    folder, study_id = home.studies / _kind_of(thing), thing.id
    place = folder / study_id
    if (place / STUDY).is_file():
        return study_id
    make_folder(folder)
    scratch = folder / f".{study_id}.{os.getpid()}"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    packed = packing.pack(thing)
    for name, written in packed.files.items():
        written(scratch / name)
    files = {name: _file_at(scratch / name) for name in packed.files}
    study = Study(FORMAT, packed.name, dict(packed.counts), dict(packed.facts), files)
    (scratch / STUDY).write_bytes(msgspec.json.format(msgspec.json.encode(study)))
    for name in (*files, STUDY):
        sync_file(scratch / name)
    sync_folder(scratch)
    shutil.rmtree(place, ignore_errors=True)
    scratch.rename(place)
    sync_folder(folder)
    return study_id


def collection(home: Home, study_id: str) -> Collection:
    """Return a collection, verified.

    Raises
    ------
    NotFound : there is none of this id. ArtefactUnusable : it is not what was written.
    """
    return _loaded(home, COLLECTIONS, study_id, packing.unpack_collection)


def run(home: Home, study_id: str) -> Run:
    """Return a run, verified.

    Raises
    ------
    NotFound : there is none of this id. ArtefactUnusable : it is not what was written.
    """
    return _loaded(home, RUNS, study_id, packing.unpack_run)


def report(home: Home, study_id: str) -> Report:
    """Return a report, verified.

    Raises
    ------
    NotFound : there is none of this id. ArtefactUnusable : it is not what was written.
    """
    return _loaded(home, REPORTS, study_id, packing.unpack_report)


def of(home: Home, kind: str | None = None) -> list[Kept]:
    """Return the studies at hand, of one kind or of all, the latest first; what cannot be read says so."""
    kinds = KINDS if kind is None else (kind,)
    found = [_kept(place, each) for each in kinds for place in _places(home, each)]
    return sorted(found, key=lambda kept: (kept.kept_at, kept.id), reverse=True)


def runs_of(home: Home, collection_id: str) -> list[Kept]:
    """Return the runs of a collection, the latest first."""
    return [kept for kept in of(home, RUNS) if kept.facts.get("collection_id") == collection_id]


def find(home: Home, kind: str, text: str, among: Sequence[Kept] | None = None) -> str:
    """Return the id of a study by its id, the beginning of that, or its name.

    Parameters
    ----------
    among : these studies; all of the kind where none are given.

    Raises
    ------
    NotFound : there is none. BadValue : there are several.
    """
    known = of(home, kind) if among is None else among
    ways = (
        [kept.id for kept in known if kept.id == text],
        [kept.id for kept in known if kept.name == text],
        [kept.id for kept in known if text and kept.id.startswith(text)],
    )
    for found in ways:
        if len(found) > 1:
            raise BadValue(
                f"{text!r} means {len(found)} {kind}: {', '.join(found[:5])}; give an id"
            )
        if found:
            return found[0]
    there = ", ".join(kept.name for kept in known[:5]) or "none"
    raise NotFound(f"no {kind[:-1]} {text!r}; there are {there}")


def working(home: Home) -> AbstractContextManager[None]:
    """Hold the studies' lock: nobody else writes or removes one.

    Raises
    ------
    Conflict : another held it all the while.
    """
    return held(home.studies / LOCK, "study", PATIENCE_S)


def remove(home: Home, kind: str, study_id: str) -> None:
    """Remove a study while :func:`working`; the runs of a collection stay."""
    shutil.rmtree(home.studies / kind / _named(study_id), ignore_errors=True)


def speaks_of(home: Home, report_id: str, words: AbstractSet[str]) -> bool:
    """Whether a report's files hold any of these words: ids of studies or of listeners."""
    texts = [file.read_bytes() for file in (home.studies / REPORTS / _named(report_id)).iterdir()]
    return any(word.encode() in text for word in words for text in texts)


def sweep(home: Home) -> None:
    """Remove what interrupted writing left, while :func:`working`."""
    for place in home.studies.glob("*/.*"):
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()


def _loaded(home: Home, kind: str, study_id: str, unpack: Unpack[T]) -> T:
    """Return what is in a folder, its files and its id verified.

    Raises
    ------
    NotFound : there is no such folder. ArtefactUnusable : something in it is not what was written.
    """
    place = home.studies / kind / _named(study_id)
    if not (place / STUDY).is_file():
        raise NotFound(f"no {kind[:-1]} {study_id} in {home.studies}")
    study = _read_study(place)
    for name, wanted in study.files.items():
        if not (place / name).is_file() or _file_at(place / name) != wanted:
            raise _unusable(place / name, "is not the file that was written")
    try:
        thing = unpack(study.name, study.facts, place)
    except (BadValue, msgspec.MsgspecError) as error:
        raise _unusable(place, f"cannot be read: {error}") from error
    if thing.id != study_id:
        raise _unusable(place, "does not hash to its id")
    return thing


def _kept(place: Path, kind: str) -> Kept:
    at = datetime.fromtimestamp((place / STUDY).stat().st_mtime, tz=UTC)
    try:
        study = _read_study(place)
    except ArtefactUnusable as error:
        return Kept(kind, place.name, "", at, {}, {}, str(error))
    return Kept(kind, place.name, study.name, at, study.counts, study.facts)


def _read_study(place: Path) -> Study:
    """Read ``study.json``.

    Raises
    ------
    ArtefactUnusable : it holds something else.
    """
    try:
        study = msgspec.json.decode((place / STUDY).read_bytes(), type=Study)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _unusable(place / STUDY, f"cannot be read: {error}") from error
    if study.format != FORMAT:
        raise _unusable(place, f"has format {study.format}; this ritornello reads {FORMAT}")
    if any(Path(name).name != name for name in study.files):
        raise _unusable(place, "names a file that does not lie in it")
    return study


def _places(home: Home, kind: str) -> list[Path]:
    return [file.parent for file in (home.studies / kind).glob(f"[!.]*/{STUDY}")]


def _check_there(home: Home, kind: str, study_id: str) -> None:
    """Make sure a study is at hand.

    Raises
    ------
    NotFound : it is not.
    """
    if not (home.studies / kind / _named(study_id) / STUDY).is_file():
        raise NotFound(f"no {kind[:-1]} {study_id} in {home.studies}; keep it first")


def _check_nobody_left(home: Home, thing: Collection) -> None:
    """Make sure that nobody in a collection has been erased.

    Raises
    ------
    SomebodyLeft : somebody has.
    """
    listeners = {topic.listener_id for topic in thing.topics if topic.listener_id is not None}
    if not listeners or not home.exists:
        return
    with closing(connect(home, read_only=True)) as conn:
        if tombstones.covered(conn, listeners):
            message = f"somebody in the collection {thing.name!r} was erased; make it again"
            raise SomebodyLeft(message)


def _kind_of(thing: Thing) -> str:
    if isinstance(thing, Collection):
        return COLLECTIONS
    return RUNS if isinstance(thing, Run) else REPORTS


def _named(study_id: str) -> str:
    """Return the id if it is one: never a path.

    Raises
    ------
    NotFound : it is none.
    """
    if not _ID.fullmatch(study_id):
        raise NotFound(f"{study_id!r} is no study's id; ids are 16 hex digits")
    return study_id


def _file_at(file: Path) -> File:
    return File(file.stat().st_size, sha256_of(file))


def _unusable(file: Path, what: str) -> ArtefactUnusable:
    return ArtefactUnusable(f"{file.parent.name}/{file.name} {what}; make the study again")
