"""``ritornello seal``: move the log into the lake."""

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress


def seal(home: HomePath = DEFAULT_HOME, json: AsJson = False) -> None:
    """Move all events, and the decisions no play can join any more, into Parquet files."""
    from datetime import timedelta

    from ritornello.cli.wiring import find_home, now, settings_of
    from ritornello.store.seal import seal as seal_home

    found = find_home(home)
    settings = settings_of(found)
    with progress("Sealing"):
        sealed = seal_home(
            found,
            now(),
            live_decision=timedelta(hours=settings["live_decision_h"]),
            keep_event_ids=timedelta(days=settings["keep_event_ids_days"]),
            chunk_rows=CHUNK_ROWS,
        )
    answer(sealed, as_json=json, sentence=f"Sealed into {sealed.n_files} files.")


CHUNK_ROWS = 20_000
"""Rows removed in one transaction, so that a server beside us waits for milliseconds only."""
