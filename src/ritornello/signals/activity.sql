-- One row per event of a listener (listen, impression, act, query, answer), in the order in which it
-- happened, with the visit it belongs to.
--
-- A visit ends when nothing was active for 30 minutes. A listen is active from its start for as long as it
-- played; where that is unknown, until it was reported, but no longer than the length it states, else for no
-- time at all. All else is a moment. What claims to have played for more than 23.5 hours counts as 23.5.
-- Several devices of a listener at once are one visit: the pause counts from the latest end so far.
-- Activity without a pause is cut at a UTC midnight before which there were 24 hours without one; a 26-hour
-- visit is kept whole unless two midnights lie in it.
--
-- Events may come in any order; those of one microsecond stand in the order of their ids. One that a wrong
-- clock put on another day stands on that day; the visits of the others stay as they are.
--
-- after_pause   a pause lies before this event; a visit without such an event was begun by the cut
-- place         1, 2, 3 … within the visit
-- followed_by   what came next before a pause, also past a cut: of a listen its began_because, of all else its
--               kind; NULL: nothing did
-- local_us      at_us by the listener's clock; who has no zone lives by the server's, which is the zone ''
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
ordered AS (
    SELECT
        *, CAST(floor(at_us / 86400000000) AS BIGINT) AS day,
        row_number() OVER in_order AS place_of_all,
        lag(at_us) OVER in_order AS at_before_us,
        lead(at_us) OVER in_order AS next_at_us,
        lead(what) OVER in_order AS next_what,
        max(until_us) OVER (
            PARTITION BY listener_id ORDER BY at_us NULLS LAST, event_id NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS active_until_us,
        max(until_us) OVER (
            PARTITION BY listener_id ORDER BY at_us NULLS LAST, event_id NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS active_before_us
    FROM moments
    WINDOW in_order AS (PARTITION BY listener_id ORDER BY at_us NULLS LAST, event_id NULLS LAST)
),
paused AS (
    SELECT
        *, coalesce(at_us - active_before_us > 1800000000, TRUE) AS after_pause,
        coalesce(floor(at_before_us / 86400000000) < day, TRUE) AS first_of_day
    FROM ordered
),
joined AS (
    SELECT
        *,
        max(CASE WHEN after_pause THEN at_us END) OVER so_far AS paused_at_us,
        max(CASE WHEN after_pause THEN place_of_all END) OVER so_far AS paused_at_place,
        max(CASE WHEN first_of_day THEN at_us END) OVER so_far AS day_began_us,
        max(CASE WHEN first_of_day THEN place_of_all END) OVER so_far AS day_began_place
    FROM paused
    WINDOW so_far AS (
        PARTITION BY listener_id ORDER BY at_us NULLS LAST, event_id NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)
SELECT
    j.event_id, j.listener_id, j.kind, j.at_us, j.until_us, j.after_pause, j.surface, j.device,
    j.listener_id || '/' || CAST(
        CASE WHEN j.paused_at_us >= (j.day - 1) * 86400000000 THEN j.paused_at_us ELSE j.day_began_us END AS STRING
    ) AS visit_id,
    CAST(j.place_of_all + 1 - CASE
        WHEN j.paused_at_us >= (j.day - 1) * 86400000000 THEN j.paused_at_place ELSE j.day_began_place
    END AS INT) AS place,
    CASE WHEN j.next_at_us - j.active_until_us <= 1800000000 THEN j.next_what END AS followed_by,
    j.at_us + coalesce(c.offset_us, 0) AS local_us
FROM joined AS j
LEFT JOIN zone AS z ON z.listener_id = j.listener_id
LEFT JOIN clock AS c ON c.time_zone = coalesce(z.time_zone, '') AND j.at_us >= c.from_us AND j.at_us < c.until_us
