"""``ritornello listener``: everything of one listener, taken along, erased, or let in anew."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import Tell, answer, progress, say
from ritornello.kinds.errors import BadValue, NotFound
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.store.erasure import Certificate

ListenerName = Annotated[str, typer.Argument(help="The listener's id.", metavar="ID")]
TRAINING_PATIENCE_S = 600.0


class TakenAlong(msgspec.Struct, frozen=True):
    """The parcel written, and its rows by kind: as many as log, lake and tables hold."""

    file: str
    n_rows: dict[str, int]


class Erased(msgspec.Struct, frozen=True):
    """The certificates of the erasures finished."""

    certificates: "list[Certificate]"


class Readmitted(msgspec.Struct, frozen=True):
    """Who may begin anew."""

    listener_id: str


def export(
    listener_id: ListenerName,
    file: Annotated[Path, typer.Argument(help="A .zip to write, or a new folder.")],
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Write everything known of a listener, as files they can read and take elsewhere."""
    from ritornello.catalog.exchange import lines_about
    from ritornello.cli.wiring import find_home, now
    from ritornello.store.leaving import take_along

    with progress("Taking along") as tell:
        contents = take_along(
            find_home(home), listener_id, file, now=now(), items=lines_about, progress=tell
        )
    n_rows = sum(contents.counted_again.values())
    answer(
        TakenAlong(str(file), contents.counted_again),
        as_json=json,
        sentence=f"Wrote {n_rows:,} rows to {file}; counted again, there are as many.",
    )


def erase(
    listener_ids: Annotated[
        list[str] | None, typer.Argument(help="The ids of those who leave.", metavar="[ID]...")
    ] = None,
    *,
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="Name nobody; finish what was begun before.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Erase listeners from log, lake, state and models; nothing of theirs is taken in again."""
    from ritornello.cli.wiring import find_home, now, writing
    from ritornello.evaluate import forgetting
    from ritornello.store import erasure

    found, leaving = find_home(home), listener_ids or []
    if not leaving and not unfinished:
        raise BadValue("say who leaves, or --unfinished to finish what was begun before")
    for listener_id in leaving:
        _check(found, listener_id, ask=not yes)
    if leaving:
        with writing(found) as writer:
            for listener_id in leaving:
                writer.run(partial(erasure.begin, listener_id=listener_id, now=now())).result()
    with progress("Erasing") as tell:
        certificates = erasure.run(
            found,
            now=now,
            retrain=lambda: _retrain(found, tell),
            rejudge=partial(forgetting.without, found),
            progress=tell,
        )
    answer(Erased(certificates), as_json=json, sentence=_in_words(certificates), table=False)


def readmit(listener_id: ListenerName, home: HomePath = DEFAULT_HOME, json: AsJson = False) -> None:
    """Let an erased listener begin anew; nothing comes back."""
    from ritornello.cli.wiring import find_home, writing
    from ritornello.store import tombstones

    with writing(find_home(home)) as writer:
        writer.run(lambda conn: tombstones.lift(conn, listener_id)).result()
    sentence = f"{listener_id} may begin anew."
    answer(Readmitted(listener_id), as_json=json, sentence=sentence, table=False)


def _check(home: Home, listener_id: str, *, ask: bool) -> None:
    """Make sure that there is something to erase, and that it is meant.

    Raises
    ------
    NotFound : nothing is known of them.
    BadValue : the answer was another id, or nobody is there to answer.
    """
    from ritornello.cli.wiring import reading
    from ritornello.store import leaving, tombstones

    with reading(home) as conn:
        n_rows = sum(leaving.count(conn, home, listener_id).values())
        if not n_rows and listener_id not in tombstones.leaving(conn):
            raise NotFound(f"nothing is known of a listener {listener_id!r}")
    if ask:
        if not sys.stdin.isatty():
            raise BadValue(f"nobody is there to ask; `--yes` erases {n_rows:,} rows unasked")
        say(f"{n_rows:,} rows of {listener_id} will be gone for good; nothing brings them back.")
        if typer.prompt("Type the id to erase them", err=True) != listener_id:
            raise BadValue("that is another id; nothing was erased")


def _retrain(home: Home, tell: Tell) -> int:
    """Train on who is left and remove what was trained before; where nobody is left, all of it."""
    from ritornello.cli.train import train_on_all
    from ritornello.models import bundle
    from ritornello.models.training import TrainingConfig
    from ritornello.policies import kept_beliefs, kept_looks
    from ritornello.signals import success_names
    from ritornello.store import artefacts

    with artefacts.training(home, TRAINING_PATIENCE_S):
        version = None
        if artefacts.current_version(home) is not None:
            try:
                version = train_on_all(home, TrainingConfig(), tell).version
            except NotFound:
                say("nobody is left to train on; all models are removed")
        n_removed = bundle.keep_only(home, version) + success_names.forget(home)
        return n_removed + kept_beliefs.forget(home) + kept_looks.forget(home) + _intents_anew(home)


def _intents_anew(home: Home) -> int:
    """Train intents on who is left, under the names they had; return how many versions went."""
    from ritornello.cli.signals_intents import train_and_keep
    from ritornello.signals import kept_intents

    if not kept_intents.versions(home):
        return 0
    try:
        train_and_keep(home)
    except NotFound:
        say("too few are left to train intents on; they are removed")
        return kept_intents.forget(home)
    return 1


def _in_words(certificates: "list[Certificate]") -> str:
    """Say what was erased, of whom without a name."""
    if not certificates:
        return "Nothing was left to erase."
    lines = ["Erased; these certificates name nobody:"]
    for each in certificates:
        n_rows = sum(each.n_removed.values())
        lines.append(
            f"{each.listener_hash}: {n_rows:,} rows removed, {each.n_files_rewritten} files of the "
            f"lake written again, {each.n_models_removed} models removed."
        )
    return "\n".join(lines)


VERBS: dict[str, Callable[..., None]] = {"export": export, "erase": erase, "readmit": readmit}
