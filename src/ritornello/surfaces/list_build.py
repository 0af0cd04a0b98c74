"""The lists of every surface with a period for everybody: revealed in blocks, committed in short turns."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ritornello.kinds.decisions import Decision
from ritornello.surfaces import daily_mix, discover_weekly
from ritornello.surfaces.lists import Terms
from ritornello.surfaces.recipes import Surface
from ritornello.surfaces.situation import Situation


class Kind(NamedTuple):
    """A surface with a period: which period it is for a listener, and the list that is due then."""

    period_of: Callable[[Situation], str]
    due: Callable[[sqlite3.Connection, Situation, Terms], Decision | None]


SURFACES: Mapping[Surface, Kind] = {
    "discover_weekly": Kind(discover_weekly.week_of, discover_weekly.due),
    "daily_mix": Kind(daily_mix.day_of, daily_mix.due),
}
