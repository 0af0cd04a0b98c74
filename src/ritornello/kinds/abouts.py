"""What a correction is about: the ids beyond those of items, read and written.

An item, ``genre:word``, ``listen:event_id``, ``context:kind:id`` or ``hours:22-06@Europe/Berlin``. One
meaning has one spelling, for what is taken back must be what was said.
"""

import re
from typing import Literal
from uuid import UUID

import msgspec

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.kinds.times import zone

AboutKind = Literal["item", "genre", "listen", "context", "hours"]
ABOUT_ITEMS = ("track", "episode", "artist", "show", "album", "playlist")
ABOUT_LISTENS = ("listen", "context", "hours")
"""What chooses single listens of a history."""

_HOURS = re.compile(r"(\d\d)-(\d\d)@(.+)", re.DOTALL)


class About(msgspec.Struct, frozen=True):
    """What a correction is about, taken apart; ``kind`` says which fields are set.

    ``item_id`` of an item; ``genre``; ``event_id`` of a listen; ``context_kind`` and
    ``context_id``; ``from_hour`` (within) to ``until_hour`` (not within) in ``time_zone``, past
    midnight where ``from_hour`` is the later.
    """

    kind: AboutKind
    item_id: str = ""
    genre: str = ""
    event_id: UUID | None = None
    context_kind: str = ""
    context_id: str = ""
    from_hour: int = 0
    until_hour: int = 0
    time_zone: str = ""

    def __str__(self) -> str:
        """Write the id that :func:`parse` reads."""
        rest = {
            "genre": self.genre,
            "listen": str(self.event_id),
            "context": f"{self.context_kind}:{self.context_id}",
            "hours": f"{self.from_hour:02d}-{self.until_hour:02d}@{self.time_zone}",
        }
        return self.item_id if self.kind == "item" else f"{self.kind}:{rest[self.kind]}"


def parse(about_id: str) -> About:
    """Read what a correction is about.

    Raises
    ------
    UnknownName : it is about a kind of thing nobody can correct.
    BadValue : the kind is right and the rest cannot be meant.

    Examples
    --------
    >>> parse("hours:22-06@Europe/Berlin").until_hour
    6
    >>> str(parse("context:playlist:sleep"))
    'context:playlist:sleep'
    """
    kind, _, rest = about_id.partition(":")
    if kind in ABOUT_ITEMS:
        return About("item", item_id=about_id)
    if kind == "genre" and rest:
        return About("genre", genre=rest)
    if kind == "listen":
        return About("listen", event_id=_uuid(rest))
    if kind == "context":
        context_kind, colon, context_id = rest.partition(":")
        if context_kind and colon:
            return About("context", context_kind=context_kind, context_id=context_id)
        raise BadValue(f"{about_id!r} names no context; write it as 'context:playlist:its-id'")
    if kind == "hours":
        return _hours(about_id, rest)
    raise UnknownName.among("thing to correct", kind, (*ABOUT_ITEMS, "genre", *ABOUT_LISTENS))


def _uuid(text: str) -> UUID:
    try:
        found = UUID(text)
    except ValueError:
        found = None
    if found is None or str(found) != text:
        raise BadValue(
            f"'listen:{text}' names no listen; write its event_id, a UUID, after the colon"
        )
    return found


def _hours(about_id: str, rest: str) -> About:
    example = "write hours as 'hours:22-06@Europe/Berlin'"
    found = _HOURS.fullmatch(rest)
    if found is None:
        raise BadValue(f"{about_id!r} names no hours; {example}")
    from_hour, until_hour, name = int(found[1]), int(found[2]), found[3]
    if max(from_hour, until_hour) > 23:
        raise BadValue(f"{about_id!r} names an hour after 23; midnight is 00; {example}")
    if from_hour == until_hour:
        raise BadValue(f"{about_id!r} names no hours: it ends where it begins; {example}")
    zone(name)
    return About("hours", from_hour=from_hour, until_hour=until_hour, time_zone=name)
