-- One row per listen, act and query of a visit: what was known of the visit the instant the event began.
--
-- Counted are events before this one, and of listens only those that had ended by then say how they went; of the
-- event itself only what its beginning says (place, device, item, order), never its end. Columns that end in
-- `begun` count listens this one included. A later event changes no earlier row. Where a visit is, is where its
-- latest listen or search began; acts inherit it. A private listen has no row and counts nowhere, because no
-- model may see it. A play that two sources report counts twice: the second report may come days later. What a
-- listener takes back later (a correction) was never the first of its artist, as in encounters.
--
-- seed_kind      the kind of context of the visit's first listen
-- intent_stated  the listener's latest Answer to the question `intent` in the visit, as they put it
-- gap_us         the median of the last three gaps between beginnings (of fewer, where there were fewer)
--
-- key: event_id
-- needs: activity, readings, encounters, visits, listen, answer
-- day: at_us
-- reach: 2 days back, 1 day forward
WITH told AS (
    SELECT
        a.event_id, a.listener_id, a.visit_id, a.kind, a.at_us, a.until_us, a.place,
        CASE WHEN a.kind = 'query' THEN 'search' ELSE r.context_kind END AS context_kind, r.context_id,
        a.surface, a.device, r.reading, r.kind AS of_kind, r.programmed, r.shuffle,
        coalesce(e.first_artist, FALSE) AS new_artist,
        CASE WHEN w.question = 'intent' THEN w.value END AS intent_stated,
        w.question = 'intent' AS states,
        a.kind IN ('listen', 'act', 'query') AS begins
    FROM activity AS a
    LEFT JOIN (SELECT event_id FROM listen WHERE private) AS hidden ON hidden.event_id = a.event_id
    LEFT JOIN readings AS r ON r.event_id = a.event_id
    LEFT JOIN encounters AS e ON e.event_id = a.event_id
    LEFT JOIN answer AS w ON w.event_id = a.event_id
    WHERE hidden.event_id IS NULL
),
spaced AS (
    SELECT
        *,
        lag(at_us, 1) OVER in_order AS one_before_us,
        lag(at_us, 2) OVER in_order AS two_before_us,
        lag(at_us, 3) OVER in_order AS three_before_us
    FROM told
    WHERE begins OR kind = 'impression' OR states
    WINDOW in_order AS (PARTITION BY visit_id, begins ORDER BY place NULLS LAST)
),
ticks AS (
    -- beginnings, sightings, answers and ends in one order: what ends when something else begins ended before it
    SELECT
        s.*, t.is_end,
        CASE WHEN t.is_end = 1 THEN s.until_us ELSE s.at_us END AS tick_us,
        CASE WHEN t.is_end = 1 AND s.until_us > s.at_us THEN 0 ELSE 1 END AS after_ends,
        CASE WHEN t.is_end = 0 AND s.kind = 'listen' THEN 1 ELSE 0 END AS is_listen,
        CASE WHEN t.is_end = 0 AND s.kind = 'act' THEN 1 ELSE 0 END AS is_act,
        CASE WHEN t.is_end = 0 AND s.kind = 'query' THEN 1 ELSE 0 END AS is_query,
        CASE WHEN t.is_end = 0 AND s.kind = 'impression' THEN 1 ELSE 0 END AS is_seen,
        CASE WHEN t.is_end = 0 AND s.states THEN 1 ELSE 0 END AS is_stated,
        CASE WHEN t.is_end = 1 AND s.reading = 'skip' THEN 1 ELSE 0 END AS is_skip,
        CASE WHEN t.is_end = 0 AND s.of_kind = 'episode' THEN 1 ELSE 0 END AS is_episode,
        CASE WHEN t.is_end = 0 AND s.programmed THEN 1 ELSE 0 END AS is_programmed,
        CASE WHEN t.is_end = 0 AND s.shuffle IS NOT NULL THEN 1 ELSE 0 END AS says_order,
        CASE WHEN t.is_end = 0 AND s.shuffle THEN 1 ELSE 0 END AS is_shuffled,
        CASE WHEN t.is_end = 0 AND s.new_artist THEN 1 ELSE 0 END AS is_new_artist
    FROM spaced AS s
    CROSS JOIN (SELECT 0 AS is_end UNION ALL SELECT 1 AS is_end) AS t
    WHERE t.is_end = 0 OR (s.kind = 'listen' AND s.reading IN ('play', 'skip', 'glance'))
),
counted AS (
    SELECT
        event_id, listener_id, visit_id, kind, place, at_us, begins, context_kind, context_id, surface, device,
        intent_stated, is_listen, is_act, one_before_us, two_before_us, three_before_us, is_end,
        CAST(sum(is_listen) OVER until_now AS BIGINT) AS n_begun,
        CAST(sum(is_listen + is_query) OVER until_now AS BIGINT) AS n_entered,
        CAST(sum(is_stated) OVER until_now AS BIGINT) AS n_stated,
        CAST((sum(is_listen) OVER until_now) - is_listen AS BIGINT) AS n_listens,
        CAST((sum(is_act) OVER until_now) - is_act AS BIGINT) AS n_acts,
        CAST((sum(is_query) OVER until_now) - is_query AS BIGINT) AS n_queries,
        CAST(sum(is_seen) OVER until_now AS BIGINT) AS n_impressions,
        CAST(sum(is_end) OVER until_now AS BIGINT) AS n_ended,
        CAST(sum(is_skip) OVER until_now AS BIGINT) AS n_skips,
        CAST(sum(is_episode) OVER until_now AS BIGINT) AS n_episodes_begun,
        CAST(sum(is_programmed) OVER until_now AS BIGINT) AS n_programmed_begun,
        CAST(sum(says_order) OVER until_now AS BIGINT) AS n_ordered_begun,
        CAST(sum(is_shuffled) OVER until_now AS BIGINT) AS n_shuffled_begun,
        CAST(sum(is_new_artist) OVER until_now AS BIGINT) AS n_new_artists_begun
    FROM ticks
    WINDOW until_now AS (
        PARTITION BY visit_id ORDER BY tick_us NULLS LAST, after_ends NULLS LAST, place NULLS LAST, is_end NULLS LAST
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),
known AS (
    -- where an act is: where the listen or search before it began, which is the one that made n_entered what it is
    SELECT
        *,
        max(CASE WHEN is_listen = 1 AND n_begun = 1 THEN context_kind END) OVER (PARTITION BY visit_id) AS seed_kind,
        max(CASE WHEN is_act = 0 AND begins THEN context_kind END) OVER entered AS context_kind_there,
        max(CASE WHEN is_act = 0 AND begins THEN context_id END) OVER entered AS context_id_there,
        max(CASE WHEN is_act = 0 AND begins THEN surface END) OVER entered AS surface_there,
        max(CASE WHEN is_act = 0 AND begins THEN device END) OVER entered AS device_there,
        max(intent_stated) OVER (PARTITION BY visit_id, n_stated) AS intent_now
    FROM counted
    WHERE is_end = 0 AND (begins OR intent_stated IS NOT NULL)
    WINDOW entered AS (PARTITION BY visit_id, n_entered)
)
SELECT
    k.event_id, k.listener_id, k.visit_id, k.kind, k.place, k.at_us, k.at_us - v.started_at_us AS elapsed_us,
    v.local_hour, v.weekday,
    CASE WHEN k.n_begun > 0 THEN k.seed_kind END AS seed_kind,
    k.context_kind_there AS context_kind, k.context_id_there AS context_id, k.surface_there AS surface,
    k.device_there AS device, k.intent_now AS intent_stated,
    k.n_listens, k.n_acts, k.n_queries, k.n_impressions, k.n_ended, k.n_skips, k.n_begun, k.n_episodes_begun,
    k.n_programmed_begun, k.n_ordered_begun, k.n_shuffled_begun, k.n_new_artists_begun,
    CASE
        WHEN k.three_before_us IS NOT NULL THEN
            k.at_us - k.three_before_us
            - greatest(k.at_us - k.one_before_us, k.one_before_us - k.two_before_us, k.two_before_us - k.three_before_us)
            - least(k.at_us - k.one_before_us, k.one_before_us - k.two_before_us, k.two_before_us - k.three_before_us)
        WHEN k.two_before_us IS NOT NULL THEN CAST(floor((k.at_us - k.two_before_us) / 2) AS BIGINT)
        ELSE k.at_us - k.one_before_us
    END AS gap_us
FROM known AS k
INNER JOIN visits AS v ON v.visit_id = k.visit_id
WHERE k.begins
