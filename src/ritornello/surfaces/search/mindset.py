r"""Does somebody look for one item they know, or for something to be found? A probability, and why.

.. math:: p = σ(\sum_j w_j x_j)

over what is known when the request is made (:class:`Asking`): how far the text is the beginning of a name, whether the
listener plays what bears it, what was said without a name, how the search went on so far, the device and the hour. Nothing
that happens afterwards enters, so success can be judged by mindset without a circle.

The weights are declared in ``mindset.toml``; what is believed is written with the decision, and the table ``searches`` holds
it beside what listeners then stated. It misleads where a catalogue's names are everyday words ("happy", "rain"): every mood
then begins a name. Source: focused and open mindsets, Li et al., WWW 2019.
"""

import math
import tomllib
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ritornello.kinds.events import Device, QueryMode
from ritornello.surfaces.search.chips import Chip
from ritornello.surfaces.search.spelling import fold

FloatArray = NDArray[np.float64]

MEANINGS = frozenset(
    {"genre", "mood", "tag", "instrument", "activity", "era", "tempo", "energy", "language", "new", "like", "length"}
)  # fmt: skip
"""Kinds of chips that say what is wanted without naming it."""
NO_SCREEN: frozenset[Device] = frozenset({"speaker", "car", "wearable"})
SUREST = 0.97
"""Nobody is believed to be surer; nor less sure than one minus this."""
N_REASONS = 2
TELLS_FROM = 0.25
"""Log-odds below which a feature is no reason."""


class Asking(msgspec.Struct, frozen=True):
    """What is known of a request the instant it is made.

    ``words`` are to be matched as names; ``best_name`` is the name of the best of what was found for them, empty where
    nothing was, ``n_plays`` the listener's plays of it. ``n_before`` queries of this search said it in other words,
    ``n_turns`` narrowed it down. ``local_hour`` is the listener's, from 0.
    """

    words: str
    chips: tuple[Chip, ...] = ()
    best_name: str = ""
    n_plays: int = 0
    n_before: int = 0
    n_turns: int = 0
    mode: QueryMode = "typed"
    device: Device = "unknown"
    local_hour: int = 12


class Mindset(msgspec.Struct, frozen=True):
    """How likely one known item is looked for, and what spoke loudest for or against it."""

    p_known_item: float
    because: tuple[str, ...] = ()


class _Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One feature's weight, and how it is told."""

    weight: float
    because: str = ""
    against: str = msgspec.field(name="else", default="")


def of(asking: Asking) -> Mindset:
    """Return the mindset of a request.

    Examples
    --------
    >>> named = of(Asking("night trai", best_name="Night Train", n_plays=8))
    >>> moody = of(Asking("", (Chip("mood", "calm"), Chip("activity", "rainy_day"))))
    >>> round(named.p_known_item, 2), named.because
    (0.97, ('it begins a name', 'they play this'))
    >>> round(moody.p_known_item, 2), moody.because[0]
    (0.07, 'moods, times or kinds were named')
    """
    parts = features(asking) * weights()
    p = min(max(float(expit(parts.sum())), 1 - SUREST), SUREST)
    loudest = np.argsort(-np.abs(parts), kind="stable")[:N_REASONS].tolist()
    return Mindset(
        p, tuple(_told(j, float(parts[j])) for j in loudest if abs(parts[j]) >= TELLS_FROM)
    )


def features(asking: Asking) -> FloatArray:
    """Return what is known of a request as numbers in [0, 1], (n_features,), in the order of ``FEATURES``."""
    words, name = fold(asking.words[:LONGEST]), fold(asking.best_name[:LONGEST])
    begins = bool(words) and name.startswith(words)
    n_meanings = sum(chip.kind in MEANINGS and not chip.is_not for chip in asking.chips)
    known = {
        "always": 1.0,
        "of_name": len(words) / len(name) if begins else 0.0,
        "own": math.log1p(asking.n_plays) / math.log(21) if begins else 0.0,
        "unmatched": float(bool(words) and not begins),
        "meanings": n_meanings / 3,
        "nameless": float(not words),
        "wordy": (len(words.split()) - 2) / 4,
        "turned": asking.n_turns / 3,
        "again": asking.n_before / 3,
        "no_screen": float(asking.mode == "voice" and asking.device in NO_SCREEN),
        "evening": float(asking.local_hour >= EVENING_FROM),
    }
    return np.array([known[name] for name in FEATURES]).clip(0, 1)


@cache
def weights() -> FloatArray:
    """Return the weights of ``mindset.toml`` in log-odds, (n_features,), in the order of ``FEATURES``."""
    return np.array([each.weight for each in _table().values()])


def _told(feature: int, part: float) -> str:
    each = tuple(_table().values())[feature]
    return each.because if part > 0 else each.against


@cache
def _table() -> dict[str, _Feature]:
    text = files(__package__).joinpath("mindset.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, _Feature])


FEATURES = tuple(_table())
LONGEST = 200
EVENING_FROM = 18
