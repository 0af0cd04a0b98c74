"""A catalogue of any size whose names are shaped like names: words, credits, scripts, versions, and plays.

Nothing in it is anybody's, and the same sizes and seed give the same names to the last byte. What is stated here is all
there is to it; real catalogues are messier. Among as many artists as HetRec Last.fm names (17,632), ours have 11.1 letters in
2.1 words and 0.02 names one slip away, those 11.4 letters in 2.1 words and 0.03.

* **Words.** A vocabulary of 60,000 words of one to four syllables (35, 42, 18 and 5 %); a syllable is an onset, a nucleus
  and a coda drawn from ``SYLLABLES``. Shorter words are the more frequent (Zipf's law of abbreviation); frequencies fall as
  1 / (rank + 2.7) (Zipf–Mandelbrot) in titles, as 1 / (rank + 2.7)^0.7 in artists' names.
* **Lengths.** Titles have one to eight words (``TITLE_WORDS``), artists' names one to four (``ARTIST_WORDS``).
* **Versions.** Shares of titles with a bracket or a tail, a guest, a numeral, a censored or stylised word, and of artists'
  names with an article, a conjunction, a hyphen, a stylised word or initials are in ``TITLE_SHARES`` and ``ARTIST_SHARES``.
  4 % of tracks carry another track's title. A track is on one of its artist's albums (twelve tracks each).
* **Scripts.** An artist writes in one script, and so do the titles: ``SCRIPTS``. Accents stand on every other vowel;
  Cyrillic and Greek are written letter by letter; of kana, Han and Hangul a sign a syllable, drawn from its block.
* **Plays.** An artist's weight falls as 1 / (rank + 20)^1.25, which fits the plays of HetRec's artists (a tenth of them have
  85 % of the plays there, 83 % by the fit), a track's as its artist's / (its place within the artist + 1); a track's plays are
  50 times the number of tracks, shared out by weight and rounded down. An artist has one track, and of the others a share that
  goes as the square root of its weight. Artists and albums have their tracks' plays.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ritornello.kinds.ids import key_of
from ritornello.kinds.items import Album, AnyItem, Artist, Track

IntArray = NDArray[np.int64]
Shares = Mapping[str, float]

N_WORDS = 60_000
PLAYS_A_TRACK = 50
TRACKS_AN_ALBUM = 12
P_BORROWED = 0.04

ONSETS = ["", "b", "bl", "br", "c", "ch", "cl", "cr", "d", "dr", "f", "fl", "fr", "g", "gl", "gr", "h", "j", "k", "l", "m", "n", "p", "pl", "pr", "qu", "r", "s", "sc", "sh", "sk", "sl", "sm", "sn", "sp", "st", "str", "sw", "t", "th", "tr", "v", "w", "y", "z"]  # fmt: skip
NUCLEI = ["a", "e", "i", "o", "u", "ai", "ay", "ea", "ee", "ie", "oa", "oo", "ou"]
CODAS = ["", "n", "r", "s", "l", "m", "t", "d", "k", "nd", "st", "ng", "rt", "ck", "ll", "ss", "sh", "p"]  # fmt: skip
SYLLABLES: Mapping[str, tuple[list[str], list[float]]] = {
    "onset": (ONSETS, [3.0] + [4.0 if len(o) == 1 else 1.0 for o in ONSETS[1:]]),
    "nucleus": (NUCLEI, [8.0] * 5 + [1.5] * 8),
    "coda": (CODAS, [22.0] + [3.0] * 8 + [1.0] * 9),
}
WORD_SYLLABLES = (0.35, 0.42, 0.18, 0.05)
TITLE_WORDS = (0.17, 0.29, 0.25, 0.15, 0.08, 0.04, 0.015, 0.005)
ARTIST_WORDS = (0.34, 0.46, 0.16, 0.04)

TITLE_SHARES: Shares = {
    "({guest})": 0.05, "(Live)": 0.03, "(Remastered {year})": 0.02, "- Remastered {year}": 0.02, "[Radio Edit]": 0.02,
    "({word} Remix)": 0.02, "(Acoustic)": 0.01, "Part {roman}": 0.01, "Pt. {digit}": 0.01, "Vol. {digit}": 0.005,
    "censored": 0.004, "stylised": 0.004,
}  # fmt: skip
ARTIST_SHARES: Shares = {
    "article": 0.12, "&": 0.02, "and": 0.015, "+": 0.003, "/": 0.004, "hyphen": 0.015, "stylised": 0.01, "initials": 0.006,
}  # fmt: skip
SCRIPTS: Shares = {
    "latin": 0.845, "accents": 0.08, "cyrillic": 0.03, "greek": 0.005, "kana": 0.015, "han": 0.015, "hangul": 0.01,
}  # fmt: skip
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
STYLISED = str.maketrans({"s": "$", "i": "!", "a": "@", "e": "3", "o": "0"})

_ACCENTED = str.maketrans("aeiou", "áéïöü")
_CYRILLIC = str.maketrans("abcdefghijklmnopqrstuvwxyz", "абцдефгхийклмнопкрстувшксз")
_GREEK = str.maketrans("abcdefghijklmnopqrstuvwxyz", "αβκδεφγηιικλμνοπκρστυβωξψζ")
_LETTERS: Mapping[str, dict[int, int]] = {
    "accents": _ACCENTED,
    "cyrillic": _CYRILLIC,
    "greek": _GREEK,
}
_BLOCKS: Mapping[str, tuple[int, int]] = {
    "kana": (0x30A2, 80),
    "han": (0x4E00, 4000),
    "hangul": (0xAC00, 11_172),
}
_SYLLABLE_LETTERS = 3


class Named(NamedTuple):
    """An item and how often it was played."""

    item: AnyItem
    n_plays: int


@dataclass(frozen=True)
class _Plan:
    """Who made what, and how often it was played, as columns; tracks ascend by artist."""

    artist: IntArray
    place: IntArray
    n_plays: IntArray
    first: IntArray

    @property
    def album(self) -> IntArray:
        """Number a track's album: a new one every twelve tracks of an artist."""
        begins = self.place % TRACKS_AN_ALBUM == 0
        return np.cumsum(begins) - 1


def items(n_tracks: int = 500_000, n_artists: int = 50_000, seed: int = 0) -> Iterator[AnyItem]:
    """Yield the catalogue: artists, then albums, then tracks.

    Examples
    --------
    >>> [item.item_id.partition(":")[0] for item in items(3, 2, seed=4)]
    ['artist', 'artist', 'album', 'album', 'track', 'track', 'track']
    """
    return (named.item for named in catalogue(n_tracks, n_artists, seed))


def plays(n_tracks: int = 500_000, n_artists: int = 50_000, seed: int = 0) -> IntArray:
    """Return how often each item of :func:`items` was played, in its order."""
    plan = _plan(n_tracks, n_artists, np.random.default_rng((seed, 0)))
    of_artists = np.bincount(plan.artist, plan.n_plays, n_artists)
    of_albums = np.bincount(plan.album, plan.n_plays)
    return np.concatenate([of_artists, of_albums, plan.n_plays]).astype(np.int64)


def catalogue(n_tracks: int, n_artists: int, seed: int) -> Iterator[Named]:
    """Yield every item with its plays; see :func:`items`."""
    counts = plays(n_tracks, n_artists, seed).tolist()
    plan = _plan(n_tracks, n_artists, np.random.default_rng((seed, 0)))
    names = _Names(n_artists, np.random.default_rng((seed, 1)))
    made = chain(names.artists(), names.albums(plan), names.tracks(plan))
    return map(Named, made, counts)


def _plan(n_tracks: int, n_artists: int, rng: np.random.Generator) -> _Plan:
    """Share tracks out among artists, and plays among tracks."""
    weight = rng.permutation(1.0 / (np.arange(n_artists) + 20.0) ** 1.25)
    share = np.sqrt(weight) / np.sqrt(weight).sum()
    n_further = max(n_tracks - n_artists, 0)
    further = rng.choice(n_artists, n_further, p=share)
    artist = np.sort(np.concatenate([np.arange(min(n_artists, n_tracks)), further]))
    first = np.searchsorted(artist, np.arange(n_artists))
    place = np.arange(len(artist)) - first[artist]
    of_track = weight[artist] / (place + 1.0)
    n_plays = (of_track / of_track.sum() * PLAYS_A_TRACK * n_tracks).astype(np.int64)
    return _Plan(artist, place, n_plays, first)


class _Names:
    """Draws names; artists first, for titles are written in their artist's script."""

    def __init__(self, n_artists: int, rng: np.random.Generator) -> None:
        self.rng = rng
        self.words = _vocabulary(rng)
        scripts = rng.choice(list(SCRIPTS), n_artists, p=list(SCRIPTS.values()))
        self.scripts: list[str] = scripts.tolist()
        plain = self._drawn(n_artists, ARTIST_WORDS, 0.7)
        kinds = self._kinds(ARTIST_SHARES, n_artists)
        self.names = [
            _written(_artist_name(words, kind), script)
            for words, kind, script in zip(plain, kinds, self.scripts, strict=True)
        ]

    def artists(self) -> Iterator[AnyItem]:
        """Yield the artists."""
        for number, name in enumerate(self.names):
            yield Artist(item_id=_id("artist", number), title=name)

    def albums(self, plan: _Plan) -> Iterator[AnyItem]:
        """Yield the albums; their titles are drawn again, the same, where tracks name them."""
        begins = np.flatnonzero(plan.place % TRACKS_AN_ALBUM == 0)
        of_albums = plan.artist[begins].tolist()
        drawn = self._drawn(len(of_albums), TITLE_WORDS, 1.0)
        self.album_titles = [
            _written(" ".join(words), self.scripts[artist])
            for words, artist in zip(drawn, of_albums, strict=True)
        ]
        for number, (title, artist) in enumerate(zip(self.album_titles, of_albums, strict=True)):
            yield Album(
                item_id=_id("album", number),
                title=title,
                artist_ids=(_id("artist", artist),),
                artist_name=self.names[artist],
            )

    def tracks(self, plan: _Plan) -> Iterator[AnyItem]:
        """Yield the tracks."""
        titles = self._titles(plan)
        columns = zip(titles, plan.artist.tolist(), plan.album.tolist(), strict=True)
        for number, (title, artist, album) in enumerate(columns):
            yield Track(
                item_id=_id("track", number),
                title=title,
                artist_ids=(_id("artist", artist),),
                artist_name=self.names[artist],
                album_id=_id("album", album),
                album_title=self.album_titles[album],
                duration_ms=200_000,
            )

    def _titles(self, plan: _Plan) -> list[str]:
        n = len(plan.artist)
        drawn, kinds = self._drawn(n, TITLE_WORDS, 1.0), self._kinds(TITLE_SHARES, n)
        artist, guest = plan.artist.tolist(), self.rng.integers(0, len(self.names), n).tolist()
        number = self.rng.integers(0, len(ROMAN), n).tolist()
        titles = [
            _title(words, kind, self.names[guest[row]], number[row], self.scripts[artist[row]])
            for row, (words, kind) in enumerate(zip(drawn, kinds, strict=True))
        ]
        borrowed = np.flatnonzero(self.rng.random(n) < P_BORROWED)
        lent = self.rng.integers(0, n, len(borrowed))
        for row, other in zip(borrowed.tolist(), lent.tolist(), strict=True):
            titles[row] = titles[other]
        return titles

    def _drawn(self, n: int, lengths: tuple[float, ...], exponent: float) -> list[list[str]]:
        """Draw ``n`` names as lists of capitalised words."""
        n_words = self.rng.choice(np.arange(1, len(lengths) + 1), n, p=lengths)
        odds = 1.0 / (np.arange(len(self.words)) + 2.7) ** exponent
        ranks = self.rng.choice(len(self.words), int(n_words.sum()), p=odds / odds.sum()).tolist()
        ends = np.cumsum(n_words).tolist()
        starts = [0, *ends[:-1]]
        spans = zip(starts, ends, strict=True)
        return [[self.words[rank] for rank in ranks[start:end]] for start, end in spans]

    def _kinds(self, shares: Shares, n: int) -> list[str]:
        """Draw what is special about each of ``n`` names; mostly nothing."""
        odds = [*shares.values(), 1.0 - sum(shares.values())]
        kinds: list[str] = self.rng.choice([*shares, ""], n, p=odds).tolist()
        return kinds


def _vocabulary(rng: np.random.Generator) -> list[str]:
    """Return the words, capitalised, the most frequent first."""
    n_drawn = 4 * N_WORDS
    n_syllables = rng.choice(np.arange(1, 5), n_drawn, p=WORD_SYLLABLES)
    total = int(n_syllables.sum())
    parts = [
        rng.choice(signs, total, p=np.array(odds) / sum(odds)).tolist()
        for signs, odds in SYLLABLES.values()
    ]
    syllables = ["".join(each) for each in zip(*parts, strict=True)]
    ends = np.cumsum(n_syllables).tolist()
    drawn = ("".join(syllables[end - n : end]) for end, n in zip(ends, n_syllables, strict=True))
    words = list(dict.fromkeys(word for word in drawn if len(word) > 1))[:N_WORDS]
    blurred = np.array([len(word) for word in words]) + rng.normal(0, 1.5, len(words))
    return [words[i].capitalize() for i in np.argsort(blurred, kind="stable").tolist()]


def _artist_name(words: list[str], kind: str) -> str:
    """Put an artist's name together."""
    name = " ".join(words)
    if kind == "article":
        return f"The {name}"
    if kind in ("&", "and", "+"):
        return f"{words[0]} {kind} {' '.join(words[1:]) or words[0]}"
    if kind in ("/", "hyphen"):
        return ("/" if kind == "/" else "-").join(words)
    if kind == "stylised":
        return _stylised(name)
    return ".".join(name[:3].upper().replace(" ", "")) + "." if kind == "initials" else name


def _title(words: list[str], kind: str, guest: str, number: int, script: str) -> str:
    """Put a track's title together."""
    name = _written(" ".join(words), script)
    if kind == "censored":
        return f"{name[0]}{'*' * (len(words[0]) - 2)}{name[len(words[0]) - 1 :]}"
    if kind == "stylised":
        return _stylised(name)
    facts = {
        "guest": f"feat. {guest}",
        "year": 1970 + 5 * number,
        "word": words[-1],
        "roman": ROMAN[number],
        "digit": number + 1,
    }
    return f"{name} {kind.format(**facts)}" if kind else name


def _stylised(name: str) -> str:
    """Write a sign for the first letter behind the initial that has one."""
    for place, letter in enumerate(name):
        if place and ord(letter) in STYLISED:
            return name[:place] + letter.translate(STYLISED) + name[place + 1 :]
    return name


def _written(name: str, script: str) -> str:
    """Write a Latin name in a script."""
    if script in _LETTERS:
        return name.casefold().translate(_LETTERS[script]).title()
    if script not in _BLOCKS:
        return name
    begin, size = _BLOCKS[script]
    return " ".join(
        "".join(
            chr(begin + int.from_bytes(word[at : at + _SYLLABLE_LETTERS].encode(), "big") % size)
            for at in range(0, len(word), _SYLLABLE_LETTERS)
        )
        for word in name.split(" ")
    )


def _id(kind: str, number: int) -> str:
    return f"{kind}:{key_of('titles', kind, str(number))}"
