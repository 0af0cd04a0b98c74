"""Parameters by a bounded number of trials.

The first trial is the configuration as given, the next half are spread over the ranges (a scrambled
Halton sequence; better than a grid for few trials, Bergstra, Bengio, JMLR 2012), the rest vary the best
so far, less and less. The same tuner serves every model that is compared, so that none gets more search
than another.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.stats.qmc import Halton

Config = TypeVar("Config", bound=msgspec.Struct)

Position = NDArray[np.float64]

FIRST_STEP, LAST_STEP = 0.2, 0.05


class Range(msgspec.Struct, frozen=True):
    """Where a parameter may lie, and on which scale it is drawn."""

    low: float
    high: float
    scale: Literal["linear", "log", "integer"] = "linear"

    def at(self, position: float) -> float | int:
        """Return the value at a position in [0, 1]."""
        if self.scale == "log":
            return float(self.low * (self.high / self.low) ** position)
        value = self.low + (self.high - self.low) * position
        return round(value) if self.scale == "integer" else value

    def position_of(self, value: float) -> float:
        """Return the position of a value: 0 at the low end, 1 at the high one."""
        if self.scale == "log":
            return float(np.log(value / self.low) / np.log(self.high / self.low))
        return (value - self.low) / (self.high - self.low)


Ranges = Mapping[str, Range]


def tune(
    config: Config,
    ranges: Ranges,
    judge: Callable[[Config], float],
    n_trials: int,
    rng: np.random.Generator,
) -> Config:
    """Return the best of ``n_trials`` configurations; ties keep the earlier one.

    Parameters
    ----------
    config : where to start; parameters without a range stay as they are.
    ranges : dotted path of a parameter → its range, such as ``evidence.log_weight``.
    judge : higher is better.
    """
    if n_trials < 1:
        return config
    best_config, best_position, best_quality = config, _position(config, ranges), judge(config)
    spread_out = Halton(len(ranges), rng=rng).random(n_trials // 2)
    steps = np.linspace(FIRST_STEP, LAST_STEP, max(n_trials - 1 - len(spread_out), 0))
    for trial in range(n_trials - 1):
        if trial < len(spread_out):
            position = spread_out[trial]
        else:
            step = rng.normal(0, steps[trial - len(spread_out)], len(ranges))
            position = np.clip(best_position + step, 0, 1)
        candidate = with_parameters(config, ranges, position)
        quality = judge(candidate)
        if quality > best_quality:
            best_config, best_position, best_quality = candidate, position, quality
    return best_config


def with_parameters(config: Config, ranges: Ranges, position: Position) -> Config:
    """Return the configuration at a position in the unit cube of its ranges.

    Raises
    ------
    KeyError : a path the configuration does not have.
    """
    fields = msgspec.to_builtins(config)
    for (path, range_), where in zip(ranges.items(), position, strict=True):
        inside, name = _find(fields, path)
        inside[name] = range_.at(float(where))
    return msgspec.convert(fields, type(config))


def _position(config: msgspec.Struct, ranges: Ranges) -> Position:
    """Return where in the unit cube a configuration lies; what lies outside is at the edge."""
    fields = msgspec.to_builtins(config)
    found = []
    for path, range_ in ranges.items():
        inside, name = _find(fields, path)
        found.append(range_.position_of(inside[name]))
    return np.clip(found, 0.0, 1.0)


def _find(fields: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """Return the dictionary a dotted path leads to, and the last name of the path."""
    *outer, name = path.split(".")
    for step in outer:
        fields = fields[step]
    if name not in fields:
        raise KeyError(path)
    return fields, name
