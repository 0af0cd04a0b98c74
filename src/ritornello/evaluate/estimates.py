"""What an estimator answers: a value with its interval and what it rests on, or a refusal that says what to log."""

from typing import Literal

import msgspec

from ritornello.evaluate.warned import Warned
from ritornello.measures.resampling import Interval


class Estimate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value of a policy that did not serve; never a bare number.

    Attributes
    ----------
    estimator : canonical text, such as ``DR(model=smoothed)``.
    target : canonical text of the policy it is about.
    value : mean reward a round, or of estimators of slates what a whole slate earns; ``unit`` says which.
    low, high : interval that covers the true value in ``level`` of such logs; ``interval`` says by which method.
    standard_error : of the value, by listener.
    above_logged : the value less the mean reward of the log, with its interval, from the same rounds.
    n, n_listeners : rounds (or slates) and listeners.
    n_effective : rounds of even weight that these are worth, (Σ w)² / Σ w².
    largest_weight : the largest w = p(target) / p(logged).
    p_unsupported : share of the target's mass on what the log could never show; of slates, on what it cannot speak about.
    tuned : parameters the log itself chose, such as ``{"clip": 10.0}``.
    """

    estimator: str
    target: str
    value: float
    low: float
    high: float
    level: float
    interval: str
    standard_error: float
    above_logged: Interval
    n: int
    n_listeners: int
    n_effective: float
    largest_weight: float
    p_unsupported: float
    unit: Literal["round", "slate"] = "round"
    tuned: dict[str, float] = {}
    warnings: tuple[Warned, ...] = ()


class Unsupported(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The log does not support the question: what was missing, and what logging would have to look like.

    Attributes
    ----------
    because : a word that code can ask for, such as ``low_effective_n``.
    text : the same as a sentence.
    numbers : what was found, and the threshold it missed.
    wanted : what to log, in a sentence a person can act on.
    """

    estimator: str
    target: str
    because: str
    text: str
    numbers: dict[str, float]
    wanted: str
    warnings: tuple[Warned, ...] = ()

    def __str__(self) -> str:
        """Return the refusal as a person reads it."""
        return f"{self.estimator}: {self.text}; {self.wanted}"


Answer = Estimate | Unsupported
