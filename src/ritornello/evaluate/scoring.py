"""A run held against a collection: one value a topic and measure, and what must be said beside it."""

from collections.abc import Sequence
from functools import cached_property

import msgspec
import numpy as np

from ritornello.evaluate import session_topics, span_ids
from ritornello.evaluate.collections import Collection
from ritornello.evaluate.content import FloatArray, NumberArray
from ritornello.evaluate.runs import Run, places_of_items
from ritornello.evaluate.warned import Warned
from ritornello.kinds.errors import BadValue
from ritornello.measures import names
from ritornello.measures.about import NOTHING, About, Lists, lists_of
from ritornello.measures.matching import Judged, Matched, Over, Ranked, match
from ritornello.measures.names import Measure
from ritornello.measures.searching import Sessions
from ritornello.measures.spans import Heard


class Scored(msgspec.Struct, frozen=True, eq=False):
    """Values of one run: for each measure, by its canonical name, one a topic in the order of ``topics``.

    A measure of the whole run has one value, and one of lists is nan where a topic has no list: nothing was shown there,
    which is not 0; one of search sessions stands at the first topic of each and is nan at its others. ``listeners`` numbers
    the listener of each topic (without one, a session or a topic stands alone), for intervals that draw listeners again. ``over`` says which topics are counted, see :func:`~ritornello.measures.matching.match`.
    """

    collection_id: str
    run_id: str
    name: str
    over: Over
    topics: tuple[str, ...]
    listeners: NumberArray
    values: dict[str, FloatArray]
    warnings: tuple[Warned, ...] = ()

    def known(self, measure: str) -> tuple[FloatArray, NumberArray]:
        """Return the values that there are of a measure, and whose each is.

        Raises
        ------
        BadValue : it was not asked for, or is of the whole run.
        """
        values = self._of(measure)
        if names.parse(measure).grain == "run":
            raise BadValue(f"{measure} has one value for the whole run, none a topic")
        there = np.isfinite(values)
        return values[there], self.listeners[there]

    def total(self, measure: str) -> float:
        """Return the one number that a measure's values make of the run.

        Raises
        ------
        BadValue : it was not asked for, or has no value at all.
        """
        values = self._of(measure)
        return names.parse(measure).total(values[np.isfinite(values)])

    def _of(self, measure: str) -> FloatArray:
        if measure not in self.values:
            raise BadValue(f"{measure} was not scored; there are {', '.join(self.values)}")
        return self.values[measure]


def score(
    run: Run,
    collection: Collection,
    measures: Sequence[Measure | str],
    *,
    over: Over = "judged",
    about: About | None = None,
) -> Scored:
    """Ask measures about a run.

    Parameters
    ----------
    over : the topics that count. ``judged`` are all the collection judges, without a run worth 0: nobody gains by
        keeping silent. ``both`` and ``returned`` are what other tools take, see :func:`~ritornello.measures.matching.match`.
    about : what measures beyond accuracy must know, by the numbers of the collection's topics and items.

    Raises
    ------
    BadValue : the run is of another collection, or a measure needs what was not given.
    NothingToJudge : the run and the judgements share no topic.
    """
    if run.collection_id != collection.id:
        raise BadValue(
            f"the run {run.name!r} is of the collection {run.collection_id}, not of {collection.id}"
        )
    asked = [names.parse(each) if isinstance(each, str) else each for each in measures]
    matched = match(*_in_one_order(run, collection), over)
    evidence = _Evidence(run, collection, matched, about or _nothing_known(collection))
    values = {str(each): evidence.ask(each) for each in asked}
    return Scored(
        collection.id,
        run.id,
        run.name,
        over,
        tuple(collection.topics[topic].topic_id for topic in matched.topics),
        _listeners(collection)[matched.topics],
        values,
        (*collection.warnings, *run.warnings, *_warnings(matched)),
    )


class _Evidence(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A run and its judgements, in whichever form a measure asks about them."""

    run: Run
    collection: Collection
    matched: Matched
    about: About

    def ask(self, measure: Measure) -> FloatArray:
        """Return a measure's values: one a topic that counts, or one of the whole run."""
        asks = measure.definition.asks
        if asks == "lists":
            return measure(self.lists, self.about)
        if asks == "spans":
            return measure(self.heard)
        if asks == "sessions":
            return session_topics.by_topic(measure(self.sessions), self.sessions)
        return measure(self.matched)

    @cached_property
    def lists(self) -> Lists:
        """The run's lists."""
        return _lists(self.run, self.collection, self.matched)

    @cached_property
    def heard(self) -> Heard:
        """The run's spans, as far as they are heard."""
        return span_ids.heard(self.run, self.collection, self.matched.over)

    @cached_property
    def sessions(self) -> Sessions:
        """The topics as queries of sessions."""
        return session_topics.sessions(self.matched, self.collection)


def _in_one_order(run: Run, collection: Collection) -> tuple[Ranked, Judged]:
    """Return run and judgements with items numbered in the order of their ids."""
    ranked, judged = run.ranked, collection.judged
    if not run.others:
        return ranked, judged
    places = places_of_items(run, collection)
    return (
        Ranked(ranked.topics, places[ranked.items], ranked.scores),
        Judged(judged.topics, places[judged.items], judged.grades),
    )


def _lists(run: Run, collection: Collection, matched: Matched) -> Lists:
    """Return a run's lists, one for each topic that counts; an empty one where it has none.

    Raises
    ------
    BadValue : it holds items the collection does not name, of which nothing can be known.
    """
    if run.others:
        raise BadValue(
            f"{len(run.others):,} items of the run {run.name!r} are not in {collection.name!r}; "
            "what lists hold beside what is right is measured in a closed universe"
        )
    found = lists_of(run.ranked.topics, run.ranked.items, run.ranked.scores)
    items = np.full((len(matched.topics), found.items.shape[1]), NOTHING, np.int64)
    counts = np.isin(found.topics, matched.topics)
    items[np.searchsorted(matched.topics, found.topics[counts])] = found.items[counts]
    return Lists(matched.topics, items)


def _listeners(collection: Collection) -> NumberArray:
    """Return a number for the listener of each topic; without one, a search session or a topic stands alone."""
    numbers: dict[tuple[str | None, str], int] = {}
    whose = (
        (topic.listener_id, "" if topic.listener_id else session_topics.session_of(topic))
        for topic in collection.topics
    )
    found = (numbers.setdefault(each, len(numbers)) for each in whose)
    return np.fromiter(found, np.int64, len(collection.topics))


def _warnings(matched: Matched) -> list[Warned]:
    said = []
    if matched.n_missing:
        told = "each counts as 0" if matched.over == "judged" else "they are left out"
        said.append(
            Warned(
                "topics_without_a_run",
                f"judged topics without a row in the run: {matched.n_missing:,}; {told}",
                {"n_topics": matched.n_missing},
            )
        )
    if matched.n_unjudged:
        told = "each counts as 0" if matched.over == "returned" else "they are left out"
        said.append(
            Warned(
                "topics_never_judged",
                f"topics of the run that were never judged: {matched.n_unjudged:,}; {told}",
                {"n_topics": matched.n_unjudged},
            )
        )
    return said


def _nothing_known(collection: Collection) -> About:
    return About(n_topics=len(collection.topics), n_items=len(collection.items))
