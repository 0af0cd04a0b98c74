"""Which act sets which mark, and to what.

Love and hate are one mark with three values, so that the later word replaces the earlier one. Hate
of an item is a ban of it. What was chosen when asked at the beginning is a mark as well: an ``Answer`` to
the question ``onboarding`` sets it, one about nothing says that the question was answered or left.
"""

from typing import Literal

from ritornello.kinds.events import ActKind

Mark = Literal["feeling", "ban", "snooze", "save", "follow", "disown", "exclude", "chosen"]

ONBOARDING = "onboarding"
"""The question, and what an answer about nothing is about."""
CHOSEN = "yes"

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
