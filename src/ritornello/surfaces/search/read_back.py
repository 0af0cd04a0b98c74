"""One sentence that says what was understood, and whether to act on it, to have it confirmed, or to ask.

Asking costs a turn each time, acting wrongly costs more, and more the less one can see: so what is all but certain is
done and only told, what is likely is put as a question to be answered yes or no, and below that the two likeliest are named
(Horvitz, "Principles of mixed-initiative user interfaces", CHI 1999). Confidence is a probability, calibrated over the
stated mishearings (``benchmarks/search_voice.py``): of what is acted on at 0.85, 85 in a hundred are meant.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from ritornello.kinds.ids import kind_of
from ritornello.surfaces.search.carriers import Wanted
from ritornello.surfaces.search.chips import Chip
from ritornello.surfaces.search.telling import words

ACT = 0.85
CONFIRM = 0.5
MAX_SHOWN = 80

How = Literal["act", "confirm", "ask", "nothing"]
Told = Callable[[str], tuple[str, str]]
"""The name of an item and of who made it, by its id; empty where there is none."""

_BEGINS = {"play": "Playing", "queue": "Next in the queue:", "find": "Here is", None: "Here is"}


class ReadBack(msgspec.Struct, frozen=True):
    """What is said back: act and tell, confirm, ask which, or nothing was understood; ``choices`` are ids, if asked."""

    how: How
    sentence: str
    choices: tuple[str, ...] = ()


def of_names(wanted: Wanted, item_ids: Sequence[str], confidence: float, told: Told) -> ReadBack:
    """Return what is said where names were heard, the likeliest first.

    Examples
    --------
    >>> def told(item_id):
    ...     return {"track:a": ("Moonlight", "Artist 0421")}.get(item_id, ("", ""))
    >>> of_names(Wanted("moonlight", "play"), ["track:a"], 0.9, told).sentence
    'Playing “Moonlight” by Artist 0421.'
    >>> of_names(Wanted("moonlight", "play"), ["track:a"], 0.6, told).sentence
    'Did you mean “Moonlight” by Artist 0421?'
    """
    if not item_ids:
        return nothing(wanted)
    first = _named(item_ids[0], told)
    if confidence >= ACT:
        return ReadBack("act", f"{_BEGINS[wanted.does]} {first}.")
    if confidence >= CONFIRM or len(item_ids) == 1:
        return ReadBack("confirm", f"Did you mean {first}?", tuple(item_ids[:1]))
    second = _named(item_ids[1], told)
    return ReadBack("ask", f"Did you mean {first}, or {second}?", tuple(item_ids[:2]))


def of_chips(
    wanted: Wanted, left: str, chips: Sequence[Chip], confidence: float, told: Told
) -> ReadBack:
    """Return what is said where a wish was heard and no name: the chips, in words.

    Examples
    --------
    >>> from ritornello.surfaces.search.chips import parse
    >>> of_chips(Wanted("calm", "play"), "", [parse("mood:calm"), parse("-version:live")], 0.9, lambda _: ("", "")).sentence
    'Playing what is calm, not live.'
    """
    said = [words(chip, lambda item_id: told(item_id)[0]) for chip in chips]
    asked = ", ".join([*([f"like “{_cut(left)}”"] if left else []), *said])
    if confidence >= CONFIRM:
        return ReadBack("act", f"{_BEGINS[wanted.does]} what is {asked}.")
    return ReadBack("confirm", f"Did you mean what is {asked}?")


def nothing(wanted: Wanted) -> ReadBack:
    """Return what is said where nothing was found, or nothing was heard."""
    if not wanted.words:
        return ReadBack("nothing", "Nothing was heard. Say it again?")
    return ReadBack("nothing", f"Nothing sounds like “{_cut(wanted.words)}”. Say it again?")


def _named(item_id: str, told: Told) -> str:
    """Return an item as people call it."""
    name, maker = map(_cut, told(item_id))
    kind = kind_of(item_id)
    if kind == "artist":
        return name
    kept = f"“{name}”" if kind == "track" else f"the {kind} “{name}”"
    return f"{kept} by {maker}" if maker and kind in ("track", "album") else kept


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1].rstrip() + "…"
