"""What a conversation has come to: the words to match, the chips that hold, and what stood before.

The whole state is a value that the listener sees and may edit. The client keeps it and sends it along with each
turn; the server keeps nothing. So what comes in is hostile until read: :func:`read` takes only what :meth:`Standing.plain`
could have written, within bounds, and parses every chip again.
"""

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from ritornello.kinds.errors import BadValue
from ritornello.surfaces.search import chips as of_text
from ritornello.surfaces.search.chips import Chip

N_BYTES = 131_072
"""The longest state that is read or made; the oldest turns fall away for it."""
N_LETTERS = 300
"""Letters of the words that are matched as text; what is longer is cut at a word."""
N_CHIPS = 16
"""Chips that hold at once; one more lets the oldest go."""
DEPTH = 20
"""Turns that can be taken back; the oldest fall away."""
N_ANSWERS = 4
N_SAID = 80
"""Letters kept of the words a chip was read from, and of what a question says."""


class Answer(msgspec.Struct, frozen=True):
    """One answer a question offers: what it is called, and what stands once it was given."""

    said: str
    words: str
    chips: tuple[Chip, ...]


class Question(msgspec.Struct, frozen=True):
    """One short question with two to four answers; ``about`` is the text that was ambiguous."""

    text: str
    about: str
    answers: tuple[Answer, ...]


class Wish(msgspec.Struct, frozen=True):
    """What was asked for at one point of a conversation."""

    words: str = ""
    chips: tuple[Chip, ...] = ()


class Standing(msgspec.Struct, frozen=True):
    """What is asked for after all turns so far.

    ``earlier`` are the requests before it, the latest last; ``question`` is the one that waits for an answer, and is
    gone after the next turn whether it was answered or not.

    Examples
    --------
    >>> calm = Standing().then("rain", [Chip("mood", "calm", "calm")])
    >>> calm.without("mood:calm").undone() == calm.undone().then("rain", calm.chips)
    True
    >>> calm.undone() == Standing()
    True
    """

    words: str = ""
    chips: tuple[Chip, ...] = ()
    earlier: tuple[Wish, ...] = ()
    question: Question | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not self.words and not self.chips

    def then(self, words: str, chips: Iterable[Chip]) -> "Standing":
        """Return the state after another request, with this one to go back to; itself where nothing changes.

        Of chips that say the same the later stands, at the place of the first.
        """
        wish = Wish(cut(words), _distinct(chips))
        before = Wish(self.words, self.chips)
        if wish == before:
            return replace(self, question=None)
        return _bounded(Standing(wish.words, wish.chips, (*self.earlier, before)[-DEPTH:]))

    def without(self, chip: str) -> "Standing":
        """Return the state without the chip that is written so; itself where it holds no such chip."""
        return self.then(self.words, [each for each in self.chips if str(each) != chip])

    def undone(self) -> "Standing":
        """Return what stood before the latest change; itself at the beginning."""
        if not self.earlier:
            return replace(self, question=None)
        *earlier, latest = self.earlier
        return Standing(latest.words, latest.chips, tuple(earlier))

    def over(self) -> "Standing":
        """Return the state in which nothing is asked for; it can be taken back."""
        return self.then("", ())

    def asking(self, question: Question) -> "Standing":
        """Return the same with a question that waits for an answer."""
        short = (replace(each, said=_short(each.said)) for each in question.answers)
        text, about = _short(question.text), cut(question.about)
        return _bounded(replace(self, question=Question(text, about, tuple(short))))

    def plain(self) -> dict[str, Any]:
        """Return the state as plain values for JSON; :func:`read` takes them back."""
        found = _plain(self) | {"earlier": [_plain(each) for each in self.earlier]}
        if self.question is not None:
            found["question"] = {
                "text": self.question.text,
                "about": self.question.about,
                "answers": [{"said": each.said, **_plain(each)} for each in self.question.answers],
            }
        return found


class _Chip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    chip: Annotated[str, Meta(min_length=1, max_length=256)]
    said: Annotated[str, Meta(max_length=N_SAID)] = ""


_Words = Annotated[str, Meta(max_length=N_LETTERS)]
_Chips = Annotated[tuple[_Chip, ...], Meta(max_length=N_CHIPS)]


class _Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: _Words = ""
    chips: _Chips = ()


class _Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    said: Annotated[str, Meta(min_length=1, max_length=N_SAID)]
    words: _Words = ""
    chips: _Chips = ()


class _Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=N_SAID)]
    about: _Words
    answers: Annotated[tuple[_Answer, ...], Meta(min_length=2, max_length=N_ANSWERS)]


class _Standing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: _Words = ""
    chips: _Chips = ()
    earlier: Annotated[tuple[_Wish, ...], Meta(max_length=DEPTH)] = ()
    question: _Question | None = None


def read(body: bytes | str) -> Standing:
    """Read a state that a client sent back.

    Raises
    ------
    BadValue : too long, no JSON, another shape, or a chip that cannot be meant; the message says which and what to do.

    Examples
    --------
    >>> read('{"words": "rain", "chips": [{"chip": "mood:calm", "said": "calm"}]}').words
    'rain'
    """
    body = body.encode() if isinstance(body, str) else body
    if len(body) > N_BYTES:
        raise BadValue(f"a state of {len(body)} bytes; at most {N_BYTES} are read: start over")
    try:
        found = msgspec.json.decode(body, type=_Standing)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadValue(
            f"no state of a search: {error}; send back the one you got, or none"
        ) from error
    return Standing(
        found.words,
        _parsed(found.chips),
        tuple(Wish(each.words, _parsed(each.chips)) for each in found.earlier),
        None if found.question is None else _question(found.question),
    )


def cut(words: str) -> str:
    """Return words without what is past the bound, in single spaces; a word that crosses it is left out."""
    words = " ".join(words[: 4 * N_LETTERS].split())
    if len(words) <= N_LETTERS:
        return words
    return words[: N_LETTERS + 1].rpartition(" ")[0] or words[:N_LETTERS]


def _bounded(state: Standing) -> Standing:
    """Return a state without the oldest turns that make it too long to be read."""
    while state.earlier and len(msgspec.json.encode(state.plain())) > N_BYTES:
        state = replace(state, earlier=state.earlier[1:])
    return state


def _question(found: _Question) -> Question:
    answers = (Answer(each.said, each.words, _parsed(each.chips)) for each in found.answers)
    return Question(found.text, found.about, tuple(answers))


def _parsed(found: tuple[_Chip, ...]) -> tuple[Chip, ...]:
    return tuple(replace(of_text.parse(each.chip), said=each.said) for each in found)


def _plain(wish: Wish | Answer | Standing) -> dict[str, Any]:
    chips = [{"chip": str(each), "said": each.said} for each in wish.chips]
    return {"words": wish.words, "chips": chips}


def _distinct(chips: Iterable[Chip]) -> tuple[Chip, ...]:
    """Return the latest ``N_CHIPS`` chips, each once."""
    latest = {str(chip): replace(chip, said=_short(chip.said)) for chip in chips}
    return tuple(latest.values())[-N_CHIPS:]


def _short(text: str) -> str:
    return text if len(text) <= N_SAID else text[: N_SAID - 1] + "…"
