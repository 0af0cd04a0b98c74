"""Which version of a work a title or a tag says it is: live, a remix, acoustic, and so on.

Titles name their version in brackets or after a dash, "Title 07 (Live in Oslo)", "Title 07 - 2011 Remaster"; elsewhere
the same words are part of a name ("Live Forever", "Cover Me"). A word is only looked up as a whole, so that "alive"
is not live. It misleads where a name itself stands in brackets.
"""

from collections.abc import Iterable, Iterator

_WORDS: dict[str, tuple[str, ...]] = {
    "live": ("live", "unplugged", "en vivo", "en directo", "en concert", "en public", "ao vivo", "dal vivo", "livekonzert"),
    "remix": ("remix", "remixed", "rmx", "rework", "reworked", "bootleg", "mashup", "club mix", "dub mix", "extended mix", "vip mix", "dance mix"),
    "acoustic": ("acoustic", "akustik", "acoustique", "acustico", "acústico", "unplugged", "stripped"),
    "remaster": ("remaster", "remastered", "remastering", "remastert", "remasterisé", "remasterizado"),
    "instrumental": ("instrumental", "instrumentals", "instrumentale", "no vocals", "without vocals", "backing track", "karaoke"),
    "cover": ("cover", "covers", "tribute", "originally performed by", "in the style of", "coverversion"),
    "demo": ("demo", "demos", "rehearsal", "outtake", "rough mix"),
}  # fmt: skip
VERSIONS = tuple(_WORDS)
_OF_WORD = {
    word: tuple(name for name, words in _WORDS.items() if word in words)
    for words in _WORDS.values()
    for word in words
}
_LONGEST = max(len(word.split()) for word in _OF_WORD)
_OPENING = ("(", "[", " - ", " – ")
_MARKS = str.maketrans(dict.fromkeys("()[]-–,.:;/\"'’&+!?", " "))


def versions_of(title: str, tags: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the versions a title or a tag names, each once.

    Examples
    --------
    >>> versions_of("Title 07 (Live) - 2011 Remaster"), versions_of("Live Forever")
    (('live', 'remaster'), ())
    >>> versions_of("Title 07", ["Acoustic"])
    ('acoustic',)
    """
    found = {name: None for tag in tags for name in _OF_WORD.get(tag.casefold(), ())}
    start = min((at for mark in _OPENING if (at := title.find(mark, 1)) > 0), default=None)
    if start is not None:
        found |= dict.fromkeys(_named(title[start:]))
    return tuple(found)


def _named(tail: str) -> Iterator[str]:
    words = tail.casefold().translate(_MARKS).split()
    for first in range(len(words)):
        for length in range(1, _LONGEST + 1):
            yield from _OF_WORD.get(" ".join(words[first : first + length]), ())
