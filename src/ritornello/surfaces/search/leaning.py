r"""What is nearer to what was asked: moods, activities, likeness, energy and tempo as scores.

Over the soft chips *c* of which something can be told,

.. math:: s = \frac{1}{n} \sum_c \pm s_c,

where *s_c* is half whether a word that means the chip is said of a row and half its cosine with the place of these words, mixed
with how well its energy and tempo fit. What nobody knows of a row counts neither for nor against it. Right for ordering what
a mask leaves; it misleads where few items carry words and nobody heard them.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.models.space import Space
from ritornello.surfaces.rules import Mask
from ritornello.surfaces.search.chips import Chip, bounds
from ritornello.surfaces.search.lexicon import Meaning, meaning_of, present_words
from ritornello.surfaces.situation import Rows, Scores, Situation

SOFT = frozenset({"mood", "activity", "like", "energy", "tempo", "era"})
SLOWER = 0.92
"""What is slower than a reference has at most this share of its beats."""
WORDS_SHARE = 0.6
"""What words weigh beside energy and tempo, where both are known."""
FADES_OVER = 0.25
"""How far beyond a range of energy nothing fits any more; of tempo as a share of it."""
LATEST = timedelta(days=365)

Floats = NDArray[np.float32]


def lean(chips: Iterable[Chip], situation: Situation, space: Space | None) -> Scores:
    """Return how near each row is to what the soft chips mean, in [−1, 1], shape (n_rows,); 0 where there is none."""
    chips = tuple(chips)
    total = np.zeros(len(situation.view), dtype=np.float32)
    n_told = 0
    for chip in chips:
        scores = _lean_of(chip, chips, situation, space) if chip.kind in SOFT else None
        if scores is not None:
            total += -scores if chip.is_not else scores
            n_told += 1
    return np.clip(total / np.float32(max(n_told, 1)), -1.0, 1.0, out=total)


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
    """Return how well words, energy and tempo fit what a chip means.

    Words say of a tempo or an energy only where the number itself is unknown.
    """
    meaning, view = _in_numbers(chip), situation.view
    by_words = _by_words(present_words(chip, situation.stock.postings.place), situation, space)
    told = []
    if meaning.energy is not None:
        told.append((view.energy, _in_range(view.energy, meaning.energy, FADES_OVER)))
    if meaning.bpm is not None:
        low, high = meaning.bpm
        told.append((view.bpm, _in_range(view.bpm, meaning.bpm, FADES_OVER * (low or high))))
    told = [(values, fit) for values, fit in told if fit.any()]
    if not told:
        return by_words
    by_numbers: Scores = np.mean([fit for _, fit in told], axis=0, dtype=np.float32)
    if by_words is None:
        return by_numbers
    mixed: Scores = np.float32(WORDS_SHARE) * by_words + np.float32(1 - WORDS_SHARE) * by_numbers
    if chip.kind in ("tempo", "energy"):
        values, fit = told[0]
        mixed = np.where(np.isnan(values), mixed, fit)
    return mixed


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
    """Return what is said of a row and how near it lies, half and half, of words that mean a chip."""
    if not words:
        return None
    said = situation.stock.postings.says_any(words)
    if space is None:
        return said.astype(np.float32)
    near = _padded(space.nearness(space.of_words(words)), len(said))
    scores: Scores = np.float32(0.5) * (near + said)
    return scores


def _in_range(values: Floats, within: tuple[float, float], fades: float) -> Floats:
    """Return 1 within a range, falling to 0 at a distance of ``fades`` and to −1 at twice it; 0 where unknown."""
    low, high = (np.float32(end) for end in within)
    beyond = np.maximum(low - values, values - high)
    np.clip(beyond / np.float32(max(fades, 1e-6)), 0.0, 2.0, out=beyond)
    fit: Floats = np.float32(1.0) - beyond
    fit[np.isnan(fit)] = 0.0
    return fit


def _likeness(chip: Chip, situation: Situation, space: Space | None) -> Scores | None:
    """Return how near each row lies to an item, artist or show; what it is itself, or is by it, lies below all others."""
    rows = situation.view.rows((chip.value,))
    if space is None or not len(rows) or rows[0] >= len(space.vectors):
        return None
    vector = space.of_rows(situation.view.canonical[rows])
    if not vector.any():
        return None
    scores = _padded(space.nearness(vector), len(situation.view))
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
