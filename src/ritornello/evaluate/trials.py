"""Estimators on trial: many logs whose truth is known, and how far off, how sure and how honest each answer is."""

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from ritornello.evaluate.counterfactual import ESTIMATORS, evaluate
from ritornello.evaluate.estimates import Answer, Estimate
from ritornello.evaluate.estimators import parse
from ritornello.evaluate.questions import Intervals
from ritornello.evaluate.synthetic import World
from ritornello.kinds.errors import BadValue
from ritornello.measures.resampling import Interval

Z_95 = 1.959963984540054


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One estimator over many logs of one world; nan where it never answered.

    Attributes
    ----------
    bias : mean of value − truth; ``standard_deviation`` of the values; ``rmse`` root of their mean squared error.
    coverage : share of intervals that hold the truth, with Wilson's 95 % interval of that share.
    mean_width : of the intervals. ``n_effective`` : the mean over logs.
    refused : how often it refused, by why.
    """

    estimator: str
    true_value: float
    n_answered: int
    bias: float
    standard_deviation: float
    rmse: float
    coverage: Interval
    mean_width: float
    n_effective: float
    refused: dict[str, int]


def trials(
    world: World,
    n_logs: int,
    rng: np.random.Generator,
    estimators: Sequence[str] = ESTIMATORS,
    intervals: Intervals | None = None,
    *,
    tell: Callable[[str, float], None] | None = None,
) -> list[Trial]:
    """Draw logs of a world and ask each estimator what the target earns.

    Every estimator is asked about the same logs. Bias and spread are of the logs it answered; one that refuses the hard
    ones is judged on the others, so read ``refused`` beside them.

    Raises
    ------
    BadValue : no logs. UnknownName : an estimator nobody defined.
    """
    if n_logs < 1:
        raise BadValue(f"trials need logs, not {n_logs}")
    names = [str(parse(text)) for text in estimators]
    answers: dict[str, list[Answer]] = {name: [] for name in names}
    for number in range(n_logs):
        if tell is not None:
            tell("", number / n_logs)
        log, target = world.log(rng)
        for answer in evaluate(log, target, rng, names, intervals=intervals).answers:
            answers[answer.estimator].append(answer)
    truth = world.true_value()
    return [_trial(name, truth, found) for name, found in answers.items()]


def _trial(name: str, truth: float, answers: Sequence[Answer]) -> Trial:
    told = [each for each in answers if isinstance(each, Estimate)]
    refused = Counter(each.because for each in answers if not isinstance(each, Estimate))
    if not told:
        nan = float("nan")
        nowhere = Interval(nan, nan, nan, 0.95, 0)
        return Trial(
            estimator=name, true_value=truth, n_answered=0, bias=nan, standard_deviation=nan, rmse=nan,
            coverage=nowhere, mean_width=nan, n_effective=nan, refused=dict(refused),
        )  # fmt: skip
    values = np.array([each.value for each in told])
    low, high = np.array([(each.low, each.high) for each in told]).T
    return Trial(
        estimator=name,
        true_value=truth,
        n_answered=len(told),
        bias=float(values.mean()) - truth,
        standard_deviation=float(values.std()),
        rmse=float(np.sqrt(np.mean((values - truth) ** 2))),
        coverage=share(int(((low <= truth) & (truth <= high)).sum()), len(told)),
        mean_width=float((high - low).mean()),
        n_effective=float(np.mean([each.n_effective for each in told])),
        refused=dict(refused),
    )


def share(n_held: int, n: int) -> Interval:
    """Return n_held / n with its 95 % interval (Wilson, JASA 1927).

    Examples
    --------
    >>> found = share(95, 100)
    >>> round(found.low, 3), round(found.high, 3)
    (0.888, 0.978)
    """
    p, z2 = n_held / n, Z_95**2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * float(np.sqrt(p * (1 - p) / n + z2 / (4 * n**2)))
    return Interval(p, centre - half, centre + half, 0.95, n)
