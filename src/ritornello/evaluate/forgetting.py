"""Studies without who was erased: a collection they are in stands on without them, under a new id that names the old.

Its runs go with it, without the listener's topics; its leaderboard and reports that speak of any of them are removed, and
whoever needs one makes it again by its own command. What holds the listener is removed last, so that :func:`without`, killed anywhere,
finds it again.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ritornello.evaluate import leaderboard_files, studies
from ritornello.evaluate.collections import Collection, Topic, freeze
from ritornello.evaluate.content import NumberArray
from ritornello.evaluate.runs import Run, rank
from ritornello.kinds.errors import ArtefactUnusable
from ritornello.kinds.ids import ListenerId
from ritornello.measures.matching import Judged, NothingToJudge, Ranked
from ritornello.store.home import Home

Gone = AbstractSet[ListenerId]


def without(home: Home, listener_ids: Sequence[ListenerId]) -> int:
    """Remove listeners from every study; return how many studies were made again or removed.

    A study that cannot be read might hold them, and is removed.

    Raises
    ------
    Conflict : others were at work in the studies all the while.
    """
    gone = frozenset(listener_ids)
    if not gone or not home.studies.is_dir():
        return 0
    with studies.working(home):
        studies.sweep(home)
        collections = _holding(home, gone)
        runs = [
            kept.id
            for kept in studies.of(home, studies.RUNS)
            if kept.trouble or kept.facts["collection_id"] in collections
        ]
        for before in filter(None, collections.values()):
            _write_anew(home, before, gone)
        stale = gone | collections.keys() | set(runs)
        reports = [
            kept.id
            for kept in studies.of(home, studies.REPORTS)
            if kept.trouble or studies.speaks_of(home, kept.id, stale)
        ]
        for each in collections:
            leaderboard_files.forget(home, each)
        going = {studies.REPORTS: reports, studies.RUNS: runs, studies.COLLECTIONS: [*collections]}
        for kind, ids in going.items():
            for each in ids:
                studies.remove(home, kind, each)
        return sum(map(len, going.values()))


def _holding(home: Home, gone: Gone) -> dict[str, Collection | None]:
    """Return the collections somebody is in, ``None`` for one that cannot be read."""
    found: dict[str, Collection | None] = {}
    for kept in studies.of(home, studies.COLLECTIONS):
        try:
            collection = studies.collection(home, kept.id)
        except ArtefactUnusable:
            found[kept.id] = None
            continue
        if any(_is_of(topic, gone) for topic in collection.topics):
            found[kept.id] = collection
    return found


def _write_anew(home: Home, before: Collection, gone: Gone) -> None:
    """Write a collection and its runs without somebody; where nothing is left to judge, nothing."""
    stays = np.array([not _is_of(topic, gone) for topic in before.topics])
    topics = [topic for topic in before.topics if not _is_of(topic, gone)]
    about = replace(before.about, instead_of=before.id)
    old = before.judged
    judged = Judged(*_of_topics(stays, old.topics, old.items, old.grades))
    with suppress(NothingToJudge):
        after = freeze(before.name, topics, before.items, judged, about, warnings=before.warnings)
        studies.write(home, after)
        for kept in studies.runs_of(home, before.id):
            with suppress(NothingToJudge, ArtefactUnusable):
                run = studies.run(home, kept.id)
                studies.write(home, _run_anew(run, stays, after))


def _run_anew(run: Run, stays: NDArray[np.bool_], after: Collection) -> Run:
    ranked = Ranked(*_of_topics(stays, run.ranked.topics, run.ranked.items, run.ranked.scores))
    return rank(after, run.name, run.recipe, ranked, others=run.others, warnings=run.warnings)


def _of_topics(
    stays: NDArray[np.bool_], topics: NumberArray, items: NumberArray, values: NDArray[Any]
) -> tuple[NumberArray, NumberArray, NDArray[Any]]:
    """Return the rows of the topics that stay, numbered anew."""
    rows = stays[topics]
    numbers = np.cumsum(stays) - 1
    return numbers[topics[rows]], items[rows], values[rows]


def _is_of(topic: Topic, gone: Gone) -> bool:
    return topic.listener_id in gone or topic.topic_id in gone
