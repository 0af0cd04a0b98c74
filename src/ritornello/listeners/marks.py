"""Which act sets which mark, and to what.

Love and hate are one mark with three values, so that the later word replaces the earlier one. Hate
of an item is a ban of it.
"""

from typing import Literal

from ritornello.kinds.events import ActKind

Mark = Literal["feeling", "ban", "snooze", "save", "follow", "disown", "exclude"]

SETS: dict[ActKind, tuple[Mark, int]] = {
    "love": ("feeling", 1),
    "hate": ("feeling", -1),
    "unlove": ("feeling", 0),
    "unhate": ("feeling", 0),
    "ban": ("ban", 1),
    "unban": ("ban", 0),
    "snooze": ("snooze", 1),
    "unsnooze": ("snooze", 0),
    "save": ("save", 1),
    "unsave": ("save", 0),
    "follow": ("follow", 1),
    "unfollow": ("follow", 0),
    "disown": ("disown", 1),
    "own": ("disown", 0),
    "exclude": ("exclude", 1),
    "include": ("exclude", 0),
}

UNDO: dict[ActKind, ActKind] = {
    "love": "unlove",
    "hate": "unhate",
    "ban": "unban",
    "snooze": "unsnooze",
    "save": "unsave",
    "follow": "unfollow",
    "disown": "own",
    "exclude": "include",
}
