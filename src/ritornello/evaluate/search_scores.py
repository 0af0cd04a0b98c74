"""What measures make of a run of a search, and what changed since the run before it."""

from collections.abc import Sequence

import msgspec
import numpy as np

from ritornello.evaluate import span_ids
from ritornello.evaluate.collections import Collection
from ritornello.evaluate.comparing import compare
from ritornello.evaluate.runs import Run
from ritornello.evaluate.scoring import score
from ritornello.evaluate.searchers import is_of_minutes
from ritornello.evaluate.session_topics import session_of
from ritornello.evaluate.warned import Warned
from ritornello.measures import names
from ritornello.measures.resampling import Interval, interval_by_listener

OF_NAMES = ("found@1", "found@10", "RR@10")
OF_OWN = ("found(rel=2)@1", "found(rel=2)@10", "RR(rel=2)@10")
"""Of who has one thing in mind: another of the same name is not it."""
OF_TYPING = ("found(effort=10)@1", "keys_saved@1", "keys_saved@5", "typed_RR@3", "effort@5")
OF_MINUTES = ("T2I_Success@1", "T2I_RR@10", "nxCG@10", "AiP", "segment_nDCG@10")
OF_EPISODES = ("Success@1", "Success@3", "RR@10")


class SearchScore(msgspec.Struct, frozen=True):
    """A run of a search by one measure, and how much more that is than the run before it, of the same topics."""

    collection: str
    run: str
    run_id: str
    measure: str
    at: Interval
    change: Interval | None = None


def usual(collection: Collection) -> Sequence[str]:
    """Return the measures a collection of known items or minutes is judged by where none is named."""
    if is_of_minutes(collection):
        is_in_time = span_ids.read(collection.items[0]) is not None
        return OF_MINUTES if is_in_time else OF_EPISODES
    if collection.topics[0].listener_id is not None:
        return OF_OWN
    n_sessions = len({session_of(topic) for topic in collection.topics})
    return (*OF_NAMES, *OF_TYPING) if n_sessions < len(collection.topics) else OF_NAMES


def of(
    run: Run,
    before: Run | None,
    collection: Collection,
    measures: Sequence[str],
    rng: np.random.Generator,
) -> tuple[list[SearchScore], tuple[Warned, ...]]:
    """Return what measures make of a run, with intervals over sessions, and what is to be said beside it.

    Parameters
    ----------
    before : an earlier run of the same search and collection; without one, or with the same, nothing changed.
    """
    asked = [names.parse(each) for each in measures]
    scored = score(run, collection, asked)
    earlier = None if before is None or before.id == run.id else score(before, collection, asked)
    found = []
    for each in asked:
        at = interval_by_listener(*scored.known(str(each)), rng)
        change = None if earlier is None else compare(scored, earlier, each, rng).difference
        found.append(SearchScore(collection.name, run.name, run.id, str(each), at, change))
    return found, scored.warnings
