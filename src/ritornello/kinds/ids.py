"""What an id looks like, and how one is made.

Item ids read ``kind:key`` (``track:k3v9…``); the key of something first seen as text is a hash of
its normalised name, so every machine gives it the same id. Event ids are UUIDs whose first 48 bits
are milliseconds: version 7 from clients, version 8 (RFC 9562) made here from what happened, so that
reading the same row twice gives the same id. Time-ordered ids keep the log's index local.
"""

import hashlib
import secrets
from base64 import b32encode
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated
from uuid import UUID

import msgspec

# Python's ``$`` also matches before a last line feed; ``(?!\n)`` takes that back, in any dialect.
ListenerId = Annotated[
    str, msgspec.Meta(pattern=r"^[\w.:+-]{1,64}$(?!\n)", description="pseudonymous")
]
ItemId = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(track|episode|show|artist|album|playlist):[A-Za-z0-9._~-]{1,64}$(?!\n)",
        description="kind:key, such as track:k3v9x2m7q5w8e4r1",
    ),
]
AboutId = Annotated[
    str,
    msgspec.Meta(
        pattern=(
            r"^(?:(?:track|episode|show|artist|album|playlist):[A-Za-z0-9._~-]{1,64}"
            r"|listen:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
            r"|context:[a-z]{1,16}:[^\x00-\x1f\x7f]{0,128}"
            r"|genre:[^\x00-\x1f\x7f]{1,64}"
            r"|hours:[0-2][0-9]-[0-2][0-9]@[A-Za-z0-9_+/-]{1,64})$(?!\n)"
        ),
        description=(
            "an item, or what a correction is about: listen:uuid, context:kind:id, genre:word, "
            "hours:22-06@Europe/Berlin"
        ),
    ),
]

_RANDOM_BITS = 62
_LAST_MS = 253_402_300_799_000  # 9999-12-31T23:59:59Z


def key_of(*parts: str) -> str:
    """Return 16 lower-case base32 characters (80 bits) that name these parts for ever.

    Two of a million items share a key with probability below 1e-12.

    Examples
    --------
    >>> key_of("artist 0421", "track 07") == key_of("artist 0421", "track 07")
    True
    """
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=10).digest()
    return b32encode(digest).decode().lower()


def uuid7(at: datetime) -> UUID:
    """Make a time-ordered random UUID (RFC 9562, version 7) for an aware instant."""
    head = (_unix_ms(at) << 16) | 0x7000 | secrets.randbits(12)
    return UUID(int=(head << 64) | (0b10 << 62) | secrets.randbits(_RANDOM_BITS))


def uuid8(at: datetime, *natural_key: str) -> UUID:
    """Make the UUID (RFC 9562, version 8) of something that happened at ``at``.

    The same instant and natural key always give the same id: importing twice stores once.

    Parameters
    ----------
    at : aware instant; its milliseconds become the first 48 bits.
    natural_key : what makes this event this event: listener, source, item …

    Examples
    --------
    >>> at = datetime(2026, 11, 16, tzinfo=UTC)
    >>> uuid8(at, "ada", "listenbrainz") == uuid8(at, "ada", "listenbrainz")
    True
    """
    return uuid8_of(at, _remembered(natural_key))


def uuid8_of(at: datetime, fingerprint: int) -> UUID:
    """Make the same of a natural key's fingerprint, for whoever keeps that."""
    return UUID(int=(_unix_ms(at) << 80) | fingerprint)


def fingerprint(*natural_key: str) -> int:
    """Return the 80 bits of a version 8 id that follow its milliseconds.

    Examples
    --------
    >>> at = datetime(2026, 11, 16, tzinfo=UTC)
    >>> uuid8_of(at, fingerprint("ada", "listenbrainz")) == uuid8(at, "ada", "listenbrainz")
    True
    """
    digest = hashlib.blake2b("\x1f".join(natural_key).encode(), digest_size=10).digest()
    bits = int.from_bytes(digest, "big")
    head = 0x8000 | (bits >> 68)
    return (head << 64) | (0b10 << 62) | (bits & ((1 << _RANDOM_BITS) - 1))


def instant_of(event_id: UUID) -> datetime:
    """Read the instant a version 7 or 8 id was made for, to the millisecond.

    An id from outside may name an instant past the calendar's end; it reads as that end.
    """
    return datetime.fromtimestamp(min(event_id.int >> 80, _LAST_MS) / 1000, tz=UTC)


def kind_of(item_id: str) -> str:
    """Return the kind an item id starts with.

    Examples
    --------
    >>> kind_of("episode:a1")
    'episode'
    """
    return item_id.partition(":")[0]


@lru_cache(maxsize=65_536)
def _remembered(natural_key: tuple[str, ...]) -> int:
    return fingerprint(*natural_key)


def _unix_ms(at: datetime) -> int:
    """Milliseconds since 1970, clipped to the 48 bits an id can hold."""
    return min(max(int(at.timestamp() * 1000), 0), (1 << 48) - 1)
