"""A lake of any size in seconds: visits, decisions, listens and all else, straight into files.

Everything is a hash of the seed and a number, so the same size and seed give the same rows in any
order and any process. About one record in twenty is odd in a way that really happens: a clock days
wrong, no length, more played than there is, a private listen, an error, devices at once, a night that
plays on for two days.
"""

from contextlib import closing
from datetime import datetime

import duckdb
import msgspec

from ritornello.catalog import items
from ritornello.kinds.columns import columns_of
from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import EVENT_KINDS
from ritornello.kinds.items import Track
from ritornello.kinds.times import to_us
from ritornello.store import lake, manifest
from ritornello.store.database import connect, execute_rows, transaction
from ritornello.store.home import Home, make_folder

DAY_US = 86_400_000_000


class Size(msgspec.Struct, frozen=True):
    """How much there is; visits have about ten listens each, and most a decision of 20 slots."""

    n_visits: int = 300
    n_listeners: int = 40
    n_tracks: int = 200
    n_days: int = 12
    odd: float = 0.05


def fill(home: Home, size: Size, *, seed: int, until: datetime) -> int:
    """Add a lake of this size to a home whose tables exist; return how many rows it has.

    Filling again with another seed adds more to the same days.

    Parameters
    ----------
    until : the end of the last day.
    """
    values = {**msgspec.structs.asdict(size), "from_us": to_us(until) - size.n_days * DAY_US}
    with lake.open_lake(home) as duck:
        duck.execute(f"CREATE MACRO u(n, salt) AS (hash(n, salt, {seed}) % 1000003) / 1000003e0")
        duck.execute("CREATE MACRO id(n, salt) AS CAST(CAST(md5("
                     f"'{seed} ' || salt || ' ' || n) AS UUID) AS VARCHAR)")  # fmt: skip
        duck.execute("CREATE MACRO pick(words, x) AS words[1 + CAST(floor(len(words) * x) AS INT)]")
        for name, sql in _MADE.items():
            duck.execute(f"CREATE TEMP TABLE {name} AS {sql.format(**values)}")
        n_rows = sum(_write(duck, home, kind, seed) for kind in _KINDS)
    with closing(connect(home)) as conn, transaction(conn):
        for sql, rows in items.changes(map(_track, range(size.n_tracks))):
            execute_rows(conn, sql, rows)
    return n_rows


def _write(duck: duckdb.DuckDBPyConnection, home: Home, kind: str, seed: int) -> int:
    """Write a kind as a file a day, in the lake's own columns; return how many rows."""
    shape = {each.name: each.type for each in columns_of(EVENT_KINDS.get(kind, Decision))}
    if kind in EVENT_KINDS:
        shape["received_at"] = "TIMESTAMPTZ"
    duck.execute(f"CREATE OR REPLACE TEMP TABLE found AS {_KINDS[kind]}")
    found = {row[0] for row in duck.execute("DESCRIBE found").fetchall()}
    named = ", ".join(
        f"CAST({name if name in found else _REST.get(name, 'NULL')} AS {word}) AS {name}"
        for name, word in shape.items()
    )
    at = "made_at" if kind == "decision" else "happened_at"
    day = f"strftime({at}, '%Y-%m-%d')"
    days = duck.execute(f"SELECT {day}, count(*) FROM found GROUP BY 1 ORDER BY 1").fetchall()
    entries = []
    for dt, n_rows in days:
        path = f"{kind}/dt={dt}/{seed:012d}.parquet"
        file = home.lake / path
        make_folder(file.parent)
        rows = f"(SELECT {named} FROM found WHERE {day} = '{dt}')"
        lake.write(duck, f"{rows} ORDER BY listener_id, {at}", file)
        size, sha = file.stat().st_size, manifest.sha256_of(file)
        entries.append(manifest.Entry(path, kind, dt, n_rows, size, sha, 0))
    with closing(connect(home)) as conn, transaction(conn):
        for sql, added in manifest.additions(entries):
            execute_rows(conn, sql, added)
    return sum(entry.n_rows for entry in entries)


def _track(number: int) -> Track:
    return Track(
        item_id=f"track:{number}",
        title=f"Track {number:06d}",
        artist_ids=(f"artist:{number // 10}",),
        artist_name=f"Artist {number // 10:05d}",
        duration_ms=None if number % 50 == 0 else 120_000 + number * 7_919 % 180_000,
    )


_REST = {"client": "'generated'", "sent_at": "happened_at", "received_at": "happened_at",
         "private": "false", "attribution": "'none'", "source": "'api'", "surface": "'unknown'",
         "device": "'unknown'", "hypotheses": "[]"}  # fmt: skip
_MADE = {
    "visit": """
        SELECT v, 'listener-' || CAST(floor({n_listeners} * pow(u(twin, 1), 2)) AS INT) AS listener_id,
            {from_us} + CAST(floor(u(twin, 2) * {n_days} * 86400e6) AS BIGINT) AS at_us,
            pick(['mobile', 'mobile', 'desktop', 'web', 'speaker', 'car'], u(v, 3)) AS device,
            pick(['home', 'discover_weekly', 'daily_mix', 'unknown'], u(v, 4)) AS surface,
            CASE WHEN v % 4999 = 7 THEN 900 ELSE 1 + CAST(floor(19 * u(v, 5)) AS INT) END AS n,
            CASE WHEN u(v, 6) < 0.95 THEN id(v, 'decision') END AS decision_id
        FROM (SELECT range AS v, range - CAST(range % 23 = 5 AS INT) AS twin FROM range({n_visits}))""",
    "slot": """
        SELECT *, CAST(floor({n_tracks} * pow(u(v * 100 + j, 7), 3)) AS INT) AS track,
            CASE WHEN surface = 'home' THEN pick(['jump_back', 'new'], j / 20) ELSE surface END AS shelf,
            CASE WHEN surface = 'home' THEN j % 10 ELSE j END AS position
        FROM (SELECT v, listener_id, at_us, device, surface, decision_id, unnest(range(20)) AS j
            FROM visit WHERE decision_id IS NOT NULL)""",
    "play": """
        SELECT *, at_us + j * 210000000 + CAST(floor(2e7 * u(k, 13)) AS BIGINT) AS began_us,
            120000 + track * 7919 % 180000 AS length_ms,
            CASE WHEN u(k, 10) < {odd} THEN CAST(floor(8 * u(k, 11)) AS INT) END AS oddity,
            u(k, 8) < 0.25 AS skipped
        FROM (SELECT *, v * 1000 + j AS k,
                CAST(floor({n_tracks} * pow(u(v * 100 + j % 20, 7), 3)) AS INT) AS track
            FROM (SELECT *, unnest(range(n)) AS j FROM visit))""",
}
_LISTEN = """
    SELECT id(k, 'listen') AS event_id, listener_id, surface, device, 'track:' || track AS item_id,
        make_timestamptz(began_us + 1000 * coalesce(ms_played, 0)) AS happened_at,
        make_timestamptz(began_us + CASE oddity WHEN 0 THEN -3 * 86400000000 WHEN 1 THEN 30 * 3600000000
            ELSE 0 END) AS started_at, ms_played,
        CASE WHEN oddity = 2 THEN NULL ELSE length_ms END AS duration_ms,
        CASE WHEN oddity = 5 THEN 'error' WHEN skipped THEN 'skipped_forward'
            WHEN u(k, 14) < 0.3 THEN 'unknown' ELSE 'finished' END AS ended_because,
        CASE WHEN j = 0 THEN 'clicked' WHEN skipped THEN 'skipped_into' ELSE 'autoplay' END
            AS began_because,
        coalesce(oddity = 6, false) AS private, u(k, 15) < 0.1 AS shuffle,
        CASE WHEN surface = 'unknown' THEN struct_pack(kind := 'playlist', id := 'playlist:' || v % 30)
            END AS context,
        CASE WHEN told THEN decision_id END AS decision_id,
        CASE WHEN told THEN 'stated' ELSE 'none' END AS attribution,
        CASE WHEN told THEN struct_pack(shelf := CASE WHEN surface = 'home'
            THEN pick(['jump_back', 'new'], j / 20) ELSE surface END,
            position := CASE WHEN surface = 'home' THEN j % 10 ELSE j END) END AS slot
    FROM (SELECT *, decision_id IS NOT NULL AND j < 20 AND u(k, 12) < 0.6 AS told,
        CASE WHEN oddity = 3 THEN NULL WHEN oddity = 4 THEN 2 * length_ms
            WHEN skipped THEN 3000 + CAST(floor(40000 * u(k, 9)) AS BIGINT) ELSE length_ms END
            AS ms_played FROM play)"""
_KINDS = {
    "listen": _LISTEN,
    "impression": """
        SELECT id(v * 100 + j, 'seen') AS event_id, listener_id, surface, device, decision_id,
            make_timestamptz(at_us + j * 1000000) AS happened_at, happened_at AS seen_at,
            CAST(floor(3000 * u(v * 100 + j, 20)) AS BIGINT) AS visible_ms,
            struct_pack(shelf := shelf, position := position) AS slot
        FROM slot WHERE device <> 'speaker' AND u(v, 21) < 0.4 AND j < 20 * u(v, 22)""",
    "act": """
        SELECT id(k, 'act') AS event_id, listener_id, surface, device,
            make_timestamptz(began_us + 9000000) AS happened_at,
            pick(['save', 'love', 'add_to_playlist', 'ban', 'follow', 'unsave'], u(k, 31)) AS act,
            CASE WHEN act = 'follow' THEN 'artist:' || track // 10 ELSE 'track:' || track END
                AS about_id,
            CASE WHEN act = 'add_to_playlist' THEN 'playlist:' || v % 30 END AS playlist_id,
            CASE WHEN u(k, 32) < 0.5 THEN decision_id END AS decision_id
        FROM play WHERE u(k, 30) < 0.04""",
    "query": """
        SELECT id(v, 'query') AS event_id, listener_id, surface, device,
            make_timestamptz(at_us + 5000000) AS happened_at, 'typed' AS mode, 'some words' AS text
        FROM visit WHERE u(v, 40) < 0.08""",
    "answer": """
        SELECT id(v, 'answer') AS event_id, listener_id, surface, device,
            make_timestamptz(at_us + 60000000) AS happened_at, 'intent' AS question,
            pick(['sleep', 'party', 'discover'], u(v, 51)) AS value
        FROM visit WHERE u(v, 50) < 0.05""",
    "decision": """
        SELECT decision_id, any_value(listener_id) AS listener_id, any_value(surface) AS surface,
            make_timestamptz(any_value(at_us) - 2000000) AS made_at, 'personal' AS rung,
            any_value(device) AS device, 'UTC' AS time_zone, '' AS rung_because,
            'greedy' AS policy_version, 'model-1' AS model_version, 'recipe-1' AS recipe_hash,
            '' AS seed, true AS fit_for_replay,
            '{"home": "' || pick(['a', 'b'], u(v, 60)) || '"}' AS arms,
            list_transform(list_distinct(list(shelf)), lambda s: struct_pack(name := s, title := s,
                policy := 'greedy', shortlist := [], about_id := NULL, budget := 0.1,
                explored := 0.05, objective := '', traits := [], target := [],
                intent := '', segment := pick(['young', 'old'], u(v, 64)))) AS shelves,
            CASE WHEN any_value(surface) = 'home' THEN struct_pack(policy := 'greedy',
                names := list_distinct(list(shelf)), weights := [1e0, 1e0], propensities := [1e0, 1e0],
                budget := 0e0, explored := 0e0, segment := pick(['morning', 'evening'], u(v, 65)))
                END AS shelf_order,
            list(struct_pack(shelf := shelf, position := position, item_id := 'track:' || track,
                propensity := 1 - u(v * 100 + j, 61) / 2, source := pick(['ials', 'new'], u(j, 62)),
                score := u(v * 100 + j, 63), reasons := []) ORDER BY j) AS slots
        FROM slot GROUP BY v, decision_id""",
}
