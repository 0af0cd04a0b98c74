"""What is said in an episode, and what its parts are called.

Times count from the start of the audio. Text from outside is hostile: it is plain text, cut to a
length, and escaped wherever it is shown.
"""

from typing import Annotated

import msgspec

from ritornello.kinds.items import LONGEST_MS, Title, Uri

Offset = Annotated[
    int,
    msgspec.Meta(ge=0, le=LONGEST_MS, description="milliseconds from the start of the audio"),
]


class Segment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Some words of a transcript, by one speaker; a time is ``None`` where nobody stated it."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=10_000)]
    start_ms: Offset | None = None
    end_ms: Offset | None = None
    speaker: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None


class Chapter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named part of an episode; one without an end lasts until the next begins.

    ``is_made`` where nobody named it: it was made of what is said.
    """

    title: Title
    start_ms: Offset
    end_ms: Offset | None = None
    url: Uri | None = None
    is_made: bool = False
