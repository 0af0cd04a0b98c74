"""A list of a surface as a playlist other programs understand, by the name apps know its kind by."""

from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from ritornello.intake.playlists import Playlist, of_decision
from ritornello.kinds.decisions import Decision, Slot
from ritornello.kinds.errors import UnknownName
from ritornello.kinds.items import AnyItem, Track
from ritornello.kinds.times import monday_of
from ritornello.surfaces.lists import PeriodList, playlist_id
from ritornello.surfaces.pools import MOMENTS

WEEKLY_PATCH = "weekly-exploration"
MIX_PATCH = "daily-jams"
WEEKLY_SAYS = "Thirty tracks you have not heard, mostly by artists you have not heard."
MIX_SAYS = "One side of what you listen to: mostly what you know, some of it new to you."


def of_list(found: PeriodList, shelf: str | None = None) -> Playlist:
    """Return a Weekly, a mix of a day, or all of its mixes, as it stands now."""
    is_weekly = found.decision.surface == "discover_weekly"
    return of_weekly(found) if is_weekly else of_mix(found, shelf)


def of_weekly(weekly: PeriodList) -> Playlist:
    """Return a Weekly as a playlist."""
    decision = weekly.decision
    monday = monday_of(weekly.period)
    whole = of_decision(
        decision,
        title=f"Weekly Exploration for {decision.listener_id}, week of {monday:%Y-%m-%d %a}",
        source_patch=WEEKLY_PATCH,
        annotation=WEEKLY_SAYS,
    )
    item_ids = tuple(slot.item_id for slot in weekly.slots)
    return replace(whole, item_ids=item_ids, expires_at=weekly.expires_at)


def of_mix(mixes: PeriodList, shelf: str | None) -> Playlist:
    """Return one mix of a day, or all of them, as a playlist.

    Raises
    ------
    UnknownName : the day has no such mix.
    """
    _must_be_one_of(mixes.decision, shelf)
    decision, day = mixes.decision, date.fromisoformat(mixes.period)
    name = f": {decision.shelf(shelf).title}" if shelf is not None else ""
    return Playlist(
        playlist_id=playlist_id(decision, shelf),
        title=f"Daily Mix{name} for {decision.listener_id}, {day:%Y-%m-%d %a}",
        listener=decision.listener_id,
        made_at=decision.made_at,
        item_ids=tuple(slot.item_id for slot in mixes.on(shelf)),
        annotation=MIX_SAYS,
        source_patch=MIX_PATCH,
        expires_at=mixes.expires_at,
    )


def of_home(decision: Decision, slots: Iterable[Slot], shelf: str | None = None) -> Playlist:
    """Return one shelf of a Home page, or all of it, as a playlist.

    Parameters
    ----------
    slots : the decision's, or those of them that may still be shown.

    Raises
    ------
    UnknownName : the page has no such shelf.
    """
    _must_be_one_of(decision, shelf)
    name = f": {decision.shelf(shelf).title}" if shelf is not None else ""
    return Playlist(
        playlist_id=decision.decision_id if shelf is None else playlist_id(decision, shelf),
        title=f"Home{name} for {decision.listener_id}, {decision.made_at:%Y-%m-%d %a}",
        listener=decision.listener_id,
        made_at=decision.made_at,
        item_ids=tuple(slot.item_id for slot in slots if shelf in (None, slot.shelf)),
    )


def of_moment(decision: Decision, slots: Iterable[Slot]) -> Playlist:
    """Return a moment's list as a playlist.

    Parameters
    ----------
    slots : the decision's, or those of them that may still be shown.
    """
    whole = of_decision(
        decision,
        title=f"{decision.shelves[0].title} for {decision.listener_id}, {decision.made_at:%Y-%m-%d %a}",
        source_patch=MOMENTS,
    )
    return replace(whole, item_ids=tuple(slot.item_id for slot in slots))


def of_shown(decision: Decision, slots: Iterable[Slot], shelf: str | None = None) -> Playlist:
    """Return what was shown when asked for as a playlist: a moment's list, or a page or one shelf of it.

    Raises
    ------
    UnknownName : the page has no such shelf.
    """
    _must_be_one_of(decision, shelf)
    return (
        of_moment(decision, slots)
        if decision.surface == MOMENTS
        else of_home(decision, slots, shelf)
    )


def _must_be_one_of(decision: Decision, shelf: str | None) -> None:
    names = [each.name for each in decision.shelves]
    if shelf is not None and shelf not in names:
        raise UnknownName.among("shelf", shelf, names)


def makers(tracks: Iterable[AnyItem]) -> list[str]:
    """Return the ids of the artists and albums of these items, whose MusicBrainz ids JSPF names."""
    found: dict[str, None] = {}
    for track in tracks:
        if isinstance(track, Track):
            found.update(dict.fromkeys(track.artist_ids))
            if track.album_id is not None:
                found[track.album_id] = None
    return list(found)
