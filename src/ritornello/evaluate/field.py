"""The field entrants compete on: who is judged by what among what, frozen, and entrants' answers as runs on it.

Items are named as they are today: what two ids named by the split may be one item by now. The universe is everything one
could press play on by the split and everything that was held out, also what nobody knew by then.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ritornello.catalog.view import NONE
from ritornello.evaluate import runs
from ritornello.evaluate.asking import Part, Rankings
from ritornello.evaluate.collections import Collection, Origin, Topic, freeze
from ritornello.evaluate.content import NOWHERE, NumberArray, numbered
from ritornello.evaluate.held_out import Right
from ritornello.evaluate.in_service import InService
from ritornello.evaluate.runs import Run
from ritornello.kinds.ids import ItemId, ListenerId
from ritornello.measures.about import About, Entries
from ritornello.measures.matching import Judged, Ranked

Merges = Mapping[ItemId, ItemId]


class Field(msgspec.Struct, frozen=True, dict=True):
    """What is judged: ``listeners`` in order with their ``groups``, what was ``right``, ids as ``merges`` lead today."""

    service: InService
    right: Right
    merges: Merges
    listeners: Sequence[ListenerId]
    groups: Sequence[Mapping[str, str]]

    @cached_property
    def items(self) -> tuple[ItemId, ...]:
        """The universe: ids in order."""
        view = self.service.stock.view
        playable = (view.ids[row] for row in np.flatnonzero(view.available))
        today = {self.merges.get(each, each) for each in playable}
        return tuple(sorted(today | set(self.right.item_ids.tolist())))

    @cached_property
    def numbers(self) -> dict[ItemId, int]:
        """Each id's place in the universe."""
        return {item_id: number for number, item_id in enumerate(self.items)}

    def numbers_of(self, ids: Sequence[ItemId]) -> NumberArray:
        """Return the places of ids as they were by the split."""
        return numbered([self.merges.get(each, each) for each in ids], self.numbers)

    @cached_property
    def rows(self) -> NumberArray:
        """The place in the universe of each row of the catalogue; the last is that of no row."""
        return np.append(self.numbers_of(self.service.stock.view.ids), NOWHERE)

    @cached_property
    def heard(self) -> NDArray[np.bool_]:
        """Which of what was held out its listener had heard before, (n_right,), as surfaces know it."""
        of_listener: dict[ListenerId, list[int]] = {}
        for place, who in enumerate(self.right.listener_ids.tolist()):
            of_listener.setdefault(who, []).append(place)
        found = np.zeros(len(self.right.served), np.bool_)
        for who in self.listeners:
            (situation,) = self.service.situations([who])
            before = {self.merges.get(each, each) for each in situation.profile.heard}
            places = of_listener.get(who, [])
            found[places] = [self.right.item_ids[place] in before for place in places]
        return found

    def of_part(self, part: Part) -> NDArray[np.bool_]:
        """Return which of what was held out belongs to a part."""
        if part == "all":
            return np.ones(len(self.heard), np.bool_)
        return self.heard if part == "again" else ~self.heard

    def has(self, part: Part) -> bool:
        """Say whether anything of a part was right for anybody."""
        return bool((self.right.served & self.of_part(part)).any())

    def collection(self, part: Part) -> Collection:
        """Freeze the judgements of a part, of the listeners for whom something of it was right."""
        right, inside = self.right, self.of_part(part)
        judged = {str(who) for who in right.listener_ids[inside & right.served]}
        inside &= np.isin(right.listener_ids, sorted(judged))
        topics = [
            Topic(who, who, segments=dict(groups))
            for who, groups in zip(self.listeners, self.groups, strict=True)
            if who in judged
        ]
        places = {topic.topic_id: place for place, topic in enumerate(topics)}
        split = self.service.past.split
        return freeze(
            f"offline/{split.name}/{split.at:%Y-%m-%dT%H:%M}/{part}",
            topics,
            self.items,
            Judged(
                numbered(right.listener_ids[inside].tolist(), places),
                numbered(right.item_ids[inside].tolist(), self.numbers),
                right.served[inside].astype(np.float64),
            ),
            Origin("outcomes", success=right.success, split_at=split.at, source=split.blind_to),
        )

    def run(
        self, collection: Collection, part: Part, name: str, recipe: dict[str, Any], found: Rankings
    ) -> Run | None:
        """Return what an entrant ranked of a part as a run; ``None`` where it ranked nothing.

        Scores are places from below: the order is what was served.
        """
        topics, items, scores = [], [], []
        for who, rows in zip(self.listeners, found[part], strict=True):
            topic = collection.topic_numbers.get(who, NOWHERE)
            ranked = self._once(self.rows[rows]) if topic != NOWHERE else np.empty(0, np.int64)
            topics.append(np.full(len(ranked), topic))
            items.append(ranked)
            scores.append(-np.arange(len(ranked), dtype=np.float64))
        if not sum(map(len, items)):
            return None
        ranked_all = Ranked(np.concatenate(topics), np.concatenate(items), np.concatenate(scores))
        return runs.rank(collection, name, recipe, ranked_all)

    @staticmethod
    def _once(items: NumberArray) -> NumberArray:
        """Return items in their order, each where it stands first: two ids may be one item by now."""
        _, first = np.unique(items, return_index=True)
        return items[np.sort(first)]

    def about(self, collection: Collection) -> About:
        """Return what measures beyond relevance must know, as it was by the split."""
        played = self.service.interactions
        columns = self.numbers_of(played.vocabulary.ids)
        inside = columns != NOWHERE
        onto = csr_matrix(
            (np.ones(inside.sum()), (np.flatnonzero(inside), columns[inside])),
            shape=(played.n_items, len(self.items)),
        )
        plays = played.matrix(played.n_plays) @ onto
        row_of = {who: row for row, who in enumerate(played.listeners)}
        rows = numbered([topic.topic_id for topic in collection.topics], row_of)
        theirs = plays[rows[rows != NOWHERE]].tocoo()
        vectors = None
        if self.service.stock.bundle is not None:
            vectors = onto.T @ self.service.stock.bundle.ials.factors
        judged = collection.judged
        return About(
            n_topics=len(collection.topics),
            n_items=len(self.items),
            popularity=np.asarray((plays > 0).sum(axis=0), np.float64).ravel(),
            n_listeners=played.n_listeners,
            traits=self._traits(),
            vectors=vectors,
            histories=Entries(np.flatnonzero(rows != NOWHERE)[theirs.row], theirs.col, theirs.data),
            relevant=Entries(judged.topics, judged.items, np.asarray(judged.grades, np.float64)),
        )

    def _traits(self) -> Entries:
        """Return the genre of each item that has one."""
        view = self.service.stock.view
        told = np.flatnonzero((view.genre != NONE) & (self.rows[:-1] != NOWHERE))
        items, first = np.unique(self.rows[told], return_index=True)
        return Entries(items, view.genre[told[first]].astype(np.int64), np.ones(len(items)))
