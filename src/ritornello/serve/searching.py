"""What the API, OpenSubsonic and the pages ask of search: as one types, settled, going on, in an episode.

Plain functions over a service, as in ``answers``. What is found while somebody types decides nothing and is not written
down. A settled search is a decision and the ``Query`` that asked for it: both are committed before the answer is
returned, unless it is a preview, of which nothing stays. Searching by voice is ``speaking``.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from sqlite3 import Connection
from typing import Literal
from uuid import UUID

import msgspec

from ritornello.catalog.rulings import in_force
from ritornello.kinds.decisions import Decision
from ritornello.kinds.errors import NotFound
from ritornello.kinds.events import Answer, Device, Hypothesis, Query, QueryMode, ShortText
from ritornello.kinds.ids import ItemId, ListenerId, uuid7
from ritornello.kinds.times import zone
from ritornello.listeners.profile import read_profile
from ritornello.serve import answers
from ritornello.serve.access import no_listener
from ritornello.serve.service import Service
from ritornello.store.decisions import read_decision
from ritornello.surfaces import pool_store
from ritornello.surfaces.recipes import FoundKind, Recipe
from ritornello.surfaces.search import (
    filters,
    focusing,
    instant,
    leaning,
    mindset,
    own_lists,
    recents,
    suggestions,
    turns,
)
from ritornello.surfaces.search import search as surface
from ritornello.surfaces.search.chips import Chip
from ritornello.surfaces.search.focusing import EntryPoint
from ritornello.surfaces.search.grammar import Doubt
from ritornello.surfaces.search.ground import Ground
from ritornello.surfaces.search.index import Found
from ritornello.surfaces.search.instant import Groups
from ritornello.surfaces.search.mindset import Asking, Mindset
from ritornello.surfaces.search.own_lists import OwnList
from ritornello.surfaces.search.sought import Sought
from ritornello.surfaces.search.standing import Question, Standing
from ritornello.surfaces.search.suggestions import Suggestion
from ritornello.surfaces.situation import Request, Situation

SEARCH: Literal["search"] = "search"
LONGEST_TEXT = 1_000
"""So much of a text is read and kept; what is longer is cut."""
N_FOUND = 150
"""So many of what the index finds are ranked."""
N_PASSAGES = 24
ENTERED_BELOW = 0.5
"""Of whoever looks for one known thing less likely than that, an episode is entered where it speaks of what was asked."""
LONGEST_SHELF, LONGEST_SHORTLIST = 100, 200


class Wanted(msgspec.Struct, frozen=True):
    """A settled search: what was said, and what it is said to.

    ``text`` is read and laid over ``standing``; with ``is_turn`` it goes on from it, as "calmer" and "undo" do. ``shown``
    is the decision the listener sees, of which "the second" is said; ``refines`` the query it came of.
    ``kinds`` and ``n`` narrow and lengthen the shelves.
    """

    text: str = ""
    standing: Standing = Standing()
    is_turn: bool = False
    shown: UUID | None = None
    refines: UUID | None = None
    kinds: tuple[FoundKind, ...] = ()
    n: int | None = None
    device: Device = "unknown"
    client: ShortText = "unknown"
    hypotheses: tuple[Hypothesis, ...] = ()
    is_greedy: bool = False

    @property
    def mode(self) -> QueryMode:
        """How it was said."""
        if self.hypotheses:
            return "voice"
        return "turn" if self.is_turn else "typed"


class Answered(msgspec.Struct, frozen=True):
    """An answer, how the request was read, and what may be asked back.

    ``decision`` is ``None`` where nothing was asked for. ``said`` is what a turn changed or could not; ``told`` are the chips in
    words, by their text. ``lists`` are the lists among the slots by id, ``entries`` the words of places in episodes by
    shelf and position.
    """

    standing: Standing
    decision: Decision | None = None
    said: str = ""
    told: Mapping[str, str] = {}
    doubts: tuple[Doubt, ...] = ()
    question: Question | None = None
    mindset: Mindset = Mindset(0.5)
    query_id: UUID | None = None
    lists: Mapping[ItemId, OwnList] = {}
    entries: Mapping[tuple[str, int], EntryPoint] = {}


class Typed(msgspec.Struct, frozen=True):
    """What somebody who is typing may mean: texts to search for, and the likeliest of each kind."""

    suggestions: tuple[Suggestion, ...]
    groups: Groups


class _Read(msgspec.Struct, frozen=True):
    """What a request came to, before anything is looked for."""

    standing: Standing
    said: str = ""
    doubts: tuple[Doubt, ...] = ()
    question: Question | None = None


async def typed(
    service: Service, listener_id: ListenerId, text: str, *, n: int = 5, device: Device = "unknown"
) -> Typed:
    """Return what somebody who is typing may mean; nothing of it is written down."""

    def read(conn: Connection) -> Typed:
        situation = situated(service, conn, listener_id, device)
        shape, lists = surface.shape_of(service.recipes[SEARCH]), _lists(conn, situation)
        index, begun = service.names.index, text[:LONGEST_TEXT]
        groups = instant.instant(index, situation, begun, shape, n, lists=lists)
        suggested = suggestions.suggest(conn, situation, begun, groups)
        return Typed(tuple(suggested), groups)

    return await service.read(read)


async def recent(service: Service, listener_id: ListenerId, n: int) -> list[str]:
    """Return what a listener searched for lately, the latest first."""
    return await service.read(lambda conn: recents.recall(conn, listener_id, n=n))


async def forget(
    service: Service, listener_id: ListenerId, text: str = "", *, client: ShortText = "unknown"
) -> None:
    """Forget a search, or all of them; it is an event, so nothing remembers it again."""
    now = service.now()
    said = Answer(
        event_id=uuid7(now),
        listener_id=listener_id,
        happened_at=now,
        surface=SEARCH,
        client=client,
        question=recents.RECENT_SEARCHES,
        value=text[:LONGEST_TEXT],
    )
    if await answers.record(service, [said], intake=SEARCH) == ["erased"]:
        raise no_listener(listener_id)


async def search(
    service: Service, listener_id: ListenerId, wanted: Wanted, *, is_kept: bool = True
) -> Answered:
    """Answer a settled search; it and its decision are committed before the answer is returned.

    Parameters
    ----------
    is_kept : no for a preview, of which nothing is written down.

    Raises
    ------
    NotFound : the listener has left, or was never shown what ``shown`` names.
    StorageUnavailable : the decision could not be written down, so nothing may be shown.
    """
    began = service.seconds()
    found = await service.read(lambda conn: answer(service, conn, listener_id, wanted))
    return await committed(service, listener_id, wanted, found, began) if is_kept else found


async def committed(
    service: Service, listener_id: ListenerId, wanted: Wanted, found: Answered, began_s: float
) -> Answered:
    """Write an answer down with the query that asked for it, and return it; nothing where there was nothing to decide.

    Raises
    ------
    NotFound : the listener has left.
    StorageUnavailable : it could not be written down, so nothing may be shown.
    """
    if found.decision is None:
        return found
    query = _query(listener_id, wanted, found.standing, found.decision)
    stored = service.landing.of(service.writer.decide([found.decision]))
    recorded = service.landing.of(service.writer.append([query]))
    if not all(await stored):
        await recorded
        raise no_listener(listener_id)
    await recorded
    service.metrics.shown(found.decision, service.seconds() - began_s)
    return msgspec.structs.replace(found, query_id=query.event_id)


async def passages(
    service: Service, text: str, n: int, *, episode_id: ItemId | None = None
) -> list[EntryPoint]:
    """Return where somebody says what is asked for, in one episode or in all of them; nothing without an index."""
    index = service.spoken.passages
    if index is None:
        return []
    return await service.read(lambda _: focusing.find(index, text[:LONGEST_TEXT], n, episode_id))


def answer(service: Service, conn: Connection, listener_id: ListenerId, wanted: Wanted) -> Answered:
    """Return the answer to a search as it is or would be; called in a reader's thread."""
    latest = service.meant.latest
    situation = situated(service, conn, listener_id, wanted.device)
    shown = _shown(service, conn, situation, wanted.shown)
    read = _read(wanted, latest.ground(service.names.index, shown, service.reader))
    found = decided(service, conn, situation, wanted, read.standing)
    return msgspec.structs.replace(
        found, said=read.said, doubts=read.doubts, question=read.question
    )


def decided(
    service: Service,
    conn: Connection,
    situation: Situation,
    wanted: Wanted,
    standing: Standing,
    *,
    found: Found | None = None,
) -> Answered:
    """Return the answer to what stands; called in a reader's thread.

    Parameters
    ----------
    found : what may be named, where that is known already; else the index is asked.
    """
    latest, chips = service.meant.latest, standing.chips
    told = {str(chip): latest.lexicon.told(chip, partial(_title, situation)) for chip in chips}
    if standing.is_empty:
        return Answered(standing, told=told)
    if found is None and standing.words:
        found = service.names.index.find(Sought(standing.words, is_prefix=True), N_FOUND)
    meant, lists = _mindset(situation, wanted, standing, found), _lists(conn, situation)
    loosened = filters.loosened(chips, situation, situation.drawable) if chips else None
    spoken = _spoken(service, wanted, standing)
    asked = surface.Asked(
        situation,
        standing.words,
        chips,
        found,
        p_known_item=meant.p_known_item,
        passages=spoken,
        lists=lists,
        must=loosened.mask if loosened else None,
        lean=leaning.lean(chips, situation, latest.space) if _say_more_than_a_kind(chips) else None,
    )
    recipe = shaped(service.recipes[SEARCH], wanted.kinds, wanted.n, is_greedy=wanted.is_greedy)
    decision = surface.decide(asked, service.ladders[SEARCH], recipe)
    if meant.p_known_item < ENTERED_BELOW:
        decision = _entered(decision, spoken)
    if loosened and loosened.because:
        because = "; ".join(filter(None, [decision.rung_because, loosened.because]))
        decision = msgspec.structs.replace(decision, rung_because=because)
    return Answered(
        standing,
        decision,
        told=told,
        mindset=meant,
        lists={each.item_id: each for each in lists},
        entries=_entries(decision, spoken),
    )


def _say_more_than_a_kind(chips: Sequence[Chip]) -> bool:
    """Whether chips say more than of which kind: that alone is no reason for this album and not another."""
    return any(chip.kind != "kind" for chip in chips)


def shaped(
    recipe: Recipe,
    kinds: Sequence[FoundKind] = (),
    n: int | None = None,
    *,
    is_greedy: bool = False,
) -> Recipe:
    """Return the recipe of search with the shelves of some kinds alone, each ``n`` long, without tries.

    The recipe's hash is that of what it has become, so that a decision says by what it was made.
    """
    if not (kinds or n or is_greedy):
        return recipe
    shape = surface.shape_of(recipe)
    shelves = [
        shelf
        for shelf in shape.shelves
        if not kinds or (len(shelf.kinds) == 1 and shelf.kinds[0] in kinds)
    ]
    if n is not None:
        length = min(n, LONGEST_SHELF)
        shelves = [
            msgspec.structs.replace(
                shelf,
                length=length,
                shortlist=min(max(shelf.shortlist, 2 * length), LONGEST_SHORTLIST),
                per_artist=min(max(shelf.per_artist, 2 * length), LONGEST_SHELF),
            )
            for shelf in shelves
            if shelf.name != "top"
        ]
    if is_greedy:
        shelves = [msgspec.structs.replace(shelf, policy="greedy") for shelf in shelves]
    searching = msgspec.structs.replace(shape, shelves=tuple(shelves))
    return msgspec.structs.replace(recipe, searching=searching)


def _read(wanted: Wanted, ground: Ground) -> _Read:
    """Read what was said, and lay it over what stands."""
    text, standing = wanted.text[:LONGEST_TEXT], wanted.standing
    if not text.strip():
        return _Read(standing, question=standing.question)
    if wanted.is_turn:
        turned = turns.turn(standing, text, ground)
        return _Read(turned.standing, turned.said, question=turned.question)
    begun = turns.begin(standing, text, ground)
    return _Read(begun.standing, doubts=begun.doubts, question=begun.question)


def _mindset(
    situation: Situation, wanted: Wanted, standing: Standing, found: Found | None
) -> Mindset:
    """Return whether somebody looks for one thing they know."""
    request, best = situation.request, found.item_ids[0] if found and found.item_ids else ""
    played = situation.profile.plays.get(best)
    return mindset.of(
        Asking(
            standing.words,
            standing.chips,
            best_name=_title(situation, best),
            n_plays=played.n_plays if played else 0,
            n_turns=len(standing.earlier) if wanted.is_turn else 0,
            mode=wanted.mode,
            device=wanted.device,
            local_hour=request.at.astimezone(zone(request.time_zone)).hour,
        )
    )


def _title(situation: Situation, item_id: ItemId) -> str:
    row = situation.view.number.get(item_id)
    return "" if row is None else situation.view.title(row)


def _spoken(service: Service, wanted: Wanted, standing: Standing) -> tuple[EntryPoint, ...]:
    """Return the places in episodes where what is asked for is said: the words of ``said``, else all of them."""
    if service.spoken.passages is None or not (not wanted.kinds or "passage" in wanted.kinds):
        return ()
    said = [chip.value for chip in standing.chips if chip.kind == "said" and not chip.is_not]
    n = wanted.n or N_PASSAGES
    return tuple(focusing.find(service.spoken.passages, " ".join(said) or standing.words, n))


def _lists(conn: Connection, situation: Situation) -> tuple[OwnList, ...]:
    """Return the listener's own lists, and the moments of the house, whatever the hour."""
    pools = [version.stands for version in pool_store.in_force(conn).values()]
    lasting = [pool for pool in pools if not pool.is_over(situation.request.at)]
    return own_lists.of_listener(conn, situation, lasting)


def _shown(
    service: Service, conn: Connection, situation: Situation, decision_id: UUID | None
) -> tuple[int, ...]:
    """Return the rows a listener sees, in order.

    Raises
    ------
    NotFound : they were never shown that.
    """
    if decision_id is None:
        return ()
    decision = read_decision(conn, service.home, decision_id)
    if decision is None or decision.listener_id != situation.profile.listener_id:
        raise NotFound(f"no decision {decision_id} that was shown to this listener")
    number = situation.view.number
    return tuple(number[s.item_id] for s in decision.slots if s.item_id in number)


def _entered(decision: Decision, spoken: Sequence[EntryPoint]) -> Decision:
    """Return a decision whose episodes are entered where they speak of what was asked for, the best place of each."""
    best = {each.episode_id: each for each in reversed(spoken)}
    slots = tuple(
        msgspec.structs.replace(
            slot, start_ms=best[slot.item_id].start_ms, end_ms=best[slot.item_id].end_ms
        )
        if slot.item_id in best and slot.start_ms is None
        else slot
        for slot in decision.slots
    )
    return msgspec.structs.replace(decision, slots=slots)


def _entries(decision: Decision, spoken: Sequence[EntryPoint]) -> dict[tuple[str, int], EntryPoint]:
    """Return the words of the slots that enter an episode."""
    known = {(each.episode_id, each.start_ms): each for each in spoken}
    return {
        (slot.shelf, slot.position): known[slot.item_id, slot.start_ms]
        for slot in decision.slots
        if (slot.item_id, slot.start_ms) in known
    }


def _query(
    listener_id: ListenerId, wanted: Wanted, standing: Standing, decision: Decision
) -> Query:
    """Return what was asked as the event it is."""
    text = wanted.text[:LONGEST_TEXT].strip() or standing.words
    return Query(
        event_id=uuid7(decision.made_at),
        listener_id=listener_id,
        happened_at=decision.made_at,
        surface=SEARCH,
        device=wanted.device,
        client=wanted.client,
        decision_id=decision.decision_id,
        mode=wanted.mode,
        text=text or None,
        hypotheses=wanted.hypotheses,
        refines=wanted.refines,
    )


def situated(
    service: Service, conn: Connection, listener_id: ListenerId, device: Device
) -> Situation:
    """Put together who asks, and the stock that was understood, under the rulings of this instant."""
    settings, now = service.settings, service.now()
    asked = Request.of(
        read_profile(conn, listener_id, now),
        SEARCH,
        time_zone=settings["time_zone"],
        budget=settings["exploration_budget"],
        seed=settings["seed"],
        device=device,
    )
    return Situation(asked, service.meant.latest.under(in_force(conn, now)))
