"""A test collection: who asked in which context, what turned out to be right, and among what it was to be found.

It is frozen: its id is made of its content, so two results with the same id were judged alike. Topics and items are
sorted by their ids, and judgements name both by number; a higher number is a later id, as ties need it.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

import msgspec
import numpy as np

from ritornello.evaluate.content import (
    NOWHERE,
    NumberArray,
    Rows,
    as_said,
    id_of,
    numbered,
    vet,
)
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import BadValue
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.times import Instant
from ritornello.measures.matching import Judged, NothingToJudge

By = Literal["outcomes", "people", "construction"]
Universe = Literal["closed", "open"]


class Topic(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One question: a listener in a context, or a query.

    ``topic_id`` and items' ids hold no white space, so that they fit a TREC file. ``segments`` are the groups whose
    results are told apart, such as ``{"activity": "low"}``.
    """

    topic_id: str
    listener_id: ListenerId | None = None
    query: str | None = None
    context: dict[str, str] = {}
    segments: dict[str, str] = {}


class Origin(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where judgements come from.

    ``by`` is ``outcomes`` (what listeners did after ``split_at``, graded by the success function ``success``),
    ``people`` (grades a person gave) or ``construction`` (topics were made from what is right); clicks are none of these.
    A ``closed`` universe is all that may be ranked; an ``open`` one is what happened to be judged, and runs may hold more.
    ``instead_of`` is the id of the collection this one stands for since somebody in it was erased.
    """

    by: By
    universe: Universe = "closed"
    success: str = ""
    split_at: Instant | None = None
    source: str = ""
    instead_of: str | None = None


class Collection(msgspec.Struct, frozen=True, eq=False, dict=True):
    """Topics, items and judgements, none of which ever changes; made by :func:`freeze`.

    ``judged.topics`` and ``judged.items`` are numbers into ``topics`` and ``items``. ``warnings`` say what was kept out.
    """

    name: str
    topics: tuple[Topic, ...]
    items: tuple[str, ...]
    judged: Judged
    about: Origin
    warnings: tuple[Warned, ...] = ()

    @cached_property
    def id(self) -> str:
        """Return 16 hex digits made of everything in it."""
        judged = self.judged
        facts = (
            "collection",
            self.name,
            self.topics,
            self.items,
            self.about,
            as_said(self.warnings),
        )
        return id_of(facts, judged.topics, judged.items, judged.grades)

    @cached_property
    def topic_numbers(self) -> dict[str, int]:
        """Return the number of each topic's id."""
        return {topic.topic_id: number for number, topic in enumerate(self.topics)}

    @cached_property
    def item_numbers(self) -> dict[str, int]:
        """Return the number of each item's id."""
        return {item_id: number for number, item_id in enumerate(self.items)}


def freeze(
    name: str,
    topics: Sequence[Topic],
    items: Sequence[str],
    judged: Judged,
    about: Origin,
    *,
    warnings: Sequence[Warned] = (),
) -> Collection:
    """Make a collection of topics, a universe and judgements, each in any order.

    Judgements that cannot count are kept out and become warnings.

    Parameters
    ----------
    items : the candidate universe, or with an open one whatever was judged.
    judged : numbers into ``topics`` and ``items`` as they are given, -1 for what is in neither.
    warnings : what is known of the judgements already.

    Raises
    ------
    BadValue : two topics share an id, or an id is empty or holds white space.
    NothingToJudge : no judgement is left.
    """
    topic_ids, topic_places = _sorted([topic.topic_id for topic in topics], "topic")
    item_ids, item_places = _sorted(items, "item")
    if len(topic_ids) != len(topics):
        raise BadValue(f"the {len(topics)} topics of {name!r} share ids; give each topic its own")
    vetted = vet(
        "judgements",
        _placed(judged.topics, topic_places),
        _placed(judged.items, item_places),
        judged.grades,
    )
    if not len(vetted.topics):
        raise NothingToJudge(
            f"of {len(judged.topics)} judgements of {name!r} none is of a topic and an item it has"
        )
    return Collection(
        name,
        tuple(sorted(topics, key=lambda topic: topic.topic_id)),
        item_ids,
        Judged(vetted.topics, vetted.items, vetted.values),
        about,
        (*warnings, *vetted.warnings),
    )


def of_ids(
    name: str,
    rows: Rows,
    about: Origin,
    *,
    topics: Sequence[Topic] = (),
    items: Sequence[str] = (),
    warnings: Sequence[Warned] = (),
) -> Collection:
    """Make a collection of judgements by their ids.

    Parameters
    ----------
    topics, items : those of the judgements where none are given.

    Raises
    ------
    BadValue, NothingToJudge : see :func:`freeze`.
    """
    topics = topics or [Topic(topic_id) for topic_id in dict.fromkeys(rows.topic_ids)]
    items = items or list(dict.fromkeys(rows.item_ids))
    judged = Judged(
        numbered(rows.topic_ids, {topic.topic_id: n for n, topic in enumerate(topics)}),
        numbered(rows.item_ids, {item_id: n for n, item_id in enumerate(items)}),
        np.asarray(rows.values, np.float64),
    )
    return freeze(name, topics, items, judged, about, warnings=warnings)


def _sorted(ids: Sequence[str], what: str) -> tuple[tuple[str, ...], NumberArray]:
    """Return the ids in order, each once, and the place of each id as given.

    Raises
    ------
    BadValue : one is empty or holds white space.
    """
    known = tuple(sorted(set(ids)))
    for each in known:
        check_id(each, what)
    places = {each: place for place, each in enumerate(known)}
    return known, np.fromiter((places[each] for each in ids), np.int64, len(ids))


def check_id(text: str, what: str) -> None:
    """Make sure a text can stand as an id in a TREC file.

    Raises
    ------
    BadValue : it is empty or holds white space.
    """
    if text.encode().split() != [text.encode()]:
        raise BadValue(f"{text!r} is no {what}'s id: it is empty or holds white space")


def _placed(numbers: NumberArray, places: NumberArray) -> NumberArray:
    """Return where numbers into a list as given lead to in the sorted one."""
    numbers = np.asarray(numbers, np.int64)
    inside = (numbers >= 0) & (numbers < len(places))
    placed = np.full(len(numbers), NOWHERE, np.int64)
    placed[inside] = places[numbers[inside]]
    return placed
