"""Which export is this? A listener's history from elsewhere, recognised by what it holds.

One door for the command line and the server: find what lies at a path, and read it.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from ritornello.catalog.items import Resolver
from ritornello.intake import (
    archives,
    lastfm_csv,
    listenbrainz,
    listenbrainz_export,
    scrobbler_log,
    spotify,
    spotify_basic,
)
from ritornello.intake.archives import Member
from ritornello.intake.chunks import Chunk
from ritornello.intake.digests import digest_of
from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.kinds.faults import Fault

N_NAMED = 10


class Form(NamedTuple):
    """One form of export: its name, which is the ``source`` of its listens, and how it is read.

    ``takes`` names what its reader wants to know beyond what every reader is told.
    """

    name: str
    words: str
    holds: Callable[[Member], bool]
    read: Callable[..., Iterator[Chunk]]
    takes: tuple[str, ...] = ()


FORMS: tuple[Form, ...] = (
    Form(
        spotify.SOURCE,
        "Spotify's extended streaming history (its zip, or Streaming_History_*.json)",
        spotify.holds,
        spotify.read,
        ("with_incognito",),
    ),
    Form(
        spotify_basic.SOURCE,
        "Spotify's account data (its zip, or StreamingHistory_*.json)",
        spotify_basic.holds,
        spotify_basic.read,
    ),
    Form(
        listenbrainz.SOURCE,
        "ListenBrainz's export (its zip, or a .jsonl or .json of listens)",
        listenbrainz_export.holds,
        listenbrainz_export.read,
    ),
    Form(
        lastfm_csv.SOURCE,
        "a table of Last.fm scrobbles (.csv)",
        lastfm_csv.holds,
        lastfm_csv.read,
    ),
    Form(
        scrobbler_log.SOURCE,
        "the log of a portable player (.scrobbler.log)",
        scrobbler_log.holds,
        scrobbler_log.read,
        ("tz",),
    ),
)
_BY_NAME = {form.name: form for form in FORMS}


class History(NamedTuple):
    """An export that was found: where, of which form, its files, and what else was left alone."""

    path: Path
    form: Form
    members: list[Member]
    faults: list[Fault]


class Options(NamedTuple):
    """What decides how an export is read besides what it holds.

    ``tz`` is where the listener was, for a log that does not say; ``with_incognito`` keeps what was
    heard in private sessions, as private listens.
    """

    tz: tzinfo = UTC
    with_incognito: bool = False


AS_USUAL = Options()


def find(path: Path, form: str | None = None) -> History:
    """Find the export at a path, of the form stated or recognised.

    Raises
    ------
    NotFound : nothing is there.
    BadValue : nothing in it is a listening history, or histories of two forms are.
    UnknownName : no such form.
    """
    if form is not None and form not in _BY_NAME:
        raise UnknownName.among("form of history", form, _BY_NAME)
    members, faults = archives.members(path, "history")
    if not members and faults:
        raise BadValue(f"{path.name} holds nothing that can be read: {faults[0].message}")
    found = _BY_NAME[form] if form is not None else recognise(members)
    ours = [member for member in members if found.holds(member)]
    if not ours:
        raise BadValue(f"{path.name} holds nothing of {found.words}; {_inventory(members)}")
    return History(path, found, ours, [replace(fault, source=found.name) for fault in faults])


def recognise(members: Sequence[Member]) -> Form:
    """Return the form some files are of, by what they hold and not by their names alone.

    Raises
    ------
    BadValue : none of them is a listening history, or they are of two forms.
    """
    held = (next((form for form in FORMS if form.holds(member)), None) for member in members)
    found = list(dict.fromkeys(form for form in held if form is not None))
    if len(found) == 1:
        return found[0]
    if found:
        names = " and ".join(form.name for form in found)
        raise BadValue(f"histories of two forms, {names}: bring them in one by one, or say which")
    understood = "; ".join(form.words for form in FORMS)
    raise BadValue(f"no listening history; {_inventory(members)}; understood are {understood}")


def _inventory(members: Sequence[Member]) -> str:
    """Say what was there instead."""
    named = ", ".join(repr(member.name[:80]) for member in members[:N_NAMED]) or "nothing"
    more = f" and {len(members) - N_NAMED:,} more" if len(members) > N_NAMED else ""
    return f"there is {named}{more}"


def digest(history: History, listener_id: str, options: Options = AS_USUAL) -> str:
    """Return what names this import for ever: the content, whose it is, and how it is read."""
    path, names = history.path, [member.name for member in history.members]
    files = [path / name for name in names] if path.is_dir() else [path]
    about = (f"{name}={getattr(options, name)}" for name in history.form.takes)
    return digest_of(files, listener_id, history.form.name, *about)


def read(
    history: History,
    *,
    listener_id: str,
    now: datetime,
    resolver: Resolver,
    after: int = 0,
    options: Options = AS_USUAL,
) -> Iterator[Chunk]:
    """Read an export.

    Parameters
    ----------
    listener_id : whose history it becomes, whatever the export says of who that was.
    now : nothing may have been heard after it.
    after : position up to which everything is stored already.
    """
    more = {name: getattr(options, name) for name in history.form.takes}
    chunks = history.form.read(
        history.members,
        listener_id=listener_id,
        now=now,
        resolver=resolver,
        after=after,
        **more,
    )
    told = chunks if after else _with_faults(history.faults, chunks)
    return map(partial(replace, listener_id=listener_id), told)  # holds no chunk that was taken


def _with_faults(faults: Sequence[Fault], chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Add what was left alone to the first chunk, so that it is told once however often resumed."""
    first = next(chunks, Chunk(position=0, share=1.0))
    if first.position or faults:
        yield replace(first, faults=(*faults, *first.faults))
        del first
        yield from chunks
