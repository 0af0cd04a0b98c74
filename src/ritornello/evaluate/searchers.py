"""Searches asked the topics of a collection: the very objects that serve, each as a run with its recipe.

==============  =====================================================================================================
``names``       the index of names alone, nobody asking
``instant``     what stands there while somebody types, every group together, the best first
``search``      the settled answer: its slots in the order of the page, each thing once
``voice``       everything that was heard searched together, for topics that keep it; else what was typed
``passages``    places to enter what is said; where whole episodes are judged, each episode at its best place
``episodes``    BM25 of whole episodes, to hold passages against; where spans are judged, from beginning to end
==============  =====================================================================================================

A topic with a ``listener_id`` is asked by them, with their taste and history; any other by somebody nobody knows. Where a
collection's topics are sessions (typing), the last word may go on.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from ritornello.catalog.postings import postings_of
from ritornello.evaluate import session_topics, span_ids
from ritornello.evaluate.collections import Collection, Topic
from ritornello.evaluate.content import Rows
from ritornello.evaluate.known_items import HEARD, NAMED
from ritornello.evaluate.runs import Run, of_ids
from ritornello.kinds.errors import NotFound, UnknownName
from ritornello.kinds.ids import ListenerId
from ritornello.measures.matching import NothingToJudge
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.recipes import Recipe
from ritornello.surfaces.search import focusing, lexicon, mindset
from ritornello.surfaces.search import search as surface
from ritornello.surfaces.search.focusing import EntryPoint
from ritornello.surfaces.search.hypotheses import of_texts, read
from ritornello.surfaces.search.index import Index
from ritornello.surfaces.search.instant import KINDS, instant
from ritornello.surfaces.search.lexicon import Lexicon
from ritornello.surfaces.search.passage_index import Passages
from ritornello.surfaces.search.search import Asked
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.search.spoken import understand
from ritornello.surfaces.search.terms import terms
from ritornello.surfaces.situation import Situation

DEPTH = 20
N_FOUND = 150
"""So many of what the index finds are ranked, as in service."""
STANDS_MS = 15_000
"""How long an entry is taken to last where nobody knows its end."""
LONGEST_MS = 6 * 3_600_000
"""How long a whole episode is taken to last where nobody knows."""
TOLD_EVERY = 20
NOBODY = "nobody"

Tell = Callable[[str, float], None]


class Ground(msgspec.Struct, frozen=True, eq=False, dict=True):
    """What searches are asked in.

    Attributes
    ----------
    situation_of : who asks, before the stock of now.
    index, passages : of names and of what is said; ``None`` where there is none.
    """

    situation_of: Callable[[ListenerId], Situation]
    recipe: Recipe
    ladder: Ladder
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

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words that can be meant in the catalogue."""
        view = self.situation_of(NOBODY).view
        return lexicon.of(view, postings_of(view))


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
    """Return what stands on the page of a settled search for a name, each thing once."""
    situation = ground.situation_of(query.listener_id)
    found = ground.names.find(Sought(query.text), N_FOUND)
    best = situation.view.number.get(found.item_ids[0]) if found.item_ids else None
    of = mindset.of(
        mindset.Asking(query.text, best_name="" if best is None else situation.view.title(best))
    )
    asked = Asked(situation, query.text, found=found, p_known_item=of.p_known_item)
    decision = surface.decide(asked, ground.ladder, ground.recipe)
    return list(dict.fromkeys(slot.item_id for slot in decision.slots))[:n]


def spoken_for(ground: Ground, query: Query, n: int) -> Sequence[str]:
    """Return what may be meant by all that was heard."""
    heard = query.topic.context.get(HEARD)
    hypotheses = of_texts([query.text]) if heard is None else read(heard)[0]
    view = ground.situation_of(NOBODY).view

    def told(item_id: str) -> tuple[str, str]:
        row = view.number.get(item_id)  # an editors' moment has none
        return (item_id, "") if row is None else (view.title(row), view.artist_name(row))

    understood = understand(hypotheses, ground.names, ground.lexicon, told=told, n=n)
    return [each.item_id for each in understood.candidates]


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
    "voice": spoken_for,
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


def _span(entry: EntryPoint) -> str:
    start_ms = entry.start_ms or 0
    end_ms = start_ms + STANDS_MS if entry.end_ms is None else max(entry.end_ms, start_ms + 1)
    return span_ids.write(entry.episode_id, start_ms, end_ms)
