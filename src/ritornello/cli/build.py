"""``ritornello build``: make the lists that are due, and draft those that will be soon."""

import msgspec

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress

DRAFT_AHEAD_H = 36
"""How long before a listener's Monday their next list is drafted."""


class Made(msgspec.Struct, frozen=True):
    """Listeners looked at, lists made and how many of them short, by rung; lists drafted ahead."""

    n_listeners: int
    n_lists: int
    n_short: int
    by_rung: dict[str, int]
    n_drafts: int


def build(home: HomePath = DEFAULT_HOME, json: AsJson = False) -> None:
    """Make this week's Discover Weekly for everyone who has none, and draft the next one."""
    from datetime import timedelta

    from ritornello.cli.moment import patient_ladder, situations
    from ritornello.cli.wiring import find_home, now, reading, settings_of, writing
    from ritornello.surfaces import recipes, weekly_build
    from ritornello.surfaces.lists import Terms

    found, at = find_home(home), now()
    settings = settings_of(found)
    ladder, recipe = patient_ladder(), recipes.load("discover_weekly")
    terms = Terms(recipe, ladder, settings["min_plays_for_weekly"])
    with (
        reading(found) as conn,
        writing(found, rows_a_group=weekly_build.A_TRANSACTION) as writer,
        progress("Building") as tell,
    ):
        situation_of = situations(found, conn, settings, at, "discover_weekly")
        everybody = weekly_build.everybody(conn)
        built = weekly_build.build(
            conn,
            writer,
            everybody,
            situation_of,
            terms,
            now=at,
            progress=lambda done, total: tell(f"{done:,} listeners", done / max(total, 1)),
        )
        ahead = timedelta(hours=DRAFT_AHEAD_H)
        n_drafts = weekly_build.draft(
            conn, writer, everybody, situation_of, terms, now=at, ahead=ahead
        )
    made = Made(built.n_listeners, built.n_lists, built.n_short, built.by_rung, n_drafts)
    answer(made, as_json=json, sentence=f"Made {built.n_lists:,} lists.")
