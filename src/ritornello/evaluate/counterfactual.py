"""A log asked about a target by several estimators, which answer side by side or say what they lack."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from ritornello.evaluate.estimates import Answer, Estimate
from ritornello.evaluate.estimators import Estimator, parse
from ritornello.evaluate.logs import Log, checked
from ritornello.evaluate.questions import EMPTY, Intervals, ask, refused
from ritornello.evaluate.reward_models import N_FOLDS, fit
from ritornello.evaluate.support import Support
from ritornello.evaluate.targets import Target
from ritornello.evaluate.weighing import RewardModel

ESTIMATORS = ("IPS", "SNIPS", "DM", "DR", "SNDR")


class Counterfactual(msgspec.Struct, frozen=True, kw_only=True):
    """What estimators say of one target, and what the log has to say about it.

    ``support`` is none of an empty log; ``logged`` is the mean reward of the rounds as they were; ``left_out`` counts rounds
    that are not among them, by why.
    """

    log: str
    target: str
    support: Support | None
    logged: float | None
    left_out: dict[str, int]
    answers: tuple[Answer, ...]

    @property
    def estimates(self) -> tuple[Estimate, ...]:
        """The answers that are no refusals."""
        return tuple(each for each in self.answers if isinstance(each, Estimate))


def evaluate(
    log: Log,
    target: Target,
    rng: np.random.Generator,
    estimators: Sequence[str] = ESTIMATORS,
    *,
    models: Mapping[str, RewardModel] | None = None,
    n_folds: int = N_FOLDS,
    intervals: Intervals | None = None,
) -> Counterfactual:
    """Ask a log what a target would have earned, by several estimators; each answers or refuses by itself.

    Parameters
    ----------
    models : reward models by name, for texts such as ``DR(model=mine)``; those of ``reward_models`` need none.
    n_folds : of listeners, for models that are fitted here; 1 lets a model see the rounds it is asked about.

    Raises
    ------
    UnknownName : an estimator or a reward model nobody defined. BadPropensity : one that nothing can be weighed by.
    BadValue : columns, a target or a model that do not fit the log.
    """
    asked = [parse(text) for text in estimators]
    if not len(log):
        answers: tuple[Answer, ...] = tuple(
            refused(str(each), str(target), EMPTY, log.warnings) for each in asked
        )
        return Counterfactual(
            log=log.name, target=str(target), support=None, logged=None, left_out=log.left_out, answers=answers
        )  # fmt: skip
    checked(log)
    fitted = _fitted(log, asked, dict(models or {}), rng, n_folds)
    question = ask(log, target, rng, fitted, intervals)
    return Counterfactual(
        log=log.name,
        target=str(target),
        support=question.support,
        logged=float(log.reward.mean()),
        left_out=log.left_out,
        answers=tuple(each.answer(question) for each in asked),
    )


def _fitted(
    log: Log,
    asked: Sequence[Estimator],
    given: dict[str, RewardModel],
    rng: np.random.Generator,
    n_folds: int,
) -> dict[str, RewardModel]:
    """Return the models that estimators ask for, fitted where they are not given; no more folds than listeners."""
    wanted = dict.fromkeys(name for each in asked for name in each.models)
    folds = min(n_folds, log.n_listeners)
    return {
        name: given[name] if name in given else fit(name, log, rng, n_folds=folds)
        for name in wanted
    }
