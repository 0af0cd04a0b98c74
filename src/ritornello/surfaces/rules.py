"""The hard rules, as one predicate.

``mask`` says which rows of the catalogue may be shown to this listener now; on a surface of the new alone what
was ever heard may not be drawn either (``Situation.drawable``). Every rung of every surface draws from under
it, ``check`` holds the finished answer against the same predicate, and ``kept`` applies ``mask`` to lists that
were drawn earlier: what was new when they were revealed stays on them.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ritornello.catalog.rulings import Rulings
from ritornello.catalog.view import View
from ritornello.kinds.decisions import Decision, Slot
from ritornello.kinds.errors import Error
from ritornello.listeners.profile import Profile

Mask = NDArray[np.bool_]


ONLY_NEW = frozenset({"discover_weekly"})
"""Surfaces on which nothing is drawn that the listener ever heard."""


class RuleBroken(Error):
    """An answer that breaks a hard rule; it must not leave."""


def mask(view: View, profile: Profile, rulings: Rulings) -> Mask:
    """Return which rows may be shown, shape (len(view),).

    A row may be shown when one can press play on it in the listener's region, it is not explicit
    unless the listener lets that in, and neither it nor any artist credited on it (or its show) is
    banned, hated or snoozed by the listener or blocked by the editors. Snoozes that are over do not count.
    """
    allowed = view.available & view.allowed_in(profile.preferences.region)
    if not profile.preferences.allow_explicit:
        allowed &= ~view.explicit
    unwanted = view.rows(profile.banned | profile.snoozed | rulings.blocked)
    if unwanted.size:
        refused = np.zeros(len(view) + 1, dtype=np.bool_)
        refused[unwanted] = True
        allowed &= ~(refused[:-1] | refused[view.artist])
        rows, artists = view.featured.T
        allowed[rows[refused[view.canonical[artists]]]] = False
    return allowed


def kept(slots: Iterable[Slot], view: View, allowed: Mask) -> tuple[Slot, ...]:
    """Return the slots whose items may (still) be shown."""
    rows = ((slot, view.number.get(slot.item_id)) for slot in slots)
    return tuple(slot for slot, row in rows if row is not None and allowed[row])


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
    if len({view.number[slot.item_id] for slot in good}) < len(good):
        raise RuleBroken(f"an item stands twice in a {decision.surface} for {decision.listener_id}")
    return decision
