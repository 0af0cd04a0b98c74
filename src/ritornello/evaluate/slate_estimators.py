"""Estimators of whole slates as named values. Their value is what a slate earns, not a round.

==============================  ===========================================================================================
``SIPS``, ``SNSIPS``            whole slates weighed; right for everything, seldom supported
``RIPS``, ``SNRIPS``            each place by what stands up to it; right where listeners go from the top
``DynamicRIPS``                 the same, as far back as the sample bears; steadier, a little biased
``IIPS``, ``SNIIPS``            each place alone; right where an item earns the same whatever stands above
``Cascade-DR(model=ridge)``     ``RIPS`` around a model of the reward to go
==============================  ===========================================================================================

``SN`` is self-normalised: within the range of rewards, biased by 1/n.
"""

from collections.abc import Callable, Mapping

import msgspec
import numpy as np

from ritornello.evaluate import slate_marginals, slate_models, slate_support
from ritornello.evaluate.estimates import Answer, Estimate
from ritornello.evaluate.questions import Question
from ritornello.evaluate.slate_support import SlateSupport
from ritornello.evaluate.slates import WholeSlates
from ritornello.evaluate.support import Lacking, lacking
from ritornello.evaluate.warned import Warned
from ritornello.evaluate.weighing import weigh
from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.measures import slates as measures
from ritornello.measures.bounds import standard_error
from ritornello.measures.off_policy import Found
from ritornello.measures.slates import FloatArray, Slates, SlateValue

DEFAULT_MODEL = "ridge"
MOST_ERROR = 0.1


class Ready(msgspec.Struct, frozen=True, eq=False):
    """A question about slates, made ready: the slates, the logs of the weights they get, and what was odd."""

    question: Question
    whole: WholeSlates
    slates: Slates
    log_weights: FloatArray
    warnings: tuple[Warned, ...] = ()


class Form(msgspec.Struct, frozen=True):
    """How places add up, and which weights must be supported for it."""

    value: Callable[[Ready, str], SlateValue]
    weights: str = "prefix"
    modelled: bool = False


def _cascade_dr(ready: Ready, model: str) -> SlateValue:
    question, n_listeners = ready.question, ready.whole.log.n_listeners
    to_go = slate_models.fit(model, ready.whole, question.target, question.rng, min(3, n_listeners))
    told = weigh(ready.whole.log, question.target, {model: to_go}).modelled[model]
    return measures.cascade_dr(ready.slates, ready.whole.grid(told.q), ready.whole.grid(told.v))


FORMS: Mapping[str, Form] = {
    "SIPS": Form(lambda r, _: measures.sips(r.slates), "whole"),
    "SNSIPS": Form(lambda r, _: measures.sips(r.slates, normalised=True), "whole"),
    "RIPS": Form(lambda r, _: measures.rips(r.slates)),
    "SNRIPS": Form(lambda r, _: measures.rips(r.slates, normalised=True)),
    "DynamicRIPS": Form(lambda r, _: measures.dynamic_rips(r.slates)[0]),
    "IIPS": Form(lambda r, _: measures.iips(r.slates, r.log_weights), "marginal"),
    "SNIIPS": Form(
        lambda r, _: measures.iips(r.slates, r.log_weights, normalised=True), "marginal"
    ),
    "Cascade-DR": Form(_cascade_dr, modelled=True),
}


class OfSlates(msgspec.Struct, frozen=True):
    """One estimator of slates; ``str(estimator)`` is its canonical text."""

    form: str
    model: str = ""

    @classmethod
    def of(cls, form: str, parameters: Mapping[str, str]) -> "OfSlates":
        """Return the estimator that a name and its parameters mean.

        Raises
        ------
        UnknownName : a parameter or a model the form does not take.
        """
        known = ("model",) if FORMS[form].modelled else ()
        for name in parameters:
            if name not in known:
                raise UnknownName.among(f"parameter of {form}", name, known)
        model = parameters.get("model", DEFAULT_MODEL) if known else ""
        if model and model not in slate_models.KINDS:
            raise UnknownName.among("model of rewards to go", model, slate_models.KINDS)
        return cls(form, model)

    def __str__(self) -> str:
        return f"{self.form}(model={self.model})" if self.model else self.form

    @property
    def models(self) -> tuple[str, ...]:
        """No model of rewards; that of rewards to go is fitted for the target."""
        return ()

    def answer(self, question: Question) -> Answer:
        """Return what the target's slates would have earned, or why this log cannot tell."""
        missing = question.missing or lacking(question.support, np.inf)
        if missing is not None:
            return question.refused(str(self), missing)
        try:
            ready = self._ready(question)
        except BadValue as error:
            return question.refused(str(self), _no_slates(error))
        support = slate_support.examine(ready.log_weights, ready.slates.there)
        missing = slate_support.lacking(support) or self._unweighed(support)
        if missing is not None:
            return question.refused(str(self), missing)
        if question.intervals.method == "bernstein":
            return question.refused(str(self), _NO_BOUND)
        found = FORMS[self.form].value(ready, self.model)
        return self._estimate(ready, support, found)

    def _ready(self, question: Question) -> Ready:
        """Put slates together and weigh them.

        Raises
        ------
        BadValue : the log holds none, or not what weighing them needs.
        """
        whole = WholeSlates.of(question.log)
        if whole.seen.all():
            w = question.weighed.w[whole.round_of]
        else:
            w = weigh(whole.log, question.target).w
        slates = whole.weighed(w)
        weights = FORMS[self.form].weights
        if weights == "whole":
            all_of = slates.log_ratio.sum(axis=1)[:, None] + np.zeros_like(slates.log_ratio)
            return Ready(question, whole, slates, all_of)
        if weights == "prefix":
            return Ready(question, whole, slates, np.cumsum(slates.log_ratio, axis=1))
        marginals = slate_marginals.of(whole, question.target, question.rng)
        return Ready(question, whole, slates, marginals.log_ratio, _estimated(marginals))

    def _unweighed(self, support: SlateSupport) -> Lacking | None:
        """Refuse a self-normalised value at a place where nothing logged weighs anything."""
        normalised = self.form.startswith("SN") or self.form == "DynamicRIPS"
        empty = np.flatnonzero(support.n_effective == 0)
        if not normalised or not empty.size:
            return None
        place = int(empty[0]) + 1
        text = f"no logged slate shows at place {place} what the target would"
        return Lacking("no_support_for_slates", text, {"place": float(place)}, _NEARER)

    def _estimate(self, ready: Ready, support: SlateSupport, value: SlateValue) -> Estimate:
        per_slate = ready.whole.as_rounds()
        question = msgspec.structs.replace(ready.question, log=per_slate)
        found = Found(value.value, value.of_slate)
        interval = question.interval(found)
        return Estimate(
            estimator=str(self),
            target=str(question.target),
            value=found.value,
            low=interval.low,
            high=interval.high,
            level=interval.level,
            interval=question.intervals.method,
            standard_error=standard_error(found, per_slate.listener),
            above_logged=question.above(found),
            n=len(per_slate),
            n_listeners=per_slate.n_listeners,
            n_effective=float(support.n_effective.min()),
            largest_weight=float(support.largest_weight.max()),
            p_unsupported=1 - support.share,
            unit="slate",
            warnings=(
                *question.support.warnings,
                *ready.warnings,
                *slate_support.warnings(support),
                *_unseen(ready.whole),
            ),
        )


def _estimated(marginals: slate_marginals.Marginals) -> tuple[Warned, ...]:
    """Say how far off marginals may be that were drawn, not counted through."""
    n = marginals.n_estimated
    if not n:
        return ()
    error = float(marginals.relative_error[marginals.relative_error > 0].mean())
    return (
        Warned(
            "marginals_estimated",
            f"the marginals of {n:,} slots were drawn, not counted through; on average they are {error:.1%} off, which "
            f"the interval does not know",
            {"n_slots": float(n), "relative_error": error},
        ),
    )


def _unseen(whole: WholeSlates) -> tuple[Warned, ...]:
    """Say how many slots nobody looked at; they earn nothing, and are no failures of their items."""
    n = int((~whole.seen).sum())
    text = f"{n:,} of {len(whole.seen):,} slots are no rounds of the log (not seen, or not told); they earned nothing"
    return (Warned("slots_unseen", text, {"n_unseen": float(n)}),) if n else ()


def _no_slates(error: BadValue) -> Lacking:
    return Lacking(
        "no_slates",
        str(error),
        {},
        "log whole slates: shortlist, weights, policy, and every slot in the order it was drawn",
    )


_NEARER = "log a policy nearer to the target, or the target itself on a small share of slates"
_NO_BOUND = Lacking(
    "no_such_interval",
    "nothing bounds how large a slate's weight could have been",
    {},
    "ask for `asymptotic` or `bootstrap`",
)
