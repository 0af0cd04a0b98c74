"""``ritornello init``: make an empty home."""

import msgspec

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer


class Made(msgspec.Struct, frozen=True):
    """The home, and whether it was made just now."""

    home: str
    new: bool


def init(home: HomePath = DEFAULT_HOME, json: AsJson = False) -> None:
    """Make an empty home; one that is there already stays as it is."""
    from ritornello.cli.wiring import make_home
    from ritornello.store.home import Home

    new = not Home(home).exists
    make_home(home)
    sentence = (
        f"Made an empty home in {home}." if new else f"{home} is a home already; nothing changed."
    )
    answer(Made(str(home), new), as_json=json, sentence=sentence, table=False)
