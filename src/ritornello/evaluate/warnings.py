"""What travels with a result because it changes how the result may be read."""

import msgspec

from ritornello.kinds.errors import BadValue


class Warned(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing a reader must know: a code for programs, a sentence for people, the numbers behind it.

    The sentence names no listener, so that it may outlive one.
    """

    code: str
    text: str
    numbers: dict[str, float] = {}


class NothingToJudge(BadValue):
    """What was ranked and what was judged have nothing in common; a value would be a quiet 0."""
