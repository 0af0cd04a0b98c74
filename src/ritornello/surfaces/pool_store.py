"""Editors' pools as they are kept: every version of each, the latest in force, undone by one version more.

A pool the package ships is version 0 until somebody changes it. Every change names the version it was made on, so that
of two editors at one pool the second is told. The functions that change something are jobs for ``Writer.run``.
"""

import sqlite3
from datetime import datetime

import msgspec

from ritornello.kinds.errors import BadValue, Conflict, NotFound, UnknownName
from ritornello.kinds.events import FreeText
from ritornello.kinds.times import Instant, from_us, to_us
from ritornello.surfaces.pools import Pool, Role, shipped

_LATEST = """
SELECT name, version, repeats, made_at_us, by_role, note, body FROM pools
WHERE (name, version) IN (SELECT name, max(version) FROM pools GROUP BY name)
"""
_ALL = """
SELECT name, version, repeats, made_at_us, by_role, note, body FROM pools
WHERE name = ? ORDER BY version DESC
"""
_KEEP = "INSERT INTO pools (name, version, repeats, made_at_us, by_role, note, body) VALUES (?, ?, ?, ?, ?, ?, ?)"


class PoolVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of a pool; without a ``pool`` it was withdrawn with it.

    ``repeats`` is the version whose content this one has: its own number, but after an undo. ``made_at`` is ``None`` for
    what the package ships and nobody has changed.
    """

    name: str
    version: int
    repeats: int
    by_role: str
    note: str
    pool: Pool | None = None
    made_at: Instant | None = None

    @property
    def stands(self) -> Pool:
        """The pool. Raises UnknownName where it was withdrawn."""
        if self.pool is None:
            raise UnknownName(f"moment {self.name!r} was withdrawn; undo brings it back")
        return self.pool


class Revision(msgspec.Struct, frozen=True):
    """Who changes a pool, when, on which version (``None``: there is none yet), and why."""

    made_at: Instant
    by_role: Role
    after: int | None
    note: FreeText = ""


def in_force(conn: sqlite3.Connection) -> dict[str, PoolVersion]:
    """Return the latest version of every pool that is not withdrawn, by name in their order."""
    latest = {row[0]: _version(row) for row in conn.execute(_LATEST)}
    found = {name: _as_shipped(pool) for name, pool in shipped().items()} | latest
    return {name: found[name] for name in sorted(found) if found[name].pool is not None}


def current(conn: sqlite3.Connection, name: str) -> PoolVersion:
    """Return the version of a pool that is in force.

    Raises
    ------
    UnknownName : there is no such pool, or it was withdrawn.
    """
    found = in_force(conn)
    if name not in found:
        raise UnknownName.among("moment", name, found)
    return found[name]


def versions(conn: sqlite3.Connection, name: str) -> list[PoolVersion]:
    """Return every version of a pool, the latest first; those of a withdrawn one too.

    Raises
    ------
    UnknownName : there never was such a pool.
    """
    found = [_version(row) for row in conn.execute(_ALL, (name,))]
    if not found and name in shipped():
        return [_as_shipped(shipped()[name])]
    if not found:
        raise UnknownName.among("moment", name, in_force(conn))
    return found


def put(conn: sqlite3.Connection, pool: Pool, revision: Revision) -> PoolVersion:
    """Put a pool in force: a new one, or a new version of the one of its name.

    Raises
    ------
    BadValue : it differs in nothing from the version in force.
    Conflict : another version than ``revision.after`` is in force; nothing was changed.
    """
    before = _known(conn, pool.name)
    if before and before[0].pool == pool:
        raise BadValue(f"moment {pool.name!r} is so already; nothing was changed")
    return _keep(conn, before, revision, pool.name, pool)


def withdraw(conn: sqlite3.Connection, name: str, revision: Revision) -> PoolVersion:
    """Offer a pool no more; its versions stay, and ``undo`` brings it back.

    Raises
    ------
    UnknownName : there is none. Conflict : see :func:`put`.
    """
    current(conn, name)
    return _keep(conn, _known(conn, name), revision, name, None)


def undo(conn: sqlite3.Connection, name: str, revision: Revision) -> PoolVersion:
    """Put in force what was before the latest change; done again, what was before that.

    What was before the first version of a pool of the editors' own is no pool.

    Raises
    ------
    UnknownName, Conflict : see :func:`put`. NotFound : nothing was before.
    """
    found = versions(conn, name)
    if found[0].repeats == 0:
        raise NotFound(f"nothing was before this version of moment {name!r}")
    before = next((each for each in found if each.version < found[0].repeats), None)
    pool, repeats = (before.pool, before.repeats) if before else (None, 0)
    return _keep(conn, found, revision, name, pool, repeats=repeats)


def put_back(conn: sqlite3.Connection, name: str, version: int, revision: Revision) -> PoolVersion:
    """Put an earlier version in force again.

    Raises
    ------
    UnknownName, Conflict : see :func:`put`. NotFound : there is no such version.
    """
    found = versions(conn, name)
    wanted = next((each for each in found if each.version == version), None)
    if wanted is None:
        raise NotFound(
            f"moment {name!r} has no version {version}; its latest is {found[0].version}"
        )
    return _keep(conn, _known(conn, name), revision, name, wanted.pool, repeats=wanted.repeats)


def _known(conn: sqlite3.Connection, name: str) -> list[PoolVersion]:
    """Return every version of a pool, the latest first; none where it is new."""
    try:
        return versions(conn, name)
    except UnknownName:
        return []


def _keep(
    conn: sqlite3.Connection,
    before: list[PoolVersion],
    revision: Revision,
    name: str,
    pool: Pool | None,
    *,
    repeats: int | None = None,
) -> PoolVersion:
    """Write one version more; what the package ships is written down before its first change."""
    latest = before[0].version if before else None
    is_free = not before or before[0].pool is None
    if latest != revision.after and not (is_free and revision.after is None):
        there = f"version {latest}" if before else "no version"
        asked = "a new one" if revision.after is None else f"version {revision.after}"
        raise Conflict(f"moment {name!r} has {there} now, not {asked}; read it again and repeat")
    if before and before[0].made_at is None:
        _write(conn, before[0], revision.made_at)
    version = 1 if latest is None else latest + 1
    kept = PoolVersion(
        name=name,
        version=version,
        repeats=version if repeats is None else repeats,
        by_role=revision.by_role,
        note=revision.note,
        pool=pool,
        made_at=revision.made_at,
    )
    _write(conn, kept, revision.made_at)
    return kept


def _write(conn: sqlite3.Connection, kept: PoolVersion, at: datetime) -> None:
    body = None if kept.pool is None else msgspec.json.encode(kept.pool).decode()
    row = (kept.name, kept.version, kept.repeats, to_us(at), kept.by_role, kept.note, body)
    conn.execute(_KEEP, row)


def _version(row: tuple[str, int, int, int, str, str, str | None]) -> PoolVersion:
    name, version, repeats, made_at_us, by_role, note, body = row
    return PoolVersion(
        name=name,
        version=version,
        repeats=repeats,
        by_role=by_role,
        note=note,
        pool=None if body is None else msgspec.json.decode(body, type=Pool),
        made_at=from_us(made_at_us),
    )


def _as_shipped(pool: Pool) -> PoolVersion:
    return PoolVersion(
        name=pool.name, version=0, repeats=0, by_role=pool.owner, note="as shipped", pool=pool
    )
