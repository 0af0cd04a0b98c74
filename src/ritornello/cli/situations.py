"""What a surface is asked with, outside a server: the catalogue, rulings and models of one instant."""

from collections.abc import Callable
from datetime import datetime
from sqlite3 import Connection
from time import monotonic

from ritornello.catalog.rulings import in_force
from ritornello.catalog.view import View
from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import Device
from ritornello.kinds.settings import Settings
from ritornello.listeners.profile import Profile
from ritornello.models.bundle import Current
from ritornello.policies import beliefs
from ritornello.policies.beliefs import NOTHING_LEARNED
from ritornello.store.home import Home
from ritornello.surfaces import fallbacks, last_good, moment_taste, moments
from ritornello.surfaces.home import decide
from ritornello.surfaces.ladder import Ladder
from ritornello.surfaces.lists import Terms, terms_of
from ritornello.surfaces.moment_lists import Asked
from ritornello.surfaces.pools import MOMENTS, Pool
from ritornello.surfaces.recipes import Surface, load
from ritornello.surfaces.situation import Request, Situation, stock_of

PATIENCE_S = 60.0
"""Nobody waits for a page here, so a slow model may answer."""


def patient_ladder() -> Ladder:
    """Return a ladder whose rungs have all the time they need."""
    return Ladder(monotonic, deadline_s=PATIENCE_S)


def terms(settings: Settings, surface: Surface) -> Terms:
    """Return the terms of a surface with a period, with all the time its rungs need."""
    return terms_of(settings, surface, {surface: load(surface)}, {surface: patient_ladder()})


def situations(
    home: Home,
    conn: Connection,
    settings: Settings,
    at: datetime,
    surface: str,
    *,
    device: Device = "unknown",
) -> Callable[[Profile], Situation]:
    """Return what makes the situation of a profile, all over the stock of now."""
    stock = stock_of(View.read(conn), in_force(conn, at), Current(home).refresh())

    def situation_of(profile: Profile) -> Situation:
        request = Request.of(
            profile,
            surface,
            time_zone=settings["time_zone"],
            budget=settings["exploration_budget"],
            seed=settings["seed"],
            device=device,
        )
        return Situation(request, stock)

    return situation_of


def moment(home: Home, conn: Connection, situation: Situation, pool: Pool) -> Decision:
    """Return a moment's list decided now and not written down."""
    who = situation.profile.listener_id
    return moments.decide(
        Asked(situation, pool),
        patient_ladder(),
        remembered=lambda: last_good.recall(conn, home, who, f"{MOMENTS}/{pool.name}"),
        counted=lambda: fallbacks.counted(conn),
        learned=lambda: moment_taste.read_learned(
            conn, beliefs.read(conn, NOTHING_LEARNED), pool.name, situation.profile
        ),
    )


def home_page(home: Home, conn: Connection, situation: Situation) -> Decision:
    """Return a Home page decided now and not written down."""
    who = situation.profile.listener_id
    return decide(
        situation,
        load("home"),
        patient_ladder(),
        remembered=lambda: last_good.recall(conn, home, who, "home"),
        counted=lambda: fallbacks.counted(conn),
    )
