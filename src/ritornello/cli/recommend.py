"""``ritornello recommend``: what a surface would show a listener now, and why.

A look, not a showing: nothing is written down, because nobody has seen it.
"""

from sqlite3 import Connection
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer
from msgspec.structs import replace

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath, Surface
from ritornello.cli.terminal import answer
from ritornello.kinds.decisions import Decision, Rung
from ritornello.kinds.errors import NotFound
from ritornello.kinds.settings import Settings
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.catalog.view import View
    from ritornello.surfaces.situation import Situation


NAMES = {"home": "Home", "discover_weekly": "Discover Weekly", "daily_mix": "Daily Mix"}


class Shown(msgspec.Struct, frozen=True):
    """One slot in words; ``p`` is the probability that this item stood here."""

    shelf: str
    item_id: str
    title: str
    by: str
    p: float
    because: str


class Looked(msgspec.Struct, frozen=True):
    """What would be shown, from which rung and model."""

    listener_id: str
    rung: Rung
    rung_because: str
    model_version: str
    slots: list[Shown]


def recommend(
    listener_id: Annotated[str, typer.Argument(help="Who would be shown it.")],
    home: HomePath = DEFAULT_HOME,
    surface: Annotated[Surface, typer.Option(help="Which surface.")] = "home",
    json: AsJson = False,
) -> None:
    """Print what a surface would show LISTENER_ID now, and why."""
    from ritornello.cli.wiring import find_home, reading

    found = find_home(home)
    with reading(found) as conn:
        looked = _look(found, conn, listener_id, surface)
    if json:
        answer(looked, as_json=True)
        return
    because = f" ({looked.rung_because})" if looked.rung_because else ""
    answer(
        looked.slots,
        as_json=False,
        sentence=f"{NAMES[surface]} of {listener_id}, from the {looked.rung} rung{because}:",
    )


def _look(home: Home, conn: Connection, listener_id: str, surface: Surface) -> Looked:
    """Decide a surface as ``serve`` would, and put it into words."""
    from ritornello.cli.situations import home_page, situations
    from ritornello.cli.wiring import now, settings_of
    from ritornello.listeners.profile import read_profile

    at, settings = now(), settings_of(home)
    situation_of = situations(home, conn, settings, at, surface)
    situation = situation_of(read_profile(conn, listener_id, at))
    if surface == "home":
        decision = home_page(home, conn, situation)
    else:
        decision = _list_in_force(conn, situation, settings, surface)
    return looked_at(decision, situation.view)


def looked_at(decision: Decision, view: "View") -> Looked:
    """Put a decision into words."""
    return Looked(
        decision.listener_id,
        decision.rung,
        decision.rung_because,
        decision.model_version,
        _in_words(decision, view),
    )


def _list_in_force(
    conn: Connection, situation: "Situation", settings: Settings, surface: Surface
) -> Decision:
    """Return the list that stands, else the one that would be made now.

    Raises
    ------
    NotFound : no list can be made of what is known.
    """
    from ritornello.cli.situations import terms
    from ritornello.kinds.times import zone
    from ritornello.surfaces.list_build import KINDS
    from ritornello.surfaces.lists import is_listed, readable

    kind, request = KINDS[surface], situation.request
    if is_listed(conn, situation, kind.period_at(request.at, zone(request.time_zone))):
        found = readable(conn, situation, n=1)[0]
        return replace(found.decision, slots=found.slots)
    decision = kind.due(conn, situation, terms(settings, surface))
    if decision is None:
        who = situation.profile.listener_id
        raise NotFound(f"no {surface} for {who}: too little is known to make one")
    return decision


def _in_words(decision: Decision, view: "View") -> list[Shown]:
    """Return each slot with its title, its maker and the sentence of its first reason."""
    from ritornello.explain.sentences import sentence
    from ritornello.kinds.times import zone

    local = decision.made_at.astimezone(zone(decision.time_zone))
    shown = []
    for slot in decision.slots:
        row = view.number[slot.item_id]
        because = sentence(slot.reasons[0], view, local) if slot.reasons else ""
        title, by = view.title(row), view.artist_name(row)
        shelf = decision.shelf(slot.shelf).title
        shown.append(Shown(shelf, slot.item_id, title, by, slot.propensity, because))
    return shown
