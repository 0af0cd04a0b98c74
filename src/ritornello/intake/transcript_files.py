"""A folder of transcripts, put to the episodes their names say.

A file is an episode's if it is called as the episode is, in any case and with any signs between words, with the episode's
number before it or without; or by that number alone within one show. Where a show is named, a file that is no known episode's
makes one of that show, called as the file is; otherwise it is a fault, and so is a name that several episodes bear.

What is read again replaces what was there. Positions count the files, in the order of their names, from 1.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from sqlite3 import Connection
from typing import NamedTuple

from ritornello.catalog import identity, items, transcripts
from ritornello.intake import captions
from ritornello.intake.chunks import Chunk
from ritornello.intake.refusal import Refused
from ritornello.kinds.errors import NotFound
from ritornello.kinds.items import AnyItem, Episode, Show

SOURCE = "transcripts"
MAX_TITLE = 1000
_NUMBERED = re.compile(r"(?P<number>\d{1,6})(?:[\s._-]+(?P<rest>.*))?\Z", re.DOTALL)
_NUMBER_LAST = re.compile(r"(?P<rest>.*?)[\s._-]+(?P<number>\d{1,6})\Z", re.DOTALL)
_EPISODES = """
SELECT item_id, json_extract(body, '$.title'), json_extract(body, '$.number') FROM items
WHERE kind = 'episode' AND (? IS NULL OR json_extract(body, '$.show_id') = ?)
"""


class _Known(NamedTuple):
    """The episodes a file can be of: by name, and within one show by number."""

    by_name: dict[str, set[str]]
    by_number: dict[int, set[str]]


def files_of(folder: Path) -> list[Path]:
    """Return the transcripts in a folder by their names; links lead elsewhere and are left alone.

    Raises
    ------
    NotFound : no such folder, or no transcript in it.
    """
    if not folder.is_dir():
        raise NotFound(f"no folder {folder}")
    found = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in captions.FORMS]
    kept = [path for path in found if path.is_file() and not path.is_symlink()]
    if not kept:
        raise NotFound(f"no transcript in {folder}; they end in {', '.join(captions.FORMS)}")
    return kept


def read(folder: Path, conn: Connection, *, show: str = "", after: int = 0) -> Iterator[Chunk]:
    """Read every transcript of a folder, each a chunk.

    Parameters
    ----------
    show : the title of the show they are of; empty for whichever show has an episode of that name.
    after : position up to which everything is stored already.

    Raises
    ------
    NotFound : no such folder, or no transcript in it.
    """
    files = files_of(folder)
    show_id = _show_id(conn, show) if show else None
    known = _known(conn, show_id)
    for position, file in enumerate(files, start=1):
        if position > after:
            yield _chunk(file, position, len(files), _owners(file, known, conn, (show, show_id)))


def _show_id(conn: Connection, title: str) -> str:
    """Return the show of a title: a known one, else the one its title makes."""
    rows = conn.execute(
        "SELECT item_id, json_extract(body, '$.title') FROM items WHERE kind = 'show'"
    )
    named = [
        item_id for item_id, name in rows if identity.normalise(name) == identity.normalise(title)
    ]
    return min(named, default=identity.show_id(title))


def _known(conn: Connection, show_id: str | None) -> _Known:
    known = _Known({}, {})
    for item_id, title, number in conn.execute(_EPISODES, (show_id, show_id)):
        known.by_name.setdefault(identity.normalise(title), set()).add(item_id)
        if show_id is not None and number is not None:
            known.by_number.setdefault(number, set()).add(item_id)
    return known


def _owners(
    file: Path, known: _Known, conn: Connection, show: tuple[str, str | None]
) -> tuple[AnyItem, ...] | Refused:
    """Return the episode a file is of, with its show where both are new; or why there is none."""
    title, number = _named(file)
    found = known.by_name.get(identity.normalise(_spaced(file.stem)))
    found = found or known.by_name.get(identity.normalise(title))
    if number is not None:
        found = found or known.by_number.get(number)
    if found and len(found) > 1:
        message = (
            f"{len(found)} episodes are called as {file.name!r} is; name their show with --show"
        )
        return Refused("name", "several_episodes", message)
    if found:
        return (items.get(conn, next(iter(found))),)
    name, show_id = show
    if show_id is None:
        message = (
            f"no episode of the catalogue is called as {file.name!r} is; --show TITLE makes one"
        )
        return Refused("name", "unknown_episode", message)
    made = Episode(
        item_id=identity.episode_id(name, _spaced(file.stem)),
        title=title[:1].upper() + title[1:],
        show_id=show_id,
        show_title=name,
        number=number,
    )
    return Show(item_id=show_id, title=name), made


def _named(file: Path) -> tuple[str, int | None]:
    """Return the title and the number a file's name says."""
    stem = file.stem
    found = _NUMBERED.match(stem) or _NUMBER_LAST.match(stem)
    if found is None:
        return _spaced(stem), None
    is_first = found.re is _NUMBERED
    return _spaced(found["rest"] or "" if is_first else stem) or stem, int(found["number"])


def _spaced(stem: str) -> str:
    """Return a file's name with spaces where names of files have signs instead."""
    return " ".join(re.sub(r"[_\s]+|(?<=\w)-(?=\w)", " ", stem).split())[:MAX_TITLE]


def _chunk(file: Path, position: int, n: int, owners: tuple[AnyItem, ...] | Refused) -> Chunk:
    share = position / n
    if isinstance(owners, Refused):
        return Chunk(position=position, share=share, faults=(owners.fault(SOURCE, position),))
    with file.open("rb") as opened:
        body = opened.read(captions.MAX_BYTES + 1)
    kept, faults = captions.read(body, source=SOURCE)
    return Chunk(
        position=position,
        share=share,
        items=owners if kept else (),
        faults=tuple(faults),
        changes=tuple(transcripts.changes(owners[-1].item_id, kept)) if kept else (),
        override=True,
        keeps_available=True,
    )
