"""The lake as flat relations: what the tables of signals read, the same on either engine.

All times are microseconds of UTC. What a record nests (the slot an event names, the slots of a
decision) is spread into columns and rows here and nowhere else, because there the engines' words
differ.
"""

from collections.abc import Mapping

from ritornello.kinds.columns import columns_of
from ritornello.kinds.decisions import Decision
from ritornello.kinds.events import EVENT_KINDS
from ritornello.signals.tables import Reach, Table

DAY_US = 86_400_000_000
_NAMES = {
    "listen": "event_id listener_id item_id started_at_us happened_at_us ms_played position_ms "
    "duration_ms began_because ended_because context_kind context_id surface device client source "
    "decision_id shelf position attribution shuffle offline private",
    "impression": "event_id listener_id decision_id shelf position seen_at_us visible_ms "
    "surface device",
    "act": "event_id listener_id act about_id until_at_us playlist_id decision_id shelf position "
    "happened_at_us surface device",
    "query": "event_id listener_id mode text refines decision_id happened_at_us surface device",
    "answer": "event_id listener_id question about_id value happened_at_us surface device "
    "decision_id",
    "shown": "decision_id listener_id surface made_at_us visible_from_at_us expires_at_us period "
    "rung device time_zone model_version policy_version shelf position item_id propensity source "
    "explored n_on_shelf segment order_segment intent p_known_item",
    "arm": "decision_id listener_id made_at_us namespace arm",
    "item": "item_id canonical_id kind artist_id show_id duration_ms",
    "left_out": "event_id listener_id started_at_us because same_as",
    "zone": "listener_id time_zone",
    "clock": "time_zone from_us until_us offset_us",
    "intended": "context_kind context_id surface intent",
    "screen": "surface device has_screen n_in_view passes",
    "observed": "through_us",
}
_TYPES = {
    "ms_played": "BIGINT",
    "position": "BIGINT",
    "n_on_shelf": "BIGINT",
    "n_in_view": "BIGINT",
    "propensity": "DOUBLE",
    "explored": "DOUBLE",
    "p_known_item": "DOUBLE",
    "shuffle": "BOOLEAN",
    "offline": "BOOLEAN",
    "private": "BOOLEAN",
    "has_screen": "BOOLEAN",
    "passes": "BOOLEAN",
}


def _type(column: str) -> str:
    return "BIGINT" if column.endswith(("_us", "_ms")) else _TYPES.get(column, "VARCHAR")


COLUMNS: Mapping[str, Mapping[str, str]] = {
    name: {column: _type(column) for column in text.split()} for name, text in _NAMES.items()
}
"""Every input's columns and their types, in DuckDB's words."""

RAW: Mapping[str, Mapping[str, str]] = {
    kind: {column.name: column.type for column in columns_of(record)}
    for kind, record in {**EVENT_KINDS, "decision": Decision}.items()
}
"""The lake's kinds as they lie in its files."""

_EVENT = "event_id, listener_id, surface, device, decision_id"
_SLOT = "slot.shelf AS shelf, slot.position AS position"
_FLAT = {
    "listen": f"""
        SELECT {_EVENT}, {_SLOT}, item_id, happened_at_us, ms_played, position_ms, duration_ms,
            began_because, ended_because, context_id, client, source, attribution, shuffle, offline,
            private, coalesce(context_kind, 'unknown') AS context_kind,
            CASE WHEN stated_at_us BETWEEN happened_at_us - {DAY_US} AND happened_at_us
                THEN stated_at_us
                ELSE happened_at_us - 1000 * coalesce(ms_played, 0) END AS started_at_us
        FROM (SELECT *, context.kind AS context_kind, context.id AS context_id,
            {{us}}(started_at) AS stated_at_us, {{us}}(happened_at) AS happened_at_us
            FROM {{raw}}) AS stated""",
    "impression": f"""
        SELECT {_EVENT}, {_SLOT}, visible_ms,
            CASE WHEN stated_at_us BETWEEN happened_at_us - {DAY_US} AND happened_at_us
                THEN stated_at_us ELSE happened_at_us END AS seen_at_us
        FROM (SELECT *, {{us}}(seen_at) AS stated_at_us, {{us}}(happened_at) AS happened_at_us
            FROM {{raw}}) AS stated""",
    "act": f"""
        SELECT {_EVENT}, {_SLOT}, act, about_id, {{us}}(until_at) AS until_at_us, playlist_id,
            {{us}}(happened_at) AS happened_at_us FROM {{raw}}""",
    "query": f"""
        SELECT {_EVENT}, mode, text, refines, {{us}}(happened_at) AS happened_at_us
        FROM {{raw}}""",
    "answer": f"""
        SELECT {_EVENT}, question, about_id, value, {{us}}(happened_at) AS happened_at_us
        FROM {{raw}}""",
}
_MICROS = {"duckdb": "epoch_us", "spark": "unix_micros"}

_SLOTS = """
    SELECT decision_id, listener_id, surface, made_at_us, visible_from_at_us, expires_at_us, period,
        rung, device, time_zone, model_version, policy_version, slot.shelf AS shelf,
        slot.position AS position, slot.item_id AS item_id, slot.propensity AS propensity,
        slot.source AS source, shelf_of.explored AS explored, shelf_of.n_on_shelf AS n_on_shelf,
        shelf_of.segment AS segment, nullif(shelf_of.intent, '') AS intent, shelf_order.segment AS order_segment,
        p_known_item
    FROM (SELECT *, {shelf_of} AS shelf_of FROM (
        SELECT *, {us}(made_at) AS made_at_us, {us}(visible_from_at) AS visible_from_at_us,
            {us}(expires_at) AS expires_at_us, {explode}(slots) AS slot FROM (
            SELECT * , {counted} AS counted FROM decision) AS told) AS spread) AS placed"""
_SHOWN = {
    "duckdb": _SLOTS.format(
        us="epoch_us",
        explode="unnest",
        counted="""list_transform(shelves, lambda s: {'name': s.name, 'explored': s.explored,
            'segment': s.segment, 'intent': s.intent, 'n_on_shelf': len(list_filter(slots, lambda t: t.shelf = s.name))})""",
        shelf_of="list_filter(counted, lambda s: s.name = slot.shelf)[1]",
    ),
    "spark": _SLOTS.format(
        us="unix_micros",
        explode="explode",
        counted="""transform(shelves, s -> named_struct('name', s.name, 'explored', s.explored,
            'segment', s.segment, 'intent', s.intent, 'n_on_shelf', size(filter(slots, t -> t.shelf = s.name))))""",
        shelf_of="get(filter(counted, s -> s.name = slot.shelf), 0)",
    ),
}
_ARMS = {
    "duckdb": """
        SELECT decision_id, listener_id, made_at_us, each.key AS namespace, each.value AS arm
        FROM (SELECT decision_id, listener_id, epoch_us(made_at) AS made_at_us, unnest(map_entries(
            from_json(arms, '"MAP(VARCHAR, VARCHAR)"'))) AS each FROM decision) AS spread""",
    "spark": """
        SELECT decision_id, listener_id, unix_micros(made_at) AS made_at_us,
            explode(from_json(arms, 'MAP<STRING, STRING>')) AS (namespace, arm) FROM decision""",
}


def flat(kind: str, engine: str, raw: str) -> str:
    """Return the query that makes an event kind flat, from the relation ``raw`` of the lake's rows."""
    named = ", ".join(COLUMNS[kind])
    return f"SELECT {named} FROM ({_FLAT[kind].format(us=_MICROS[engine], raw=raw)}) AS flat"


def definition(name: str) -> str:
    """Return the words that make an input flat, the same whichever engine reads it; else nothing."""
    spread = {"shown": _SHOWN, "arm": _ARMS}.get(name, {})
    return _FLAT.get(name, "") + "".join(spread.values())


def of_decisions(engine: str) -> tuple[Table, Table]:
    """Return the two inputs that are made from decisions, a row a slot and a row an arm.

    They are kept like tables, because a decision is large and spreading it takes long.
    """
    return (
        Table(
            name="shown",
            about="One row per slot of a decision.",
            key=("decision_id", "shelf", "position"),
            needs=("decision",),
            day="made_at_us",
            reach=Reach(0, 0),
            sql=_SHOWN[engine],
        ),
        Table(
            name="arm",
            about="One row per decision and namespace of an experiment.",
            key=("decision_id", "namespace"),
            needs=("decision",),
            day="made_at_us",
            reach=Reach(0, 0),
            sql=_ARMS[engine],
        ),
    )
