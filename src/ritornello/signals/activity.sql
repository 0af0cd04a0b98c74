-- One row per event of a listener (listen, impression, act, query, answer), in the order in which it
-- happened, with the visit it belongs to.
--
-- A visit ends when nothing was active for 30 minutes. A listen is active from its start for as long as it
-- played; where that is unknown, until it was reported, but no longer than the length it states, else for no
-- time at all. All else is a moment. What claims to have played for more than 23.5 hours counts as 23.5.
-- Several devices of a listener at once are one visit: the pause counts from the latest end so far.
-- Activity without a pause is cut at a UTC midnight before which there were 24 hours without one; a 26-hour
-- visit is kept whole unless two midnights lie in it.
-- Events may come in any order; those of one microsecond stand in the order of their ids. One that a wrong
-- clock put on another day stands on that day; the visits of the others stay as they are.
--
-- Events of one half hour of UTC never have a pause between them, nor a midnight. So visits are told apart by
-- half hours, of which there are few, and only then are the events of each put in order.
--
-- cut          a midnight began the visit, not a pause
-- place        1, 2, 3 … within the visit; n_begun: the listens among these so far, this one included
-- followed_by  what came next in the visit: of a listen its began_because, of all else its kind; NULL: nothing
-- local_us     at_us by the listener's clock; who has no zone lives by the server's, which is the zone ''
--
-- key: event_id
-- needs: listen, impression, act, query, answer, zone, clock
-- day: at_us
-- reach: 2 days back, 2 days forward
WITH moments AS (
    SELECT
        event_id, listener_id, 'listen' AS kind, coalesce(began_because, 'unknown') AS what, surface, device,
        started_at_us AS at_us,
        started_at_us + 1000 * least(84600000, CASE
            WHEN ms_played IS NOT NULL THEN ms_played
            WHEN duration_ms IS NOT NULL THEN
                least(duration_ms, CAST(floor((happened_at_us - started_at_us) / 1000) AS BIGINT))
            ELSE 0
        END) AS until_us
    FROM listen
    UNION ALL
    SELECT event_id, listener_id, 'impression', 'impression', surface, device, seen_at_us, seen_at_us FROM impression
    UNION ALL
    SELECT event_id, listener_id, 'act', 'act', surface, device, happened_at_us, happened_at_us FROM act
    UNION ALL
    SELECT event_id, listener_id, 'query', 'query', surface, device, happened_at_us, happened_at_us FROM query
    UNION ALL
    SELECT event_id, listener_id, 'answer', 'answer', surface, device, happened_at_us, happened_at_us FROM answer
),
half_hours AS (
    SELECT
        listener_id, CAST(floor(at_us / 1800000000) AS BIGINT) AS half_hour,
        min(at_us) AS first_us, max(until_us) AS until_us
    FROM moments
    GROUP BY listener_id, CAST(floor(at_us / 1800000000) AS BIGINT)
),
paused AS (
    SELECT
        *, CAST(floor(half_hour / 48) AS BIGINT) AS day,
        lag(half_hour) OVER in_order AS before,
        max(until_us) OVER (
            PARTITION BY listener_id ORDER BY half_hour NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS active_until_us
    FROM half_hours
    WINDOW in_order AS (PARTITION BY listener_id ORDER BY half_hour NULLS LAST)
),
begun AS (
    SELECT
        listener_id, half_hour, day,
        max(CASE WHEN coalesce(first_us - active_until_us > 1800000000, TRUE) THEN first_us END) OVER so_far AS paused_us,
        max(CASE WHEN coalesce(floor(before / 48) < day, TRUE) THEN first_us END) OVER so_far AS day_us
    FROM paused
    WINDOW so_far AS (
        PARTITION BY listener_id ORDER BY half_hour NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),
stretches AS (
    SELECT
        b.listener_id, b.half_hour, b.paused_us < (b.day - 1) * 86400000000 AS cut,
        CASE WHEN b.paused_us >= (b.day - 1) * 86400000000 THEN b.paused_us ELSE b.day_us END AS begun_us,
        coalesce(z.time_zone, '') AS time_zone
    FROM begun AS b LEFT JOIN zone AS z ON z.listener_id = b.listener_id
),
placed AS (
    SELECT
        m.*, s.begun_us, s.cut, s.time_zone,
        CAST(row_number() OVER in_order AS INT) AS place, lead(m.what) OVER in_order AS followed_by,
        CAST(count(*) FILTER (WHERE m.kind = 'listen') OVER in_order AS INT) AS n_begun
    FROM moments AS m INNER JOIN stretches AS s
        ON s.listener_id = m.listener_id AND s.half_hour = CAST(floor(m.at_us / 1800000000) AS BIGINT)
    WINDOW in_order AS (
        PARTITION BY m.listener_id, s.begun_us ORDER BY m.at_us NULLS LAST, m.event_id NULLS LAST
    )
)
SELECT
    p.event_id, p.listener_id, p.kind, p.at_us, p.until_us, p.at_us + coalesce(c.offset_us, 0) AS local_us,
    p.listener_id || '/' || CAST(p.begun_us AS STRING) AS visit_id, p.cut, p.place, p.n_begun, p.followed_by,
    p.surface, p.device
FROM placed AS p
LEFT JOIN clock AS c ON c.time_zone = p.time_zone AND p.at_us >= c.from_us AND p.at_us < c.until_us
