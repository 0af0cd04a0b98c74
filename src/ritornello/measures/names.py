"""A measure as a value: ``nDCG(gain=exp)@20`` parses from and prints to the same text.

A name is a word, where it is asked differently from usual its parameters in brackets, where it needs one a number after
``@``, and where that counts days a ``d``: ``skip_rate``, ``nDCG@20``, ``P(rel=2)@5``, ``IPrec@0.1``, ``return@7d``.
What other tools call the same measure (``MAP``, ``ndcg_cut_10``, ``recall@20``, ``hit_rate@10``) parses to our name.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
import numpy as np

from ritornello.kinds.errors import BadValue, UnknownName
from ritornello.measures import (
    aspects,
    beyond,
    browsing,
    classification,
    focused,
    incomplete,
    relevance,
    returned,
    searching,
    segments,
)
from ritornello.measures.definitions import Definition, Parameter, Value, Values

ROOMS = (
    relevance.MEASURES,
    browsing.MEASURES,
    returned.MEASURES,
    incomplete.MEASURES,
    aspects.MEASURES,
    beyond.MEASURES,
    classification.MEASURES,
    focused.MEASURES,
    segments.MEASURES,
    searching.MEASURES,
)
GEOMETRIC_FLOOR = 1e-5

_NAME = re.compile(
    r"([^\W\d]\w*)(?:\(([^()]*)\))?(?:@(?:([1-9][0-9]{0,5})(d?)|([01]?\.[0-9]+|[01])))?"
)
_COMMA = re.compile(r",(?![^{]*\})")
_FOREIGN = (
    (re.compile(r"ndcg_cut[_.](\d+)"), r"nDCG@\1"),
    (re.compile(r"map_cut[_.](\d+)"), r"AP@\1"),
    (re.compile(r"(P|recall|success)[_.](\d+)"), r"\1@\2"),
    (re.compile(r"relative_P[_.](\d+)"), r"P(relative=true)@\1"),
    (re.compile(r"iprec_at_recall[_.]([\d.]+)"), r"IPrec@\1"),
    (re.compile(r"Rprec_mult[_.]([\d.]+)"), r"Rprec(mult=\1)"),
    (re.compile(r"r-precision"), "Rprec"),
    (re.compile(r"(.*)dcg=['\"]?exp-log2['\"]?(.*)"), r"\1gain=exp\2"),
    (re.compile(r"(.*)dcg=['\"]?log2['\"]?(.*)"), r"\1gain=linear\2"),
)


class Name(msgspec.Struct, frozen=True):
    """A canonical name, taken apart: the word, its number, whether that counts days, and its parameters as text.

    Examples
    --------
    >>> read("return@7d")
    Name(word='return', k=7, days=True, parameters=())
    >>> str(read("skip_rate"))
    'skip_rate'
    """

    word: str
    k: int | float | None = None
    days: bool = False
    parameters: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Return the canonical name."""
        inside = ",".join(f"{name}={text}" for name, text in self.parameters)
        number = "" if self.k is None else f"@{self.k}"
        return f"{self.word}{inside and f'({inside})'}{number}{'d' if self.days else ''}"


def read(text: str) -> Name:
    """Take a canonical name apart, whatever measure it is of.

    Raises
    ------
    BadValue : no measure is named like this.
    """
    if (found := _NAME.fullmatch(text)) is None:
        raise BadValue(
            f"{text!r} names no measure; names are such as skip_rate, nDCG@20, P(rel=2)@5, return@7d"
        )
    word, inside, whole, days, share = found.groups()
    parts = [part.partition("=") for part in _COMMA.split(inside or "") if part.strip()]
    parameters = tuple((key.strip(), value.strip()) for key, _, value in parts)
    if len(dict(parameters)) < len(parameters):
        raise BadValue(f"{text!r} gives a parameter twice")
    k = int(whole) if whole else None if share is None else float(share)
    return Name(word, k, days == "d", parameters)


class Measure(msgspec.Struct, frozen=True):
    """A measure with its parameters: what :func:`parse` returns. Call it with the evidence it asks for.

    ``parameters`` are those that differ from their default, in the order of the definition.

    Examples
    --------
    >>> str(parse("ndcg_cut_20")), parse("nDCG(gain=exp)@20").arguments
    ('nDCG@20', {'k': 20, 'gain': 'exp', 'gains': None, 'judged_only': False})
    """

    word: str
    at: int | float | None = None
    parameters: tuple[tuple[str, Value], ...] = ()

    def __str__(self) -> str:
        """Return the canonical name."""
        of = self.definition
        days = of.at is not None and of.at[1].kind == "days"
        given = {
            **{n: p.default for n, p in of.parameters.items() if p.shown},
            **dict(self.parameters),
        }
        texts = tuple((n, _text(given[n])) for n in of.parameters if given.get(n) is not None)
        return str(Name(self.word, self.at, days, texts))

    def __call__(self, *evidence: Any) -> Values:
        """Return one value a topic (a listener, a list); for the grain ``run`` one value."""
        arguments = self.arguments
        if arguments.pop("judged_only", False):
            evidence = (evidence[0].judged_only(), *evidence[1:])
        return self.definition.kernel(*evidence, **arguments)

    @property
    def definition(self) -> Definition:
        """What its word means."""
        return table()[self.word]

    @property
    def arguments(self) -> dict[str, Any]:
        """What its kernel is called with by name, defaults included."""
        of = self.definition
        defaults = {name: parameter.default for name, parameter in of.arguments().items()}
        number = {of.at[0]: self.at} if of.at and self.at is not None else {}
        return {**defaults, **number, **dict(self.parameters)}

    @property
    def direction(self) -> str:
        """``up`` where higher is better, else ``down``."""
        return self.definition.direction

    @property
    def unit(self) -> str:
        """What its values count."""
        return self.definition.unit

    @property
    def grain(self) -> str:
        """What one value is of: a ``listener``, a ``list``, a search ``session`` or the whole ``run``."""
        return self.definition.grain

    @property
    def needs(self) -> tuple[str, ...]:
        """The parts of what is known that it cannot do without."""
        return self.definition.needs

    def total(self, values: Values) -> float:
        """Return the one number that values make of a run: their mean, sum or geometric mean.

        The geometric mean takes values below 0.00001 as that, as trec_eval does.

        Raises
        ------
        BadValue : no values.
        """
        if not len(values):
            raise BadValue(f"{self} of no topic at all; nothing was both asked for and judged")
        if self.definition.total == "sum":
            return float(values.sum())
        if self.definition.total == "mean":
            return float(values.mean())
        return float(np.exp(np.log(np.maximum(values, GEOMETRIC_FLOOR)).mean()))


def parse(text: str) -> Measure:
    """Return the measure a name means, ours or another tool's.

    Raises
    ------
    UnknownName : no such measure, or a parameter it does not take.
    BadValue : no name at all, a number where the measure takes none or the other way round, a value out of range.

    Examples
    --------
    >>> [str(parse(name)) for name in ("MAP@100", "hit@10", "RBP", "P(rel=1)@5")]
    ['AP@100', 'Success@10', 'RBP(p=0.8)', 'P@5']
    """
    name = read(_ours(text.strip()))
    known = table()
    if name.word in _aliases():
        meant = read(_aliases()[name.word])
        name = Name(meant.word, name.k or meant.k, name.days, meant.parameters + name.parameters)
    if name.word not in known:
        raise UnknownName.among("measure", name.word, known)
    of = known[name.word]
    at = _number(of, name, text)
    given: dict[str, Value] = {}
    for key, value in name.parameters:
        if key not in of.parameters:
            raise UnknownName.among(f"parameter of {of.word}", key, of.parameters)
        given[key] = of.parameters[key].read(f"{key} of {of.word}", value)
    _complete(of, given)
    chosen = (
        (n, given[n]) for n, p in of.parameters.items() if n in given and given[n] != p.default
    )
    return Measure(of.word, at, tuple(chosen))


@cache
def table() -> Mapping[str, Definition]:
    """Return what every word means, of all rooms of measures."""
    return {each.word: each for room in ROOMS for each in room}


@cache
def _aliases() -> Mapping[str, str]:
    """Return what other tools' words mean, as names."""
    return {
        alias.partition("=")[0]: of.word if "=" not in alias else alias.partition("=")[2]
        for of in table().values()
        for alias in of.aliases
    }


def _ours(text: str) -> str:
    """Return the text in our grammar, where another tool's is known."""
    for pattern, ours in _FOREIGN:
        if pattern.fullmatch(text):
            return pattern.sub(ours, text)
    return text


def _number(of: Definition, name: Name, text: str) -> int | float | None:
    """Return the number behind ``@``, if it is one the measure takes."""
    if of.at is None:
        if name.k is not None:
            raise BadValue(f"{of.word} takes no number; {text!r} gives one")
        return None
    parameter = of.at[1]
    if name.k is None:
        if parameter.required:
            raise BadValue(
                f"measure {text!r} needs a cut-off such as {of.word}@{_example(parameter)}"
            )
        return None
    if name.days != (parameter.kind == "days"):
        raise BadValue(f"measure {text!r} is written like {of.word}@{_example(parameter)}")
    value = parameter.read(f"the number of {of.word}", str(name.k))
    return value if isinstance(value, int | float) else None


def _complete(of: Definition, given: Mapping[str, Value]) -> None:
    missing = [
        name
        for name, parameter in of.parameters.items()
        if parameter.required and name not in given
    ]
    if missing:
        raise BadValue(f"{of.word} needs {missing[0]}: {of.parameters[missing[0]].about}")


def _example(parameter: Parameter) -> str:
    return {"days": "7d", "count": "20"}.get(parameter.kind, "0.1")


def _text(value: Value | None) -> str:
    """Return a parameter's value as it is written."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "{" + ",".join(f"{_text(grade)}:{_text(gain)}" for grade, gain in value) + "}"
    return str(value)
