"""Everything else of a listener that decides: what they said and chose, whom they are compared with, what an hour is for.

Taste is in their portrait (``histories``), and what the tables of signals let us believe in ``believing``; together
they are the profile that is used, and nothing else is.
"""

import sqlite3
from collections.abc import Sequence

import msgspec

from ritornello.catalog import items as catalogue_items
from ritornello.kinds.events import ActKind, Device
from ritornello.kinds.ids import ItemId, ListenerId
from ritornello.kinds.items import AnyItem
from ritornello.kinds.times import Instant, zone
from ritornello.listeners.profile import Profile
from ritornello.serve import answers
from ritornello.serve.service import Service
from ritornello.surfaces import needs, onboarding, showings
from ritornello.surfaces.situation import Situation

_ACT_OF_MARK: dict[tuple[str, int], ActKind] = {
    ("feeling", 1): "love",
    ("feeling", -1): "hate",
    ("ban", 1): "ban",
    ("snooze", 1): "snooze",
    ("save", 1): "save",
    ("follow", 1): "follow",
}


class Word(msgspec.Struct, frozen=True):
    """One thing a listener said that stands: the act, about what, and when."""

    act: ActKind
    about_id: ItemId
    about: AnyItem | None
    at: Instant


class Used(msgspec.Struct, frozen=True):
    """What decides beside taste.

    ``n_plays`` are the plays that may lead somewhere, ``n_counted`` of them counts somebody else kept. ``segments``
    are the groups of listeners they are compared with, each with its share; ``needs`` what this hour and device are
    taken to be for. ``n_passed_over`` items stood on Home on the days before and were not played: they stand back.
    ``budget`` is the share of slots that may be a try, ``budget_is_chosen`` where they set it themselves.
    """

    n_plays: int
    n_counted: int
    said: tuple[Word, ...]
    was_asked: bool
    chosen: tuple[AnyItem, ...]
    segments: dict[str, float]
    needs: dict[str, float]
    n_passed_over: int
    budget: float
    budget_is_chosen: bool


async def used(service: Service, listener_id: ListenerId, *, device: Device = "unknown") -> Used:
    """Return what decides beside taste, as the next Home would read it."""

    def read(conn: sqlite3.Connection) -> Used:
        situation = answers.situated(service, conn, listener_id, "home", device)
        profile = situation.profile
        said = words(profile)
        known = catalogue_items.get_many(conn, [*(about for _, about, _ in said), *profile.chosen])
        return Used(
            n_plays=profile.n_plays,
            n_counted=sum(n for i, n in profile.tallies.items() if i not in profile.unused),
            said=tuple(Word(act, about, known.get(about), at) for act, about, at in said),
            was_asked=profile.was_asked,
            chosen=tuple(known[i] for i in sorted(profile.chosen) if i in known),
            segments=_segments(situation),
            needs=dict(zip(needs.NEEDS, needs.needs_of(situation).tolist(), strict=True)),
            n_passed_over=_n_passed_over(situation, conn),
            budget=situation.request.budget,
            budget_is_chosen=profile.preferences.exploration_budget is not None,
        )

    return await service.read(read)


def words(profile: Profile) -> Sequence[tuple[ActKind, ItemId, Instant]]:
    """Return what stands of what a listener said of items and makers, the latest first."""
    standing = [
        (_ACT_OF_MARK[mark, value], about, profile.marked_at[about, mark])
        for (about, mark), value in profile.marks.items()
        if (mark, value) in _ACT_OF_MARK and (mark != "snooze" or about in profile.snoozed)
    ]
    return sorted(standing, key=lambda word: word[2], reverse=True)


def _segments(situation: Situation) -> dict[str, float]:
    """Return whom a listener is compared with; nobody without models."""
    if situation.stock.bundle is None:
        return {}
    found = onboarding.segments_of(situation)
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def _n_passed_over(situation: Situation, conn: sqlite3.Connection) -> int:
    """Count the items that stand back on Home because they were passed over."""
    request = situation.request
    shown = showings.recall(conn, situation.profile.listener_id, "home")
    today = request.at.astimezone(zone(request.time_zone)).date()
    found = showings.exposure(shown, situation.view, situation.own, today)
    return int((found[:-1] > 0).sum())
