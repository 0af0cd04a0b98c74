"""``ritornello doctor``: look whether a home is as it should be, and say what to do where it is not."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Literal

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer, progress
from ritornello.kinds.errors import Error
from ritornello.kinds.times import from_us, to_us
from ritornello.store.home import Home

State = Literal["fine", "notice", "broken"]
GIB = 1 << 30
LOW_DISK_BYTES = 2 * GIB
NO_DISK_BYTES = GIB // 8
N_FAULTS = 100
CLOCK_SLACK_US = 300 * 1_000_000


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at: how it is, and what to do if it is not fine."""

    what: str
    state: State
    finding: str
    advice: str = ""


Check = Callable[[Home, sqlite3.Connection, datetime], Iterator[Finding]]


def doctor(
    faults: Annotated[
        str | None, typer.Option("--faults", help="Read the latest faults of this source instead.")
    ] = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Look at database, lake, models, disk, faults, keys and erasures; exit with 1 if one is broken."""
    from ritornello.cli.wiring import find_home, now, reading

    found = find_home(home)
    if faults is not None:
        _read_faults(found, faults, as_json=json)
        return
    findings = list(_settings(found))
    with reading(found) as conn, progress("Looking") as tell:
        for done, (name, check) in enumerate(CHECKS.items()):
            tell(name, done / len(CHECKS))
            findings += check(found, conn, now())
    broken = sum(finding.state == "broken" for finding in findings)
    sentence = f"{broken} of {len(findings)} things are broken." if broken else "All is well."
    answer(findings, as_json=json, sentence=sentence)
    if broken:
        raise typer.Exit(1)


def _read_faults(home: Home, source: str, *, as_json: bool) -> None:
    """Print what was wrong with the latest rows that were not kept."""
    from ritornello.cli.wiring import reading
    from ritornello.store.faults import latest

    with reading(home) as conn:
        found = latest(conn, N_FAULTS, source=source)
    sentence = "" if found else f"Nothing from {source} was refused."
    answer(found, as_json=as_json, sentence=sentence)


def _settings(home: Home) -> Iterator[Finding]:
    from ritornello.cli.wiring import settings_of

    try:
        origins = settings_of(home).origins
    except Error as error:
        yield Finding("settings", "broken", str(error), f"mend {home.settings_file}")
    else:
        set_here = sum(origin != "default" for origin in origins.values())
        yield Finding("settings", "fine", f"{set_here} of {len(origins)} set")


def _database(home: Home, conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    del now
    try:
        problems = [row[0] for row in conn.execute("PRAGMA integrity_check(5)")]
    except sqlite3.DatabaseError as error:
        problems = [str(error)]
    if problems == ["ok"]:
        size = home.database.stat().st_size
        yield Finding("database", "fine", f"intact, {size / GIB:.2f} GiB")
    else:
        yield Finding("database", "broken", problems[0], "restore the home from a copy")


def _log(home: Home, conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    del home, now
    n_events, n_decisions = conn.execute(
        "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM decisions)"
    ).fetchone()
    yield Finding("log", "fine", f"{n_events:,} events and {n_decisions:,} decisions to seal")


def _lake(home: Home, conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    """Compare every file of the manifest with what it says, and look for files nobody names."""
    del now
    from ritornello.store import manifest

    entries = manifest.entries(conn)
    for entry in entries:
        file = home.lake / entry.path
        made = manifest.is_derived(entry.kind)
        if not file.is_file():
            advice = "run `ritornello signals build`" if made else "restore it from a copy"
            yield Finding("lake", "broken", f"{entry.path} is missing", advice)
        elif manifest.sha256_of(file) != entry.sha256:
            again = "remove it and run `ritornello signals build`"
            advice = again if made else "restore it from a copy"
            yield Finding("lake", "broken", f"{entry.path} was altered", advice)
    named = {home.lake / entry.path for entry in entries}
    orphans = [file for file in home.lake.rglob("*.parquet") if file not in named]
    if orphans:
        finding = f"{len(orphans)} files no manifest names any more, or not yet"
        yield Finding("lake", "notice", finding, "the next `ritornello seal` sweeps them")
    n_rows = sum(entry.n_rows for entry in entries)
    yield Finding("lake", "fine", f"{len(entries)} files hold {n_rows:,} rows")


def _models(home: Home, conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    del conn
    from ritornello.models import bundle
    from ritornello.store import artefacts

    try:
        version = artefacts.current_version(home)
        if version is None:
            yield Finding("models", "notice", "nothing was trained yet", "run `ritornello train`")
            return
        loaded = bundle.load(home, version)
    except Error as error:
        yield Finding("models", "broken", str(error), "run `ritornello train`")
        return
    for name, why in loaded.broken.items():
        yield Finding("models", "broken", f"{name}: {why}", "run `ritornello train`")
    days = (now - loaded.trained_at).total_seconds() / 86_400
    finding = f"{version} knows {len(loaded.vocabulary):,} items, {days:.1f} days old"
    yield Finding("models", "fine", finding)


def _disk(home: Home, conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    del conn, now
    free = shutil.disk_usage(home.path).free
    finding = f"{free / GIB:.1f} GiB free"
    if free < NO_DISK_BYTES:
        yield Finding("disk", "broken", finding, "make room; new events are refused soon")
    else:
        state: State = "notice" if free < LOW_DISK_BYTES else "fine"
        yield Finding("disk", state, finding, "make room" if state == "notice" else "")


def _clock(home: Home, conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    del home
    (received_us,) = conn.execute("SELECT max(received_at_us) FROM events").fetchone()
    if received_us is not None and received_us > to_us(now) + CLOCK_SLACK_US:
        finding = (
            f"an event was received at {from_us(received_us):%Y-%m-%d %H:%M} UTC, later than now"
        )
        yield Finding("clock", "broken", finding, "set this machine's clock")
    else:
        yield Finding("clock", "fine", f"{now:%Y-%m-%d %H:%M} UTC")


def _faults(home: Home, conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    del home, now
    from ritornello.store import faults

    counts = faults.count(conn)
    if not counts:
        yield Finding("faults", "fine", "none")
    for (source, rule), n_faults in counts.items():
        yield Finding("faults", "notice", f"{n_faults:,} of {rule} from {source}")


def _keys(home: Home, conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    del home, now
    from ritornello.store import keys

    live = sum(key.revoked_at is None for key in keys.known(conn))
    advice = "" if live else "`ritornello keys create` before serving beyond this machine"
    yield Finding("keys", "fine" if live else "notice", f"{live} in use", advice)


def _leaving(home: Home, conn: sqlite3.Connection, now: datetime) -> Iterator[Finding]:
    del home
    from ritornello.store import erasure

    pending = erasure.pending(conn)
    if not pending:
        yield Finding("leaving", "fine", "no erasure is unfinished")
    for each in pending:
        hours = (now - each.began_at).total_seconds() / 3600
        finding = f"erasure {each.listener_hash} began {hours:.1f} h ago and is not finished"
        yield Finding("leaving", "notice", finding, "run `ritornello listener erase --unfinished`")


CHECKS: dict[str, Check] = {
    "database": _database,
    "log": _log,
    "lake": _lake,
    "models": _models,
    "disk": _disk,
    "clock": _clock,
    "faults": _faults,
    "keys": _keys,
    "leaving": _leaving,
}
