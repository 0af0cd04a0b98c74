"""What listening was read as: visits, tables, success functions and measures, for pages and API alike.

Like ``answers``: plain functions over a service, awaited on the event loop; what reads the lake asks the service's
``study``.
"""

import sqlite3
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from ritornello.kinds.errors import ArtefactUnusable, NotFound
from ritornello.kinds.ids import ListenerId
from ritornello.kinds.times import Instant, from_us, to_us
from ritornello.listeners import daily, shift
from ritornello.listeners.shift import Alarm
from ritornello.measures.calibration import Reliability
from ritornello.serve.service import Service
from ritornello.serve.study import Desk
from ritornello.signals import engagement, success_names
from ritornello.signals.building import open_tables
from ritornello.signals.coclusters import Cell, Coclusters
from ritornello.signals.declared import Declared, Rule
from ritornello.signals.engagement import Engagement, Measured
from ritornello.signals.finding_visits import rows
from ritornello.signals.pooled import Coefficient, Pooled
from ritornello.signals.reading_out import Told, VisitTold, tell_from, visit_of
from ritornello.signals.shapes import KIND, all_tables
from ritornello.signals.success import Success
from ritornello.store import manifest
from ritornello.store.engines import DuckEngine

BUILD_FIRST = "nothing was built yet; run `ritornello signals build`"
DAYS_A_LOOK = 32
_VISITS = """
SELECT * FROM visits WHERE listener_id = $who AND started_at_us < $before
ORDER BY started_at_us DESC, visit_id LIMIT $n"""


class TableBuilt(msgspec.Struct, frozen=True):
    """One table of signals as it lies in the lake; ``None`` for the days where it is made whole or holds none."""

    name: str
    about: str
    n_rows: int
    n_days: int
    first_day: str | None
    last_day: str | None
    built_at: Instant | None


class RuleTold(msgspec.Struct, frozen=True):
    """One declared rule in words, in the order they are asked: for whom, when, which success, and why."""

    whom: str
    when: str
    success: str
    because: str


class FunctionTold(msgspec.Struct, frozen=True, omit_defaults=True):
    """One success function: what it rests on, and what it says: rules, cells, or slopes with a reliability curve."""

    version: str
    trained_on: tuple[str, ...] = ()
    trained_until: Instant | None = None
    rules: tuple[RuleTold, ...] = ()
    cells: tuple[Cell, ...] = ()
    coefficients: tuple[Coefficient, ...] = ()
    n_labels: int | None = None
    auc: float | None = None
    log_loss: float | None = None
    curve: Reliability | None = None

    @property
    def name(self) -> str:
        """The word before the version."""
        return self.version.partition("@")[0]


class SuccessTold(msgspec.Struct, frozen=True):
    """The success functions in force, and why others cannot be read."""

    functions: tuple[FunctionTold, ...]
    broken: tuple[str, ...]


class MeasureTold(msgspec.Struct, frozen=True):
    """A measure of engagement and what it came to over everybody."""

    family: str
    grain: str
    means: str
    measured: Measured


async def tables(service: Service) -> list[TableBuilt]:
    """Return which tables are built, until which day, with how many rows; none where nothing was built."""

    def read(conn: sqlite3.Connection) -> list[TableBuilt]:
        found = [_table(conn, each.name, each.about) for each in all_tables("duckdb")]
        return found if any(each.built_at for each in found) else []

    return await service.read(read)


async def visits(
    service: Service, listener_id: ListenerId, *, n: int, before: Instant | None = None
) -> list[VisitTold]:
    """Return a listener's visits, newest first; the files are looked into a month at a time.

    Raises
    ------
    NotFound : nothing was built yet. Overloaded : it took too long, or too many ask.
    """
    days = await service.read(lambda conn: days_of(conn, "visits"))
    if not days:
        raise NotFound(BUILD_FIRST)
    before_us = to_us(before) if before is not None else (1 << 62)
    if before is not None:
        days = [day for day in days if day <= before.date().isoformat()]

    def find(desk: Desk) -> list[VisitTold]:
        found: list[dict[str, Any]] = []
        for last in range(len(days), 0, -DAYS_A_LOOK):
            looked_at = days[max(0, last - DAYS_A_LOOK) : last]
            open_tables(desk.duck, desk.home, ("visits",), days=(looked_at[0], looked_at[-1]))
            asked = {"who": listener_id, "before": before_us, "n": n - len(found)}
            found += rows(desk.duck, _VISITS, asked)
            if len(found) >= n:
                break
        return [visit_of(row) for row in found]

    return await service.study.ask(find)


async def visit(service: Service, visit_id: str, *, listener_id: ListenerId | None = None) -> Told:
    """Return what a visit was read as, event by event; an event's id tells that event alone.

    Parameters
    ----------
    listener_id : only a visit of theirs; another's is answered exactly like one that is not there.

    Raises
    ------
    NotFound : no such visit was built. Overloaded : it took too long, or too many ask.
    """
    if listener_id is None:
        return await service.study.ask(lambda desk: tell_from(desk.duck, desk.home, visit_id))
    absent = NotFound(f"no visit {visit_id!r} of yours was built")
    if visit_id.rpartition("/")[0] != listener_id:
        raise absent
    try:
        return await service.study.ask(lambda desk: tell_from(desk.duck, desk.home, visit_id))
    except NotFound:
        raise absent from None


async def success(service: Service) -> SuccessTold:
    """Return the success functions in force: the declared table, and the latest trained of each name."""

    def read(desk: Desk) -> SuccessTold:
        told, broken = [], []
        for name in success_names.NAMES:
            try:
                told.append(_function(success_names.find(desk.home, name)))
            except NotFound:
                continue
            except ArtefactUnusable as error:
                broken.append(str(error))
        return SuccessTold(tuple(told), tuple(broken))

    return await service.study.ask(read)


async def measures(service: Service) -> list[MeasureTold]:
    """Return what every measure of engagement comes to; worked out once for what is built.

    Raises
    ------
    NotFound : nothing was built yet. Overloaded : it took too long, or too many ask.
    """

    def read(desk: Desk) -> list[MeasureTold]:
        return [desk.once(str(each), partial(_measured, desk, each)) for each in _MEASURES]

    return await service.study.ask(read)


async def alarms(service: Service, *, patience_s: float | None = None) -> list[Alarm]:
    """Return which signals of the population moved; worked out once for what is built.

    Parameters
    ----------
    patience_s : as :meth:`~ritornello.serve.study.Study.ask`.

    Raises
    ------
    NotFound : nothing was built yet. Overloaded : it took too long, or too many ask.
    """
    if not await service.read(lambda conn: days_of(conn, "readings")):
        raise NotFound(BUILD_FIRST)

    def watch(desk: Desk) -> list[Alarm]:
        open_tables(desk.duck, desk.home, ("readings", "encounters"))
        return shift.alarms(daily.read(desk.duck))

    return await service.study.ask(
        lambda desk: desk.once("alarms", partial(watch, desk)), patience_s=patience_s
    )


def _table(conn: sqlite3.Connection, name: str, about: str) -> TableBuilt:
    entries = manifest.entries(conn, KIND + name)
    days = sorted({entry.dt for entry in entries if entry.dt})
    built_at_us = max((entry.sealed_at_us for entry in entries), default=None)
    return TableBuilt(
        name=name,
        about=about,
        n_rows=sum(entry.n_rows for entry in entries),
        n_days=len(days),
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        built_at=None if built_at_us is None else from_us(built_at_us),
    )


def days_of(conn: sqlite3.Connection, table: str) -> list[str]:
    """Return the days a table is built for, in order."""
    return sorted({entry.dt for entry in manifest.entries(conn, KIND + table) if entry.n_rows})


def _measured(desk: Desk, measure: Engagement) -> MeasureTold:
    engine = DuckEngine(desk.home, duck=desk.duck)
    engagement.lay(engine, desk.home, measure.needs)
    (measured,) = engagement.measured(engine, measure)
    return MeasureTold(measure.family, measure.grain, measure.means, measured)


def _function(function: Success) -> FunctionTold:
    """Return what a success function says, as far as a person can read it."""
    facts = function.facts
    until_us = facts.trained_until_us
    told = FunctionTold(
        facts.version, facts.trained_on, None if until_us is None else from_us(until_us)
    )
    if isinstance(function, Declared):
        return replace(told, rules=tuple(map(_rule, function.rules)))
    if isinstance(function, Coclusters):
        return replace(told, cells=tuple(function.cells()))
    if isinstance(function, Pooled):
        learned = function.learned
        return replace(
            told,
            coefficients=tuple(function.coefficients()),
            n_labels=learned.n_labels,
            auc=learned.auc,
            log_loss=learned.log_loss,
            curve=learned.curve,
        )
    return told


def _rule(rule: Rule) -> RuleTold:
    places = "; ".join(f"{place} {' or '.join(words)}" for place, words in rule.where.items())
    return RuleTold(
        whom=places or ("always" if rule.always else "otherwise"),
        when="; ".join(map(str, rule.when)) or "whatever happens",
        success=str(rule.success),
        because=rule.because,
    )


_MEASURES = engagement.measures()
