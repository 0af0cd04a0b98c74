"""``ritornello export``: take out the catalogue and the events, and a listener's lists for a player.

The form is told by the file's name: ``.parquet`` is Parquet, anything else JSON Lines, which is what
``ritornello import`` reads; a list is ``.jspf``, ``.xspf`` or ``.m3u8``. A file appears whole or not
at all.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath, ListSurface
from ritornello.cli.terminal import answer, progress
from ritornello.kinds.errors import BadValue, NotFound, UnknownName
from ritornello.kinds.events import EVENT_KINDS
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.intake.playlists import Playlist

FilePath = Annotated[Path, typer.Argument(help="File to write: .parquet, or JSON Lines.")]
ALL = "all"


class Exported(msgspec.Struct, frozen=True):
    """The file written, and how many rows it has."""

    file: str
    n_rows: int


class Listed(msgspec.Struct, frozen=True):
    """The playlist written, its items, and how many of them no player can find in this form."""

    file: str
    title: str
    playlist_id: str
    n_items: int
    n_lost: int


def catalog(file: FilePath, home: HomePath = DEFAULT_HOME, json: AsJson = False) -> None:
    """Write every item of the catalogue, ordered by id."""
    from ritornello.catalog import exchange
    from ritornello.cli.wiring import find_home, reading

    write = exchange.write_parquet if _is_parquet(file) else exchange.write_json_lines
    with reading(find_home(home)) as conn, progress("Exporting"), whole(file) as scratch:
        n_rows = write(conn, scratch)
    tell_written(file, n_rows, as_json=json)


def events(
    file: FilePath,
    kind: Annotated[
        str, typer.Option("--kind", help="listen, impression, act, query, answer; or all.")
    ] = ALL,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Write what happened, sealed or not, kind by kind, ordered by listener and time."""
    from ritornello.cli.wiring import find_home

    if kind not in (*EVENT_KINDS, ALL):
        raise UnknownName.among("kind of event", kind, (*EVENT_KINDS, ALL))
    if _is_parquet(file) and kind == ALL:
        kinds = ", ".join(EVENT_KINDS)
        raise BadValue(f"a Parquet file holds one kind of event; add --kind with one of {kinds}")
    found = find_home(home)
    with progress("Exporting"), whole(file) as scratch:
        n_rows = (
            _write_parquet(found, kind, scratch)
            if _is_parquet(file)
            else _write_json_lines(found, tuple(EVENT_KINDS) if kind == ALL else (kind,), scratch)
        )
    tell_written(file, n_rows, as_json=json)


def playlist(
    file: Annotated[Path, typer.Argument(help="File to write: .jspf, .xspf or .m3u8.")],
    *,
    listener: Annotated[str, typer.Option("--listener", help="Whose list.")],
    surface: Annotated[
        ListSurface, typer.Option("--surface", help="Which list.")
    ] = "discover_weekly",
    shelf: Annotated[
        str | None,
        typer.Option("--shelf", help="One shelf of Home, one mix, or the moment, by its name."),
    ] = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Write the list in force as a playlist; what a player cannot find is counted."""
    from ritornello.catalog import items
    from ritornello.cli.wiring import find_home, reading
    from ritornello.intake import playlist_forms
    from ritornello.surfaces.as_playlists import makers

    form = playlist_forms.named(file.suffix.removeprefix("."))
    found = find_home(home)
    with reading(found) as conn, whole(file) as scratch:
        listed = _listed(found, conn, listener, surface, shelf)
        tracks = items.get_many(conn, listed.item_ids)
        known = items.get_many(conn, makers(tracks.values())) | tracks
        written = playlist_forms.write(form, listed, known)
        scratch.write_bytes(written.body)
    told = Listed(str(file), listed.title, str(listed.playlist_id), written.n_items, written.n_lost)
    sentence = f"Wrote {listed.title!r} to {file}: {written.n_items:,} items."
    if written.n_lost:
        sentence += (
            f" Of {written.n_lost:,} nobody said where they lie; they are comments. "
            "A catalogue with `location` mends that."
        )
    answer(told, as_json=json, sentence=sentence, table=False)


def _listed(
    home: Home, conn: Connection, listener_id: str, surface: ListSurface, shelf: str | None
) -> "Playlist":
    """Return the list in force as a playlist, written down first as if it were shown."""
    from ritornello.cli.situations import home_page, moment, situations, terms
    from ritornello.cli.wiring import now, settings_of, writing
    from ritornello.listeners.profile import read_profile
    from ritornello.surfaces import as_playlists, daily_mix, discover_weekly, pool_store

    at, settings = now(), settings_of(home)
    profile = read_profile(conn, listener_id, at)
    situation = situations(home, conn, settings, at, surface)(profile)
    with writing(home) as writer:
        if surface == "home":
            decision = home_page(home, conn, situation)
            writer.decide([decision]).result()
            return as_playlists.of_home(decision, decision.slots, shelf)
        if surface == "moments":
            pool = pool_store.current(conn, shelf or "").stands
            decision = moment(home, conn, situation, pool)
            writer.decide([decision]).result()
            return as_playlists.of_moment(decision, decision.slots)
        current = daily_mix.current if surface == "daily_mix" else discover_weekly.current
        found = current(conn, writer, situation, terms(settings, surface))
    if found is None:
        raise NotFound(f"no {surface} for {listener_id}: too little is known to make one")
    return as_playlists.of_list(found, shelf)


def _write_parquet(home: Home, kind: str, file: Path) -> int:
    """Write one kind with the lake's columns."""
    from ritornello.store import lake

    with lake.open_lake(home) as duck:
        rows = lake.relation(duck, home, kind)
        rows.order("listener_id, happened_at, event_id").write_parquet(
            str(file), compression="zstd"
        )
        counted = duck.execute("SELECT count(*) FROM read_parquet(?)", [str(file)]).fetchall()
    return int(counted[0][0])


def _write_json_lines(home: Home, kinds: tuple[str, ...], file: Path) -> int:
    """Write events as they came, kind after kind."""
    from ritornello.store import lake

    encode = msgspec.json.Encoder().encode_lines
    n_rows = 0
    with lake.open_lake(home) as duck, file.open("wb") as lines:
        for kind in kinds:
            lake.relation(duck, home, kind)
            ordered = f"(SELECT * FROM {kind} ORDER BY listener_id, happened_at, event_id)"
            for batch in lake.events(duck, kind, ordered):
                lines.write(encode(batch))
                n_rows += len(batch)
    return n_rows


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """Yield a file beside the wanted one that takes its place once it is complete."""
    if not file.parent.is_dir():
        raise NotFound(f"no folder {file.parent} to write {file.name} into; make it first")
    scratch = file.with_name(f".part.{file.name}")
    try:
        yield scratch
        scratch.replace(file)
    finally:
        scratch.unlink(missing_ok=True)


def _is_parquet(file: Path) -> bool:
    return file.suffix == ".parquet"


def tell_written(file: Path, n_rows: int, *, as_json: bool) -> None:
    """Say which file was written."""
    sentence = f"Wrote {n_rows:,} rows to {file}."
    answer(Exported(str(file), n_rows), as_json=as_json, sentence=sentence, table=False)


VERBS: dict[str, Callable[..., None]] = {"catalog": catalog, "events": events, "list": playlist}
