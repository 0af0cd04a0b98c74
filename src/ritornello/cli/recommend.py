"""``ritornello recommend``: what Home would show a listener now, and why.

A look, not a showing: nothing is written down, because nobody has seen it.
"""

from sqlite3 import Connection
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer
from ritornello.kinds.decisions import Decision, Rung
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.catalog.view import View


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
    listener_id: Annotated[str, typer.Argument(help="Whose Home.")],
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Print what Home would show LISTENER_ID now, and why."""
    from ritornello.cli.wiring import find_home, reading

    found = find_home(home)
    with reading(found) as conn:
        looked = _look(found, conn, listener_id)
    if json:
        answer(looked, as_json=True)
        return
    because = f" ({looked.rung_because})" if looked.rung_because else ""
    answer(
        looked.slots,
        as_json=False,
        sentence=f"Home of {listener_id}, from the {looked.rung} rung{because}:",
    )


def _look(home: Home, conn: Connection, listener_id: str) -> Looked:
    """Decide a Home page as ``serve`` would, and put it into words."""
    from ritornello.cli.moment import patient_ladder, situations
    from ritornello.cli.wiring import now, settings_of
    from ritornello.listeners.profile import read_profile
    from ritornello.surfaces import fallbacks, last_good, recipes
    from ritornello.surfaces.home import decide

    at = now()
    situation_of = situations(home, conn, settings_of(home), at, "home")
    situation = situation_of(read_profile(conn, listener_id, at))
    decision = decide(
        situation,
        recipes.load("home"),
        patient_ladder(),
        remembered=lambda: last_good.recall(conn, home, listener_id, "home"),
        counted=lambda: fallbacks.counted(conn),
    )
    return Looked(
        listener_id,
        decision.rung,
        decision.rung_because,
        decision.model_version,
        _in_words(decision, situation.view),
    )


def _in_words(decision: Decision, view: "View") -> list[Shown]:
    """Return each slot with its title, its maker and the sentence of its first reason."""
    from ritornello.explain.reasons import sentence
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
