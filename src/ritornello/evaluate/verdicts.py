"""What was found, in a sentence somebody can repeat: who is above whom, what is not told apart, what was refused and why.

Every sentence comes from numbers alone and claims no more than they carry. Two are **told apart** where the interval of
their difference leaves out 0 and, where a test was made, it rejects too.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from ritornello.evaluate import numerals
from ritornello.evaluate.estimates import Answer, Estimate, Unsupported
from ritornello.measures.resampling import FEW, Interval

if TYPE_CHECKING:
    from ritornello.evaluate.leaderboard import Leaderboard
    from ritornello.evaluate.replicating import Replication
    from ritornello.evaluate.trials import Trial

MANY = 6
"""So many pairs are named; the table has the others."""


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


def of_pairs(found: Sequence[Against], measure: str, *, direction: str = "up") -> str:
    """Say of many pairs which are told apart.

    Examples
    --------
    >>> apart = Against("b", "a", Interval(0.2, 0.1, 0.3, 0.95, 500), 0.001)
    >>> alike = Against("c", "a", Interval(0.0, -0.1, 0.1, 0.95, 500), 0.9)
    >>> of_pairs([apart, alike], "nDCG@10")
    'By nDCG@10, 1 of 2 pairs are told apart: b above a.'
    """
    up = 1 if direction == "up" else -1
    signs = [(each, sign(each) * up) for each in found]
    above = [
        f"{each.ours} above {each.theirs}" if better > 0 else f"{each.theirs} above {each.ours}"
        for each, better in signs
        if better
    ]
    head = f"By {measure}, {len(above)} of {len(found)} pairs are told apart"
    if not above:
        return f"{head}."
    rest = f" and {len(above) - MANY} more" if len(above) > MANY else ""
    return f"{head}: {'; '.join(above[:MANY])}{rest}."


def of_answers(answers: Sequence[Answer]) -> str:
    """Say what a policy that did not serve would have earned, by the first estimator that does not refuse.

    The order of estimators is fixed before anything is estimated, so that nobody goes by the one they like.
    """
    if not answers:
        return "No estimator was asked."
    estimates = [each for each in answers if isinstance(each, Estimate)]
    refusals = [each for each in answers if isinstance(each, Unsupported)]
    target = answers[0].target
    if not estimates:
        first = refusals[0]
        return f"What {target} would have earned cannot be said from this log: {first.text}. {sentence(first.wanted)}"
    head, *others = estimates
    at = _interval(head)
    mean, low, high = numerals.within(at)
    rests = (
        f"{head.estimator}, {_level(at)} interval {low} to {high}; {numerals.count(at.n)} listeners"
    )
    parts = [f"{target} would have earned {mean} ({rests}), {_above(head.above_logged)}."]
    if apart := [each.estimator for each in others if _disjoint(_interval(each), at)]:
        say = "says" if len(apart) == 1 else "say"
        parts.append(f"{_listed(apart)} {say} otherwise: believe none before it is known why.")
    if refusals:
        names = _listed([each.estimator for each in refusals])
        parts.append(f"Refused: {names} ({refusals[0].text}).")
    return " ".join(parts) + _few(at.n, "listeners")


def of_replication(found: "Replication") -> str:
    """Say how much of a run its replica brought back: the order, else the values, else the effect."""
    order = found.order
    whom, what = found.replica, found.original
    if order.n_identical == order.n_topics:
        return f"{whom} ranks all {order.n_topics:,} topics as {what} does, place by place ({order.depth} deep)."
    alike = f"{whom} ranks {order.n_identical:,} of {order.n_topics:,} topics as {what} does"
    items = f"{numerals.share(order.overlap)} of the first {order.depth} places hold the same items"
    parts = [alike, items]
    for each in found.values[:1]:
        numbers = f"{numerals.number(each.replica)} against {numerals.number(each.original)}"
        differs = each.p_value is not None and each.p_value < 0.05
        word = "differs by more than chance" if differs else "is not told apart"
        tested = "" if each.p_value is None else f", p {numerals.p_value(each.p_value)}"
        parts.append(f"its {each.measure} {word} ({numbers}{tested})")
    for gain in found.effects[:1]:
        if gain.effect_ratio is not None:
            ratio = numerals.number(gain.effect_ratio)
            parts.append(f"its gain over the baseline is {ratio} times the original's")
    return f"{'; '.join(parts)}."


def of_trials(found: "Sequence[Trial]", level: float) -> str:
    """Say which estimator came nearest to a known truth, and whose intervals hold it less often than they say."""
    answered = [each for each in found if each.n_answered]
    if not answered:
        return "Every estimator refused every log: none of them supports the question."
    best = min(answered, key=lambda each: each.rmse)
    n = best.n_answered + sum(best.refused.values())
    parts = [
        f"{best.estimator} came nearest to the truth (RMSE {numerals.number(best.rmse)} over {best.n_answered:,} of {n:,} logs)"
    ]
    if short := [each for each in answered if each.coverage.high < level]:
        held = [f"{each.estimator} ({numerals.share(each.coverage.mean)})" for each in short]
        parts.append(
            f"intervals at {numerals.share(level)} hold the truth too rarely by {_listed(held)}"
        )
    else:
        parts.append(f"intervals at {numerals.share(level)} hold the truth as often as they say")
    if silent := [each.estimator for each in found if not each.n_answered]:
        parts.append(f"{_listed(silent)} refused every log")
    return f"{'; '.join(parts)}."


def of_leaderboard(board: "Leaderboard") -> str:
    """Say by the first measure who leads, who is surely below, and who is not told apart from the best."""
    measure = board.columns[0].measure
    best = next(row for row in board.rows if row.cells[0].is_best)
    value = numerals.number(best.cells[0].value)
    if len(board.rows) == 1:
        return f"{best.name} stands alone with {value} {measure}."
    others = [row for row in board.rows if row is not best]
    below = [row.name for row in others if row.cells[0].is_below]
    beside = [row.name for row in others if not row.cells[0].is_below]
    parts = [f"{best.name} has the best {measure}, {value}"]
    if below:
        parts.append(f"surely below it {'is' if len(below) == 1 else 'are'} {_listed(below)}")
    if beside:
        parts.append(
            f"not told apart from it {'is' if len(beside) == 1 else 'are'} {_listed(beside)}"
        )
    return f"{'; '.join(parts)}."


def _above(logged: Interval) -> str:
    """Say how that compares with what was logged, by the interval of the difference."""
    mean, low, high = numerals.within(logged)
    if logged.low <= 0 <= logged.high:
        return f"not told apart from what served (difference {low} to {high})"
    word = "more" if logged.low > 0 else "less"
    return f"{mean.lstrip('−')} {word} than what served ({low} to {high})"


def _interval(each: Estimate) -> Interval:
    return Interval(each.value, each.low, each.high, each.level, each.n_listeners)


def _disjoint(one: Interval, other: Interval) -> bool:
    return one.low > other.high or other.low > one.high


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


def sentence(text: str) -> str:
    """Return words as a sentence: a capital first, one full stop last."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
