"""A run: what one system ranked for the topics of a collection, with everything needed to make it again."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec
import numpy as np

from ritornello.evaluate.collections import Collection, check_id
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
from ritornello.measures.matching import NothingToJudge, Ranked


class Run(msgspec.Struct, frozen=True, eq=False, dict=True):
    """Scores of items for topics of one collection; made by :func:`rank` or :func:`of_ids`.

    ``ranked.topics`` are numbers into the collection's topics; ``ranked.items`` into its items and after them
    ``others``, the items that an open universe does not name. ``recipe`` holds plain values only. ``warnings`` say
    what was kept out.
    """

    collection_id: str
    name: str
    recipe: dict[str, Any]
    ranked: Ranked
    others: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()

    @cached_property
    def id(self) -> str:
        """Return 16 hex digits made of everything in it."""
        ranked = self.ranked
        facts = (
            "run",
            self.collection_id,
            self.name,
            self.recipe,
            self.others,
            as_said(self.warnings),
        )
        return id_of(facts, ranked.topics, ranked.items, ranked.scores)


def rank(
    collection: Collection,
    name: str,
    recipe: Mapping[str, Any],
    ranked: Ranked,
    *,
    others: tuple[str, ...] = (),
    warnings: Sequence[Warned] = (),
) -> Run:
    """Make a run of numbers into a collection's topics and items, in any order.

    Rows that cannot count are kept out and become warnings.

    Parameters
    ----------
    ranked : -1 stands for a topic or an item that the collection does not have.
    others : sorted ids of the items from ``len(collection.items)`` on; none where the universe is closed.

    Raises
    ------
    NothingToJudge : no row is left.
    """
    n_topics, n_items = len(collection.topics), len(collection.items) + len(others)
    vetted = vet(
        "rows",
        np.where(ranked.topics < n_topics, ranked.topics, NOWHERE),
        np.where(ranked.items < n_items, ranked.items, NOWHERE),
        ranked.scores,
    )
    if not len(vetted.topics):
        message = f"of {len(ranked.topics)} rows of the run {name!r} none is of a topic and an item of {collection.name!r}"
        raise NothingToJudge(message)
    kept = Ranked(vetted.topics, vetted.items, vetted.values)
    return Run(collection.id, name, dict(recipe), kept, others, (*warnings, *vetted.warnings))


def of_ids(
    collection: Collection,
    name: str,
    recipe: Mapping[str, Any],
    rows: Rows,
    *,
    warnings: Sequence[Warned] = (),
) -> Run:
    """Make a run of rows by their ids.

    Raises
    ------
    NothingToJudge : no row is left.
    """
    topics = numbered(rows.topic_ids, collection.topic_numbers)
    items, others = _numbered_with_others(collection, rows.item_ids)
    ranked = Ranked(topics, items, np.asarray(rows.values, np.float64))
    return rank(collection, name, recipe, ranked, others=others, warnings=warnings)


def places_of_items(run: Run, collection: Collection) -> NumberArray:
    """Return where each item stands in the order of ids, those of an open universe among the collection's."""
    n_items = len(collection.items)
    if not run.others:
        return np.arange(n_items)
    every = (*collection.items, *run.others)
    places = np.empty(len(every), np.int64)
    places[sorted(range(len(every)), key=every.__getitem__)] = np.arange(len(every))
    return places


def best_first(run: Run, collection: Collection) -> NumberArray:
    """Return a run's rows topic by topic, best first, as measures rank them: float32 scores, ties to the later id."""
    ranked = run.ranked
    places = places_of_items(run, collection)[ranked.items]
    with np.errstate(over="ignore"):
        levels = np.asarray(ranked.scores, np.float32)
    return np.lexsort((-places, -levels, ranked.topics))


def _numbered_with_others(
    collection: Collection, item_ids: Sequence[str]
) -> tuple[NumberArray, tuple[str, ...]]:
    """Return the number of each item, and the items an open universe gains by them."""
    known = collection.item_numbers
    if collection.about.universe == "closed":
        return numbered(item_ids, known), ()
    others = tuple(sorted(set(item_ids) - known.keys()))
    for each in others:
        check_id(each, "item")
    more = {each: len(known) + n for n, each in enumerate(others)}
    return numbered(item_ids, {**known, **more}), others
