-- One row per visit: a stretch of a listener's activity without a pause of 30 minutes; see activity.sql for
-- how it is bounded.
--
-- n_listens           every listen; n_plays, n_skips and ms_played only those that count
-- ended_at_us         the latest end of anything in it
-- surface, device     of the first event that names one, else unknown; n_devices: how many it names, at least 1
-- seed_kind, seed_id  what the first listen that counts was started from
-- local_hour, weekday (0: Monday) of its start, by the listener's clock, or else the server's
-- cut                 it goes on from the visit before: a midnight began it, not a pause
--
-- A visit of which the first event is not among what is read began before the days that are made.
--
-- key: visit_id
-- needs: activity, readings
-- day: started_at_us
-- reach: 0 days back, 1 day forward
WITH events AS (
    SELECT
        visit_id, listener_id, kind, at_us, local_us, until_us, place, cut,
        nullif(surface, 'unknown') AS surface, nullif(device, 'unknown') AS device
    FROM activity
),
happened AS (
    SELECT
        visit_id, listener_id, min(at_us) AS started_at_us, max(until_us) AS ended_at_us,
        min_by(local_us, place) AS local_us,
        count(*) AS n_events,
        count(*) FILTER (WHERE kind = 'listen') AS n_listens,
        count(*) FILTER (WHERE kind = 'act') AS n_acts,
        count(*) FILTER (WHERE kind = 'query') AS n_queries,
        count(*) FILTER (WHERE kind = 'impression') AS n_impressions,
        min_by(surface, place) FILTER (WHERE surface IS NOT NULL) AS surface,
        min_by(device, place) FILTER (WHERE device IS NOT NULL) AS device,
        count(DISTINCT device) AS n_devices,
        bool_or(cut) AS cut
    FROM events
    GROUP BY visit_id, listener_id
    HAVING min(place) = 1
),
heard AS (
    SELECT
        visit_id,
        count(*) FILTER (WHERE reading = 'play') AS n_plays,
        count(*) FILTER (WHERE reading = 'skip') AS n_skips,
        CAST(coalesce(sum(ms_played), 0) AS BIGINT) AS ms_played,
        min_by(context_kind, position_in_visit) AS seed_kind,
        nullif(min_by(coalesce(context_id, ''), position_in_visit), '') AS seed_id
    FROM readings
    WHERE counts
    GROUP BY visit_id
),
timed AS (
    SELECT
        *, CAST(floor(local_us / 86400000000) AS BIGINT) AS local_day,
        CAST(floor(local_us / 3600000000) AS BIGINT) AS local_hours
    FROM happened
)
SELECT
    t.visit_id, t.listener_id, t.started_at_us, t.ended_at_us, t.n_events, t.n_listens,
    coalesce(h.n_plays, 0) AS n_plays, coalesce(h.n_skips, 0) AS n_skips,
    t.n_acts, t.n_queries, t.n_impressions, coalesce(h.ms_played, 0) AS ms_played,
    coalesce(t.surface, 'unknown') AS surface, coalesce(t.device, 'unknown') AS device,
    greatest(1, t.n_devices) AS n_devices, h.seed_kind, h.seed_id,
    CAST(t.local_hours - 24 * t.local_day AS INT) AS local_hour,
    CAST((t.local_day % 7 + 10) % 7 AS INT) AS weekday, t.cut
FROM timed AS t
LEFT JOIN heard AS h ON h.visit_id = t.visit_id
