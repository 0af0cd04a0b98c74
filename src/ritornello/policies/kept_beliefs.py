"""Beliefs kept by version, and those in use.

A version is an artefact below ``models/beliefs/``: names, and sums of lessons as whole thousandths. The file ``served``
names the version that is served instead of what is being learned, after a roll-back and until told otherwise. Versions
hold nobody's name, but they are sums over listeners: an erasure forgets them all.
"""

import logging
import os
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from ritornello.kinds.errors import ArtefactUnusable, NotFound
from ritornello.kinds.times import Instant
from ritornello.policies import beliefs
from ritornello.policies.beliefs import NOTHING_LEARNED, Beliefs, Sum, Sums
from ritornello.store import artefacts
from ritornello.store.database import Readers
from ritornello.store.home import Home, sync_file, sync_folder

log = logging.getLogger("ritornello.beliefs")

FOLDER, SERVED = "beliefs", "served"
FORMAT = 1
KEEP = 30
_ADVICE = "run `ritornello policies rebuild`"


class _Served(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str


class Kept(msgspec.Struct, frozen=True):
    """A version that was kept: by whom its lessons were taught, of what they were made, how many they are."""

    version: str
    taught_by: str
    made_from: str
    n_lessons: int
    kept_at: Instant
    served: bool


def keep(home: Home, sums: Sums, *, taught_by: str, made_from: str) -> str:
    """Write a version, durable before this returns, and remove the oldest beyond ``KEEP``; return its name.

    The same sums, teacher and tables have the same name.
    """
    rows = sorted(
        (belief, *cell, *values) for belief, cells in sums.items() for cell, values in cells.items()
    )
    names = msgspec.json.encode([row[:3] for row in rows])
    arrays: artefacts.Arrays = {
        "names": np.frombuffer(names, dtype=np.uint8),
        "sums": np.array([row[3:] for row in rows], np.int64).reshape(-1, 3),
    }
    facts = {"format": FORMAT, "taught_by": taught_by, "made_from": made_from}
    version = artefacts.save(_folder(home), arrays, facts)
    _sweep(home, version)
    return version


def load(home: Home, version: str) -> Beliefs:
    """Return the beliefs of a version.

    Raises
    ------
    ArtefactUnusable : it is not there, altered, or of another ritornello; the message says which.
    """
    arrays, facts = artefacts.load(_folder(home), version)
    if facts.get("format") != FORMAT:
        found = facts.get("format")
        message = (
            f"{FOLDER}/{version} has format {found}; this ritornello reads {FORMAT}: {_ADVICE}"
        )
        raise ArtefactUnusable(message)
    try:
        names = msgspec.json.decode(arrays["names"].tobytes(), type=list[tuple[str, str, str]])
        rows = msgspec.convert(arrays["sums"].tolist(), list[Sum])
        sums: Sums = {}
        for (belief, *cell), values in zip(names, rows, strict=True):
            sums.setdefault(belief, {})[cell[0], cell[1]] = values
        taught_by = msgspec.convert(facts["taught_by"], str)
    except (KeyError, ValueError, msgspec.MsgspecError) as error:
        raise ArtefactUnusable(
            f"{FOLDER}/{version} holds no beliefs ({error}): {_ADVICE}"
        ) from error
    if any(not 0 <= s <= t or n < 1 for n, s, t in rows):
        raise ArtefactUnusable(f"{FOLDER}/{version} holds more successes than trials: {_ADVICE}")
    return Beliefs(version, taught_by, sums)


def versions(home: Home) -> list[Kept]:
    """Return the versions at hand, the latest first.

    Raises
    ------
    ArtefactUnusable : one cannot be read.
    """
    served, found = served_version(home), []
    for place in _places(home):
        each = load(home, place.name)
        _, facts = artefacts.load(_folder(home), place.name)
        found.append(
            Kept(
                place.name,
                each.taught_by,
                str(facts.get("made_from", "")),
                sum(map(each.n_lessons, each.sums)),
                datetime.fromtimestamp(place.stat().st_mtime, UTC),
                place.name == served,
            )
        )
    return found


def roll_back(home: Home, version: str | None = None) -> str:
    """Serve an earlier version from now on, whatever is learned meanwhile; return it.

    Parameters
    ----------
    version : which; where not given, the one before what is served now.

    Raises
    ------
    NotFound : there is none. ArtefactUnusable : it cannot be read; what is served stays.
    """
    names, served = [place.name for place in _places(home)], served_version(home)
    if version is None:
        earlier = names[names.index(served) + 1 :] if served in names else names
        if not earlier:
            raise NotFound(f"no earlier beliefs to go back to; {_ADVICE}")
        version = earlier[0]
    elif version not in names:
        there = ", ".join(names) or "none"
        raise NotFound(f"no beliefs {version!r}; there are {there}")
    load(home, version)
    _point(home, version)
    return version


def go_on(home: Home) -> None:
    """Serve what is being learned again."""
    (_folder(home) / SERVED).unlink(missing_ok=True)
    if _folder(home).is_dir():
        sync_folder(_folder(home))


def served_version(home: Home) -> str | None:
    """Return the version that is served instead of what is being learned.

    Raises
    ------
    ArtefactUnusable : the file that says so holds something else.
    """
    file = _folder(home) / SERVED
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Served).version
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, RecursionError) as error:
        raise ArtefactUnusable(f"{FOLDER}/{SERVED} cannot be read ({error}): {_ADVICE}") from error


def forget(home: Home) -> int:
    """Remove every version, because they are sums over listeners; return how many there were."""
    n_versions = len(_places(home))
    shutil.rmtree(_folder(home), ignore_errors=True)
    return n_versions


class Current:
    """Holds the beliefs in use, for any number of threads.

    A request takes ``beliefs`` once and keeps them. What cannot be read leaves those in use where they are, and says why
    in ``trouble``.
    """

    def __init__(self, home: Home, readers: Readers) -> None:
        self.beliefs = NOTHING_LEARNED
        self.trouble: str | None = None
        self._home = home
        self._readers = readers
        self._refreshing = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def refresh(self) -> Beliefs:
        """Take up what changed; return what is in use now."""
        with self._refreshing:
            try:
                version = served_version(self._home)
                if version is None:
                    self.beliefs = beliefs.read(self._readers.connection, self.beliefs)
                elif version != self.beliefs.version:
                    self.beliefs = load(self._home, version)
                self.trouble = None
            except ArtefactUnusable as error:
                if str(error) != self.trouble:
                    log.warning("the beliefs in use stay: %s", error)
                self.trouble = str(error)
            return self.beliefs

    def watch(self, every_s: float) -> None:
        """Refresh every ``every_s`` seconds until closed."""
        self._thread = threading.Thread(
            target=self._watch, args=(every_s,), name="beliefs", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop watching; the beliefs stay usable."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self, every_s: float) -> None:
        while not self._closed.wait(every_s):
            self.refresh()


def _folder(home: Home) -> Path:
    return home.models / FOLDER


def _places(home: Home) -> list[Path]:
    """Return the folders of all versions, the latest first."""
    found = [file.parent for file in _folder(home).glob(f"[!.]*/{artefacts.MANIFEST}")]
    return sorted(found, key=lambda place: (-place.stat().st_mtime_ns, place.name))


def _sweep(home: Home, version: str) -> None:
    """Remove the oldest versions, never the one just kept or the one that is served."""
    held = {version, served_version(home)}
    for place in _places(home)[KEEP:]:
        if place.name not in held:
            shutil.rmtree(place)


def _point(home: Home, version: str) -> None:
    scratch = _folder(home) / f".{SERVED}.{os.getpid()}"
    scratch.write_bytes(msgspec.json.encode(_Served(version)))
    sync_file(scratch)
    scratch.replace(_folder(home) / SERVED)
    sync_folder(_folder(home))
