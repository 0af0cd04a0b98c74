"""Search in plain words: how much was found, for whom it was taken, and what to do where nothing is."""

from collections.abc import Sequence

import msgspec

from ritornello.kinds.decisions import Decision
from ritornello.serve.web.wording import counted, percent
from ritornello.surfaces.search.mindset import Mindset
from ritornello.surfaces.search.suggestions import Suggestion

GLYPHS = {"recent": "history", "of_many": "search", "name": "search"}
"""The icon beside a suggestion, by why it is made."""


class ShownSuggestion(msgspec.Struct, frozen=True):
    """A text to search for: where that leads, and the icon that says why."""

    text: str
    href: str
    glyph: str


class Nothing(msgspec.Struct, frozen=True):
    """Why nothing is shown, and ways on from there."""

    title: str
    text: str
    ways: Sequence[tuple[str, str]]


def suggestion(each: Suggestion, href: str) -> ShownSuggestion:
    """Return a suggestion as shown."""
    return ShownSuggestion(each.text, href, GLYPHS[each.because])


def summed_up(n_found: int, decision: Decision) -> str:
    """Say how much was found, and what had to be let go of for it."""
    because = (
        f" {decision.rung_because[:1].upper()}{decision.rung_because[1:]}."
        if decision.rung_because
        else ""
    )
    return f"{counted(n_found, 'result')}.{because}"


def taken_for(mindset: Mindset) -> str:
    """Say for whom an answer was put together, and why.

    Examples
    --------
    >>> taken_for(Mindset(0.9, ("it begins a name",)))
    'somebody who looks for one thing they know (90 %): it begins a name'
    """
    p, why = mindset.p_known_item, "; ".join(mindset.because)
    who = "looks for one thing they know" if p >= 0.5 else "looks around"
    told = f"somebody who {who} ({percent(max(p, 1 - p))})"
    return f"{told}: {why}" if why else told


def nothing_found(words: str, without: Sequence[tuple[str, str]]) -> Nothing:
    """Say that nothing was found, and what could be taken away.

    Parameters
    ----------
    without : each chip in words, and where it is gone.
    """
    text = (
        f"Nothing here is called anything like “{words[:80]}”, and nobody says it in an episode."
        if words
        else "Nothing here is like all of that at once."
    )
    ways = [(f"Without “{told}”", href) for told, href in without]
    return Nothing("Nothing like that", text, ways)
