"""The hard rules, as one predicate.

``mask`` says which rows of the catalogue may be shown to this listener now; on a surface of the new alone what
was ever heard may not be drawn either, and search shows artists, albums and shows beside what one can play
(``Situation.drawable``). Every rung of every surface draws from under
it, ``check`` holds the finished answer against the same predicate, and ``kept`` applies ``mask`` to lists that
were drawn earlier: what was new when they were revealed stays on them.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.rulings import Rulings
from ritornello.catalog.view import EVERY, View
from ritornello.kinds.decisions import Decision, Slot
from ritornello.kinds.errors import Error
from ritornello.kinds.ids import kind_of
from ritornello.listeners.profile import Profile

Mask = NDArray[np.bool_]
Rows = NDArray[np.int32]


ONLY_NEW = frozenset({"discover_weekly"})
"""Surfaces on which nothing is drawn that the listener ever heard."""
WITH_MAKERS = frozenset({"search"})
"""Surfaces that show artists, albums and shows beside what one can press play on."""
LIST = "playlist"
"""The kind of what is no item of the catalogue but a list of them, which keeps the rules itself."""


class RuleBroken(Error):
    """An answer that breaks a hard rule; it must not leave."""


def mask(view: View, profile: Profile, rulings: Rulings) -> Mask:
    """Return which rows may be shown, shape (len(view),).

    A row may be shown when one can press play on it in the listener's region, it is not explicit
    unless the listener lets that in, and neither it nor any artist credited on it (or its show) is
    banned, hated or snoozed by the listener or blocked by the editors. Snoozes that are over do not count.
    """
    return view.available & _wanted(view, profile, rulings, EVERY)


def findable(
    view: View, profile: Profile, rulings: Rulings, has_playable: Mask, rows: Rows | None = None
) -> Mask:
    """Return which rows may be found: what :func:`mask` lets stand, and artists, albums and shows.

    Of these stands what has a name, something to play, and is not (nor who made it) banned, snoozed or blocked.
    Whether explicit things are let in asks a show as well.

    Parameters
    ----------
    has_playable : (len(view),) of which artists, albums and shows there is something to play.
    rows : the rows asked about; all by default.
    """
    among = EVERY if rows is None else rows
    stands = view.available[among] | has_playable[among]
    return stands & _wanted(view, profile, rulings, among)


def _wanted(view: View, profile: Profile, rulings: Rulings, among: Rows | slice) -> Mask:
    """Return which of the rows no rule but that of being playable refuses."""
    allowed = view.allowed_in(profile.preferences.region, among)
    if not profile.preferences.allow_explicit:
        allowed = allowed & ~view.explicit[among]
    unwanted = view.rows(profile.banned | profile.snoozed | rulings.blocked)
    if unwanted.size:
        refused = np.zeros(len(view) + 1, dtype=np.bool_)
        refused[unwanted] = True
        rows, artists = view.featured.T
        by_featured = rows[refused[view.canonical[artists]]]
        of_maker = refused[view.artist[among]]
        refused[by_featured] = True
        allowed = allowed & ~(refused[:-1][among] | of_maker)
    return allowed


def kept(slots: Iterable[Slot], view: View, allowed: Mask) -> tuple[Slot, ...]:
    """Return the slots whose items may (still) be shown; a list of items may."""
    rows = ((slot, view.number.get(slot.item_id)) for slot in slots)
    return tuple(
        slot
        for slot, row in rows
        if (allowed[row] if row is not None else kind_of(slot.item_id) == LIST)
    )


def check(decision: Decision, view: View, allowed: Mask) -> Decision:
    """Return the decision, having held every slot against the rules.

    Raises
    ------
    RuleBroken : a slot holds what may not be shown, or an item stands twice.
    """
    good = kept(decision.slots, view, allowed)
    if len(good) < len(decision.slots):
        bad = next(slot for slot in decision.slots if slot not in good)
        message = f"{bad.item_id} at {bad.shelf}[{bad.position}] may not be shown"
        raise RuleBroken(f"{message} to {decision.listener_id}")
    if len({view.number.get(slot.item_id, slot.item_id) for slot in good}) < len(good):
        raise RuleBroken(f"an item stands twice in a {decision.surface} for {decision.listener_id}")
    return decision
