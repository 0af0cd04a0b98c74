"""What is asked of a log: what would this target have earned, and how sure is that to be said."""

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec
import numpy as np

from ritornello.evaluate.estimates import Unsupported
from ritornello.evaluate.logs import Log
from ritornello.evaluate.support import Lacking, Support, of_weights
from ritornello.evaluate.targets import Target
from ritornello.evaluate.warned import Warned
from ritornello.evaluate.weighing import RewardModel, Weighed, weigh
from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.measures import bounds
from ritornello.measures.off_policy import Found
from ritornello.measures.resampling import Interval
from ritornello.policies.names import apart

Method = Literal["asymptotic", "bootstrap", "bernstein"]
METHODS: tuple[Method, ...] = get_args(Method)
_NUMBERS = ("level", "most_weight")
Range = tuple[float, float]

EMPTY = Lacking(
    "empty_log",
    "the log has no rounds",
    {"n": 0.0},
    "log decisions with their propensities, and what came of them",
)
ONE_LISTENER = Lacking(
    "one_listener",
    "all rounds are of one listener; nothing says how listeners differ",
    {"n_listeners": 1.0},
    "log at least two listeners, better some hundreds",
)
NO_VARIANCE = Lacking(
    "no_reward_variance",
    "all rewards are the same; nothing says how far the value may lie from them",
    {"n_different_rewards": 1.0},
    "log until something succeeds and something fails, or ask for the interval `bernstein`",
)


class Intervals(msgspec.Struct, frozen=True):
    """How intervals are made.

    Attributes
    ----------
    method : ``asymptotic``, ``bootstrap`` or ``bernstein``; see :mod:`ritornello.measures.bounds`.
    level : share of such logs whose interval covers the truth.
    most_weight : the largest weight that could have been, whatever the log shows; ``bernstein`` needs it where weights are
        not tempered. None where nobody knows.
    """

    method: Method = "asymptotic"
    level: float = 0.95
    most_weight: float | None = None

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise UnknownName.among("interval", self.method, METHODS)
        if not 0 < self.level < 1:
            raise BadValue(f"level must lie between 0 and 1, not {self.level}")
        if self.most_weight is not None and not self.most_weight > 0:
            raise BadValue(f"most_weight must be above 0, not {self.most_weight}")


class Question(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A log, a target, what the target said of every round, and how intervals are made; ``rng`` is the bootstrap's."""

    log: Log
    target: Target
    weighed: Weighed
    support: Support
    rng: np.random.Generator
    intervals: Intervals = Intervals()

    @property
    def missing(self) -> Lacking | None:
        """Why no estimator can answer, whichever it is; none where some may."""
        if self.log.n_listeners < 2:
            return ONE_LISTENER
        if self.intervals.method != "bernstein" and np.ptp(self.log.reward) == 0:
            return NO_VARIANCE
        return None

    def interval(self, found: Found, within: Range | None = None) -> Interval:
        """Return where a value lies, by the method that was asked for.

        Parameters
        ----------
        within : the least and the most a round can contribute; ``bernstein`` needs it.
        """
        listener, level = self.log.listener, self.intervals.level
        if self.intervals.method == "bootstrap":
            return bounds.bootstrap(found, listener, self.rng, level=level)
        if self.intervals.method == "bernstein" and within is not None:
            return bounds.bernstein(found, listener, within, level=level)
        return bounds.asymptotic(found, listener, level=level)

    def above(self, found: Found, within: Range | None = None) -> Interval:
        """Return how far a value lies above what the log earned, round by round: what both share cancels."""
        reward, (least, most) = self.log.reward, self.log.reward_range
        value = found.value - float(reward.mean())
        apart = Found(value, found.mean_of - reward, found.gains, found.weights)
        return self.interval(
            apart, None if within is None else (within[0] - most, within[1] - least)
        )

    def refused(self, estimator: str, lacking: Lacking) -> Unsupported:
        """Return the refusal of an estimator, with all that was odd about the log."""
        return refused(estimator, str(self.target), lacking, self.support.warnings)


def intervals_named(text: str) -> Intervals:
    """Return how intervals are made, of a text such as ``bootstrap`` or ``bernstein(most_weight=40)``.

    Raises
    ------
    UnknownName : a method or a parameter nobody defined. BadValue : a parameter out of range.
    """
    method, parameters = apart(text, "interval", "bootstrap(level=0.9)")
    if method not in METHODS:
        raise UnknownName.among("interval", method, METHODS)
    numbers: dict[str, float] = {}
    for name, value in parameters.items():
        if name not in _NUMBERS:
            raise UnknownName.among(f"parameter of {method}", name, _NUMBERS)
        try:
            numbers[name] = float(value)
        except ValueError as error:
            raise BadValue(f"{name} of {method} must be a number, not {value!r}") from error
    return Intervals(msgspec.convert(method, Method), **numbers)


def ask(
    log: Log,
    target: Target,
    rng: np.random.Generator,
    models: Mapping[str, RewardModel] | None = None,
    intervals: Intervals | None = None,
) -> Question:
    """Put a question to a log that has rounds."""
    weighed = weigh(log, target, models)
    return Question(
        log=log,
        target=target,
        weighed=weighed,
        support=of_weights(log, weighed),
        rng=rng,
        intervals=intervals or Intervals(),
    )


def refused(
    estimator: str, target: str, lacking: Lacking, warnings: tuple[Warned, ...] = ()
) -> Unsupported:
    """Return a refusal as an answer."""
    return Unsupported(
        estimator=estimator,
        target=target,
        because=lacking.because,
        text=lacking.text,
        numbers=lacking.numbers,
        wanted=lacking.wanted,
        warnings=warnings,
    )
