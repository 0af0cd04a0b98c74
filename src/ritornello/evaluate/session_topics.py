"""Topics as queries of sessions: which session each is of, and what it took to get there, by the topics' context.

=================  ==============================================================================
``session``        whose query it is; a topic without one is a session of its own
``step``           where in the session, a whole number
``keys``           keys pressed in the session until the query stood there; else its characters
``anew``           ``yes`` where it was begun anew rather than typed on
``p_known_item``   how likely the session seeks a known item
=================  ==============================================================================
"""

from collections.abc import Callable

import numpy as np

from ritornello.evaluate.collections import Collection, Topic
from ritornello.evaluate.content import FloatArray
from ritornello.kinds.errors import BadValue
from ritornello.measures.matching import Matched
from ritornello.measures.searching import Sessions

SESSION, STEP, KEYS, ANEW, P_KNOWN_ITEM = "session", "step", "keys", "anew", "p_known_item"
YES = "yes"


def context(
    session: str,
    step: int,
    n_keys: int,
    *,
    is_anew: bool = False,
    p_known_item: float | None = None,
) -> dict[str, str]:
    """Return what a topic's context says of a query within its session."""
    said = {SESSION: session, STEP: str(step), KEYS: str(n_keys)}
    if is_anew:
        said[ANEW] = YES
    if p_known_item is not None:
        said[P_KNOWN_ITEM] = f"{p_known_item:g}"
    return said


def session_of(topic: Topic) -> str:
    """Return the session a topic is a query of."""
    return topic.context.get(SESSION, topic.topic_id)


def sessions(matched: Matched, collection: Collection) -> Sessions:
    """Return the queries that were matched, by session and in their order.

    Raises
    ------
    BadValue : a topic's step, keys or p_known_item is no number.
    """
    topics = [collection.topics[topic] for topic in matched.topics]
    names = {name: n for n, name in enumerate(sorted({session_of(each) for each in topics}))}
    whose = np.array([names[session_of(each)] for each in topics], np.int64)
    query = np.lexsort((_numbers(topics, STEP, lambda _: 0), whose))
    p = _numbers(topics, P_KNOWN_ITEM, lambda _: np.nan)[query]
    starts = np.flatnonzero(np.diff(whose[query], prepend=-1))
    return Sessions(
        matched,
        query,
        whose[query],
        np.array([len(each.query or "") for each in topics], np.int64)[query],
        _numbers(topics, KEYS, lambda topic: len(topic.query or ""))[query].astype(np.int64),
        np.array([each.context.get(ANEW) == YES for each in topics])[query],
        p[starts][np.cumsum(np.diff(whose[query], prepend=-1) != 0) - 1],
    )


def by_topic(values: FloatArray, found: Sessions) -> FloatArray:
    """Return values of sessions as values of topics: each at the session's first query, nan at its others."""
    spread = np.full(len(found.query), np.nan)
    spread[found.query[found.starts]] = values
    return spread


def _numbers(topics: list[Topic], name: str, otherwise: Callable[[Topic], float]) -> FloatArray:
    """Return a number of each topic's context.

    Raises
    ------
    BadValue : it is none.
    """
    values = [topic.context.get(name, otherwise(topic)) for topic in topics]
    try:
        return np.array([float(each) for each in values])
    except ValueError:
        raise BadValue(f"the context's {name!r} of a topic is no number") from None
