"""Known items: searches for something the catalogue has, by its name, typed or spoken as people do; what is right is known.

A query is made from an item, so nobody has to judge it and no click is taken for a judgement. The item is right with grade
2; whatever else bears the same name (folded as names are compared) with grade 1, for nobody could tell which was meant.

======================  ======================================================================================
``exact``               the name as it stands
``letters``             each prefix of it, as it is typed without a slip
``typed``               typed fast and with slips (:mod:`~ritornello.evaluate.typing`); who is left with one that stays and
                        has not found it types it again
``slip``                with one letter wrong, missing, added or exchanged
``half_remembered``     with words forgotten
``begun``               its first half
``own``                 the same, typed by a listener who plays it
``misheard``            spoken, as a recogniser hears it (:mod:`~ritornello.evaluate.mishearing`); the query is its best
                        hypothesis, all of them stand in the topic's context under ``heard``
======================  ======================================================================================

Right to tell searches apart by one command. It misleads where it is taken for traffic: kinds are drawn evenly, items within
a kind by their plays, and every name is one somebody knew.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.view import KINDS, View
from ritornello.evaluate import session_topics, typing
from ritornello.evaluate.collections import Collection, Origin, Topic, of_ids
from ritornello.evaluate.content import Rows
from ritornello.evaluate.mishearing import Recogniser
from ritornello.evaluate.sounding import said
from ritornello.kinds.errors import UnknownName
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.randomness import derive
from ritornello.measures.matching import NothingToJudge
from ritornello.surfaces.search.spelling import fold

NAMED = ("track", "artist", "album", "show", "episode")
HEARD, OWN = "heard", "own"
KNOWN = 1.0
MEANT, NAMESAKE = 2.0, 1.0
_PLAYS = "SELECT item_id, sum(n_plays) FROM plays GROUP BY item_id"
_LISTENERS = "SELECT DISTINCT listener_id FROM plays ORDER BY listener_id"
_OF_LISTENER = (
    "SELECT item_id, n_plays FROM plays WHERE listener_id = ? AND n_plays > 0 ORDER BY item_id"
)


class Named(NamedTuple):
    """A name, the item that is meant by it, who made that, everything of the same name, and by whom it is meant."""

    name: str
    item_id: str
    kind: str
    maker: str
    namesakes: tuple[str, ...]
    listener_id: ListenerId | None = None


class Asked(NamedTuple):
    """A query on the way to an item: what stood in the box, keys by then, whether begun anew, what was heard."""

    text: str
    n_keys: int
    is_anew: bool = False
    heard: str = ""


def ways(recogniser: Recogniser) -> dict[str, Callable[[Named, np.random.Generator], list[Asked]]]:
    """Return every way of asking for a name."""
    return {
        "exact": lambda each, _: _once(each.name),
        "letters": lambda each, _: [
            Asked(box.text, box.n_keys) for box in typing.letters(each.name)
        ],
        "typed": lambda each, rng: _typed(each.name, rng),
        "slip": lambda each, rng: _once(typing.slip(each.name, rng)),
        "half_remembered": lambda each, rng: _once(typing.half_remembered(each.name, rng)),
        "begun": lambda each, _: _once(each.name[: -(-len(each.name) // 2)]),
        OWN: lambda each, _: _once(each.name[: -(-len(each.name) // 2)]),
        "misheard": lambda each, rng: _misheard(each, rng, recogniser),
    }


def named(view: View, *, min_letters: int = 2) -> list[list[Named]]:
    """Return the names of a catalogue with their items, a list a kind; what cannot be found is left out."""
    of_name: dict[str, list[int]] = {}
    for row in np.flatnonzero(_may_be_meant(view)).tolist():
        title = view.titles[row]
        if sum(sign.isalnum() for sign in title) >= min_letters:
            of_name.setdefault(fold(title), []).append(row)
    found: dict[str, list[Named]] = {kind: [] for kind in NAMED}
    for same in of_name.values():
        ids = tuple(view.ids[row] for row in same)
        for row in same:
            kind = KINDS[view.kind[row]]
            one = Named(view.titles[row], view.ids[row], kind, view.artist_name(row), ids)
            found[kind].append(one)
    return [each for each in found.values() if each]


def plays(conn: sqlite3.Connection, view: View) -> Mapping[str, int]:
    """Return how often each item was played; who made it, and its album, have the plays of all of theirs."""
    n_plays = np.zeros(len(view), np.int64)
    for item_id, n in conn.execute(_PLAYS):
        if (row := view.number.get(item_id)) is not None:
            n_plays[row] += n
    of_more = n_plays.copy()
    for above in (view.artist, view.album):
        known = above >= 0
        np.add.at(of_more, above[known], n_plays[known])
    return dict(zip(view.ids, of_more.tolist(), strict=True))


def drawn(
    names: Sequence[Sequence[Named]], n_plays: Mapping[str, int], n: int, rng: np.random.Generator
) -> list[Named]:
    """Draw up to n different items, evenly by kind and within a kind by one more than their plays."""
    found: list[Named] = []
    for left, of_kind in zip(range(len(names), 0, -1), sorted(names, key=len), strict=True):
        wanted = min(-(-(n - len(found)) // left), len(of_kind))
        weights = np.array([1 + n_plays.get(each.item_id, 0) for each in of_kind], np.float64)
        keys = np.log(weights) + rng.gumbel(size=len(weights))
        found += [of_kind[place] for place in np.argsort(-keys)[:wanted]]
    return found


def own(
    conn: sqlite3.Connection, names: Sequence[Sequence[Named]], n: int, rng: np.random.Generator
) -> list[Named]:
    """Draw up to n listeners, and of each an item by how often they played it."""
    known = {each.item_id: each for of_kind in names for each in of_kind}
    listeners = [who for (who,) in conn.execute(_LISTENERS)]
    found: list[Named] = []
    for place in rng.permutation(len(listeners)).tolist():
        if len(found) == n:
            break
        played = [
            (i, times) for i, times in conn.execute(_OF_LISTENER, (listeners[place],)) if i in known
        ]
        if played:
            weights = np.array([times for _, times in played], np.float64)
            chosen = played[int(rng.choice(len(played), p=weights / weights.sum()))][0]
            found.append(known[chosen]._replace(listener_id=listeners[place]))
    return found


def collection(way: str, meant: Sequence[Named], seed: int, recogniser: Recogniser) -> Collection:
    """Make a collection of searches for these items, typed or spoken in a way.

    Raises
    ------
    UnknownName : no such way. NothingToJudge : nothing of any name can be typed or spoken so.
    """
    known = ways(recogniser)
    if way not in known:
        raise UnknownName.among("way", way, known)
    topics: list[Topic] = []
    right: list[tuple[str, str, float]] = []
    for number, each in enumerate(meant):
        rng = derive(seed, "known_items", way, each.item_id)
        for step, asked in enumerate(known[way](each, rng)):
            topics.append(_topic(f"{number:06d}", step, each, asked))
            topic_id = topics[-1].topic_id
            right += [
                (topic_id, item_id, MEANT if item_id == each.item_id else NAMESAKE)
                for item_id in each.namesakes
            ]
    if not topics:
        raise NothingToJudge(f"of {len(meant):,} names none can be asked for by {way!r}")
    about = Origin("construction", "open", source=f"names of the catalogue, {way}, seed {seed}")
    topic_ids, item_ids, grades = zip(*right, strict=True)
    rows = Rows(topic_ids, item_ids, grades)
    return of_ids(f"known-items/{way}", rows, about, topics=topics)


def recogniser_of(names: Sequence[Sequence[Named]]) -> Recogniser:
    """Return a recogniser that knows the words of a catalogue's names, each as often as it occurs there."""
    words = (word for of_kind in names for each in of_kind for word in said(each.name))
    return Recogniser(Counter(words))


def _may_be_meant(view: View) -> NDArray[np.bool_]:
    """Return the rows of these kinds that can be played, and those that something of theirs can, (n_rows,)."""
    has_some = np.zeros(len(view), np.bool_)
    for above in (view.artist, view.album):
        has_some[above[view.available & (above >= 0)]] = True
    is_named = np.isin(view.kind, [KINDS.index(kind) for kind in NAMED])
    own = view.canonical == np.arange(len(view))
    return np.asarray(is_named & own & (view.available | has_some))


def _topic(session: str, step: int, each: Named, asked: Asked) -> Topic:
    context = session_topics.context(
        session, step, asked.n_keys, is_anew=asked.is_anew, p_known_item=KNOWN
    )
    if asked.heard:
        context[HEARD] = asked.heard
    return Topic(
        f"{session}.{step:03d}", each.listener_id, asked.text, context, segments={"kind": each.kind}
    )


def _once(text: str) -> list[Asked]:
    return [Asked(text, len(text))]


def _typed(name: str, rng: np.random.Generator) -> list[Asked]:
    """Type a name fast; where a slip stays, take all of it back (one key) and type it with care."""
    found = [Asked(box.text, box.n_keys) for box in typing.typed(name, rng)]
    if found[-1].text == name:
        return found
    before = found[-1].n_keys + 1
    again = typing.letters(name)
    return found + [Asked(box.text, before + box.n_keys, box is again[0]) for box in again]


def _misheard(each: Named, rng: np.random.Generator, recogniser: Recogniser) -> list[Asked]:
    """Say a name; what cannot be spoken is asked by nobody."""
    if not said(each.name):
        return []
    heard = recogniser.hear(each.name, rng, kind=each.kind, maker=each.maker)
    n_best = msgspec.json.encode(heard.as_n_best).decode()
    return [Asked(heard.alternatives[0].text, 0, heard=n_best)]
