"""``ritornello evaluate collection``: the collections a home keeps, or one of them."""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, say

if TYPE_CHECKING:
    from ritornello.evaluate.studies import Kept


class Listed(msgspec.Struct, frozen=True):
    """A study in a list."""

    id: str
    name: str
    kept_at: str
    counts: dict[str, int]
    trouble: str | None = None


class Told(msgspec.Struct, frozen=True):
    """One study: what it holds, what it rests on, and what was kept out."""

    id: str
    name: str
    counts: dict[str, int]
    facts: dict[str, Any]


def collection(
    name: Annotated[
        str | None,
        typer.Argument(help="A collection's name or id; all are listed where none is given."),
    ] = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """List the frozen test collections, or tell what one is made of."""
    from ritornello.cli.wiring import find_home
    from ritornello.evaluate import studies

    found = find_home(home)
    kept = studies.of(found, studies.COLLECTIONS)
    if name is None:
        tell_list(kept, "collection", as_json=json)
        return
    study_id = studies.find(found, studies.COLLECTIONS, name)
    tell_one(next(each for each in kept if each.id == study_id), as_json=json)


def tell_list(kept: "list[Kept]", what: str, *, as_json: bool) -> None:
    """Print studies of a kind, the latest first."""
    listed = [
        Listed(each.id, each.name, each.kept_at.isoformat(timespec="seconds"), each.counts, each.trouble)
        for each in kept
    ]  # fmt: skip
    if as_json:
        answer(listed, as_json=True)
        return
    rows = [
        {"id": each.id, "name": each.name or each.trouble or "", "kept at": each.kept_at, **each.counts}
        for each in listed
    ]  # fmt: skip
    sentence = f"{len(kept)} {what}{'' if len(kept) == 1 else 's'}."
    if not kept:
        sentence = f"No {what} is kept; `ritornello evaluate import {what}` brings one in."
    answer(rows, as_json=False, sentence=sentence)


def tell_one(kept: "Kept", *, as_json: bool) -> None:
    """Print one study, and beside it what was kept out of it."""
    facts = {name: value for name, value in kept.facts.items() if name != "warnings"}
    for warned in kept.facts.get("warnings", ()):
        say(f"Note: {warned['text']}.")
    told = Told(kept.id, kept.name, kept.counts, kept.facts if as_json else facts)
    answer(told, as_json=as_json, sentence=kept.trouble or "")
