"""What a visit is for: the words, where a word is declared, and what holds when several sources speak.

The listener's own word stands first, then what a playlist or a surface declares, then what the
visit looks like (``mixture``). Nothing here looks past the beginning it is asked about.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.errors import BadValue, UnknownName, did_you_mean
from ritornello.kinds.events import ContextKind
from ritornello.signals.mixture import texts
from ritornello.store.home import Home

FloatArray = NDArray[np.float64]
How = Literal["stated", "declared", "narrowed", "inferred", "unknown"]

MEANINGS: Mapping[str, str] = {
    "sleep": "fall asleep to it; touching nothing any more is success (Trahan et al., PLoS ONE 2018)",
    "focus": "work or study beside it and not be drawn in (Sloboda, O'Neill, Ivaldi, Musicae Scientiae 2001)",
    "background": "have something on while doing something else (Mehrotra et al., WWW 2019)",
    "workout": "keep moving, in time with it (Karageorghis, Priest, Int. Rev. Sport Exerc. Psychol. 2012)",
    "party": "play for others, hand-pick and skip around (North, Hargreaves, Hargreaves, Music Perception 2004)",
    "commute": "pass a journey, with hands and eyes busy (Sloboda, O'Neill, Ivaldi, Musicae Scientiae 2001)",
    "familiar": "get to one's own saved and loved music without effort (Mehrotra et al., WWW 2019)",
    "discover": "meet what is new, to play now or to keep (Garcia-Gathright et al., SIGIR 2018)",
    "browse": "look around without an end in mind, or explore in depth (Li et al., WWW 2019)",
    "known_item": "get at something in mind, soon (Hosey et al., CHI 2019; Li et al., WWW 2019)",
    "keep_up": "hear what is new of shows one follows, carry on an episode (Nazari et al., WWW 2022)",
    "unknown": "nothing says what for",
}
INTENTS: tuple[str, ...] = tuple(MEANINGS)
UNKNOWN = "unknown"
QUESTION = "intent"
OWN_FILE = "intents.toml"
_PLACE = ("context_kind", "context_id", "surface")
_END = "\x1f"

Words = tuple[str, ...]


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words that surfaces, kinds of context and playlists declare; one word is certain."""

    surfaces: dict[str, Words] = {}
    contexts: dict[str, Words] = {}
    playlists: dict[str, Words] = {}

    def words(self, context_kind: str, context_id: str, surface: str) -> Words:
        """Return what is declared where somebody is; empty where nothing is."""
        by_playlist = self.playlists.get(context_id) if context_kind == "playlist" else None
        return by_playlist or self.surfaces.get(surface) or self.contexts.get(context_kind) or ()

    def rows(self) -> Iterator[tuple[str | None, str | None, str | None, str]]:
        """Yield what is certain as rows of the relation ``intended``.

        Columns ``context_kind, context_id, surface, intent``; a column that is ``NULL`` asks for nothing.
        Of the rows that fit, the one with a ``context_id`` stands first, then that with a ``surface``.
        """
        yield from (("playlist", key, None, w[0]) for key, w in _certain(self.playlists))
        yield from ((None, None, key, w[0]) for key, w in _certain(self.surfaces))
        yield from ((key, None, None, w[0]) for key, w in _certain(self.contexts))


class Intended(msgspec.Struct, frozen=True):
    """What each beginning was for: ``p`` float64 (n, n_intents), rows sum to 1; ``how`` it is known (n,)."""

    p: FloatArray
    how: NDArray[Any]


def read(text: str, file: str) -> Declared:
    """Return the declarations a TOML text spells.

    Raises
    ------
    BadValue : not TOML, an unknown table, context kind or intent, or no word at all; the message names
        the file and the key, and the word that may have been meant.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadValue(f"{file} is not TOML: {error}") from error
    for name, table in tables.items():
        if name not in Declared.__struct_fields__:
            near = did_you_mean(name, Declared.__struct_fields__)
            raise BadValue(f"{file}: no table [{name}]{near}")
        if not isinstance(table, dict):
            raise BadValue(f"{file}: {name} is no table; write [{name}] and its keys below")
    for kind in tables.get("contexts", {}):
        if kind not in get_args(ContextKind):
            near = did_you_mean(kind, get_args(ContextKind))
            raise BadValue(f"{file}: contexts.{kind} is no kind of context{near}")
    return Declared(**{
        name: {key: _words(found, f"{file}: {name}.{key}") for key, found in table.items()}
        for name, table in tables.items()
    })  # fmt: skip


def of_home(home: Home) -> Declared:
    """Return what the package declares, with the home's own ``intents.toml`` laid over it.

    Raises
    ------
    BadValue : the home's file cannot be meant; see :func:`read`.
    """
    shipped, place = defaults(), home.path / OWN_FILE
    if not place.is_file():
        return shipped
    own = read(_text(place), str(place))
    return Declared(**{
        name: getattr(shipped, name) | getattr(own, name) for name in Declared.__struct_fields__
    })  # fmt: skip


@cache
def defaults() -> Declared:
    """Return what the package declares."""
    return read((files(__package__) / OWN_FILE).read_text(encoding="utf-8"), OWN_FILE)


def number(word: str) -> int:
    """Return the column of an intent.

    Raises
    ------
    UnknownName : no such word.
    """
    if word not in MEANINGS:
        raise UnknownName.among("intent", word, INTENTS)
    return INTENTS.index(word)


def p_intent(
    beginnings: Mapping[str, NDArray[Any]], declared: Declared, inferred: FloatArray | None = None
) -> Intended:
    """Say what each beginning was for: stated, else declared, else inferred, else unknown.

    p = 1 on the word stated or declared; where several are declared, the inferred shares of these,
    made to sum to 1 (equal where none has any); else the inferred ones.

    Parameters
    ----------
    beginnings : columns ``intent_stated, context_kind, context_id, surface`` of n rows; ``None`` or an
        empty text is nothing said, a stated word nobody defined says nothing.
    inferred : (n, n_intents), rows sum to 1; ``None`` where no mixture is trained.
    """
    n = len(beginnings["surface"])
    p = np.zeros((n, len(INTENTS)))
    p[:, number(UNKNOWN)] = 1.0
    how = np.full(n, "unknown", dtype="<U8")
    if inferred is not None:
        p[:] = inferred
        how[inferred[:, number(UNKNOWN)] < 1] = "inferred"
    for rows, words in _declared_rows(beginnings, declared):
        p[rows], how[rows] = _among(p[rows], words)
    for rows, word in _groups(beginnings["intent_stated"]):
        if word in MEANINGS and word != UNKNOWN:
            p[rows], how[rows] = _one(word), "stated"
    return Intended(p, how)


def _declared_rows(
    beginnings: Mapping[str, NDArray[Any]], declared: Declared
) -> Iterator[tuple[NDArray[np.intp], Words]]:
    """Yield the rows of each place that declares something, with its words."""
    kind, context_id, surface = (texts(beginnings[key]) for key in _PLACE)
    places = np.char.add(np.char.add(np.char.add(kind, _END), context_id), _END)
    for rows, place in _groups(np.char.add(places, surface)):
        if words := declared.words(*place.split(_END)):
            yield rows, words


def _groups(column: NDArray[Any]) -> Iterator[tuple[NDArray[np.intp], str]]:
    """Yield the rows of each text in a column, with the text."""
    words, inverse, counts = np.unique(texts(column), return_inverse=True, return_counts=True)
    order = np.split(np.argsort(inverse, kind="stable"), np.cumsum(counts))
    for rows, word in zip(order, words, strict=False):  # behind the last text stand no rows
        yield rows, str(word)


def _among(p: FloatArray, words: Words) -> tuple[FloatArray, How]:
    """Keep the shares of the words, made to sum to 1."""
    if len(words) == 1:
        return np.broadcast_to(_one(words[0]), p.shape), "declared"
    open_ = np.zeros(p.shape[1])
    open_[[number(word) for word in words]] = 1.0
    kept = p * open_
    total = kept.sum(axis=1, keepdims=True)
    return np.where(
        total > 0, kept / np.where(total > 0, total, 1.0), open_ / open_.sum()
    ), "narrowed"


def _one(word: str) -> FloatArray:
    p = np.zeros(len(INTENTS))
    p[number(word)] = 1.0
    return p


def _words(found: Any, where: str) -> Words:
    words = (found,) if isinstance(found, str) else found
    if not isinstance(words, Sequence) or not words or not all(isinstance(w, str) for w in words):
        raise BadValue(f"{where} is {found!r}; give an intent or a list of intents")
    for word in words:
        if word not in MEANINGS:
            raise BadValue(f"{where}: {UnknownName.among('intent', word, INTENTS)}")
    return tuple(dict.fromkeys(words))


def _certain(table: Mapping[str, Words]) -> Iterator[tuple[str, Words]]:
    return ((key, words) for key, words in table.items() if len(words) == 1)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadValue(f"{file} is not UTF-8: {error}") from error
