"""``ritornello rebuild``: make every derived table again."""

import msgspec

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress


class Rebuilt(msgspec.Struct, frozen=True):
    """What was made again, from how many records."""

    tables: list[str]
    n_records: int


def rebuild(home: HomePath = DEFAULT_HOME, json: AsJson = False) -> None:
    """Make every derived table again from the lake and the log, while serving goes on."""
    from ritornello.cli.wiring import REDUCERS, find_home, schemas
    from ritornello.store.rebuild import derived_tables
    from ritornello.store.rebuild import rebuild as rebuild_home

    found = find_home(home)
    with progress("Replaying") as tell:
        n_records = rebuild_home(
            found, schemas(), REDUCERS, progress=lambda done, total: tell("", done / max(total, 1))
        )
    answer(
        Rebuilt(derived_tables(schemas()), n_records),
        as_json=json,
        sentence=f"Replayed {n_records:,} records.",
    )
