"""Estimators as text and back: ``IPS``, ``IPS(clip=10)``, ``DR(model=smoothed)``; the one table of their names.

Commands, reports and pages carry the text. ``str(parse(text))`` is its canonical form, and ``parse(str(x)) == x``.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from ritornello.evaluate.estimates import Answer
from ritornello.evaluate.questions import Question
from ritornello.evaluate.single_actions import FORMS, SingleAction
from ritornello.evaluate.slate_estimators import FORMS as FORMS_OF_SLATES
from ritornello.evaluate.slate_estimators import OfSlates
from ritornello.kinds.errors import BadValue, UnknownName

_FORM = re.compile(r"\s*([A-Za-z][A-Za-z-]*)\s*(?:\(([^()]*)\))?\s*")


class Estimator(Protocol):
    """Answers a question of a log; a frozen value whose ``str`` is its canonical text."""

    @property
    def models(self) -> tuple[str, ...]:
        """The reward models it asks; empty where it needs none."""
        ...

    def answer(self, question: Question, /) -> Answer:
        """Return the value of the target, or why this log cannot tell."""
        ...


NAMES: Mapping[str, Callable[[Mapping[str, str]], Estimator]] = {
    **{form: partial(SingleAction.of, form) for form in FORMS},
    **{form: partial(OfSlates.of, form) for form in FORMS_OF_SLATES},
}


def parse(text: str) -> Estimator:
    """Return the estimator a text names; left-out parameters take their defaults.

    Raises
    ------
    UnknownName : an estimator or a parameter nobody defined.
    BadValue : a text of another form, a parameter given twice, or out of range.

    Examples
    --------
    >>> str(parse("DR"))
    'DR(model=smoothed)'
    >>> str(parse("IPS( clip = 10.0 )"))
    'IPS(clip=10)'
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise BadValue(f"{text!r} names no estimator; write it like 'DR(model=smoothed)'")
    name, inside = form.groups()
    parts = [part.partition("=") for part in (inside or "").split(",") if part.strip()]
    parameters = {key.strip(): value.strip() for key, _, value in parts}
    if len(parameters) < len(parts):
        raise BadValue(f"{text!r} gives a parameter twice")
    if name not in NAMES:
        raise UnknownName.among("estimator", name, NAMES)
    return NAMES[name](parameters)
