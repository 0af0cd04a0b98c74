"""Who may do what: keys shown once and kept as hashes, and the web sessions that hang on them.

A key reads ``rit_<id>_<secret>``; the secret has 256 random bits, so a plain SHA-256 keeps it. Every
check is a point read of the database: what is revoked is refused on the very next request.
"""

import hashlib
import hmac
import secrets
import sqlite3
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from ritornello.kinds.errors import BadValue, NotFound
from ritornello.kinds.times import from_us, to_us
from ritornello.store.tombstones import refuse

Role = Literal["listener", "editor", "scientist", "service"]
ROLES: tuple[Role, ...] = get_args(Role)


class Principal(msgspec.Struct, frozen=True):
    """Whoever presented a valid secret; a listener's own id where the key is bound to one."""

    role: Role
    listener_id: str | None = None
    key_id: str | None = None


class Key(msgspec.Struct, frozen=True):
    """What is known of a key; never its secret."""

    key_id: str
    role: Role
    listener_id: str | None
    label: str
    made_at: datetime
    revoked_at: datetime | None


def create(
    conn: sqlite3.Connection,
    now: datetime,
    role: Role,
    *,
    listener_id: str | None = None,
    label: str = "",
) -> tuple[str, str]:
    """Make a key; return its id and the secret text, which nothing can show again.

    Raises
    ------
    BadValue : an unknown role, or a listener's key without a listener.
    Conflict : the listener was erased.
    """
    if role not in ROLES:
        raise BadValue(f"no role {role!r}; a key is for one of {', '.join(ROLES)}")
    if role == "listener" and listener_id is None:
        raise BadValue("a listener's key needs the listener's id")
    if listener_id is not None:
        refuse(conn, listener_id)
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    conn.execute(
        "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, NULL)",
        (key_id, _hash(secret), role, listener_id, label, to_us(now)),
    )
    return key_id, f"rit_{key_id}_{secret}"


def check(conn: sqlite3.Connection, presented: str) -> Principal | None:
    """Return whose key this is, or ``None`` for anything that is not a live key."""
    prefix, _, rest = presented.partition("_")
    key_id, _, secret = rest.partition("_")
    row = conn.execute(
        "SELECT secret_hash, role, listener_id FROM keys "
        "WHERE key_id = ? AND revoked_at_us IS NULL",
        (key_id,),
    ).fetchone()
    known = row[0] if row else bytes(32)
    if not hmac.compare_digest(known, _hash(secret)) or prefix != "rit" or row is None:
        return None
    return Principal(row[1], row[2], key_id)


def revoke(conn: sqlite3.Connection, now: datetime, key_id: str) -> None:
    """Refuse a key and end its sessions, from the next request on.

    Raises
    ------
    NotFound : no such key.
    """
    found = conn.execute(
        "UPDATE keys SET revoked_at_us = coalesce(revoked_at_us, ?) WHERE key_id = ?",
        (to_us(now), key_id),
    )
    if found.rowcount == 0:
        raise NotFound(f"no key {key_id!r}; `ritornello keys list` shows them")
    conn.execute("DELETE FROM sessions WHERE key_id = ?", (key_id,))


def known(conn: sqlite3.Connection) -> list[Key]:
    """Return every key ever made, oldest first."""
    rows = conn.execute(
        "SELECT key_id, role, listener_id, label, made_at_us, revoked_at_us "
        "FROM keys ORDER BY made_at_us, key_id"
    )
    return [
        Key(key_id, role, listener_id, label, from_us(made), from_us(revoked) if revoked else None)
        for key_id, role, listener_id, label, made, revoked in rows
    ]


def open_session(
    conn: sqlite3.Connection, now: datetime, principal: Principal, lasting: timedelta
) -> str:
    """Begin a web session for a key's holder, or for a picked simulated listener; return its token.

    Sessions that have expired are removed on the way.
    """
    token = secrets.token_urlsafe(32)
    conn.execute("DELETE FROM sessions WHERE expires_at_us <= ?", (to_us(now),))
    conn.execute(
        "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)",
        (
            _hash(token),
            principal.key_id,
            principal.role,
            principal.listener_id,
            to_us(now + lasting),
        ),
    )
    return token


def check_session(conn: sqlite3.Connection, now: datetime, token: str) -> Principal | None:
    """Return whose session this is; ``None`` once it expired, was closed, or its key was revoked."""
    row = conn.execute(
        "SELECT s.role, s.listener_id, s.key_id FROM sessions AS s "
        "LEFT JOIN keys AS k ON k.key_id = s.key_id "
        "WHERE s.token_hash = ? AND s.expires_at_us > ? "
        "AND (s.key_id IS NULL OR (k.key_id IS NOT NULL AND k.revoked_at_us IS NULL))",
        (_hash(token), to_us(now)),
    ).fetchone()
    return Principal(*row) if row else None


def close_session(conn: sqlite3.Connection, token: str) -> None:
    """End a session."""
    conn.execute("DELETE FROM sessions WHERE token_hash = ?", (_hash(token),))


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
