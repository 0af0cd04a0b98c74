"""A request in words, read offline: chips, and the words that are left to be matched as text.

From left to right the longest phrase is taken: a quantity, a phrase of the lexicon, an artist's name, or a word of
grammar. What follows "by" and "like" is looked up as a name, what follows "about" is to be spoken in an episode, and "no"
turns the chip that follows, and those joined to it by "or". Whatever nobody can read stays as ``words``, in its order.

A title may consist of such words. So where the whole text is a name, or nearly one, it stays text and what it could mean
is a doubt; where more than half of it says nothing known and nothing in it sounds like a request, it stays text too. Any
text is read, in time bounded by ``tokens.MAX_TOKENS``.
"""

from collections.abc import Iterator, Sequence

import msgspec

from ritornello.surfaces.search.chips import MAX_VALUE, Chip, joined
from ritornello.surfaces.search.lexicon import Lexicon, declared
from ritornello.surfaces.search.naming import MAKERS, Named, Names
from ritornello.surfaces.search.quantities import quantity
from ritornello.surfaces.search.tokens import Token, tokens_of, typed

NEARLY = 0.9
"""How close a text must come to a name to be taken for it."""
LONGEST_NAME = 8
MAX_LOOK_UPS = 24
MAX_SAID = 12
_ROLES = ("not", "about", "like", "by", "from", "but", "or", "and", "article", "filler")
_OPENERS = frozenset({"by", "from", "like"})
_EMPTY = frozenset({"by", "from", "like", "about", "but", "or", "and", "article", "filler"})
_COMMON = frozenset({"activity", "length", "tempo", "energy", "heard", "new", "era", "kind"})
"""Kinds whose single words are common in names: beside a word nobody knows they are text with it."""
_MARKS = frozenset({"turned", "by", "like", "about", "quantity", "kind"})
"""What makes a text sound like a request."""


class Doubt(msgspec.Struct, frozen=True):
    """Another way to read ``said``: what would stand then, and why it was not taken."""

    said: str
    words: str
    chips: tuple[Chip, ...]
    because: str


class Reading(msgspec.Struct, frozen=True):
    """How a text was read: ``words`` to match as text, ``chips``, and what else it may mean."""

    text: str
    words: str = ""
    chips: tuple[Chip, ...] = ()
    doubts: tuple[Doubt, ...] = ()


class _Piece(msgspec.Struct):
    """A run of tokens and what it is: a role, or ``chips``, ``quantity``, ``name``, ``unread``."""

    start: int
    end: int
    what: str
    chips: tuple[Chip, ...] = ()

    @property
    def is_common(self) -> bool:
        return (
            self.what == "chips"
            and self.end - self.start == 1
            and all(chip.kind in _COMMON for chip in self.chips)
        )


def read(text: str, lexicon: Lexicon, names: Names | None = None) -> Reading:
    """Read a request.

    Parameters
    ----------
    names : finds what a text names in the whole catalogue; the artists and shows of the lexicon where there is none.

    Examples
    --------
    >>> from ritornello.catalog.postings import postings_of
    >>> from ritornello.catalog.view import EMPTY
    >>> from ritornello.surfaces.search import lexicon
    >>> reading = read("calm songs from the nineties, no live versions", lexicon.of(EMPTY, postings_of(EMPTY)))
    >>> [str(chip) for chip in reading.chips], reading.words
    (['mood:calm', 'kind:track', 'era:1990..1999', '-version:live'], '')
    """
    tokens = tokens_of(text)
    if not tokens:
        return Reading(text, " ".join(text.split())[:MAX_VALUE])
    reader = _Reader(text, tokens, lexicon, names or lexicon.makers)
    return reader.read()


class _Reader:
    """One text being read."""

    def __init__(self, text: str, tokens: Sequence[Token], lexicon: Lexicon, names: Names) -> None:
        self.text = text
        self.tokens = tokens
        self.words = tuple(token.word for token in tokens)
        self.lexicon = lexicon
        self.names = names
        self.left_to_look_up = MAX_LOOK_UPS
        self.doubts: list[Doubt] = []

    def read(self) -> Reading:
        whole = self._typed(0, len(self.tokens))
        pieces = self._resolved(list(self._pieces()))
        pieces = self._absorbed(pieces)
        chips = joined((), (chip for piece in pieces for chip in piece.chips))
        words = self._words_left(pieces)
        if not chips:
            words = self._carried(pieces) or self._whole_text()
            return Reading(self.text, words, (), tuple(self.doubts))
        named = self._named(0, len(self.tokens))
        if named:
            because = f"{named[0].name} is a name in the catalogue"
            self.doubts.insert(0, Doubt(whole, words, chips, because))
            return Reading(self.text, self._whole_text(), (), tuple(self.doubts))
        if self._is_text(pieces):
            because = "more of it is unknown than known"
            self.doubts.insert(0, Doubt(whole, words, chips, because))
            return Reading(self.text, self._whole_text(), (), tuple(self.doubts))
        return Reading(self.text, words, chips, tuple(self.doubts))

    # From words to pieces

    def _pieces(self) -> Iterator[_Piece]:
        start = 0
        while start < len(self.words):
            piece = self._longest_at(start)
            yield piece
            start = piece.end

    def _longest_at(self, start: int) -> _Piece:
        """Return the longest piece at a place; of equally long ones the more telling."""
        rest = self.words[start:]
        of_numbers = quantity(rest, declared())
        n_meant, meant = self.lexicon.meant(rest)
        found = [
            _Piece(start, start + of_numbers.n, "quantity", of_numbers.chips),
            _Piece(start, start + n_meant, "chips", meant),
            _Piece(start, start + self._n_of_name(rest), "name"),
            *(_Piece(start, start + self._n_of_role(rest, role), role) for role in _ROLES),
        ]
        longest = max(found, key=lambda piece: piece.end)
        if longest.end == start:
            return _Piece(start, start + 1, "unread")
        chips = tuple(
            msgspec.structs.replace(c, said=self._typed(start, longest.end)) for c in longest.chips
        )
        return _Piece(start, longest.end, longest.what, chips)

    def _n_of_role(self, rest: Sequence[str], role: str) -> int:
        phrases = declared().roles[role]
        lengths = range(min(len(rest), declared().longest), 0, -1)
        return next((n for n in lengths if " ".join(rest[:n]) in phrases), 0)

    def _n_of_name(self, rest: Sequence[str]) -> int:
        """Return how many words, two or more, are an artist's name."""
        lengths = range(min(len(rest), self.lexicon.makers.n_words, LONGEST_NAME), 1, -1)
        return next((n for n in lengths if self.lexicon.makers.knows(" ".join(rest[:n]))), 0)

    # From pieces to chips

    def _resolved(self, pieces: list[_Piece]) -> list[_Piece]:
        """Return the pieces with what openers open, with signs turned, and with names that stand alone."""
        done: list[_Piece] = []
        place = 0
        while place < len(pieces):
            piece = pieces[place]
            opened = self._opened(piece, done)
            if opened is None:
                done.append(piece)
                place += 1
                continue
            done.append(opened)
            place = next((n for n, p in enumerate(pieces) if p.start >= opened.end), len(pieces))
            cut_off = pieces[place - 1] if place else piece
            if cut_off.end > opened.end:
                pieces[place:place] = list(self._again(opened.end, cut_off.end))
        done = self._names_alone(done)
        return self._turned(done)

    def _again(self, start: int, end: int) -> Iterator[_Piece]:
        """Yield the pieces of what is left of a piece that an opener took the beginning of."""
        while start < end:
            piece = self._longest_at(start)
            piece = piece if piece.end <= end else _Piece(start, start + 1, "unread")
            yield piece
            start = piece.end

    def _opened(self, piece: _Piece, before: Sequence[_Piece]) -> _Piece | None:
        """Return the chip that "by", "like" or "about" makes of what follows; ``None`` where it makes none."""
        if piece.what in _OPENERS:
            end, named = self._longest_name(piece.end, makers_only=piece.what != "like")
            is_weak = piece.what == "from" and self._means(piece.end) >= end
            if named and not is_weak:
                return self._of_names(piece, end, named)
        if piece.what == "about" and not _is_of_music(before):
            end = self._end_of_topic(piece.end)
            words = self._typed(piece.end, end).casefold().replace("-", " ").replace("_", " ")
            value = " ".join("".join(c for c in words if c.isprintable()).split())[
                :MAX_VALUE
            ].strip()
            if value:
                return _Piece(
                    piece.start, end, "about", (Chip("said", value, self._typed(piece.start, end)),)
                )
        return None

    def _means(self, start: int) -> int:
        """Return where what can be meant otherwise ends, articles before it left out."""
        piece = self._longest_at(start)
        while piece.what in ("article", "filler") and piece.end < len(self.tokens):
            piece = self._longest_at(piece.end)
        return piece.end if piece.chips else start

    def _of_names(self, piece: _Piece, end: int, named: Sequence[Named]) -> _Piece:
        said, kind = self._typed(piece.start, end), "like" if piece.what == "like" else "by"
        first = next((each for each in named if each.kind in MAKERS), named[0])
        for other in named:
            if other.kind == first.kind and other.item_id != first.item_id:
                chip = Chip(kind, other.item_id, said)
                self.doubts.append(Doubt(said, "", (chip,), f"{other.name} is the name of several"))
        return _Piece(piece.start, end, kind, (Chip(kind, first.item_id, said),))

    def _longest_name(self, start: int, *, makers_only: bool) -> tuple[int, list[Named]]:
        """Return where the longest name from a place ends, and what it names."""
        last = next(
            (n + 1 for n in range(start, len(self.tokens)) if self.tokens[n].stops),
            len(self.tokens),
        )
        for end in range(min(last, start + LONGEST_NAME), start, -1):
            if all(self._carries_nothing(word) for word in self.words[start:end]) and end < last:
                break
            named = self._named(start, end, makers_only=makers_only)
            if named:
                return end, named
        return start, []

    def _carries_nothing(self, word: str) -> bool:
        roles = declared().roles
        return word in roles["article"] or word in roles["filler"] or word in roles["from"]

    def _end_of_topic(self, start: int) -> int:
        """Return where a topic ends: before a comma, a "but", a number, or something else that is asked for."""
        end = start
        while end < min(len(self.tokens), start + MAX_SAID):
            if end > start and self.tokens[end - 1].stops:
                break
            piece = self._longest_at(end)
            if piece.what in ("but", "not", "quantity") or (
                piece.what == "by" and self._longest_name(piece.end, makers_only=True)[1]
            ):
                break
            if (
                any(chip.kind in ("new", "heard", "era", "explicit") for chip in piece.chips)
                and end > start
            ):
                break
            end = piece.end
        while end > start and self._longest_at(end - 1).what in (
            "article",
            "filler",
            "by",
            "and",
            "or",
        ):
            end -= 1
        return end

    def _names_alone(self, pieces: list[_Piece]) -> list[_Piece]:
        """Return the pieces in which names that no opener opens are makers, where all else was read."""
        if not any(piece.chips or piece.what == "not" for piece in pieces):
            return pieces
        runs = [
            run for run in self._runs(pieces) if not run[0] or pieces[run[0] - 1].what != "about"
        ]
        found: dict[int, _Piece] = {}
        for first, last in runs:
            start, end = pieces[first].start, pieces[last].end
            named = self._named(start, end, makers_only=True)
            if not named:
                return [_Piece(p.start, p.end, "unread") if p.what == "name" else p for p in pieces]
            opener = "like" if _is_compared(pieces, first, last) else "by"
            found[first] = self._of_names(_Piece(start, end, opener), end, named)
        inside = {n for first, last in runs for n in range(first + 1, last + 1)}
        return [found.get(n, piece) for n, piece in enumerate(pieces) if n not in inside]

    def _runs(self, pieces: Sequence[_Piece]) -> Iterator[tuple[int, int]]:
        """Yield the first and last place of each run of pieces that may be a name."""
        first = None
        for place, piece in enumerate([*pieces, _Piece(0, 0, "end")]):
            is_open = piece.what in ("unread", "name")
            if is_open and first is None:
                first = place
            if first is not None and (not is_open or self.tokens[piece.end - 1].stops):
                yield first, place if is_open else place - 1
                first = None

    def _turned(self, pieces: list[_Piece]) -> list[_Piece]:
        """Return the pieces with the chips that a "no" reaches turned round; one that reaches none is unread."""
        place = 0
        while place < len(pieces):
            if pieces[place].what == "not":
                reached = self._reached(pieces, place)
                for n in reached:
                    self._turn(pieces[n], pieces[place].start)
                if not reached:
                    pieces[place].what = "unread"
            place += 1
        return pieces

    def _reached(self, pieces: Sequence[_Piece], place: int) -> list[int]:
        """Return the places of the chips that a "no" reaches: the next, and those joined to it."""
        reached: list[int] = []
        joint = ""
        for n in range(place + 1, len(pieces)):
            piece = pieces[n]
            if piece.chips:
                same = reached and piece.chips[0].kind == pieces[reached[0]].chips[0].kind
                if reached and joint != "or" and not (joint and same):
                    break
                if not reached and _is_kind(piece) and self._goes_on(pieces, n):
                    piece.what, piece.chips = "filler", ()
                    continue
                reached.append(n)
                joint = ""
            elif piece.what in ("and", "or"):
                joint = piece.what
            elif piece.what not in ("article", "filler", "by", "from", "like"):
                break
            if reached and not joint and self.tokens[piece.end - 1].stops:
                joint = "and"
        return reached

    def _goes_on(self, pieces: Sequence[_Piece], place: int) -> bool:
        """Say whether a chip follows a kind at once: "no songs by …" means the songs by them."""
        for piece in pieces[place + 1 :]:
            if piece.chips:
                return piece.what in ("by", "like", "about", "quantity")
            if piece.what not in ("article", "filler"):
                return False
        return False

    def _turn(self, piece: _Piece, start: int) -> None:
        said = self._typed(start, piece.end)
        piece.chips = tuple(msgspec.structs.replace(chip.turned, said=said) for chip in piece.chips)
        piece.what = "turned"

    # What stays text

    def _absorbed(self, pieces: list[_Piece]) -> list[_Piece]:
        """Return the pieces with common words beside unknown ones left unread: "new york" is nothing new."""
        pieces = self._titled(pieces)
        for n, piece in enumerate(pieces):
            beside = [p.what == "unread" for p in pieces[max(n - 1, 0) : n + 2] if p is not piece]
            if piece.is_common and (
                all(beside) and len(beside) == 2 if _is_kind(piece) else any(beside)
            ):
                pieces[n] = _Piece(piece.start, piece.end, "unread")
        return pieces

    def _titled(self, pieces: list[_Piece]) -> list[_Piece]:
        """Return the pieces with what is a title of a maker named beside it left unread: "happy by …"."""
        for n, piece in enumerate(pieces):
            if piece.what != "by" or not piece.chips or n == 0:
                continue
            first = next(
                (m for m in range(n) if pieces[m].what not in _EMPTY and not _is_kind(pieces[m])), n
            )
            for start in dict.fromkeys((0, first)):
                if start == n:
                    continue
                by = {chip.value for chip in piece.chips}
                titles = self._named(pieces[start].start, piece.start)
                if any(title.maker_id in by for title in titles):
                    whole = _Piece(pieces[start].start, piece.start, "unread")
                    return [*pieces[:start], whole, *pieces[n:]]
        return pieces

    def _is_text(self, pieces: Sequence[_Piece]) -> bool:
        """Say whether most of a text is unknown and nothing in it sounds like a request."""
        unread = sum(p.end - p.start for p in pieces if p.what == "unread")
        known = sum(p.end - p.start for p in pieces if p.chips)
        marked = any(p.what in _MARKS and p.chips for p in pieces) or any(map(_is_kind, pieces))
        return unread >= known and not marked

    def _words_left(self, pieces: Sequence[_Piece]) -> str:
        """Return what nobody could read, in order; words that carry nothing stay between such that do."""
        kept: list[str] = []
        start: int | None = None
        end = 0
        for piece in pieces:
            if piece.what == "unread":
                start = piece.start if start is None else start
                end = piece.end
            elif piece.what not in _EMPTY or piece.chips:
                if start is not None:
                    kept.append(self._typed(start, end))
                start = None
        if start is not None:
            kept.append(self._typed(start, end))
        beyond = (
            self.text[self.tokens[-1].end :].split()[:MAX_SAID]
            if len(self.text) > self.tokens[-1].end
            else []
        )
        return " ".join([*kept, *(word for word in beyond if any(c.isalnum() for c in word))])

    def _carried(self, pieces: Sequence[_Piece]) -> str:
        """Return the name that words which carry nothing were put before: "play some …"; empty where there is none."""
        first = next((piece for piece in pieces if piece.what not in ("filler", "article")), None)
        if first is None or not first.start or not self._named(first.start, len(self.tokens)):
            return ""
        return self._typed(first.start, len(self.tokens))

    def _whole_text(self) -> str:
        return " ".join(self.text.split())[: 4 * MAX_VALUE]

    def _named(self, start: int, end: int, *, makers_only: bool = False) -> list[Named]:
        """Return what a run of words names, nearly at least; nothing once enough was looked up."""
        if start >= end or end - start > 2 * LONGEST_NAME or self.left_to_look_up <= 0:
            return []
        text = self._typed(start, end)
        found = list(self.lexicon.makers(text)) if makers_only else []
        if not found:
            self.left_to_look_up -= 1
            found = [each for each in self.names(text) if each.closeness >= NEARLY]
        if makers_only:
            found = [each for each in found if each.kind in MAKERS]
        return found

    def _typed(self, start: int, end: int) -> str:
        return typed(self.text, self.tokens[start:end])


def _is_kind(piece: _Piece) -> bool:
    return bool(piece.chips) and all(chip.kind == "kind" for chip in piece.chips)


def _is_of_music(pieces: Sequence[_Piece]) -> bool:
    """Say whether what is looked for is music alone, which is about nothing that is spoken in an episode."""
    kinds = {chip.value for piece in pieces for chip in piece.chips if chip.kind == "kind"}
    return bool(kinds) and not kinds & {"show", "episode"}


def _is_compared(pieces: Sequence[_Piece], first: int, last: int) -> bool:
    """Say whether a name alone is one to be like: joined by "and" to one that is, or before "but slower"."""
    before, after = pieces[max(first - 2, 0) : first], pieces[last + 1 : last + 3]
    if [piece.what for piece in before] == ["like", "and"] and before[0].chips:
        return True
    return len(after) == 2 and after[0].what == "but" and after[1].what == "chips"
