"""A home with a lake of any size, written straight as sealed Parquet: what a month of a service looks like.

python benchmarks/signals_lake.py HOME --listens 20000000

Everything is a function of the seed. Of each day there are as many visits as listens and their mean
length (8.5) ask for; a visit's listener is drawn by u^1.7, so that the busiest tenth makes a quarter
of all visits, its hour leans to the evening, its length is geometric, cut at 60. Listens of a visit
follow each other after 1.5 s, and once in 33 times after up to 25 minutes. A quarter are skipped, at
a quadratically early place; the items are one in three the slots of the visit's decision (stated
three times in four, to be inferred otherwise), else six in ten of sixty the listener has, else of the
catalogue by popularity (u^3). One listen in 100 does not know how long it was heard, in 50 not how
long it is, 0.5 % ended by an error, 0.5 % are private, 0.4 % are the second report of another. Four
visits in five begin with a decision of one shelf, until there are as many as asked for; half of these
report what was in view, five slots in the mean. Three listens in 100 bring an act, three visits in 20
a search, one in 500 an answer. Three listeners in ten live by one of three other zones.
"""

import argparse
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import duckdb
import msgspec

from ritornello.cli.wiring import make_home
from ritornello.kinds.columns import columns_of
from ritornello.store import lake, manifest
from ritornello.store.database import connect, execute_rows, transaction
from ritornello.store.home import Home, make_folder
from ritornello.store.records import RECORDS

FROM = datetime(2026, 10, 1, tzinfo=UTC)
MEAN_LENGTH = 8.5
ZONES = ("America/New_York", "Asia/Tokyo", "America/Sao_Paulo")

MACROS = """
CREATE MACRO u(i, salt) AS CAST(hash(i, salt, {seed}) >> 11 AS DOUBLE) / 9007199254740992.0;
CREATE MACRO track(x) AS CAST(floor({tracks} * pow(x, 3)) AS BIGINT);
CREATE MACRO track_id(n) AS 'track:' || lpad(to_base(n, 36), 8, '0');
CREATE MACRO listener_id(n) AS 'listener-' || n;
CREATE MACRO length_ms(n) AS CAST(120000 + 180000 * u(n, 'length') AS BIGINT);
CREATE MACRO offered(visit, place) AS track(u(visit * 64 + place, 'offer'));
CREATE MACRO instant(us) AS make_timestamptz(CAST(us AS BIGINT));
CREATE MACRO id(us, i, salt) AS CAST(CAST(
    lpad(to_hex(CAST(us // 1000 AS BIGINT)), 12, '0') || '7' || substr(md5(i || salt || {seed}), 1, 3)
    || '8' || substr(md5(i || salt || {seed}), 4, 15) AS UUID) AS VARCHAR);
"""
VISITS = """
CREATE OR REPLACE TEMP TABLE visit AS
SELECT visit, listener_id(floor({listeners} * pow(u(visit, 'who'), 1.7))::BIGINT) AS listener_id,
    floor({listeners} * pow(u(visit, 'who'), 1.7))::BIGINT AS who,
    {from_us} + CAST(86400e6 * (1 - pow(1 - u(visit, 'when'), 0.7)) AS BIGINT) AS at_us,
    least(60, 1 + CAST(floor(-ln(1 - u(visit, 'long')) * 7.5) AS BIGINT)) AS n,
    ['home', 'home', 'search', 'discover_weekly', 'library'][1 + CAST(floor(5 * u(visit, 'where')) AS BIGINT)] AS surface,
    ['mobile', 'mobile', 'mobile', 'desktop', 'speaker', 'car'][1 + CAST(floor(6 * u(visit, 'on')) AS BIGINT)] AS device,
    u(visit, 'decided') < {share_decided} AS decided, 'visit' AS salt
FROM (SELECT {first} + i AS visit FROM range({visits}) AS t (i))
"""
LISTENS = """
CREATE OR REPLACE TEMP TABLE heard AS
WITH each AS (
    SELECT *, visit * 64 + j AS i, u(visit * 64 + j, 'slot') AS s, CAST(floor(20 * pow(u(visit * 64 + j, 'place'), 2)) AS BIGINT) AS place
    FROM (SELECT *, unnest(range(n)) AS j FROM visit)
),
chosen AS (
    SELECT *, decided AND s < 0.33 AS offered_here,
        CASE WHEN decided AND s < 0.33 THEN offered(visit, place)
            WHEN u(i, 'own') < 0.6 THEN track(u(who * 64 + CAST(floor(60 * pow(u(i, 'which'), 2)) AS BIGINT), 'taste'))
            ELSE track(u(i, 'any')) END AS n_track
    FROM each
),
played AS (
    SELECT *, length_ms(n_track) AS length_ms, u(i, 'skip') < 0.25 AS skipped,
        CAST(CASE WHEN u(i, 'skip') < 0.25 THEN 0.9 * pow(u(i, 'far'), 2) ELSE 1 END * length_ms(n_track) AS BIGINT) AS ms
    FROM chosen
)
SELECT *, at_us + 1000 * CAST(coalesce(sum(ms + 1500 + CASE WHEN u(i, 'pause') < 0.03 THEN 1500000 * u(i, 'rest') ELSE 0 END)
    OVER (PARTITION BY visit ORDER BY j ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS BIGINT) AS from_us
FROM played
"""
KINDS = {
    "listen": ("heard", {
        "event_id": "id(from_us, i, 'listen')", "happened_at": "instant(from_us + 1000 * ms)",
        "decision_id": "CASE WHEN offered_here AND s < 0.25 THEN id(at_us, visit, 'decision') END",
        "slot": "CASE WHEN offered_here AND s < 0.25 THEN {'shelf': surface, 'position': place} END",
        "item_id": "track_id(n_track)", "started_at": "instant(from_us)",
        "ms_played": "CASE WHEN u(i, 'unknown') >= 0.01 THEN ms END",
        "duration_ms": "CASE WHEN u(i, 'lengthless') >= 0.02 THEN length_ms END",
        "began_because": "CASE WHEN j = 0 THEN 'clicked' ELSE 'autoplay' END",
        "ended_because": "CASE WHEN u(i, 'error') < 0.005 THEN 'error' WHEN skipped THEN 'skipped_forward' ELSE 'finished' END",
        "context": "CASE WHEN u(visit, 'context') < 0.7 THEN {'kind': 'playlist', 'id': 'playlist:' || CAST(floor(5000 * u(visit, 'list')) AS BIGINT)} END",
        "attribution": "CASE WHEN offered_here AND s < 0.25 THEN 'stated' ELSE 'none' END",
        "private": "u(i, 'private') < 0.005",
    }),
    "impression": ("""(SELECT *, unnest(range(1 + CAST(floor(9 * u(visit, 'seen')) AS BIGINT))) AS place FROM visit
        WHERE decided AND u(visit, 'reports') < 0.5)""", {
        "event_id": "id(at_us, visit * 64 + place, 'impression')", "happened_at": "instant(at_us + 1000000 * (1 + place))",
        "decision_id": "id(at_us, visit, 'decision')", "slot": "{'shelf': surface, 'position': place}",
        "seen_at": "instant(at_us + 1000000 * (1 + place))",
    }),
    "act": ("(SELECT * FROM heard WHERE u(i, 'act') < 0.03)", {
        "event_id": "id(from_us, i, 'act')", "happened_at": "instant(from_us + 500 * ms)",
        "act": "['save', 'love', 'follow', 'hate', 'add_to_playlist'][1 + CAST(floor(5 * u(i, 'what')) AS BIGINT)]",
        "about_id": "track_id(n_track)",
    }),
    "query": ("(SELECT * FROM visit WHERE u(visit, 'search') < 0.15)", {
        "event_id": "id(at_us, visit, 'query')", "happened_at": "instant(at_us + 2000000)", "text": "'something'",
    }),
    "answer": ("(SELECT * FROM visit WHERE u(visit, 'asked') < 0.002)", {
        "event_id": "id(at_us, visit, 'answer')", "happened_at": "instant(at_us + 60000000)",
        "question": "'wanted'", "value": "CASE WHEN u(visit, 'answer') < 0.6 THEN 'yes' ELSE 'no' END",
    }),
    "decision": ("(SELECT * FROM visit WHERE decided)", {
        "decision_id": "id(at_us, visit, 'decision')", "made_at": "instant(at_us)",
        "shelves": "[{'name': surface, 'title': 'For you', 'policy': 'plackett_luce(budget=0.1, temperature=0.3)', 'shortlist': [], 'about_id': NULL, 'budget': 0.1, 'explored': 0.1, 'objective': '', 'traits': [], 'target': [], 'segment': '', 'intent': ''}]",
        "slots": """list_transform(range({slots}), lambda p: {'shelf': surface, 'position': p, 'item_id': track_id(offered(visit, p)),
            'propensity': 0.1 + 0.9 * u(visit * 64 + p, 'p'), 'source': 'blend', 'score': u(visit * 64 + p, 'score'), 'reasons': []})""",
        "rung": "'personal'", "policy_version": "'1'", "model_version": "'m1'", "recipe_hash": "'r1'",
        "arms": "CASE WHEN hash(who) % 2 = 0 THEN '{\"ranker\": \"a\"}' ELSE '{\"ranker\": \"b\"}' END",
    }),
}  # fmt: skip
LEFT_OUT = """
SELECT listener_id, id(from_us, i, 'listen'), track_id(n_track), from_us, 'play', 'same_play',
    id(lead(from_us, 1, from_us) OVER (ORDER BY i), lead(i, 1, i) OVER (ORDER BY i), 'listen')
FROM heard WHERE u(i, 'twice') < 0.004
"""


class Sizes(msgspec.Struct, frozen=True):
    """How much there is of what, over how many days."""

    listens: int
    decisions: int
    slots: int
    listeners: int
    tracks: int
    days: int
    seed: int = 1


def fill(path: Path, sizes: Sizes) -> Home:
    """Make a home and write its catalogue, zones, lake and what does not count."""
    home = make_home(path)
    with lake.open_lake(home) as duck, closing(connect(home)) as conn, transaction(conn):
        duck.execute(MACROS.format(seed=sizes.seed, tracks=sizes.tracks))
        _state(duck, conn, sizes)
    add_days(home, sizes, range(sizes.days))
    return home


def add_days(home: Home, sizes: Sizes, days: Iterable[int]) -> None:
    """Write days of the lake, numbered from 0; what a visit leaves after midnight lies in the next."""
    n_visits = round(sizes.listens / sizes.days / MEAN_LENGTH)
    said = {
        "listeners": sizes.listeners,
        "visits": n_visits,
        "share_decided": min(1.0, sizes.decisions / sizes.days / n_visits),
    }
    with lake.open_lake(home) as duck, closing(connect(home)) as conn:
        duck.execute(MACROS.format(seed=sizes.seed, tracks=sizes.tracks))
        for day in days:
            at = FROM + timedelta(days=day)
            from_us = round(at.timestamp()) * 1_000_000
            duck.execute(VISITS.format(from_us=from_us, first=day * n_visits, **said))
            duck.execute(LISTENS)
            found = [
                entry
                for kind in KINDS
                for dt in (at, at + timedelta(days=1))
                if (entry := _write(duck, home, kind, (at, dt), sizes)) is not None
            ]
            left_out = [
                (who, UUID(event).bytes, *rest, UUID(same_as).bytes)
                for who, event, *rest, same_as in duck.execute(LEFT_OUT).fetchall()
            ]
            with transaction(conn):
                for statement, rows in manifest.additions(found):
                    execute_rows(conn, statement, rows)
                conn.executemany("INSERT INTO left_out VALUES (?, ?, ?, ?, ?, ?, ?)", left_out)


def _state(duck: duckdb.DuckDBPyConnection, conn: sqlite3.Connection, sizes: Sizes) -> None:
    """Write the catalogue and the listeners' zones."""
    conn.executemany(
        "INSERT INTO items VALUES (?, 'track', ?, ?)",
        duck.execute(
            "SELECT track_id(n), to_json({'kind': 'track', 'item_id': track_id(n), 'title': 'Track ' || n, "
            "'duration_ms': length_ms(n), 'artist_ids': ['artist:' || n // 10]}), n + 1 "
            f"FROM range({sizes.tracks}) AS t (n)"
        ).fetchall(),
    )
    conn.executemany(
        "INSERT INTO preferences VALUES ('listener-' || ?, ?)",
        [
            (n, msgspec.json.encode({"time_zone": ZONES[n // 10 % len(ZONES)]}))
            for n in range(sizes.listeners)
            if n % 10 < 3
        ],
    )


def _write(
    duck: duckdb.DuckDBPyConnection,
    home: Home,
    kind: str,
    days: tuple[datetime, datetime],
    sizes: Sizes,
) -> manifest.Entry | None:
    """Write what the visits of one day left on another as a file of the lake; none for no rows."""
    (visited, on), (source, known) = days, KINDS[kind]
    known = {"listener_id": "listener_id", "surface": "surface", "device": "device", **known}
    columns = ", ".join(
        f'CAST({known.get(c.name) or _literal(c.default)} AS {c.type}) AS "{c.name}"'
        for c in columns_of(RECORDS[kind])
    ).replace("{slots}", str(sizes.slots))
    time = "made_at" if kind == "decision" else "happened_at"
    received = "" if kind == "decision" else ", happened_at AS received_at"
    path = f"{kind}/dt={on.date()}/{visited.date()}.parquet"
    file = home.lake / path
    make_folder(file.parent)
    lake.write(
        duck,
        f"(SELECT *{received} FROM (SELECT {columns} FROM {source})) "
        f"WHERE {time} >= '{on}' AND {time} < '{on + timedelta(days=1)}' ORDER BY listener_id, {time}",
        file,
    )
    (n_rows,) = duck.execute(f"SELECT count(*) FROM {lake.parquet([file])}").fetchall()[0]
    if not n_rows:
        file.unlink()
        return None
    size, sha256 = file.stat().st_size, manifest.sha256_of(file)
    return manifest.Entry(path, kind, str(on.date()), n_rows, size, sha256, 0)


def _literal(value: object) -> str:
    """Return a default as an SQL literal."""
    if isinstance(value, str):
        return lake.quoted(value)
    return "NULL" if value is None or value == () else str(value).lower()


def sizes_of(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how large a lake is."""
    parser.add_argument("--listens", type=int, default=20_000_000)
    parser.add_argument("--decisions", type=int, default=2_000_000)
    parser.add_argument("--slots", type=int, default=20)
    parser.add_argument("--listeners", type=int, default=200_000)
    parser.add_argument("--tracks", type=int, default=500_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)


def main() -> None:
    """Fill a home of the sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    sizes_of(parser)
    asked = vars(parser.parse_args())
    home = fill(asked.pop("home"), Sizes(**asked))
    print(sum(file.stat().st_size for file in home.lake.rglob("*.parquet")) >> 20, "MiB")


if __name__ == "__main__":
    main()
