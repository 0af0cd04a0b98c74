"""What chips take away: the rows that must be so.

Hard chips make a mask: what is looked for, whose it is, when it came out, its language, its version, genre, tag and
instrument, what the listener heard or never heard, length, a range of tempo or energy, and everything that is not wanted.
Chips of one kind are alternatives ("jazz or blues"), kinds hold together. The soft ones (moods, activities, likeness …) take
nothing away: they lean (``leaning``).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import KINDS, NONE, View
from ritornello.surfaces.rules import Mask
from ritornello.surfaces.search.chips import Chip, Range, bounds, period
from ritornello.surfaces.search.lexicon import declared, meaning_of, present_words
from ritornello.surfaces.situation import Situation

HARD = frozenset({
    "kind", "by", "era", "language", "version", "genre", "tag", "instrument", "new", "heard", "length", "explicit", "tempo",
})  # fmt: skip
"""Kinds that make a mask; of the others only what is not wanted does, where words say it."""
_ONLY_LEAN = frozenset({"latest", "slower", "faster", "lower", "higher"})
SOFTEST_FIRST = ("tempo", "energy", "mood", "activity", "like", "heard", "length", "instrument", "tag", "new", "era", "genre", "version", "language", "by", "kind", "explicit")  # fmt: skip
"""What is let go of first where nothing is left."""
SHORT_MS, LONG_MS = (
    {"track": 150_000, "episode": 1_200_000},
    {"track": 360_000, "episode": 3_000_000},
)
MAX_YEARS, YEARS_OF_A_DECADE = 100, 3
"""A tag says a decade; so many years of it are meant by it where no date is known, and no longer era is."""
OFTEN, LATELY = 5, timedelta(days=30)

_MaskOf = Callable[[Chip, Situation], Mask]


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
    hard = [chip for chip in chips if is_hard(chip)]
    return _together(hard, [_holds(chip, situation) for chip in hard], situation)


def _together(hard: Sequence[Chip], holds: Sequence[Mask], situation: Situation) -> Mask:
    """Return what is left by chips: one of each kind that is wanted, and nothing that is not."""
    found = np.ones(len(situation.view), dtype=np.bool_)
    wanted: dict[str, Mask] = {}
    for chip, held in zip(hard, holds, strict=True):
        if chip.is_not:
            found &= ~held
        else:
            wanted[chip.kind] = wanted[chip.kind] | held if chip.kind in wanted else held
    for held in wanted.values():
        found &= held
    return found


def is_hard(chip: Chip) -> bool:
    """Say whether a chip makes a mask: all that is not wanted does; ``tempo:slower`` and ``era:latest`` only lean."""
    if chip.value in _ONLY_LEAN:
        return False
    if chip.kind in ("tempo", "energy") and not chip.is_not:
        return bounds(chip.value) is not None
    return chip.kind != "said" and (chip.is_not or chip.kind in HARD)


def loosened(
    chips: Sequence[Chip], situation: Situation, allowed: Mask, n_least: int = 1
) -> Loosened:
    """Return the chips with the softest let go of until at least ``n_least`` allowed rows are left."""
    kept, dropped = list(chips), list[Chip]()
    hard = {chip: _holds(chip, situation) for chip in chips if is_hard(chip)}
    while True:
        found = _together(list(hard), list(hard.values()), situation)
        if not hard or np.count_nonzero(found & allowed) >= n_least:
            return Loosened(tuple(kept), found, tuple(dropped))
        softest = min(hard, key=lambda chip: (_softness(chip), -kept.index(chip)))
        del hard[softest]
        kept.remove(softest)
        dropped.append(softest)


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
    released = _released(view)
    found = ~np.isnat(released)
    silent = ~found
    if first is not None:
        found &= released >= np.datetime64(first)
    if last is not None:
        found &= released <= np.datetime64(last)
    if first is not None and last is not None and silent.any():
        found |= silent & situation.stock.postings.says_any(_decade_words(first, last))
    return found


def _released(view: View) -> NDArray[np.datetime64]:
    """Return when each row came out: by its own date, else its album's."""
    unknown = np.flatnonzero(np.isnat(view.released_on) & (view.album != NONE))
    released = view.released_on.copy()
    released[unknown] = released[view.album[unknown]]
    return released


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
    return _lies_in(chip, situation.view.bpm, bounds(chip.value) or meaning_of(chip).bpm)


def _has_energy(chip: Chip, situation: Situation) -> Mask:
    return _lies_in(chip, situation.view.energy, bounds(chip.value) or meaning_of(chip).energy)


def _lies_in(chip: Chip, values: NDArray[np.float32], within: Range | None) -> Mask:
    """Return which values a chip means; what is unknown contradicts nothing that is wanted, and is nothing that is not."""
    if within is None:
        return np.zeros(len(values), dtype=np.bool_)
    known = _within(values, *within)
    return known if chip.is_not else known | np.isnan(values)


_HOLDS: Mapping[str, _MaskOf] = {
    "kind": _is_kind,
    "by": _is_by,
    "like": _is_like,
    "genre": _is_genre,
    "era": _is_of_era,
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
    """Return the tags that say years of an era, or a decade of which it covers a part: ``80s``, ``eighties``, ``1984``."""
    if last.year - first.year > MAX_YEARS:
        return []
    words = [str(year) for year in range(first.year, last.year + 1)]
    for decade in range(first.year // 10 * 10, last.year + 1, 10):
        n_years = min(last.year, decade + 9) - max(first.year, decade) + 1
        if n_years >= YEARS_OF_A_DECADE:
            words += [f"{decade % 100:02d}s", f"{decade % 100:02d}'s", f"{decade}s", f"{decade}'s"]
            words += [name for name, year in declared().decades.items() if year == decade]
    return [f"{kind}:{word}" for word in words for kind in ("tag", "genre")]


def _softness(chip: Chip) -> int:
    place = SOFTEST_FIRST.index(chip.kind) if chip.kind in SOFTEST_FIRST else 0
    return place + (len(SOFTEST_FIRST) if chip.is_not else 0)
