"""What a visit was read as, event by event: what was done, what it meant, why, and how well it served.

Everything told stands in the tables of signals; nothing is computed anew but the intent, as it was known when each
event began, and the success functions.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta

import duckdb
import msgspec

from ritornello.catalog import items
from ritornello.kinds.errors import ArtefactUnusable, NotFound
from ritornello.kinds.times import from_us
from ritornello.signals import (
    intents,
    kept_intents,
    reading_words,
    search_success,
    success_data,
    success_names,
)
from ritornello.signals.beginnings import features
from ritornello.signals.building import open_tables
from ritornello.signals.finding_visits import Row, find, rows
from ritornello.signals.intents import INTENTS, Intended
from ritornello.signals.search_success import Judged
from ritornello.store import lake
from ritornello.store.database import connect
from ritornello.store.engines import plain
from ritornello.store.home import Home

_OFFERED, _BEFORE, _AFTER = timedelta(days=9), timedelta(days=1), timedelta(days=3)
"""A play may join a decision of eight days before it; a visit lasts less than three days."""
TABLES = (
    "activity", "visits", "readings", "encounters", "attributions", "outcomes", "beginnings", "searches",
)  # fmt: skip


class VisitTold(msgspec.Struct, frozen=True):
    """A visit at a glance; ``local_hour`` and ``weekday`` (0: Monday) of its start."""

    visit_id: str
    listener_id: str
    started_at: datetime
    ended_at: datetime
    n_events: int
    n_plays: int
    n_skips: int
    surface: str
    device: str
    seed_kind: str | None
    local_hour: int
    weekday: int


class IntentTold(msgspec.Struct, frozen=True):
    """What a beginning was for: the likeliest word, its probability, and how it is known."""

    intent: str
    p: float
    how: str


class ListenTold(msgspec.Struct, frozen=True):
    """What a listen was read as, and why."""

    reading: str
    because: str
    ended: str
    left_out_because: str | None
    ms_played: int | None
    duration_ms: int | None
    programmed: bool
    context_kind: str
    context_id: str | None
    repeat_number: int
    first_artist: bool | None


class SlotTold(msgspec.Struct, frozen=True):
    """The slot a listen belongs to, what became of it, and how well each success function says it served."""

    decision_id: str
    shelf: str
    position: int | None
    attribution: str
    seen_because: str | None
    done: tuple[str, ...]
    next_in_visit: str | None
    success: dict[str, float | None]


class SearchTold(msgspec.Struct, frozen=True):
    """What a search took and came to, told with the query that began it; ``success`` ``None`` for no evidence."""

    n_queries: int
    n_reformulations: int
    n_characters: int
    n_results_passed: int | None
    seconds_to_play: float | None
    n_plays: int
    n_kept: int
    good_because: str | None
    p_known_item: float | None
    mindset_because: str | None
    success: float | None
    judged: tuple[Judged, ...]


class EventTold(msgspec.Struct, frozen=True):
    """One event of a visit; ``what`` names it in words."""

    place: int
    at: datetime
    kind: str
    event_id: str
    what: str
    intent: IntentTold | None
    listen: ListenTold | None
    slot: SlotTold | None
    search: SearchTold | None = None


class Told(msgspec.Struct, frozen=True):
    """A visit and its events, or the one event asked for; ``broken`` says what could not be asked, and why."""

    visit: VisitTold
    events: tuple[EventTold, ...]
    broken: tuple[str, ...]


def tell(home: Home, event_or_visit: str) -> Told:
    """Tell a visit, or one event of one; see :func:`tell_from`."""
    with lake.open_lake(home) as duck:
        return tell_from(duck, home, event_or_visit)


def tell_from(duck: duckdb.DuckDBPyConnection, home: Home, event_or_visit: str) -> Told:
    """Tell a visit, or one event of one, over a lake opened before; of the tables only the days about it are read.

    Raises
    ------
    NotFound : no such event or visit was built; the message says what may be meant, and what to do.
    """
    visit_id, event_id = _found(duck, home, event_or_visit)
    open_tables(duck, home, set(TABLES) - {"outcomes"}, days=_days_about(visit_id))
    open_tables(duck, home, ("outcomes",), days=_days_about(visit_id, _OFFERED))
    (visit,) = rows(duck, "SELECT * FROM visits WHERE visit_id = $id", {"id": visit_id})
    events = rows(
        duck, "SELECT * FROM activity WHERE visit_id = $id ORDER BY place", {"id": visit_id}
    )
    asked = [each for each in events if event_id in (None, each["event_id"])]
    telling = _Telling(duck, home, visit_id, visit["listener_id"])
    success, broken = telling.success()
    return Told(visit_of(visit), tuple(telling.events(asked, success)), tuple(broken))


def _found(duck: duckdb.DuckDBPyConnection, home: Home, asked: str) -> tuple[str, str | None]:
    """Return the visit, and the event if that was asked for; a visit's own days are looked at first."""
    days = _days_about(asked)
    if days is not None:
        open_tables(duck, home, ("visits",), days=days)
        if rows(duck, "SELECT 1 FROM visits WHERE visit_id = $id", {"id": asked}):
            return asked, None
    open_tables(duck, home, ("visits", "activity"))
    return find(duck, asked)


def _days_about(visit_id: str, before: timedelta = _BEFORE) -> tuple[str, str] | None:
    """Return the days that hold all that is told of a visit; nothing where this is no visit's id."""
    started = re.fullmatch(r".+/([0-9]{1,16})", visit_id)
    if started is None:
        return None
    at = from_us(int(started[1]))
    return (at - before).date().isoformat(), (at + _AFTER).date().isoformat()


class _Telling(msgspec.Struct, frozen=True):
    """The tables, open, and whose visit is told."""

    duck: duckdb.DuckDBPyConnection
    home: Home
    visit_id: str
    listener_id: str

    def events(
        self, asked: Sequence[Row], success: Mapping[str, dict[str, float | None]]
    ) -> Iterator[EventTold]:
        """Yield the events asked for."""
        listens = {row["event_id"]: row for row in rows(self.duck, _LISTENS, {"id": self.visit_id})}
        intended, said, searches = self._intents(), self._said(), self._searches()
        titles = self._titles([*listens.values(), *said.values()])
        for row in asked:
            event_id = row["event_id"]
            listen, words = listens.get(event_id), said.get(event_id, {})
            yield EventTold(
                place=row["place"],
                at=from_us(row["at_us"]),
                kind=row["kind"],
                event_id=event_id,
                what=_what(row["kind"], listen or words, titles),
                intent=intended.get(event_id),
                listen=None if listen is None else _listen(listen),
                slot=None if listen is None else _slot(listen, success.get(event_id, {})),
                search=searches.get(event_id),
            )

    def success(self) -> tuple[dict[str, dict[str, float | None]], list[str]]:
        """Return what each function at hand says of each listen, ``None`` for no evidence; and what is broken."""
        said: dict[str, dict[str, float | None]] = {}
        broken: list[str] = []
        self.duck.execute(f"CREATE TEMP TABLE of_visit AS {_OF_VISIT}", {"id": self.visit_id})
        self.duck.execute("CREATE OR REPLACE TEMP VIEW outcomes AS SELECT * FROM of_visit")
        try:
            outcomes = success_data.read_outcomes(self.duck, self.home)
        except NotFound:
            return said, broken
        for name in success_names.NAMES:
            try:
                function = success_names.find(self.home, name)
            except NotFound:
                continue
            except ArtefactUnusable as error:
                broken.append(str(error))
                continue
            scored = function.score(outcomes)
            for event_id, value, known in zip(
                outcomes.column("event_id"), scored.success, scored.known, strict=True
            ):
                version = function.facts.version
                said.setdefault(str(event_id), {})[version] = float(value) if known else None
        return said, broken

    def _intents(self) -> dict[str, IntentTold]:
        """Return what each beginning of the visit was for."""
        found = self.duck.execute(
            "SELECT * FROM beginnings WHERE visit_id = $id", {"id": self.visit_id}
        )
        beginnings = {name: plain(column) for name, column in found.fetchnumpy().items()}
        trained = kept_intents.find(self.home)
        inferred = None if trained is None else trained.infer(features(beginnings))
        intended = intents.p_intent(beginnings, intents.of_home(self.home), inferred)
        return dict(zip(map(str, beginnings["event_id"]), _likeliest(intended), strict=True))

    def _searches(self) -> dict[str, SearchTold]:
        """Return the searches of the visit, each by the query that began it."""
        found = rows(
            self.duck, "SELECT * FROM searches WHERE visit_id = $id", {"id": self.visit_id}
        )
        names = SearchTold.__struct_fields__[:-2]
        return {
            row["search_id"]: SearchTold(
                **{name: row[name] for name in names},
                success=search_success.success(row),
                judged=search_success.judged(row),
            )
            for row in found
        }

    def _said(self) -> dict[str, Row]:
        """Return what acts, searches and answers of the listener say, by event."""
        found: dict[str, Row] = {}
        with closing(connect(self.home, read_only=True)) as conn:
            for kind, columns in _SAID.items():
                lake.view(self.duck, conn, self.home, kind, only_of=[self.listener_id])
                sql = f"""SELECT {columns} FROM {kind} SEMI JOIN
                    (SELECT event_id FROM activity WHERE visit_id = $id) AS here USING (event_id)"""
                found |= {
                    row["event_id"]: row for row in rows(self.duck, sql, {"id": self.visit_id})
                }
        return found

    def _titles(self, told: Sequence[Row]) -> dict[str, str]:
        ids = {row[name] for row in told for name in ("item_id", "about_id") if row.get(name)}
        with closing(connect(self.home, read_only=True)) as conn:
            return {key: item.title for key, item in items.get_many(conn, sorted(ids)).items()}


_LISTENS = """
SELECT r.*, e.repeat_number, e.first_artist, a.decision_id AS of_decision, a.shelf AS of_shelf,
    a.position AS of_position, a.attribution AS belongs, o.seen_because, o.next_in_visit,
    o.saved, o.loved, o.added, o.followed, o.banned
FROM readings AS r
LEFT JOIN encounters AS e USING (event_id)
LEFT JOIN attributions AS a USING (event_id)
LEFT JOIN of_visit AS o USING (event_id)
WHERE r.visit_id = $id"""
_OF_VISIT = """
SELECT * FROM outcomes WHERE decision_id IN (SELECT decision_id FROM outcomes WHERE visit_id = $id)"""
_SAID = {
    "act": "event_id, act, about_id",
    "query": "event_id, text",
    "answer": "event_id, question, value",
}
_DONE = ("saved", "loved", "added", "followed", "banned")


def _likeliest(intended: Intended) -> Iterator[IntentTold]:
    for p, how in zip(intended.p, intended.how, strict=True):
        j = int(p.argmax())
        yield IntentTold(INTENTS[j], float(p[j]), str(how))


def visit_of(row: Row) -> VisitTold:
    """Return a row of ``visits`` as it is told."""
    times = {name: from_us(row[f"{name}_us"]) for name in ("started_at", "ended_at")}
    return VisitTold(**{name: (row | times)[name] for name in VisitTold.__struct_fields__})


def _listen(row: Row) -> ListenTold:
    return ListenTold(
        reading=row["reading"],
        because=reading_words.because(
            row["reading"], row["ms_played"], row["duration_ms"], row["ended_because"]
        ),
        ended=reading_words.ended(row["skip_because"], row["skip_grade"]),
        left_out_because=row["left_out_because"],
        ms_played=row["ms_played"],
        duration_ms=row["duration_ms"],
        programmed=row["programmed"],
        context_kind=row["context_kind"],
        context_id=row["context_id"],
        repeat_number=row["repeat_number"],
        first_artist=row["first_artist"],
    )


def _slot(row: Row, success: dict[str, float | None]) -> SlotTold | None:
    """Return the slot a listen belongs to; ``None`` where it belongs to none."""
    if row["of_decision"] is None:
        return None
    return SlotTold(
        decision_id=row["of_decision"],
        shelf=row["of_shelf"],
        position=row["of_position"],
        attribution=row["belongs"],
        seen_because=row["seen_because"],
        done=tuple(name for name in _DONE if row[name]),
        next_in_visit=row["next_in_visit"],
        success=success,
    )


def _what(kind: str, row: Row, titles: Mapping[str, str]) -> str:
    """Name an event: the title that was heard, the act and its object, the words searched, the answer."""
    if kind == "listen":
        return titles.get(row["item_id"], row["item_id"])
    if kind == "act" and row:
        return f"{row['act']} {titles.get(row['about_id'], row['about_id'])}"
    if kind == "query" and row:
        return row["text"] or "spoken"
    if kind == "answer" and row:
        return f"{row['question']}: {row['value']}"
    return ""
