"""``ritornello import``: bring in catalogues, events and counts.

An import can be stopped at any time; the same command goes on where it stopped. What could not be
kept is counted by rule at the end, and every bad row can be read with ``ritornello doctor --faults``.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from os import fsencode
from pathlib import Path
from sqlite3 import Connection
from typing import TYPE_CHECKING, Annotated, Any, get_args

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress
from ritornello.kinds.errors import BadValue, NotFound, UnknownName
from ritornello.store.home import Home

if TYPE_CHECKING:
    from ritornello.intake.chunks import Chunk
    from ritornello.intake.importing import Summary

AUTO = "auto"
Again = Annotated[bool, typer.Option("--again", help="Read a file that was imported before.")]


def catalog(
    file: Annotated[Path, typer.Argument(help="JSON Lines, or .parquet.")],
    again: Again = False,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Bring in items as `export catalog` writes them; what a row says replaces what was known."""
    from ritornello.catalog.exchange import SOURCE
    from ritornello.intake.importing import catalogue

    with _found(home) as (place, _):
        _bring_in(place, SOURCE, catalogue(_there(file)), [file], again=again, as_json=json)


def events(
    file: Annotated[Path, typer.Argument(help="JSON Lines, one event a line.")],
    again: Again = False,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Bring in events as `export events` writes them; import their catalogue first."""
    from ritornello.cli.wiring import now
    from ritornello.intake import event_lines as form

    with _found(home) as (place, conn):
        at, known = now(), _known(conn)

        def chunks(after: int) -> Iterator["Chunk"]:
            return form.read(file, now=at, known=known, after=after)

        _bring_in(place, form.SOURCE, chunks, [_there(file)], again=again, as_json=json)


def interactions(
    file: Annotated[Path, typer.Argument(help="CSV, TSV or .parquet with named columns.")],
    *,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="What the table calls a column, such as listener=user."),
    ] = None,
    times: Annotated[
        str, typer.Option("--times", help="Form of times: iso8601, utc, unix_s, unix_ms, unix_us.")
    ] = "iso8601",
    delimiter: Annotated[
        str, typer.Option("--delimiter", help="What parts the fields; told by the name if absent.")
    ] = "",
    again: Again = False,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Bring in a table of who played what: with times as listens, without as counts."""
    from ritornello.catalog.items import Resolver
    from ritornello.cli.wiring import now
    from ritornello.intake import interactions as form

    names = _columns(column or [])
    columns = form.Columns(**names, time_form=_time_form(times), delimiter=delimiter)
    about = msgspec.json.encode(columns).decode()
    with _found(home) as (place, conn):
        at, known = now(), _known(conn)

        def chunks(after: int) -> Iterator["Chunk"]:
            resolver = Resolver(conn)
            return form.read(file, columns, now=at, resolver=resolver, known=known, after=after)

        files = [_there(file)]
        _bring_in(place, form.SOURCE, chunks, files, about, again=again, as_json=json)


def hetrec(
    folder: Annotated[Path, typer.Argument(help="Folder with artists.dat and user_artists.dat.")],
    again: Again = False,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Bring in the HetRec 2011 Last.fm folder: artists, tags, play counts without times."""
    from ritornello.intake import hetrec as form

    files = [folder / name for name in form.FILES if (folder / name).is_file()]
    with _found(home) as (place, _):
        chunks = partial(form.read, folder)
        _bring_in(place, form.SOURCE, chunks, files, again=again, as_json=json)


def history(
    path: Annotated[Path, typer.Argument(help="The export: a zip, a folder or a file.")],
    *,
    listener: Annotated[str, typer.Option("--listener", help="Whose history it is.")],
    form: Annotated[
        str,
        typer.Option(
            "--form",
            help="auto, spotify, spotify_basic, listenbrainz, lastfm or scrobbler_log.",
        ),
    ] = AUTO,
    with_incognito: Annotated[
        bool, typer.Option("--with-incognito", help="Keep private sessions, as private listens.")
    ] = False,
    again: Again = False,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Bring in a listener's history from elsewhere; which export it is, its content tells."""
    from ritornello.cli.wiring import now, settings_of
    from ritornello.intake import apart, histories
    from ritornello.listeners.preferences import read_preferences

    _must_be_a_listener(listener)
    found = histories.find(path, None if form == AUTO else form)
    with _found(home) as (place, conn):
        stated = read_preferences(conn, listener).time_zone or settings_of(place)["time_zone"]
        asked = apart.Asked(
            home=fsencode(place.path),
            path=fsencode(path),
            form=found.form.name,
            listener_id=listener,
            now=now(),
            time_zone=stated,
            with_incognito=with_incognito,
        )
        digest = histories.digest(found, listener, asked.options)
        chunks = apart.chunks(asked)
        _run(place, found.form.name, chunks, digest, again=again, as_json=json, whose=listener)


def feed(
    source: Annotated[
        str,
        typer.Argument(help="RSS file, folder of feed.xml and transcripts, or allowed address."),
    ],
    again: Again = False,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Bring in a podcast: show, episodes, transcripts, chapters; reading it again updates them."""
    from ritornello.catalog.transcripts import transcribed
    from ritornello.cli.feed_source import opened
    from ritornello.cli.wiring import now
    from ritornello.intake import feeds as form

    with _found(home) as (place, conn), opened(place, source) as found:
        at = now()
        known = set() if again or found.address is None else transcribed(conn)

        def chunks(after: int) -> Iterator["Chunk"]:
            return form.read(
                found.file,
                now=at,
                address=found.address,
                document=found.document,
                transcribed=known,
                after=after,
            )

        _there(found.file)
        about = found.address or ""
        _bring_in(place, form.SOURCE, chunks, found.files, about, again=again, as_json=json)


def transcripts(
    folder: Annotated[
        Path, typer.Argument(help="Folder of .vtt, .srt, .json, .html, .txt or .md.")
    ],
    show: Annotated[
        str, typer.Option("--show", help="The show they are of; makes episodes it lacks.")
    ] = "",
    again: Again = False,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Bring in what is said in episodes: each file is put to the episode it is called as."""
    from ritornello.intake import transcript_files as form

    with _found(home) as (place, conn):
        files = form.files_of(folder)

        def chunks(after: int) -> Iterator["Chunk"]:
            return form.read(folder, conn, show=show, after=after)

        names = "\x1f".join(file.name for file in files)
        _bring_in(place, form.SOURCE, chunks, files, show, names, again=again, as_json=json)


def _bring_in(
    home: Home,
    source: str,
    chunks: Callable[[int], Iterator["Chunk"]],
    files: Sequence[Path],
    *about: str,
    again: bool,
    as_json: bool,
) -> None:
    """Import what files hold; ``about`` is whatever else decides what is read from them."""
    from ritornello.intake.digests import digest_of

    _run(home, source, chunks, digest_of(files, *about), again=again, as_json=as_json)


def _run(
    home: Home,
    source: str,
    chunks: Callable[[int], Iterator["Chunk"]],
    digest: str,
    *,
    again: bool,
    as_json: bool,
    whose: str | None = None,
) -> None:
    """Import a source with a bar, and tell the summary; ``whose`` history it is, if it is one."""
    from ritornello.cli.wiring import now, writing
    from ritornello.intake import importing
    from ritornello.listeners import listens, tallies

    def n_same(conn: Connection) -> int:
        """Count what does not count because another source reported it too."""
        return listens.count_left_out(conn, whose, "same_play") if whose else 0

    with writing(home) as writer, progress("Importing") as tell:
        n_before = writer.run(n_same).result()
        summary = importing.run(
            chunks,
            source=source,
            digest=digest,
            writer=writer,
            now=now,
            tally_changes=tallies.changes,
            progress=lambda position, share: tell(f"row {position:,}", share),
            again=again,
        )
        n_new = max(writer.run(n_same).result() - n_before, 0)
    summary = msgspec.structs.replace(summary, n_same=n_new)
    answer(summary, as_json=as_json, sentence=_in_words(summary))


def _in_words(summary: "Summary") -> str:
    """Say what an import did, and where its faults can be read."""
    if summary.before_at is not None:
        return (
            f"This was imported on {summary.before_at:%Y-%m-%d}; nothing to do. "
            "--again reads it once more."
        )
    n_faults = sum(summary.faults_by_rule.values())
    n_known = summary.n_duplicates + summary.n_conflicts
    sentence = f"Kept {summary.n_kept:,} rows."
    if n_known:
        sentence += f" {n_known:,} were known already."
    if summary.n_same:
        sentence += f" {summary.n_same:,} were reported by another source too and count once."
    if n_faults:
        sentence += (
            f" {n_faults:,} could not be kept: read why with "
            f"`ritornello doctor --faults {summary.source}`."
        )
    return sentence


@contextmanager
def _found(path: Path) -> Iterator[tuple[Home, Connection]]:
    """Yield the home at a path, and a connection to read it by."""
    from ritornello.cli.wiring import find_home, reading

    home = find_home(path)
    with reading(home) as conn:
        yield home, conn


def _there(file: Path) -> Path:
    """Return a file that exists.

    Raises
    ------
    NotFound : it does not.
    """
    if not file.is_file():
        raise NotFound(f"no file {file}")
    return file


def _must_be_a_listener(listener_id: str) -> None:
    """Refuse what no listener can be called.

    Raises
    ------
    BadValue : it does not have the form of a listener's id.
    """
    from ritornello.intake.fields import fits
    from ritornello.kinds.ids import ListenerId

    if not fits(listener_id, ListenerId):
        message = f"a listener is 1 to 64 letters, digits or one of _.:+-, not {listener_id[:80]!r}"
        raise BadValue(message)


def _known(conn: Connection) -> set[str]:
    """Return the id of every item of the catalogue."""
    return {item_id for (item_id,) in conn.execute("SELECT item_id FROM items")}


def _columns(stated: Sequence[str]) -> dict[str, Any]:
    """Read ``field=name`` pairs.

    Raises
    ------
    UnknownName : a field interactions do not have.
    """
    from ritornello.intake.interactions import Columns

    fields = set(Columns.__struct_fields__) - {"time_form", "delimiter"}
    names = dict(pair.partition("=")[::2] for pair in stated)
    for field in names:
        if field not in fields:
            raise UnknownName.among("field of interactions", field, fields)
    return names


def _time_form(stated: str) -> Any:
    from ritornello.intake.fields import TimeForm

    if stated not in get_args(TimeForm):
        raise UnknownName.among("form of times", stated, get_args(TimeForm))
    return stated


VERBS: dict[str, Callable[..., None]] = {
    "catalog": catalog,
    "events": events,
    "interactions": interactions,
    "hetrec": hetrec,
    "history": history,
    "feed": feed,
    "transcripts": transcripts,
}
