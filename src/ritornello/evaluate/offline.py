"""Entrants judged by what happened next: trained on the past, asked in it, and only then held against the rest.

The whole catalogue is ranked and no metric is sampled (Krichene, Rendle, KDD 2020, show what sampling does). Values are
means over listeners with intervals that draw listeners again. Everything, what was new to the listener and what they knew
are judged apart, because repeating is easy and finding is not; listeners and items nobody knew are kept.

Right for choosing what deserves an experiment. It misleads where what was served decided what was heard: an entrant that
resembles what served then has an advantage, and what nobody was offered could not succeed.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from ritornello.evaluate import segments
from ritornello.evaluate.asking import PARTS, Block, Entrant, Part, Rankings
from ritornello.evaluate.collections import Collection
from ritornello.evaluate.field import Field, Merges
from ritornello.evaluate.held_out import Right
from ritornello.evaluate.in_service import InService
from ritornello.evaluate.parts import Answers, Difference, Judgement, Value, judge
from ritornello.evaluate.runs import Run
from ritornello.evaluate.splits import Name, Split
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import BadValue
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.times import Instant
from ritornello.measures import names
from ritornello.measures.matching import NothingToJudge
from ritornello.measures.resampling import Interval

DEPTH = 100
AT_ONCE, MOST_SCORES = 64, 20_000_000
"""Listeners asked about together, and scores of one scorer that are held at once."""
MEASURES = ("nDCG@20", "R@20", "Success@10")


class Offline(msgspec.Struct, frozen=True):
    """An offline evaluation; ``blind_to`` says what its split cannot see."""

    split: Name
    at: Instant
    until: Instant | None
    blind_to: str
    success: str
    depth: int
    judgements: tuple[Judgement, ...]
    values: tuple[Value, ...]
    differences: tuple[Difference, ...]
    warnings: tuple[Warned, ...] = ()

    def value(self, part: Part, entrant: str, measure: str) -> Interval:
        """Return what an entrant reached over all judged listeners.

        Raises
        ------
        StopIteration : that was not evaluated.
        """
        wanted = (part, entrant, measure, "")
        return next(
            v.at for v in self.values if (v.part, v.entrant, v.measure, v.segment) == wanted
        )


class Evaluated(msgspec.Struct, frozen=True):
    """An evaluation with the collections it froze and the runs it made, which may be kept as studies."""

    offline: Offline
    collections: tuple[Collection, ...]
    runs: tuple[Run, ...]


def ask(
    service: InService, entrants: Sequence[Entrant], listeners: Sequence[ListenerId], n: int = DEPTH
) -> Answers:
    """Ask entrants about listeners; nothing here knows what happened next."""
    found: dict[str, tuple[Rankings, ...]] = {
        each.name: tuple({part: [] for part in PARTS} for _ in range(each.n_draws))
        for each in entrants
    }
    at_once = max(min(AT_ONCE, MOST_SCORES // max(service.interactions.n_items, 1)), 1)
    for start in range(0, len(listeners), at_once):
        block = Block(service, service.situations(listeners[start : start + at_once]))
        for each in entrants:
            for draw, so_far in enumerate(found[each.name]):
                for part, lists in each.rank(block, n, draw).items():
                    so_far[part].extend(lists)
    return Answers(tuple(listeners), found)


def evaluate(
    service: InService,
    right: Right,
    merges: Merges,
    entrants: Sequence[Entrant],
    rng: np.random.Generator,
    *,
    measures: Sequence[str] = MEASURES,
    n: int = DEPTH,
) -> Evaluated:
    """Ask entrants in the past and judge them by what was held out.

    Parameters
    ----------
    merges : id → id, as they lead today: what was one item by then may be part of another by now.

    Raises
    ------
    NothingToJudge : nothing of what was held out was right for anybody.
    """
    asked = [_checked(each) for each in measures]
    listeners = sorted({str(who) for who in right.listener_ids[right.served]})
    if not listeners:
        raise NothingToJudge(
            f"nothing that was held out served anybody by {right.success}; take a split that leaves more, or another "
            "success function"
        )
    answers = ask(service, entrants, listeners, n)
    field = Field(service, right, merges, listeners, segments.of(service, listeners))
    parts = [
        judge(field, part, answers, entrants=entrants, measures=asked, rng=rng)
        for part in parts_of(service.past.split)
        if field.has(part)
    ]
    split = service.past.split
    offline = Offline(
        split=split.name,
        at=split.at,
        until=split.until,
        blind_to=split.blind_to,
        success=right.success,
        depth=n,
        judgements=tuple(each.judgement for each in parts),
        values=tuple(value for each in parts for value in each.values),
        differences=tuple(difference for each in parts for difference in each.differences),
        warnings=(
            *service.past.warnings,
            *right.warnings,
            *(warned for each in entrants for warned in each.warnings),
            *(warned for each in parts for warned in each.warnings),
        ),
    )
    made = tuple(run for each in parts for run in each.runs)
    return Evaluated(offline, tuple(each.collection for each in parts), made)


def parts_of(split: Split) -> tuple[Part, ...]:
    """Return the parts a split can judge; what it hides by chance is new to everybody it is hidden from."""
    return ("new",) if split.name == "share" else PARTS


def _checked(measure: str) -> str:
    """Return a measure's canonical name.

    Raises
    ------
    UnknownName, BadValue : see ``measures.names``.
    BadValue : it has one value for a whole run, of which no listener has a share.
    """
    parsed = names.parse(measure)
    if parsed.grain == "run":
        raise BadValue(
            f"{parsed} has one value for a whole run; offline values are means over listeners"
        )
    return str(parsed)
