r"""What chips do: rows that must be so, and rows that are nearer.

Hard chips make a mask: what is looked for, whose it is, when it came out, its language, its version, genre, tag and
instrument, what the listener heard or never heard, length, beats a minute, and everything that is not wanted. Chips of one
kind are alternatives ("jazz or blues"), kinds hold together. Soft chips lean: moods, activities, likeness, energy and tempo
add to a score between −1 and 1,

.. math:: s = \frac{1}{n} \sum_c \pm s_c,

where a row of which the words of a chip are said has 1, and any other its cosine with their place in the space, mixed with how well
its known energy and tempo fit. What nobody knows of a row counts neither for nor against it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import KINDS, NONE
from ritornello.models.space import Space
from ritornello.surfaces.rules import Mask
from ritornello.surfaces.search.chips import Chip, bounds, period
from ritornello.surfaces.search.lexicon import Meaning, meaning_of, present_words
from ritornello.surfaces.situation import Rows, Scores, Situation

HARD = frozenset({
    "kind", "by", "era", "language", "version", "genre", "tag", "instrument", "new", "heard", "length", "explicit", "tempo",
})  # fmt: skip
"""Kinds that make a mask; of the others only what is not wanted does, where words say it."""
SOFT = frozenset({"mood", "activity", "like", "energy", "tempo", "era"})
SOFTEST_FIRST = ("tempo", "energy", "mood", "activity", "like", "heard", "length", "instrument", "tag", "new", "era", "genre", "version", "language", "by", "kind", "explicit")  # fmt: skip
"""What is let go of first where nothing is left."""
SHORT_MS, LONG_MS = (
    {"track": 150_000, "episode": 1_200_000},
    {"track": 360_000, "episode": 3_000_000},
)
OFTEN, LATELY = 5, timedelta(days=30)
SLOWER = 0.92
"""What is slower than a reference has at most this share of its beats."""
WORDS_SHARE = 0.6
"""What words weigh beside energy and tempo, where both are known."""
FADES_OVER = 0.25
"""How far beyond a range of energy nothing fits any more; of tempo as a share of it."""
LATEST = timedelta(days=365)

_MaskOf = Callable[[Chip, Situation], Mask]
Floats = NDArray[np.float32]


class Loosened(msgspec.Struct, frozen=True):
    """The chips that could be kept so that something is left, their mask, and what had to go, softest first."""

    chips: tuple[Chip, ...]
    mask: Mask
    dropped: tuple[Chip, ...]

    @property
    def because(self) -> str:
        """A sentence that says what was let go of; empty where nothing was."""
        if not self.dropped:
            return ""
        told = ", ".join(chip.said or str(chip) for chip in self.dropped)
        return f"nothing fits all of it, so this was let go of: {told}"


def mask(chips: Iterable[Chip], situation: Situation) -> Mask:
    """Return which rows hold to the hard chips, shape (n_rows,); all of them where there is none.

    The hard rules of the house are not in it: ``situation.allowed`` is.
    """
    found = np.ones(len(situation.view), dtype=np.bool_)
    wanted: dict[str, Mask] = {}
    for chip in chips:
        if chip.is_not:
            found &= ~_holds(chip, situation)
        elif is_hard(chip):
            holds = _holds(chip, situation)
            wanted[chip.kind] = wanted[chip.kind] | holds if chip.kind in wanted else holds
    for holds in wanted.values():
        found &= holds
    return found


def is_hard(chip: Chip) -> bool:
    """Say whether a chip that is wanted makes a mask: ``tempo:slower`` and ``era:latest`` only lean."""
    if chip.kind == "tempo":
        return bounds(chip.value) is not None
    return chip.kind in HARD and chip.value != "latest"


def loosened(
    chips: Sequence[Chip], situation: Situation, allowed: Mask, n_least: int = 1
) -> Loosened:
    """Return the chips with the softest let go of until at least ``n_least`` allowed rows are left."""
    kept = list(chips)
    dropped: list[Chip] = []
    while True:
        found = mask(kept, situation)
        hard = [chip for chip in kept if is_hard(chip) or chip.is_not]
        if not hard or np.count_nonzero(found & allowed) >= n_least:
            return Loosened(tuple(kept), found, tuple(dropped))
        softest = min(hard, key=lambda chip: (_softness(chip), -kept.index(chip)))
        kept.remove(softest)
        dropped.append(softest)


def lean(chips: Iterable[Chip], situation: Situation, space: Space | None) -> Scores:
    """Return how near each row is to what the soft chips mean, in [−1, 1], shape (n_rows,); 0 where there is none."""
    chips = tuple(chips)
    total = np.zeros(len(situation.view), dtype=np.float32)
    leaning = [chip for chip in chips if chip.kind in SOFT]
    n_told = 0
    for chip in leaning:
        scores = _lean_of(chip, chips, situation, space)
        if scores is not None:
            total += -scores if chip.is_not else scores
            n_told += 1
    return total / np.float32(max(n_told, 1))


# What must be so -----------------------------------------------------------------------------------------------------------


def _holds(chip: Chip, situation: Situation) -> Mask:
    """Return of which rows a chip without its sign is true, shape (n_rows,)."""
    return _HOLDS.get(chip.kind, _is_said)(chip, situation)


def _is_kind(chip: Chip, situation: Situation) -> Mask:
    holds: Mask = situation.view.kind == KINDS.index(chip.value)
    return holds


def _is_by(chip: Chip, situation: Situation) -> Mask:
    """Return what is by an artist or of a show, as the first or as a guest, and the artist themselves."""
    view, row = situation.view, situation.view.number.get(chip.value, NONE)
    if row == NONE:
        return np.zeros(len(view), dtype=np.bool_)
    row = int(view.canonical[row])
    found: Mask = view.artist == row
    rows, artists = view.featured.T
    found[rows[view.canonical[artists] == row]] = True
    found[row] = True
    return found


def _is_like(chip: Chip, situation: Situation) -> Mask:
    found = np.zeros(len(situation.view), dtype=np.bool_)
    found[situation.view.rows((chip.value,))] = True
    return found


def _is_said(chip: Chip, situation: Situation) -> Mask:
    """Return of which rows a word that means the chip is said: its own, else those that stand in for it."""
    postings = situation.stock.postings
    return postings.says_any(_hard_words(chip, postings.place))


def _is_genre(chip: Chip, situation: Situation) -> Mask:
    """Return what is of a genre or of a kind of it: ``house`` finds ``deep house``."""
    postings, own = situation.stock.postings, f"genre:{chip.value}"
    kinds = postings.kinds_of.get(chip.value, ())
    return postings.says_any((own if own in postings.place else f"tag:{chip.value}", *kinds))


def _is_of_era(chip: Chip, situation: Situation) -> Mask:
    """Return what came out within an era, by its own date, else its album's; where no date is known, by a tag of the decade."""
    view = situation.view
    first, last = _period(chip, situation)
    released = view.released_on
    of_album = np.where(view.album != NONE, released[view.album], np.datetime64("NaT"))
    known = np.where(np.isnat(released), of_album, released)
    found: Mask = ~np.isnat(known)
    if first is not None:
        found &= known >= np.datetime64(first)
    if last is not None:
        found &= known <= np.datetime64(last)
    if first is not None and last is not None:
        found |= np.isnat(known) & situation.stock.postings.says_any(_decade_words(first, last))
    return found


def _is_language(chip: Chip, situation: Situation) -> Mask:
    """Return what is in a language; where the catalogue knows no languages, what a tag says is."""
    postings = situation.stock.postings
    return postings.says_any(_hard_words(chip, postings.place))


def _is_new(chip: Chip, situation: Situation) -> Mask:
    view = situation.view
    if chip.value == "item":
        return ~situation.heard
    made_by = situation.heard_artists[view.artist]
    is_maker = np.isin(view.kind, [KINDS.index(kind) for kind in ("artist", "show")])
    return np.where(is_maker, ~situation.heard_artists[:-1], ~made_by)


def _is_heard(chip: Chip, situation: Situation) -> Mask:
    profile, view = situation.profile, situation.view
    found = np.zeros(len(view) + 1, dtype=np.bool_)
    if chip.value == "ever":
        found[situation.heard_rows] = True
    elif chip.value == "loved":
        found[view.rows(profile.loved)] = True
    elif chip.value == "often":
        plays = {i: p.n_plays for i, p in profile.plays.items()}
        often = {i for i, n in plays.items() if n + profile.tallies.get(i, 0) >= OFTEN}
        often |= {i for i, n in profile.tallies.items() if n >= OFTEN}
        found[view.rows(often)] = True
    else:
        since = situation.request.at - LATELY
        found[view.rows({r.item_id for r in profile.recent if r.started_at >= since})] = True
    by_them = np.zeros(len(view) + 1, dtype=np.bool_)
    by_them[view.artist[np.flatnonzero(found[:-1])]] = True
    by_them[NONE] = False
    return found[:-1] | by_them[:-1]


def _is_long(chip: Chip, situation: Situation) -> Mask:
    view = situation.view
    low, high = bounds(chip.value) or (None, None)
    found: Mask = view.duration_ms != NONE
    if chip.value == "short":
        return found & (view.duration_ms <= _by_kind(SHORT_MS, situation))
    if chip.value == "long":
        return found & (view.duration_ms >= _by_kind(LONG_MS, situation))
    return found & _within(view.duration_ms, low and low * 1000, high and high * 1000)


def _by_kind(lengths: Mapping[str, int], situation: Situation) -> NDArray[np.int64]:
    limits = np.array([lengths.get(kind, lengths["track"]) for kind in KINDS], dtype=np.int64)
    return limits[situation.view.kind]


def _is_explicit(_chip: Chip, situation: Situation) -> Mask:
    return situation.view.explicit


def _has_tempo(chip: Chip, situation: Situation) -> Mask:
    """Return what has such a tempo; where a row's is unknown, nothing contradicts what is wanted."""
    bpm, within = situation.view.bpm, bounds(chip.value) or meaning_of(chip).bpm
    if within is None:
        return np.zeros(len(bpm), dtype=np.bool_)
    known = _within(bpm, *within)
    return known if chip.is_not else known | np.isnan(bpm)


def _has_energy(chip: Chip, situation: Situation) -> Mask:
    within = bounds(chip.value) or meaning_of(chip).energy
    if within is None:
        return np.zeros(len(situation.view), dtype=np.bool_)
    return _within(situation.view.energy, *within)


_HOLDS: Mapping[str, _MaskOf] = {
    "kind": _is_kind,
    "by": _is_by,
    "like": _is_like,
    "genre": _is_genre,
    "era": _is_of_era,
    "language": _is_language,
    "new": _is_new,
    "heard": _is_heard,
    "length": _is_long,
    "explicit": _is_explicit,
    "tempo": _has_tempo,
    "energy": _has_energy,
}


def _within(values: NDArray[np.generic], low: float | None, high: float | None) -> Mask:
    """Return which values lie within; nan lies nowhere."""
    found = ~np.isnan(values.astype(np.float64))
    if low is not None:
        found &= values >= np.asarray(low).astype(values.dtype)
    if high is not None:
        found &= values <= np.asarray(high).astype(values.dtype)
    return found


def _hard_words(chip: Chip, present: Mapping[str, int]) -> tuple[str, ...]:
    """Return the words that say a chip outright: its own, under any kind, before those its meaning names."""
    words = present_words(chip, present)
    own = tuple(word for word in words if word.partition(":")[2] == chip.value)
    return own or words if chip.kind in ("mood", "activity", "version", "tag") else words


def _period(chip: Chip, situation: Situation) -> tuple[date | None, date | None]:
    year = situation.request.at.year
    named = {"this_year": (year, year), "last_year": (year - 1, year - 1)}
    if chip.value in named:
        first, last = named[chip.value]
        return date(first, 1, 1), date(last, 12, 31)
    return period(chip.value) or (None, None)


def _decade_words(first: date, last: date) -> list[str]:
    """Return the tags that say a part of an era's decades: ``80s``, ``1980s``, ``1984``."""
    spoken = (
        "",
        "",
        "",
        "thirties",
        "forties",
        "fifties",
        "sixties",
        "seventies",
        "eighties",
        "nineties",
    )
    words: list[str] = []
    for decade in range(first.year // 10 * 10, last.year + 1, 10):
        short = f"{decade % 100:02d}"
        words += [f"{short}s", f"{decade}s", f"{short}'s", f"{decade}'s"]
        words += [spoken[decade % 100 // 10]] if decade < 2000 else []
    words += [str(year) for year in range(first.year, last.year + 1)]
    return [f"{kind}:{word}" for word in words if word for kind in ("tag", "genre")]


def _softness(chip: Chip) -> int:
    place = SOFTEST_FIRST.index(chip.kind) if chip.kind in SOFTEST_FIRST else 0
    return place + (len(SOFTEST_FIRST) if chip.is_not else 0)


# What is nearer ------------------------------------------------------------------------------------------------------------


def _lean_of(
    chip: Chip, chips: Sequence[Chip], situation: Situation, space: Space | None
) -> Scores | None:
    """Return how well each row fits a chip without its sign; ``None`` where nothing can be told."""
    if chip.kind == "like":
        return _likeness(chip, situation, space)
    if chip.kind == "era":
        return _freshness(situation) if chip.value == "latest" else None
    if chip.kind == "tempo" and chip.value in ("slower", "faster"):
        return _beside_reference(chip, chips, situation)
    if chip.kind == "energy" and chip.value in ("lower", "higher"):
        end = "low" if chip.value == "lower" else "high"
        chip = msgspec.structs.replace(chip, value=end)
    return _fit(chip, situation, space)


def _fit(chip: Chip, situation: Situation, space: Space | None) -> Scores | None:
    """Return how well words, energy and tempo fit what a chip means."""
    meaning = _in_numbers(chip)
    words = present_words(chip, situation.stock.postings.place)
    by_words = _by_words(words, situation, space)
    parts = [
        _in_range(values, within, scale)
        for values, within, scale in (
            (situation.view.energy, meaning.energy, FADES_OVER),
            (situation.view.bpm, meaning.bpm, None),
        )
        if within is not None and not np.isnan(values).all()
    ]
    if not parts:
        return by_words
    by_numbers = (
        np.nanmean(np.stack([*parts, np.zeros_like(parts[0])]), axis=0)
        * (len(parts) + 1)
        / len(parts)
    )
    if by_words is None:
        return by_numbers.astype(np.float32)
    mixed: Scores = WORDS_SHARE * by_words + (1 - WORDS_SHARE) * by_numbers
    return mixed.astype(np.float32)


def _in_numbers(chip: Chip) -> Meaning:
    """Return what a chip means, a range of its own taking the place of the table's."""
    within = bounds(chip.value)
    meaning = meaning_of(chip)
    if within is None or chip.kind not in ("energy", "tempo"):
        return meaning
    low, high = within
    ends = (0.0 if low is None else low, np.inf if high is None else high)
    return Meaning(energy=ends) if chip.kind == "energy" else Meaning(bpm=ends)


def _by_words(words: Sequence[str], situation: Situation, space: Space | None) -> Scores | None:
    """Return 1 where one of the words is said, else how near a row lies to them."""
    if not words:
        return None
    said = situation.stock.postings.says_any(words)
    if space is None:
        return said.astype(np.float32)
    near = np.clip(_padded(space.nearness(space.of_words(words)), len(said)), -1.0, 1.0)
    nearer: Scores = np.where(said, 0.5 + 0.5 * near, 0.5 * near).astype(np.float32)
    return nearer


def _in_range(values: Floats, within: tuple[float, float], scale: float | None) -> Floats:
    """Return 1 within a range, falling to −1 at twice the distance at which nothing fits; 0 where unknown."""
    low, high = within
    fades = scale if scale is not None else FADES_OVER * (low or high)
    beyond = np.maximum(np.maximum(low - values, values - high), 0.0) / max(fades, 1e-9)
    fit: Floats = np.nan_to_num(1.0 - np.minimum(beyond, 2.0), nan=0.0).astype(np.float32)
    return fit


def _likeness(chip: Chip, situation: Situation, space: Space | None) -> Scores | None:
    """Return how near each row lies to an item, artist or show; what it is itself, or is by it, lies below all others."""
    rows = situation.view.rows((chip.value,))
    if space is None or not len(rows) or rows[0] >= len(space.vectors):
        return None
    vector = space.of_rows(situation.view.canonical[rows])
    if not vector.any():
        return None
    scores: Scores = np.clip(_padded(space.nearness(vector), len(situation.view)), -1.0, 1.0)
    scores[rows] = -1.0
    scores[np.isin(situation.view.artist, rows)] = -1.0
    return scores


def _freshness(situation: Situation) -> Scores:
    """Return 1 for what came out today, falling by half every year; 0 where unknown or still to come."""
    today = np.datetime64(situation.request.at.date())
    age = (today - situation.view.released_on).astype("timedelta64[D]").astype(np.float64)
    age[np.isnat(situation.view.released_on)] = np.inf
    fresh: Scores = np.where(age < 0, 0.0, 0.5 ** (age / LATEST.days)).astype(np.float32)
    return fresh


def _beside_reference(chip: Chip, chips: Sequence[Chip], situation: Situation) -> Scores | None:
    """Return what is slower (or faster) than what it is to be like; than the middle of the catalogue without such."""
    bpm = situation.view.bpm
    known = ~np.isnan(bpm)
    if not known.any():
        return None
    alike = [each for each in chips if each.kind == "like" and not each.is_not]
    middle = _reference(bpm, known, alike, situation)
    ends = (0.0, middle * SLOWER) if chip.value == "slower" else (middle / SLOWER, np.inf)
    return _in_range(bpm, ends, FADES_OVER * middle)


def _reference(bpm: Floats, known: Mask, alike: Sequence[Chip], situation: Situation) -> float:
    rows: Rows = situation.view.rows(chip.value for chip in alike)
    of_them = np.isin(situation.view.artist, rows)
    of_them[rows] = True
    return float(np.median(bpm[known & of_them] if (known & of_them).any() else bpm[known]))


def _padded(scores: Scores, n_rows: int) -> Scores:
    """Return scores of as many rows as the view has; what came after the space was laid has 0."""
    return scores if len(scores) == n_rows else np.pad(scores, (0, n_rows - len(scores)))
