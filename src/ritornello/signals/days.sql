-- One row per listener and local day with any activity: how much of what.
--
-- active_on    the day by the listener's clock, or else the server's
-- n_visits     with anything on that day; n_listens: every listen; n_plays, n_skips, ms_played, n_items,
--              n_artists and n_programmed: only those that count (the last three only plays)
-- n_new_items  listens of the day that were the first time with their item
-- n_saves      saves, loves and additions to a playlist
--
-- key: listener_id, active_on
-- needs: activity, readings, encounters, act
-- day: active_on
-- reach: 1 day back, 1 day forward
WITH visited AS (
    SELECT
        listener_id, visit_id, CAST(floor(local_us / 86400000000) AS INT) AS local_day,
        count(*) FILTER (WHERE kind = 'listen') AS n_listens, count(*) FILTER (WHERE kind = 'query') AS n_queries
    FROM activity
    GROUP BY listener_id, visit_id, CAST(floor(local_us / 86400000000) AS INT)
),
active AS (
    SELECT
        listener_id, CAST(DATE '1970-01-01' + local_day AS STRING) AS active_on,
        count(*) AS n_visits, CAST(sum(n_listens) AS BIGINT) AS n_listens, CAST(sum(n_queries) AS BIGINT) AS n_queries
    FROM visited
    GROUP BY listener_id, local_day
),
heard_item AS (
    SELECT
        listener_id, active_on, artist_id, item_id,
        count(*) FILTER (WHERE reading = 'play') AS n_plays,
        count(*) FILTER (WHERE reading = 'skip') AS n_skips,
        CAST(sum(ms_played) AS BIGINT) AS ms_played,
        count(*) FILTER (WHERE reading = 'play' AND programmed) AS n_programmed
    FROM readings
    WHERE counts
    GROUP BY listener_id, active_on, artist_id, item_id
),
heard_artist AS (
    SELECT
        listener_id, active_on, artist_id, CAST(sum(n_plays) AS BIGINT) AS n_plays, CAST(sum(n_skips) AS BIGINT) AS n_skips,
        CAST(sum(ms_played) AS BIGINT) AS ms_played, CAST(sum(n_programmed) AS BIGINT) AS n_programmed, count(*) FILTER (WHERE n_plays > 0) AS n_items
    FROM heard_item
    GROUP BY listener_id, active_on, artist_id
),
heard AS (
    SELECT
        listener_id, active_on, CAST(sum(n_plays) AS BIGINT) AS n_plays, CAST(sum(n_skips) AS BIGINT) AS n_skips, CAST(sum(ms_played) AS BIGINT) AS ms_played,
        CAST(sum(n_programmed) AS BIGINT) AS n_programmed, CAST(sum(n_items) AS BIGINT) AS n_items,
        count(*) FILTER (WHERE artist_id IS NOT NULL AND n_items > 0) AS n_artists
    FROM heard_artist
    GROUP BY listener_id, active_on
),
met AS (
    SELECT listener_id, active_on, count(*) AS n_new_items
    FROM encounters
    WHERE first_item
    GROUP BY listener_id, active_on
),
saved AS (
    SELECT
        a.listener_id, CAST(DATE '1970-01-01' + CAST(floor(a.local_us / 86400000000) AS INT) AS STRING) AS active_on,
        count(*) AS n_saves
    FROM activity AS a INNER JOIN act AS s ON s.event_id = a.event_id
    WHERE a.kind = 'act' AND s.act IN ('save', 'love', 'add_to_playlist')
    GROUP BY a.listener_id, CAST(DATE '1970-01-01' + CAST(floor(a.local_us / 86400000000) AS INT) AS STRING)
)
SELECT
    a.listener_id, a.active_on, a.n_visits, a.n_listens,
    coalesce(h.n_plays, 0) AS n_plays, coalesce(h.n_skips, 0) AS n_skips,
    coalesce(h.ms_played, 0) AS ms_played, coalesce(h.n_items, 0) AS n_items,
    coalesce(h.n_artists, 0) AS n_artists, coalesce(m.n_new_items, 0) AS n_new_items,
    coalesce(s.n_saves, 0) AS n_saves, a.n_queries,
    coalesce(h.n_programmed, 0) AS n_programmed
FROM active AS a
LEFT JOIN heard AS h ON h.listener_id = a.listener_id AND h.active_on = a.active_on
LEFT JOIN met AS m ON m.listener_id = a.listener_id AND m.active_on = a.active_on
LEFT JOIN saved AS s ON s.listener_id = a.listener_id AND s.active_on = a.active_on
