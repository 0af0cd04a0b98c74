"""What was found, in a sentence somebody can repeat: who is above whom, what is not told apart, what was refused and why.

Every sentence comes from numbers alone and claims no more than they carry. Two are **told apart** where the interval of
their difference leaves out 0 and, where a test was made, it rejects too.
"""

from collections.abc import Sequence

import msgspec

from ritornello.evaluate import numerals
from ritornello.evaluate.estimates import Answer, Estimate, Unsupported
from ritornello.measures.resampling import Interval

FEW = 30
"""Below so many listeners an interval drawn from them is too narrow to trust."""


class Against(msgspec.Struct, frozen=True):
    """One entrant against another by one measure: the interval of ours − theirs, and a test's p-value where one was made."""

    ours: str
    theirs: str
    difference: Interval
    p_value: float | None = None


def sign(against: Against) -> int:
    """Return 1 where ours is surely higher, −1 where it is surely lower, 0 where the two are not told apart."""
    found = against.difference
    if against.p_value is not None and against.p_value > 1 - found.level:
        return 0
    return (found.low > 0) - (found.high < 0)


def of_two(against: Against, measure: str, *, direction: str = "up", of: str = "listeners") -> str:
    """Say of two whether one is better, and by how much.

    Parameters
    ----------
    direction : ``up`` where more is better, ``down`` where less is.
    of : what was counted.

    Examples
    --------
    >>> found = Against("ease", "popular", Interval(0.0601, 0.0541, 0.0662, 0.95, 2341), 0.0001)
    >>> of_two(found, "nDCG@10")
    'ease is better than popular: 0.0601 more nDCG@10 (95 % interval 0.0541 to 0.0662, p below 0.001; 2,341 listeners).'
    """
    found, told = against.difference, sign(against)
    mean, low, high = numerals.within(found)
    tested = "" if against.p_value is None else f", p {numerals.p_value(against.p_value)}"
    rests = f"{_level(found)} interval {low} to {high}{tested}; {numerals.count(found.n)} {of}"
    few = _few(found.n, of)
    if not told:
        torn = found.low > 0 or found.high < 0
        why = "interval and test disagree" if torn else "their difference may be either way"
        return f"{against.ours} and {against.theirs} are not told apart by {measure}: {why} ({mean}; {rests}).{few}"
    better = (told > 0) == (direction == "up")
    amount = f"{mean.lstrip('−')} {'more' if told > 0 else 'less'} {measure}"
    verdict = "better" if better else "worse"
    return f"{against.ours} is {verdict} than {against.theirs}: {amount} ({rests}).{few}"


def of_field(
    found: Sequence[Against], measure: str, *, direction: str = "up", of: str = "listeners"
) -> str:
    """Say of several entrants, all against the same other one, which are better, which worse, which not told apart.

    Examples
    --------
    >>> rows = [
    ...     Against("ease", "popular", Interval(0.06, 0.054, 0.066, 0.95, 900)),
    ...     Against("random", "popular", Interval(-0.09, -0.1, -0.08, 0.95, 900)),
    ... ]
    >>> print(of_field(rows, "nDCG@10"))
    By nDCG@10 over 900 listeners, against popular: better is ease (+0.0600, 0.0540 to 0.0660); worse is random (−0.090, −0.100 to −0.080).
    """
    if not found:
        return "There was nothing to compare."
    if len(found) == 1:
        return of_two(found[0], measure, direction=direction, of=of)
    up = 1 if direction == "up" else -1
    groups = {
        "better": [each for each in found if sign(each) == up],
        "worse": [each for each in found if sign(each) == -up],
        "not told apart": [each for each in found if not sign(each)],
    }
    order = sorted(groups["better"], key=lambda each: -up * each.difference.mean)
    parts = [
        f"{word} {'is' if len(those) == 1 else 'are'} {_listed([_by(each) for each in those])}"
        for word, those in {**groups, "better": order}.items()
        if those
    ]
    n = min(each.difference.n for each in found)
    head = f"By {measure} over {numerals.count(n)} {of}, against {found[0].theirs}: {'; '.join(parts)}."
    return head + _few(n, of)


def of_answers(answers: Sequence[Answer], *, served: Interval | None = None, unit: str = "") -> str:
    """Say what a policy that did not serve would have earned, by the first estimator that does not refuse.

    The order of estimators is fixed before anything is estimated, so that nobody goes by the one they like.

    Parameters
    ----------
    served : what the policy that did serve earned on the same log.
    unit : what is earned, such as ``success a slot``.
    """
    if not answers:
        return "No estimator was asked."
    estimates = [each for each in answers if isinstance(each, Estimate)]
    refusals = [each for each in answers if isinstance(each, Unsupported)]
    target = answers[0].target
    if not estimates:
        first = refusals[0]
        return f"What {target} would have earned cannot be said from this log: {first.text}. {_sentence(first.wanted)}"
    head = estimates[0]
    at = _interval(head)
    earned = f"{target} would have earned {_in_brackets(at, head.estimator)}{unit and f' {unit}'}"
    parts = [earned + _beside(at, served) + "."]
    if apart := [each.estimator for each in estimates[1:] if _disjoint(_interval(each), at)]:
        parts.append(
            f"{_listed(apart)} {_say(apart)} otherwise: believe none before it is known why."
        )
    if refusals:
        names = _listed([each.estimator for each in refusals])
        parts.append(f"Refused: {names} ({refusals[0].text}).")
    return " ".join(parts)


def _beside(at: Interval, served: Interval | None) -> str:
    """Set an estimate beside what was served; told apart only where the two intervals do not touch."""
    if served is None:
        return ""
    mean, low, high = numerals.within(served)
    if not _disjoint(at, served):
        return f", not told apart from the {mean} [{low}, {high}] of what served"
    word = "more" if at.low > served.high else "less"
    return f", {word} than the {mean} [{low}, {high}] of what served"


def _interval(each: Estimate) -> Interval:
    return Interval(each.value, each.low, each.high, each.level, each.n_listeners)


def _disjoint(one: Interval, other: Interval) -> bool:
    return one.low > other.high or other.low > one.high


def _in_brackets(at: Interval, by: str) -> str:
    mean, low, high = numerals.within(at)
    return f"{mean} ({by}, {_level(at)} interval {low} to {high}; {numerals.count(at.n)} listeners)"


def _by(each: Against) -> str:
    mean, low, high = numerals.within(each.difference)
    plus = "+" if each.difference.mean > 0 else ""
    return f"{each.ours} ({plus}{mean}, {low} to {high})"


def _few(n: int, of: str) -> str:
    return f" So few {of} make an interval a rough guide." if n < FEW else ""


def _level(at: Interval) -> str:
    return numerals.share(at.level)


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _say(names: Sequence[str]) -> str:
    return "says" if len(names) == 1 else "say"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
