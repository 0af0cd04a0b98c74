"""``ritornello seal``: move the log into the lake."""

from typing import TYPE_CHECKING

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.store.seal import Sealed


def seal(home: HomePath = DEFAULT_HOME, json: AsJson = False) -> None:
    """Move all events, and the decisions no play can join any more, into Parquet files."""
    from ritornello.cli.wiring import find_home

    with progress("Sealing"):
        sealed = seal_now(find_home(home))
    answer(sealed, as_json=json, sentence=f"Sealed into {sealed.n_files} files.")


def seal_now(home: Home) -> "Sealed":
    """Seal as the home's settings want it."""
    from datetime import timedelta

    from ritornello.cli.wiring import now, settings_of
    from ritornello.store.seal import seal as seal_home

    settings = settings_of(home)
    return seal_home(
        home,
        now(),
        live_decision=timedelta(hours=settings["live_decision_h"]),
        keep_event_ids=timedelta(days=settings["keep_event_ids_days"]),
        chunk_rows=CHUNK_ROWS,
    )


CHUNK_ROWS = 20_000
"""Rows removed in one transaction, so that a server beside us waits for milliseconds only."""
