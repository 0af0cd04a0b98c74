"""Parameters by a bounded number of trials.

The first trial is the configuration as given, the next half are drawn at random from the ranges
(Bergstra, Bengio, JMLR 2012), the rest vary the best so far. The same tuner serves every model that is
compared, so that none gets more search than another.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

import msgspec
import numpy as np

Config = TypeVar("Config", bound=msgspec.Struct)

SPREAD = 0.15


class Range(msgspec.Struct, frozen=True):
    """Where a parameter may lie, and on which scale it is drawn."""

    low: float
    high: float
    scale: Literal["linear", "log", "integer"] = "linear"

    def at(self, position: float) -> float | int:
        """Return the value at a position in [0, 1]."""
        position = min(max(position, 0.0), 1.0)
        if self.scale == "log":
            return float(self.low * (self.high / self.low) ** position)
        value = self.low + (self.high - self.low) * position
        return round(value) if self.scale == "integer" else value


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
    best_config, best_position, best_quality = config, np.full(len(ranges), 0.5), -np.inf
    for trial in range(n_trials):
        position = best_position
        candidate = config
        if trial > 0:
            if trial <= n_trials // 2:
                position = rng.random(len(ranges))
            else:
                position = np.clip(best_position + rng.normal(0, SPREAD, len(ranges)), 0, 1)
            candidate = with_parameters(config, ranges, position)
        quality = judge(candidate)
        if quality > best_quality:
            best_config, best_position, best_quality = candidate, position, quality
    return best_config


def with_parameters(config: Config, ranges: Ranges, position: Any) -> Config:
    """Return the configuration at a position in the unit cube of its ranges.

    Raises
    ------
    KeyError : a path the configuration does not have.
    """
    fields = msgspec.to_builtins(config)
    for (path, range_), where in zip(ranges.items(), position, strict=True):
        *outer, name = path.split(".")
        inside = fields
        for step in outer:
            inside = inside[step]
        inside[name] = type(inside[name])(range_.at(float(where)))
    return msgspec.convert(fields, type(config))
