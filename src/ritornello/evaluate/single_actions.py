"""Estimators of single actions as named values: how rounds add up, what is done to large weights, with which model.

====================================  =====================================================================
``IPS``, ``SNIPS``                    weighted rewards, plain and self-normalised
``IPS(clip=10)``                      no weight above 10; biased downwards
``DM(model=smoothed)``                the model alone
``DR(model=…)``, ``SNDR(model=…)``    the model, corrected by weighted rewards
``Switch-DR(model=…,switch=5)``       corrected where weights are at most 5
``DRos(model=…,shrink=100)``          corrected by shrunken weights
``…(harmonic=0.01)``                  weights with sub-Gaussian tails, for IPS, SNIPS, DR and SNDR
====================================  =====================================================================

In place of a number, ``slope`` or ``mse`` let the log choose among ``GRIDS`` (``Switch-DR`` and ``DRos``: ``slope`` where
nothing is said).
"""

from collections.abc import Callable, Mapping

import msgspec
import numpy as np

from ritornello.evaluate.estimates import Answer, Estimate
from ritornello.evaluate.logs import FloatArray
from ritornello.evaluate.questions import Question, Range
from ritornello.evaluate.support import THRESHOLDS, Lacking, lacking
from ritornello.evaluate.warned import Warned
from ritornello.evaluate.weighing import Modelled
from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.measures import off_policy as op
from ritornello.measures.bounds import standard_error
from ritornello.measures.off_policy import Found
from ritornello.measures.slopes import by_mse, by_slope

DEFAULT_MODEL = "smoothed"
SELF_NORMALISED = ("SNIPS", "SNDR")
TUNINGS = ("slope", "mse")
MOST_CUT = 0.05


class Temper(msgspec.Struct, frozen=True):
    """What may be done to weights: ``apply``, the largest that leaves (``most``), and values to choose among, least biased first."""

    apply: Callable[[FloatArray, float], FloatArray]
    most: Callable[[float], float]
    grid: tuple[float, ...]


TEMPERS: Mapping[str, Temper] = {
    "clip": Temper(op.clipped, lambda x: x, (1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0)),
    "switch": Temper(op.switched, lambda x: x, (1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0)),
    "shrink": Temper(op.shrunk, lambda x: x**0.5 / 2, (1e6, 1e5, 1e4, 1000.0, 100.0, 10.0, 1.0)),
    "harmonic": Temper(
        op.harmonic, lambda x: 1 / x if x else np.inf, (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
    ),
}
GRIDS: Mapping[str, tuple[float, ...]] = {name: each.grid for name, each in TEMPERS.items()}


class Form(msgspec.Struct, frozen=True):
    """How rounds add up: of weights, rewards and what a model said; which tempers it takes, the first by itself or not."""

    add: Callable[[FloatArray, FloatArray, Modelled], Found]
    tempers: tuple[str, ...] = ()
    modelled: bool = True
    always: bool = False


FORMS: Mapping[str, Form] = {
    "IPS": Form(lambda w, r, _: op.ips(w, r), ("clip", "harmonic"), modelled=False),
    "SNIPS": Form(lambda w, r, _: op.snips(w, r), ("clip", "harmonic"), modelled=False),
    "DM": Form(lambda _w, _r, m: op.dm(m.v)),
    "DR": Form(lambda w, r, m: op.dr(w, r, m.q, m.v), ("clip", "harmonic")),
    "SNDR": Form(lambda w, r, m: op.sndr(w, r, m.q, m.v), ("clip", "harmonic")),
    "Switch-DR": Form(lambda w, r, m: op.dr(w, r, m.q, m.v), ("switch",), always=True),
    "DRos": Form(lambda w, r, m: op.dr(w, r, m.q, m.v), ("shrink",), always=True),
}


class SingleAction(msgspec.Struct, frozen=True):
    """One estimator; ``str(estimator)`` is its canonical text.

    Attributes
    ----------
    form : a name of ``FORMS``.
    model : the reward model; empty where the form has none.
    temper : a name of ``TEMPERS``, or empty; ``by`` its parameter, or who chooses it.
    """

    form: str
    model: str = ""
    temper: str = ""
    by: float | str = ""

    @classmethod
    def of(cls, form: str, parameters: Mapping[str, str]) -> "SingleAction":
        """Return the estimator that a name and its parameters mean.

        Raises
        ------
        UnknownName : a parameter the form does not take. BadValue : one out of range, or two tempers at once.
        """
        made, left = FORMS[form], dict(parameters)
        model = left.pop("model", DEFAULT_MODEL) if made.modelled else ""
        for name in left:
            if name not in made.tempers:
                known = (*made.tempers, "model") if made.modelled else made.tempers
                raise UnknownName.among(f"parameter of {form}", name, known)
        if len(left) > 1:
            raise BadValue(f"{form} tempers weights in one way, not by {' and '.join(left)}")
        temper = next(iter(left), made.tempers[0] if made.always else "")
        by = _read(temper, left.get(temper, "slope")) if temper else ""
        return cls(form, model, temper, by)

    def __str__(self) -> str:
        by = _written(self.by) if isinstance(self.by, float) else self.by
        said = {"model": self.model, self.temper: by}
        inside = ",".join(f"{name}={value}" for name, value in said.items() if name and value)
        return f"{self.form}({inside})" if inside else self.form

    @property
    def models(self) -> tuple[str, ...]:
        """The reward models it asks."""
        return (self.model,) if self.model else ()

    def answer(self, question: Question) -> Answer:
        """Return the value of the target, or why this log cannot tell."""
        w, tuned = question.weighed.w, dict[str, float]()
        missing = question.missing
        if missing is None and self.temper:
            w, tuned = self._tempered(question)
        n_effective, most = op.effective_n(w), self._most(question, tuned)
        missing = missing or self._lacking(question, n_effective) or self._rangeless(question, most)
        if missing is not None:
            return question.refused(str(self), missing)
        found, within = self._added(w, question), self._within(question, most)
        interval, support = question.interval(found, within), question.support
        return Estimate(
            estimator=str(self),
            target=str(question.target),
            value=found.value,
            low=interval.low,
            high=interval.high,
            level=interval.level,
            interval=question.intervals.method,
            standard_error=standard_error(found, question.log.listener),
            above_logged=question.above(found, within),
            n=support.n,
            n_listeners=support.n_listeners,
            n_effective=n_effective,
            largest_weight=support.largest_weight,
            p_unsupported=support.p_unsupported,
            tuned=tuned,
            warnings=(*support.warnings, *self._warnings(question, w)),
        )

    def _added(self, w: FloatArray, question: Question) -> Found:
        return FORMS[self.form].add(w, question.log.reward, self._modelled(question))

    def _modelled(self, question: Question) -> Modelled:
        nothing = np.zeros(len(question.log))
        return question.weighed.modelled[self.model] if self.model else Modelled(nothing, nothing)

    def _tempered(self, question: Question) -> tuple[FloatArray, dict[str, float]]:
        """Return tempered weights, and the parameter where the log chose it."""
        temper, w = TEMPERS[self.temper], question.weighed.w
        if isinstance(self.by, float):
            return temper.apply(w, self.by), {}
        each = [temper.apply(w, value) for value in temper.grid]
        found = [self._added(tempered, question) for tempered in each]
        gap = question.log.reward - self._modelled(question).q
        place = by_slope(found) if self.by == "slope" else by_mse(found, each, w, gap)
        return each[place], {self.temper: temper.grid[place]}

    def _lacking(self, question: Question, n_effective: float) -> Lacking | None:
        """Return what the log lacks; a model may fill what tempered weights leave out, and it alone asks for no weights."""
        if self.form == "DM":
            return None
        found = lacking(question.support, n_effective)
        fills = bool(self.temper and self.model)
        if found is not None and found.because == "no_support" and fills:
            return lacking(
                msgspec.structs.replace(question.support, p_unsupported=0.0), n_effective
            )
        return found

    def _most(self, question: Question, tuned: Mapping[str, float]) -> float:
        """Return the largest weight that could be, as far as it is stated or tempered; infinity where nobody knows."""
        stated = question.intervals.most_weight or np.inf
        by = tuned.get(self.temper, self.by)
        return min(TEMPERS[self.temper].most(by), stated) if isinstance(by, float) else stated

    def _rangeless(self, question: Question, most: float) -> Lacking | None:
        """Return why there is no bound where one was asked for."""
        if question.intervals.method != "bernstein" or self.form == "DM":
            return None
        if self.form in SELF_NORMALISED:
            return _NO_MEAN
        return None if np.isfinite(most) else _NO_RANGE

    def _within(self, question: Question, most: float) -> Range | None:
        """Return the least and the most a round can contribute; none where nothing bounds it."""
        low, high = question.log.reward_range
        if self.form == "DM":
            return low, high
        if not np.isfinite(most):
            return None
        if not self.model:
            return min(low * most, 0.0), max(high * most, 0.0)
        return low - most * (high - low), high + most * (high - low)

    def _warnings(self, question: Question, w: FloatArray) -> list[Warned]:
        found, total = [], float(question.weighed.w.sum())
        cut = 1 - float(w.sum()) / total if total > 0 else 0.0
        if cut > MOST_CUT:
            text = f"{cut:.0%} of all weight is cut off; " + (
                "there the model speaks alone"
                if self.model
                else "what that earned is missing from the value"
            )
            found.append(Warned("weights_cut", text, {"share_cut": cut}))
        if isinstance(self.by, str) and self.temper:
            text = f"{self.temper} was chosen by the log it is used on; the interval does not know of that"
            found.append(Warned("tuned_on_the_same_log", text))
        unsupported = question.support.p_unsupported
        if self.model and unsupported > THRESHOLDS["most_unsupported"]:
            text = f"for {unsupported:.1%} of the target's mass the model speaks alone; no round corrects it"
            found.append(Warned("leans_on_the_model", text, {"p_unsupported": unsupported}))
        if self.form == "DM":
            text = "nothing corrects the model; the interval knows nothing of its bias"
            found.append(Warned("model_alone", text))
        return found


def _written(value: float) -> str:
    """Return a number as short as reads back to the same."""
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)


def _read(temper: str, text: str) -> float | str:
    """Return a temper's parameter: a number in its range, or who chooses it.

    Raises
    ------
    BadValue : neither.
    """
    if text in TUNINGS:
        return text
    try:
        value = float(text)
        TEMPERS[temper].apply(np.ones(1), value)
    except ValueError as error:
        raise BadValue(
            f"{temper} must be a number in its range, or one of {', '.join(TUNINGS)}, not {text!r}"
        ) from error
    return value


_NO_MEAN = Lacking(
    "no_such_interval",
    "a self-normalised value is no mean of bounded rounds; Bernstein's bound says nothing of it",
    {},
    "ask for `asymptotic` or `bootstrap`, or take the estimator that is not self-normalised",
)
_NO_RANGE = Lacking(
    "no_stated_range",
    "nothing bounds how large a weight could have been",
    {},
    "state the largest weight that could have been, or clip weights",
)
