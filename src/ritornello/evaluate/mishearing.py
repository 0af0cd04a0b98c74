r"""What a speech recogniser makes of a spoken name, drawn from stated rates.

Each utterance is a name with the words people put around it. A recogniser answers with up to five hypotheses and their
log-probabilities: what was said is the best of them, a lower one, or is missing, at the rates of ``mishearing.toml``, where
every table and number stands with its source. The others are the name misheard: sounds of its words are taken for
neighbours, and what comes out is written as words the recogniser knows or as it sounds; homophones replace each other,
words fall apart or together, small words are lost.

Right to compare ways of finding names under mishearing: all meet the same utterances. It misleads as a forecast, for no
recogniser was measured: its rates are chosen where no source gives them, its reading of spelling is English, and it never
adds noise, accents or half sentences. It knows nothing of the keys that names are found by.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from ritornello.evaluate.sounding import Known, Sounds, Words, number_said, said, stated
from ritornello.kinds.errors import BadValue, UnknownName

MAX_TRIES = 20
MIN_PIECES_TO_SPLIT = 6
KINDS = ("any", "track", "artist", "album", "show", "episode")

Part = Words | None
"""A run of words around a name; ``None`` is where the name stands."""


class Alternative(msgspec.Struct, frozen=True):
    """One hypothesis: its words, and the natural logarithm of how probable the recogniser holds it."""

    text: str
    log_p: float


class Misheard(msgspec.Struct, frozen=True):
    """An utterance, and what came back.

    Attributes
    ----------
    said : all of it as spoken; ``name`` is the part that names.
    alternatives : one to five, the best first.
    rank : the place of ``said`` among them, from 1; 0 where it is not there.
    """

    said: str
    name: str
    alternatives: tuple[Alternative, ...]
    rank: int

    @property
    def as_n_best(self) -> dict[str, Any]:
        """What came back in the form most recognisers give: a list of texts with log-probabilities."""
        return {"alternatives": [{"text": a.text, "log_p": a.log_p} for a in self.alternatives]}

    @property
    def as_lattice(self) -> dict[str, Any]:
        """The same as a graph of words from state 0 to state 1; hypotheses share what they share from the left."""
        states: dict[tuple[str, ...], int] = {(): 0}
        arcs: list[dict[str, Any]] = []
        for each in self.alternatives:
            words = tuple(each.text.split())
            for n in range(1, len(words)):
                if words[:n] not in states:
                    before, after = states[words[: n - 1]], len(states) + 1
                    states[words[:n]] = after
                    arcs.append({"from": before, "to": after, "word": words[n - 1], "score": 0.0})
            last = states[words[:-1]]
            arcs.append({"from": last, "to": 1, "word": words[-1], "score": each.log_p})
        return {"start": 0, "end": 1, "arcs": arcs}


class Recogniser:
    """A recogniser with the stated confusions and a vocabulary.

    Parameters
    ----------
    vocabulary : word → how often it occurs in what the recogniser was trained on, beside the frequent words of the
        tables (:class:`~ritornello.evaluate.sounding.Known`).
    """

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self.tables = stated()
        self.rates = self.tables.rates
        self.function = frozenset(self.tables.words.function)
        self.sounds = Sounds(self.tables)
        self.known = Known(self.sounds, self.tables.words.frequent.split(), vocabulary)
        self.homophones: dict[str, Words] = {}
        for group in map(str.split, self.tables.words.homophones):
            for word in group:
                others = [other for other in group if other != word]
                self.homophones.setdefault(word, []).extend(others)

    def hear(
        self, name: str, rng: np.random.Generator, *, kind: str = "any", maker: str = ""
    ) -> Misheard:
        """Draw an utterance that asks for a name, and what comes back.

        Parameters
        ----------
        kind : of what is named; decides what people say around it.
        maker : who made it; where it is not known, nobody says by whom.

        Raises
        ------
        UnknownName : a kind nobody says anything around. BadValue : nothing of the name can be spoken.
        """
        if kind not in KINDS:
            raise UnknownName.among("kind", kind, KINDS)
        named = said(name, in_digits=bool(rng.random() < self.rates.p_digits))
        if not named:
            raise BadValue(f"nothing of {name!r} can be spoken")
        parts = self._around(kind, said(maker), rng)
        truth = _joined(parts, named)
        rank, n = self._rank(rng)
        wrong = self._wrong(parts, named, n - (rank > 0), rng)
        rank = min(rank, len(wrong) + 1)
        texts = [*wrong[: rank - 1], truth, *wrong[rank - 1 :]] if rank else wrong
        return Misheard(truth, " ".join(named), self._scored(texts, rank, rng), rank)

    def misheard(self, words: Words, rng: np.random.Generator) -> list[Words]:
        """Return what each word comes back as; at least one comes back as something else."""
        for _ in range(MAX_TRIES):
            heard = [self._heard_in_name(word, rng) for word in words]
            if len(words) > 1 and rng.random() < self.rates.p_join:
                at = int(rng.integers(len(words) - 1))
                heard[at : at + 2] = [["".join(heard[at] + heard[at + 1])], []]
            if _flat(heard) and _flat(heard) != words:
                return heard
        return [[*words, "the"], *([[]] * (len(words) - 1))]

    def _around(self, kind: str, maker: Words, rng: np.random.Generator) -> list[Part]:
        """Return what is said around the name; half of the time it is what is said around anything."""
        group = kind if rng.random() < 0.5 else "any"
        likely = [c for c in self.tables.carriers[group] if maker or "{maker}" not in c]
        special: dict[str, Part] = {"{}": None, "{maker}": maker}
        carrier = likely[int(rng.integers(len(likely)))]
        return [special.get(word, [word]) for word in carrier.split()]

    def _rank(self, rng: np.random.Generator) -> tuple[int, int]:
        """Draw where what was said stands, from 1 (0: nowhere), and how many hypotheses there are."""
        n = 1 + int(rng.choice(len(self.rates.n_alternatives), p=self.rates.n_alternatives))
        which = rng.random()
        if which < self.rates.p_first:
            return 1, n
        if which >= self.rates.p_first + self.rates.p_later:
            return 0, n
        rank = 2 + int(rng.choice(len(self.rates.later_rank), p=self.rates.later_rank))
        return rank, max(n, rank)

    def _wrong(
        self, parts: Sequence[Part], named: Words, n: int, rng: np.random.Generator
    ) -> list[str]:
        """Return up to ``n`` different hypotheses of which none is what was said; one at least if any is wanted."""
        names: list[list[Words]] = []
        found: dict[str, None] = {}
        for _ in range(MAX_TRIES * n):
            if len(found) == n:
                break
            name = self.misheard(named, rng)
            if names and rng.random() < self.rates.p_kin:
                kin = names[int(rng.integers(len(names)))]
                is_kept = rng.random(len(named)) < self.rates.p_kept
                name = [a if kept else b for a, b, kept in zip(kin, name, is_kept, strict=True)]
            if _flat(name) in ([], named):
                continue
            names.append(name)
            slips = self.rates.p_carrier_word
            around = [None if part is None else self._slipped(part, slips, rng) for part in parts]
            found.setdefault(_joined(around, _flat(name)))
        return [text for text in found if text != _joined(parts, named)]

    def _heard_in_name(self, word: str, rng: np.random.Generator) -> Words:
        """Return what a word of a misheard name comes back as."""
        if word in self.function:
            return [] if rng.random() < self.rates.p_function_lost else [word]
        return self._slipped([word], self.rates.p_word, rng)

    def _slipped(self, words: Words, p: float, rng: np.random.Generator) -> Words:
        """Mishear each word with probability ``p``."""
        heard: Words = []
        for word in words:
            heard += self._word_misheard(word, rng) if rng.random() < p else [word]
        return heard

    def _word_misheard(self, word: str, rng: np.random.Generator) -> Words:
        """Return what one misheard word comes back as: usually one word, at times two, of a number all its words."""
        if word.isdecimal():
            words = number_said(word)
            at = int(rng.integers(len(words)))
            return [*words[:at], *self._word_misheard(words[at], rng), *words[at + 1 :]]
        same = self.homophones.get(word)
        if same and rng.random() < self.rates.p_homophone:
            return [same[int(rng.integers(len(same)))]]
        pieces = self.sounds.pieces(word)
        if len(pieces) >= MIN_PIECES_TO_SPLIT and rng.random() < self.rates.p_split:
            middle = len(pieces) // 2
            halves = ["".join(p for p, _ in half) for half in (pieces[:middle], pieces[middle:])]
            return [self._written(self.sounds.of(half), half, half, rng) for half in halves]
        sounds, letters = self.sounds.altered(word, rng)
        return [self._written(sounds, letters, word, rng)]

    def _written(self, sounds: str, letters: str, but: str, rng: np.random.Generator) -> str:
        """Write sounds as another word the recogniser knows, else in letters; where nothing is heard, the word stays."""
        known = ""
        if rng.random() < self.rates.p_dictionary:
            known = self.known.near(sounds, but, rng)
        return known or letters or but

    def _scored(
        self, texts: Sequence[str], rank: int, rng: np.random.Generator
    ) -> tuple[Alternative, ...]:
        """Give hypotheses falling log-probabilities that sum to 1 as probabilities."""
        gaps = [
            self.rates.mean_gap_right if place == rank else self.rates.mean_gap_wrong
            for place in range(1, len(texts))
        ]
        falling = -np.concatenate([[0.0], np.cumsum(rng.exponential(gaps))])
        log_p = falling - np.logaddexp.reduce(falling)
        pairs = zip(texts, log_p.tolist(), strict=True)
        return tuple(Alternative(text, round(value, 4)) for text, value in pairs)


def _flat(heard: Sequence[Words]) -> Words:
    return [word for words in heard for word in words]


def _joined(parts: Sequence[Part], name: Words) -> str:
    return " ".join(word for part in parts for word in (name if part is None else part))
