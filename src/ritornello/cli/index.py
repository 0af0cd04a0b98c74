"""``ritornello index``: make the indexes of search anew, of names and of what is said, and put them in use.

A server indexes by itself, and takes in what changes meanwhile; this is for a home that nobody serves, and for a change of
what is indexed.
"""

import msgspec

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress


class Indexed(msgspec.Struct, frozen=True):
    """How much can be found by name, and in how many passages of how many episodes."""

    n_names: int
    n_episodes: int
    n_passages: int


def index(home: HomePath = DEFAULT_HOME, json: AsJson = False) -> None:
    """Make the indexes of names and of what is said in episodes."""
    from contextlib import closing

    from ritornello.cli.wiring import find_home, now, settings_of
    from ritornello.kinds.randomness import derive
    from ritornello.store.database import connect
    from ritornello.surfaces.search import building, passage_building

    found = find_home(home)
    rng = derive(settings_of(found)["seed"], "index")
    with closing(connect(found)) as conn, progress("Indexing") as tell:
        names = building.build(
            found,
            conn,
            now=now(),
            progress=lambda done, total: tell(f"{done:,} items", 0.8 * done / max(total, 1)),
        )
        spoken = passage_building.build(
            found,
            conn,
            rng,
            lambda done, total: tell(f"{done:,} episodes", 0.8 + 0.2 * done / max(total, 1)),
        )
    indexed = Indexed(names.n_documents, spoken.n_episodes, spoken.n_passages)
    sentence = f"{indexed.n_names:,} names and {indexed.n_passages:,} passages can be found."
    answer(indexed, as_json=json, sentence=sentence, table=False)
