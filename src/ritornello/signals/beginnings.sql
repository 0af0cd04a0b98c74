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
        coalesce(w.question = 'intent', FALSE) AS states,
        a.kind IN ('listen', 'act', 'query') AS begins
    FROM activity AS a
    LEFT JOIN (SELECT event_id FROM listen WHERE private) AS hidden ON hidden.event_id = a.event_id
    LEFT JOIN readings AS r ON r.event_id = a.event_id
    LEFT JOIN encounters AS e ON e.event_id = a.event_id
    LEFT JOIN answer AS w ON w.event_id = a.event_id
    WHERE hidden.event_id IS NULL AND (a.kind IN ('listen', 'act', 'query', 'impression') OR w.question = 'intent')
),
spaced AS (
    -- from here on a row is known by its visit and place, so that what is sorted stays narrow
    SELECT
        visit_id, place, at_us, until_us, kind, reading, begins, states,
        of_kind = 'episode' AS episode, programmed, shuffle, new_artist,
        lag(at_us, 1) OVER in_order AS one_before_us,
        lag(at_us, 2) OVER in_order AS two_before_us,
        lag(at_us, 3) OVER in_order AS three_before_us
    FROM told
    WINDOW in_order AS (PARTITION BY visit_id, begins ORDER BY place NULLS LAST)
),
ticks AS (
    -- beginnings, sightings, answers and ends in one order: what ends when something else begins ended before it
    SELECT
        s.visit_id, s.place, s.at_us, s.begins, s.one_before_us, s.two_before_us, s.three_before_us, t.is_end,
        CASE WHEN t.is_end = 1 THEN s.until_us ELSE s.at_us END AS tick_us,
        CASE WHEN t.is_end = 1 AND s.until_us > s.at_us THEN 0 ELSE 1 END AS after_ends,
        CASE WHEN t.is_end = 0 AND s.kind = 'listen' THEN 1 ELSE 0 END AS is_listen,
        CASE WHEN t.is_end = 0 AND s.kind = 'act' THEN 1 ELSE 0 END AS is_act,
        CASE WHEN t.is_end = 0 AND s.kind = 'query' THEN 1 ELSE 0 END AS is_query,
        CASE WHEN t.is_end = 0 AND s.kind = 'impression' THEN 1 ELSE 0 END AS is_seen,
        CASE WHEN t.is_end = 0 AND s.states THEN 1 ELSE 0 END AS is_stated,
        CASE WHEN t.is_end = 1 AND s.reading = 'skip' THEN 1 ELSE 0 END AS is_skip,
        CASE WHEN t.is_end = 0 AND s.episode THEN 1 ELSE 0 END AS is_episode,
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
        visit_id, place, at_us, begins, is_end, is_listen, is_act, is_query,
        one_before_us, two_before_us, three_before_us,
        max(CASE WHEN is_listen + is_query = 1 THEN place END) OVER until_now AS entered_at_place,
        CAST(sum(is_listen) OVER until_now AS BIGINT) AS n_begun,
        CAST(sum(is_act) OVER until_now AS BIGINT) AS n_acted,
        CAST(sum(is_query) OVER until_now AS BIGINT) AS n_queried,
        CAST(sum(is_stated) OVER until_now AS BIGINT) AS n_stated,
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
    SELECT * FROM counted WHERE is_end = 0 AND begins
),
seeds AS (
    SELECT visit_id, nullif(min_by(coalesce(context_kind, ''), place), '') AS seed_kind
    FROM told
    WHERE kind = 'listen'
    GROUP BY visit_id
),
stated AS (
    SELECT
        visit_id, intent_stated,
        row_number() OVER (PARTITION BY visit_id ORDER BY place NULLS LAST) AS nth
    FROM told
    WHERE states
),
entered AS (
    -- where an act is: where the listen or search before it began
    SELECT k.visit_id, k.place, b.context_kind, b.context_id, b.surface, b.device
    FROM known AS k
    INNER JOIN told AS b ON b.visit_id = k.visit_id AND b.place = k.entered_at_place
    WHERE k.is_act = 1
)
SELECT
    b.event_id, b.listener_id, k.visit_id, b.kind, k.place, k.at_us, k.at_us - v.started_at_us AS elapsed_us,
    v.local_hour, v.weekday,
    CASE WHEN k.n_begun > 0 THEN s.seed_kind END AS seed_kind,
    CASE WHEN k.is_act = 1 THEN e.context_kind ELSE b.context_kind END AS context_kind,
    CASE WHEN k.is_act = 1 THEN e.context_id ELSE b.context_id END AS context_id,
    CASE WHEN k.is_act = 1 THEN e.surface ELSE b.surface END AS surface,
    CASE WHEN k.is_act = 1 THEN e.device ELSE b.device END AS device,
    i.intent_stated,
    k.n_begun - k.is_listen AS n_listens, k.n_acted - k.is_act AS n_acts, k.n_queried - k.is_query AS n_queries,
    k.n_impressions, k.n_ended, k.n_skips, k.n_begun, k.n_episodes_begun,
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
INNER JOIN told AS b ON b.visit_id = k.visit_id AND b.place = k.place
INNER JOIN visits AS v ON v.visit_id = k.visit_id
LEFT JOIN seeds AS s ON s.visit_id = k.visit_id
LEFT JOIN entered AS e ON e.visit_id = k.visit_id AND e.place = k.place
LEFT JOIN stated AS i ON i.visit_id = k.visit_id AND i.nth = k.n_stated
