"""The words people put around what they want: "could you play some … please", "the episode where they talk about …".

They say what to do with it, of which kind it is and by whom, and they are no part of its name. As a title may begin with
such words too, every way to read a request is returned, the one with least left first: none is taken for certain.
"""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import msgspec

from ritornello.surfaces.search.spelling import fold

MAX_WORDS = 40
MAX_READINGS = 8
MAX_TAKEN = 8

Does = Literal["play", "queue", "find"]
Kind = Literal["track", "artist", "album", "show", "episode", "playlist"]
Words = tuple[str, ...]


class Wanted(msgspec.Struct, frozen=True):
    """One way to read what was said.

    Attributes
    ----------
    words : the name, or the wish, folded; never empty where anything was said.
    does : what is to be done with it, if that was said. ``kind`` : of what, if that was said.
    maker : by whom, folded; empty where nobody was named.
    is_shuffled : in any order. ``is_about`` : the words were spoken in an episode, and name nothing.
    is_whole : nothing was taken off, though something might have been.
    """

    words: str
    does: Does | None = None
    kind: Kind | None = None
    maker: str = ""
    is_shuffled: bool = False
    is_about: bool = False
    is_whole: bool = False


class _Phrase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    says: str
    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    by: tuple[str, ...]
    phrase: tuple[_Phrase, ...]


class _Table(msgspec.Struct, frozen=True):
    """Phrases by their words and what they say; the longest has ``longest`` words."""

    by: frozenset[Words]
    before: Mapping[Words, str]
    behind: Mapping[Words, str]
    longest: int


def readings(text: str) -> tuple[Wanted, ...]:
    """Return the ways to read what was said, at most ``MAX_READINGS``; none where nothing was.

    Examples
    --------
    >>> readings("could you play some Sigur Rós please")[0]
    Wanted(words='sigur ros', does='play', kind='artist', maker='', is_shuffled=False, is_about=False, is_whole=False)
    >>> [(each.words, each.maker) for each in readings("play Stand by Me")]
    [('stand by me', ''), ('stand', 'me'), ('play stand by me', '')]
    """
    words = tuple(fold(text).split()[:MAX_WORDS])
    found: dict[Wanted, None] = {}
    if words:
        bare, wanted = _bare(words)
        found[wanted] = None
        if not wanted.is_about:
            for split in _splits(bare):
                found.setdefault(msgspec.structs.replace(wanted, words=split[0], maker=split[1]))
        if bare != words:
            found[Wanted(" ".join(words), is_whole=True)] = None
    return tuple(found)[:MAX_READINGS]


def _bare(words: Words) -> tuple[Words, Wanted]:
    """Take off what stands around, as far as something is left."""
    said: dict[str, None] = {}
    for _ in range(MAX_TAKEN):
        n_before, before = _longest(words, _table().before, at_end=False)
        n_behind, behind = _longest(words, _table().behind, at_end=True)
        if 0 < n_before < len(words):
            words = words[n_before:]
            said[before] = None
            if before == "about":
                break
        elif 0 < n_behind < len(words):
            words = words[: len(words) - n_behind]
            said[behind] = None
        else:
            break
    does: Does | None = next((word for word in get_args(Does) if word in said), None)
    kind: Kind | None = next((word for word in get_args(Kind) if word in said), None)
    is_about = "about" in said
    kind = "episode" if is_about else kind
    return words, Wanted(" ".join(words), does, kind, "", "shuffle" in said, is_about)


def _longest(words: Words, phrases: Mapping[Words, str], *, at_end: bool) -> tuple[int, str]:
    """Return how many words at an end are a phrase, and what it says; 0 where none is."""
    for n in range(min(_table().longest, len(words)), 0, -1):
        part = words[-n:] if at_end else words[:n]
        if part in phrases:
            return n, phrases[part]
    return 0, ""


def _splits(words: Words) -> Iterator[tuple[str, str]]:
    """Yield the words as name and maker, at each "by" between them, the last first."""
    table = _table()
    for at in range(len(words) - 2, 0, -1):
        n = next((n for n in range(table.longest, 0, -1) if words[at : at + n] in table.by), 0)
        if n and at + n < len(words):
            yield " ".join(words[:at]), " ".join(words[at + n :])


@cache
def _table() -> _Table:
    text = files(__package__).joinpath("carriers.toml").read_text(encoding="utf-8")
    file = msgspec.convert(tomllib.loads(text), _File)
    before = {_words(each): phrase.says for phrase in file.phrase for each in phrase.before}
    behind = {_words(each): phrase.says for phrase in file.phrase for each in phrase.behind}
    by = frozenset(map(_words, file.by))
    longest = max(map(len, (*before, *behind, *by)))
    return _Table(by, before, behind, longest)


def _words(phrase: str) -> Words:
    return tuple(fold(phrase).split())
