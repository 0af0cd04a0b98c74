"""Searches asked the topics of a collection: the very objects that serve, each as a run with its recipe.

==============  =====================================================================================================
``names``       the index of names alone, nobody asking
``instant``     what stands there while somebody types, every group together, the best first
``search``      the page that answers a settled search: the first of every shelf, then the second of every one
``voice``       the page that answers everything that was heard, for topics that keep it
``passages``    places to enter what is said; where whole episodes are judged, each episode at its best place
``episodes``    BM25 of whole episodes, to hold passages against; where spans are judged, from beginning to end
==============  =====================================================================================================

A topic with a ``listener_id`` is asked by them, with their taste and history; any other by somebody nobody knows. Where a
collection's topics are sessions (typing), the last word may go on.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from ritornello.evaluate import session_topics, span_ids
from ritornello.evaluate.collections import Collection, Topic
from ritornello.evaluate.content import Rows
from ritornello.evaluate.known_items import HEARD, NAMED
from ritornello.evaluate.runs import Run, of_ids
from ritornello.kinds.decisions import Decision
from ritornello.kinds.errors import NotFound, UnknownName
from ritornello.kinds.ids import ListenerId
from ritornello.measures.matching import NothingToJudge
from ritornello.surfaces.recipes import Recipe
from ritornello.surfaces.search import focusing
from ritornello.surfaces.search import search as surface
from ritornello.surfaces.search.focusing import EntryPoint
from ritornello.surfaces.search.hypotheses import Heard, of_texts, read
from ritornello.surfaces.search.index import Index
from ritornello.surfaces.search.instant import KINDS, instant
from ritornello.surfaces.search.passage_index import Passages
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.search.terms import terms
from ritornello.surfaces.situation import Situation

DEPTH = 20
STANDS_MS = 15_000
"""How long an entry is taken to last where nobody knows its end."""
LONGEST_MS = 6 * 3_600_000
"""How long a whole episode is taken to last where nobody knows."""
TOLD_EVERY = 20
NOBODY = "nobody"

Tell = Callable[[str, float], None]


class Ground(msgspec.Struct, frozen=True, eq=False):
    """What searches are asked in; whoever serves hands in how.

    Attributes
    ----------
    situation_of : who asks, before the stock of now.
    settle, speak : the answer to a settled search, and to what was heard; ``None`` where nothing was asked for.
    index, passages : of names and of what is said; ``None`` where there is none.
    """

    situation_of: Callable[[ListenerId], Situation]
    recipe: Recipe
    settle: Callable[[str, ListenerId], Decision | None]
    speak: Callable[[Heard, ListenerId], Decision | None]
    index: Index | None = None
    passages: Passages | None = None

    @property
    def names(self) -> Index:
        """The index of names.

        Raises
        ------
        NotFound : there is none.
        """
        if self.index is None or not len(self.index):
            raise NotFound("nothing has a name here yet; import a catalogue first")
        return self.index

    @property
    def said(self) -> Passages:
        """The index of what is said.

        Raises
        ------
        NotFound : there is none.
        """
        if self.passages is None:
            raise NotFound("no index of what is said; import transcripts first")
        return self.passages


class Query(NamedTuple):
    """What a search is asked: a text, by whom, whether the last word may go on, and the topic it is of."""

    text: str
    listener_id: ListenerId
    is_typed: bool
    topic: Topic


Search = Callable[[Ground, Query, int], Sequence[str]]
"""Called with the ground, a query and how many; returns ids of items or of spans, the best first."""


def names(ground: Ground, query: Query, n: int) -> Sequence[str]:
    """Return what the index of names finds."""
    return ground.names.find(Sought(query.text, NAMED, is_prefix=query.is_typed), n).item_ids


def as_typed(ground: Ground, query: Query, n: int) -> Sequence[str]:
    """Return what stands there while somebody types, all groups together."""
    situation = ground.situation_of(query.listener_id)
    shape = surface.shape_of(ground.recipe)
    groups = instant(ground.names, situation, query.text, shape, n)
    found = [each for kind in KINDS for each in getattr(groups, f"{kind}s")]
    found.sort(key=lambda each: -each.score)
    return [each.item_id for each in found[:n]]


def settled(ground: Ground, query: Query, n: int) -> Sequence[str]:
    """Return what stands on the page of a settled search."""
    return _on_page(ground.settle(query.text, query.listener_id), n)


def spoken(ground: Ground, query: Query, n: int) -> Sequence[str]:
    """Return what stands on the page that answers all that was heard."""
    said = query.topic.context.get(HEARD)
    heard = of_texts([query.text]) if said is None else read(said)[0]
    return _on_page(ground.speak(heard, query.listener_id), n)


def passages(ground: Ground, query: Query, n: int) -> Sequence[str]:
    """Return where to enter what is said."""
    entries = focusing.find(ground.said, query.text, n)
    return [_span(each) for each in entries if each.start_ms is not None]


def episodes(ground: Ground, query: Query, n: int) -> Sequence[str]:
    """Return the episodes that hold most of what is asked, whole."""
    view = ground.situation_of(NOBODY).view
    found = []
    for episode_id in ground.said.episodes(terms(query.text), n):
        row = view.number.get(episode_id)
        lasts_ms = LONGEST_MS if row is None else int(view.duration_ms[row])
        found.append(span_ids.write(episode_id, 0, lasts_ms if lasts_ms > 0 else LONGEST_MS))
    return found


SEARCHES: dict[str, Search] = {
    "names": names,
    "instant": as_typed,
    "search": settled,
    "voice": spoken,
    "passages": passages,
    "episodes": episodes,
}
OF_MINUTES = ("passages", "episodes")
"""Those that answer with spans."""


def is_of_minutes(collection: Collection) -> bool:
    """Whether a collection asks for what is said rather than for a name that is typed or spoken."""
    return session_topics.SESSION not in collection.topics[0].context


def fitting(collection: Collection) -> Sequence[str]:
    """Return the searches that can answer a collection of known items or minutes."""
    if is_of_minutes(collection):
        return OF_MINUTES
    is_heard = HEARD in collection.topics[0].context
    return [each for each in SEARCHES if each not in OF_MINUTES and (is_heard or each != "voice")]


def rank(
    name: str,
    collection: Collection,
    ground: Ground,
    *,
    n: int = DEPTH,
    label: str = "",
    tell: Tell | None = None,
) -> Run:
    """Ask a search every topic of a collection.

    Parameters
    ----------
    label : told beside the search's name, such as what was changed.

    Raises
    ------
    UnknownName : no such search. NotFound : what it searches is not there. NothingToJudge : it found nothing at all.
    """
    if name not in SEARCHES:
        raise UnknownName.among("search", name, SEARCHES)
    search, of_spans = SEARCHES[name], span_ids.read(collection.items[0]) is not None
    topic_ids, item_ids, scores = list[str](), list[str](), list[float]()
    for number, topic in enumerate(collection.topics):
        if tell is not None and number % TOLD_EVERY == 0:
            tell(f"{name}: {collection.name}", number / len(collection.topics))
        is_typed = session_topics.SESSION in topic.context
        query = Query(topic.query or "", topic.listener_id or NOBODY, is_typed, topic)
        found = search(ground, query, n)
        if name in OF_MINUTES and not of_spans:
            found = list(dict.fromkeys(each.partition("#")[0] for each in found))
        topic_ids += [topic.topic_id] * len(found)
        item_ids += found
        scores += range(len(found), 0, -1)
    if not topic_ids:
        raise NothingToJudge(f"{name} finds nothing for any of {len(collection.topics):,} topics")
    rows, called = Rows(topic_ids, item_ids, scores), f"{name} {label}".strip()
    return of_ids(collection, called, recipe(name, ground, n), rows)


def recipe(name: str, ground: Ground, n: int) -> dict[str, Any]:
    """Return what a run of a search is made of."""
    told: dict[str, Any] = {"search": name, "depth": n}
    if name in OF_MINUTES:
        weights = focusing.WEIGHTS._asdict() if name == "passages" else {}
        return {**told, "weights": weights, "n_passages": ground.said.n_passages}
    return {**told, "n_names": len(ground.names), "recipe": ground.recipe.hash}


def _on_page(decision: Decision | None, n: int) -> list[str]:
    """Return what stands on a page, each thing once: the first of every shelf, then the second of every one, and so on."""
    if decision is None:
        return []
    order = {shelf.name: place for place, shelf in enumerate(decision.shelves)}
    slots = sorted(decision.slots, key=lambda slot: (slot.position, order[slot.shelf]))
    return list(dict.fromkeys(slot.item_id for slot in slots))[:n]


def _span(entry: EntryPoint) -> str:
    start_ms = entry.start_ms or 0
    end_ms = start_ms + STANDS_MS if entry.end_ms is None else max(entry.end_ms, start_ms + 1)
    return span_ids.write(entry.episode_id, start_ms, end_ms)
