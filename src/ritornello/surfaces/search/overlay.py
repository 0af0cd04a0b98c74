"""A reading laid over what stands: what is new, what goes, what stays beside it.

Words replace words. Of some kinds one chip stands at a time (an era, a language, a tempo), of others several do (moods,
instruments, exclusions); a chip replaces its own contrary. New words that name a title leave only exclusions standing:
whoever names a track wants that track, whatever year it is from.
"""

from collections.abc import Iterable

import numpy as np

from ritornello.catalog.view import KINDS
from ritornello.surfaces.search import axes, chips
from ritornello.surfaces.search.chips import Chip
from ritornello.surfaces.search.grammar import Reading
from ritornello.surfaces.search.ground import Ground
from ritornello.surfaces.search.spelling import fold
from ritornello.surfaces.search.standing import Wish

REPLACES = frozenset(
    {"era", "language", "tempo", "energy", "length", "kind", "activity", "genre", "by", "explicit"}
)
"""Kinds of which the latest stands alone; of the others several stand side by side."""
HISTORY = frozenset({"new", "heard"})
NOT_OF_TALK = frozenset({"tempo", "energy", "version", "instrument", "activity"})
"""Kinds that say nothing of shows and episodes, and fall away where only these are wanted."""
NAMES_ANOTHER = frozenset({"like", "by"})
TALK = frozenset({"show", "episode"})
DIRECTIONS = {
    "energy:lower": "calmer",
    "energy:higher": "livelier",
    "tempo:slower": "slower",
    "tempo:faster": "faster",
}
OPPOSITES = (
    ("mood:calm", "mood:energetic", "mood:angry", "energy:high"),
    ("mood:energetic", "mood:calm", "energy:low"),
    ("mood:happy", "mood:sad", "mood:melancholic", "mood:dark"),
    ("mood:bright", "mood:dark"),
    ("mood:uplifting", "mood:sad"),
)
"""What does not stand beside the first, nor the first beside it."""


def laid_over(wish: Wish, reading: Reading, ground: Ground) -> Wish:
    """Return what is asked for once a reading was laid over it."""
    new = tuple(_placed(reading, wish, ground))
    standing = kept(wish.chips, reading.words, ground) if reading.words else wish.chips
    wanted = [chip for chip in new if not chip.is_not]
    kinds = {chip.kind for chip in wanted}
    gone = kinds & REPLACES | (HISTORY if kinds & HISTORY else frozenset())
    if any(chip.kind == "kind" and chip.value in TALK for chip in wanted):
        gone |= NOT_OF_TALK
    opposed = {word for chip in wanted for word in _opposites(str(chip))}
    stays = [c for c in standing if c.is_not or not (c.kind in gone or str(c) in opposed)]
    return Wish(reading.words or wish.words, chips.joined(stays, new))


def kept(standing: Iterable[Chip], words: str, ground: Ground) -> tuple[Chip, ...]:
    """Return the chips that still fit once other words are to be matched."""
    rows = ground.namesakes.get(fold(words), ())
    kinds = {KINDS[ground.view.kind[row]] for row in rows}
    if kinds - {"artist"}:
        return tuple(chip for chip in standing if chip.is_not)
    gone = NAMES_ANOTHER | (HISTORY if kinds else frozenset())
    return tuple(chip for chip in standing if chip.is_not or chip.kind not in gone)


def further(wish: Wish, move: str, much: float, ground: Ground, said: str) -> Chip | None:
    """Return the chip that lies further along than what is shown; ``None`` where nothing can be told."""
    rows = np.asarray(ground.shown, dtype=np.int32)
    return axes.further(axes.MOVES[move], much, wish.chips, ground.view, rows, said=said)


def _placed(reading: Reading, wish: Wish, ground: Ground) -> Iterable[Chip]:
    """Yield a reading's chips: directions as bounds beside what is shown, ids only where the catalogue has them."""
    is_like = any(chip.kind == "like" for chip in reading.chips)
    for chip in reading.chips:
        move = DIRECTIONS.get(str(chip))
        if chip.kind in NAMES_ANOTHER and chip.value not in ground.view.number:
            continue
        if move is None or is_like:
            yield chip
        else:
            yield further(wish, move, 1.0, ground, chip.said) or chip


def _opposites(chip: str) -> Iterable[str]:
    for one, *others in OPPOSITES:
        if chip == one:
            yield from others
        elif chip in others:
            yield one
