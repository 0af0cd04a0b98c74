"""``ritornello moments``: editors' pools as files, checked, put in force, tried as anybody, and what became of them."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from ritornello.cli.options import DEFAULT_HOME, AsJson, HomePath
from ritornello.cli.terminal import answer
from ritornello.kinds.events import Device

if TYPE_CHECKING:
    from sqlite3 import Connection

    from ritornello.catalog.rulings import Rulings
    from ritornello.surfaces.pool_files import FromFile
    from ritornello.surfaces.pool_results import PoolResults, Served
    from ritornello.surfaces.pool_store import PoolVersion

Name = Annotated[str, typer.Argument(help="The moment's name, such as falling-asleep.")]
PoolFile = Annotated[
    Path, typer.Argument(help="A pool as .toml (with the .jspf beside it), or a .jspf alone.")
]
Note = Annotated[str, typer.Option("--note", help="Why, for the history of the moment.")]
N_ITEMS = 20


class Line(msgspec.Struct, frozen=True):
    """One moment in the list of all."""

    name: str
    title: str
    intent: str
    owner: str
    version: int
    n_eligible: int
    when: str


class Kept(msgspec.Struct, frozen=True):
    """A version that came into force."""

    name: str
    version: int
    n_lost: int = 0


class Doubt(msgspec.Struct, frozen=True):
    """Something that may have been meant otherwise."""

    field: str
    message: str


class Told(msgspec.Struct, frozen=True):
    """How often something was shown, seen and played, and how well it served, with a 95 % interval."""

    what: str
    shown: int
    seen: int
    played: int
    listeners: int
    success: str


def listing(home: HomePath = DEFAULT_HOME, json: AsJson = False) -> None:
    """List every moment in force, with how much of the catalogue it finds."""
    from ritornello.catalog.view import View
    from ritornello.cli.wiring import find_home, reading
    from ritornello.surfaces import pool_rules, pool_store

    with reading(find_home(home)) as conn:
        view, kept = View.read(conn), pool_store.in_force(conn)
        lines = [
            _line(each, int(pool_rules.eligible(each.stands, view).sum())) for each in kept.values()
        ]
    answer(lines, as_json=json, sentence=f"{len(lines)} moments:")


def show(name: Name, home: HomePath = DEFAULT_HOME, json: AsJson = False) -> None:
    """Print a moment in force as the TOML that `moments put` takes."""
    from ritornello.cli.wiring import find_home, reading
    from ritornello.surfaces import pool_files, pool_store

    with reading(find_home(home)) as conn:
        found = pool_store.current(conn, name)
    if json:
        answer(found, as_json=True)
    else:
        sys.stdout.write(pool_files.write(found.stands))


def put(
    file: PoolFile, note: Note = "", home: HomePath = DEFAULT_HOME, json: AsJson = False
) -> None:
    """Put the moment of a file in force: a new one, or the next version of the one of its name."""
    from ritornello.catalog.view import View
    from ritornello.cli.wiring import find_home, now, writing
    from ritornello.surfaces import pool_rules, pool_store
    from ritornello.surfaces.pool_store import Revision

    def job(conn: "Connection") -> "PoolVersion":
        pool_rules.must_find(found.pool, View.read(conn), _rulings(conn, at), at)
        revision = Revision(at, "service", _latest(conn, found.pool.name), note)
        return pool_store.put(conn, found.pool, revision)

    place, at = find_home(home), now()
    found = _from_file(home, file)
    with writing(place) as writer:
        kept = writer.run(job).result()
    sentence = f"{kept.name} is in force as version {kept.version}{_lost(found)}."
    answer(
        Kept(kept.name, kept.version, found.n_lost), as_json=json, sentence=sentence, table=False
    )


def undo(name: Name, note: Note = "", home: HomePath = DEFAULT_HOME, json: AsJson = False) -> None:
    """Put in force again what was before the latest change of a moment."""
    from ritornello.cli.wiring import find_home, now, writing
    from ritornello.surfaces import pool_store
    from ritornello.surfaces.pool_store import Revision

    def job(conn: "Connection") -> "PoolVersion":
        latest = pool_store.versions(conn, name)[0].version
        return pool_store.undo(conn, name, Revision(now(), "service", latest, note))

    with writing(find_home(home)) as writer:
        kept = writer.run(job).result()
    sentence = f"{name} is in force as version {kept.version}, what version {kept.repeats} was."
    if kept.pool is None:
        sentence = f"{name} is withdrawn: nothing was before."
    answer(Kept(name, kept.version), as_json=json, sentence=sentence, table=False)


def check(file: PoolFile, home: HomePath = DEFAULT_HOME, json: AsJson = False) -> None:
    """Say what the moment of a file finds and what may be meant otherwise; fail where it could be shown to nobody."""
    from ritornello.catalog.view import View
    from ritornello.cli.wiring import find_home, now, reading
    from ritornello.surfaces import pool_rules

    found, at = _from_file(home, file), now()
    with reading(find_home(home)) as conn:
        view, rulings = View.read(conn), _rulings(conn, at)
    pool_rules.must_find(found.pool, view, rulings, at)
    doubts = [
        Doubt(fault.field, fault.message)
        for fault in pool_rules.doubts(found.pool, view, rulings, at)
    ]
    n_eligible = int(pool_rules.eligible(found.pool, view).sum())
    sentence = f"{found.pool.name} finds {n_eligible:,} items{_lost(found)}; {len(doubts)} doubts."
    answer(doubts, as_json=json, sentence=sentence)


def preview(
    name: Name,
    *,
    listener: Annotated[str, typer.Option("--listener", help="As whom.")],
    device: Annotated[Device, typer.Option(help="On which device.")] = "unknown",
    at: Annotated[datetime | None, typer.Option(help="When, in UTC; now where not given.")] = None,
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:  # fmt: skip
    """Print the list a listener would get of a moment; nothing is written down."""
    from ritornello.cli.recommend import looked_at
    from ritornello.cli.situations import moment, situations
    from ritornello.cli.wiring import find_home, now, reading, settings_of
    from ritornello.listeners.profile import read_profile
    from ritornello.surfaces import pool_store
    from ritornello.surfaces.pools import MOMENTS

    place, then = find_home(home), now() if at is None else at.replace(tzinfo=UTC)
    with reading(place) as conn:
        situation_of = situations(place, conn, settings_of(place), then, MOMENTS, device=device)
        situation = situation_of(read_profile(conn, listener, then))
        decision = moment(place, conn, situation, pool_store.current(conn, name).stands)
    looked = looked_at(decision, situation.view)
    because = f" ({looked.rung_because})" if looked.rung_because else ""
    sentence = f"{name} of {listener}, from the {looked.rung} rung{because}:"
    answer(looked if json else looked.slots, as_json=json, sentence=sentence)


def results(
    name: Name,
    success: Annotated[str, typer.Option(help="Told by which success function.")] = "declared",
    home: HomePath = DEFAULT_HOME,
    json: AsJson = False,
) -> None:
    """Print what became of a moment's lists: shown, seen, how well it served; by intent, segment and item."""
    from ritornello.cli.wiring import find_home, settings_of
    from ritornello.kinds.randomness import derive
    from ritornello.signals import success_names
    from ritornello.store import lake
    from ritornello.surfaces import pool_results

    place = find_home(home)
    rng = derive(settings_of(place)["seed"], "pool_results", name)
    with lake.open_lake(place) as duck:
        found = pool_results.results(duck, place, name, success_names.find(place, success), rng)
    sentence = f"{name}: {found.n_lists:,} lists, told by {found.success_version}."
    answer(found if json else list(_told(found)), as_json=json, sentence=sentence)


def _line(kept: "PoolVersion", n_eligible: int) -> Line:
    pool = kept.stands
    when = " ".join([*pool.weekdays, *pool.hours, *pool.devices]) or "always"
    return Line(pool.name, pool.title, pool.intent, pool.owner, kept.version, n_eligible, when)


def _from_file(home: Path, file: Path) -> "FromFile":
    from ritornello.cli.wiring import find_home, reading
    from ritornello.surfaces import pool_files

    with reading(find_home(home)) as conn:
        return pool_files.load(conn, file)


def _lost(found: "FromFile") -> str:
    return f"; the catalogue does not know {found.n_lost:,} of its tracks" if found.n_lost else ""


def _rulings(conn: "Connection", at: datetime) -> "Rulings":
    from ritornello.catalog.rulings import in_force
    from ritornello.surfaces.pools import MOMENTS

    return in_force(conn, at).on(MOMENTS)


def _latest(conn: "Connection", name: str) -> int | None:
    """Return the version of a pool a change is made on, ``None`` where there never was one."""
    from ritornello.kinds.errors import UnknownName
    from ritornello.surfaces import pool_store

    try:
        return pool_store.versions(conn, name)[0].version
    except UnknownName:
        return None


def _told(found: "PoolResults") -> Iterator[Told]:
    """Yield a pool's results as lines: as a whole, by intent, by segment, and of the items most shown."""
    yield _line_of("all", found.served)
    for word, served in (*found.by_intent.items(), *found.by_segment.items()):
        yield _line_of(word, served)
    for item in found.items[:N_ITEMS]:
        yield _line_of(item.item_id, item.served)


def _line_of(what: str, served: "Served") -> Told:
    success = "" if served.mean is None else f"{served.mean:.2f}"
    if served.success is not None:
        success += f" [{served.success.low:.2f}, {served.success.high:.2f}]"
    return Told(what, served.n_shown, served.n_seen, served.n_played, served.n_listeners, success)


VERBS: dict[str, Callable[..., None]] = {
    "list": listing,
    "show": show,
    "put": put,
    "undo": undo,
    "check": check,
    "preview": preview,
    "results": results,
}
