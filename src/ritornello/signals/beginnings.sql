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
    SELECT activity.event_id, activity.listener_id, activity.visit_id, activity.kind, activity.at_us, activity.until_us,
        activity.place, activity.surface, activity.device
    FROM activity
    LEFT JOIN (SELECT event_id FROM listen WHERE private) AS hidden ON hidden.event_id = activity.event_id
    WHERE hidden.event_id IS NULL
),
began AS (
    SELECT told.event_id, told.listener_id, told.visit_id, told.kind, told.at_us, told.until_us, told.place,
        visits.started_at_us, visits.local_hour, visits.weekday,
        CASE WHEN told.kind = 'query' THEN 'search' ELSE readings.context_kind END AS context_kind,
        readings.context_id,
        CASE WHEN told.kind <> 'act' THEN told.surface END AS surface,
        CASE WHEN told.kind <> 'act' THEN told.device END AS device,
        readings.reading,
        CASE WHEN told.kind = 'listen' THEN 1 ELSE 0 END AS is_listen,
        CASE WHEN told.kind = 'act' THEN 1 ELSE 0 END AS is_act,
        CASE WHEN told.kind = 'query' THEN 1 ELSE 0 END AS is_query,
        CASE WHEN readings.kind = 'episode' THEN 1 ELSE 0 END AS is_episode,
        CASE WHEN readings.programmed THEN 1 ELSE 0 END AS is_programmed,
        CASE WHEN readings.shuffle IS NOT NULL THEN 1 ELSE 0 END AS says_order,
        CASE WHEN readings.shuffle THEN 1 ELSE 0 END AS is_shuffled,
        CASE WHEN encounters.first_artist THEN 1 ELSE 0 END AS is_new_artist,
        lag(told.at_us, 1) OVER in_order AS one_before_us,
        lag(told.at_us, 2) OVER in_order AS two_before_us,
        lag(told.at_us, 3) OVER in_order AS three_before_us
    FROM told
    JOIN visits ON visits.visit_id = told.visit_id
    LEFT JOIN readings ON readings.event_id = told.event_id
    LEFT JOIN encounters ON encounters.event_id = told.event_id
    WHERE told.kind IN ('listen', 'act', 'query')
    WINDOW in_order AS (PARTITION BY told.visit_id ORDER BY told.place NULLS LAST)
),
stated AS (
    SELECT told.visit_id, told.at_us, told.place, answer.value AS intent_stated,
        row_number() OVER (PARTITION BY told.visit_id ORDER BY told.place NULLS LAST) AS nth
    FROM told JOIN answer ON answer.event_id = told.event_id
    WHERE answer.question = 'intent'
),
ticks AS (
    -- beginnings, sightings, answers and ends in one order: what ends when something else begins ended before it
    SELECT event_id, visit_id, at_us AS tick_us, 1 AS after_ends, place, 0 AS is_end, is_listen, is_act, is_query,
        0 AS is_seen, 0 AS is_stated, 0 AS is_ended, 0 AS is_skip, is_episode, is_programmed, says_order, is_shuffled,
        is_new_artist
    FROM began
    UNION ALL
    SELECT NULL, visit_id, until_us, CASE WHEN until_us > at_us THEN 0 ELSE 1 END, place, 1, 0, 0, 0,
        0, 0, 1, CASE WHEN reading = 'skip' THEN 1 ELSE 0 END, 0, 0, 0, 0, 0
    FROM began
    WHERE is_listen = 1 AND reading IN ('play', 'skip', 'glance')
    UNION ALL
    SELECT NULL, visit_id, at_us, 1, place, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0
    FROM told
    WHERE kind = 'impression'
    UNION ALL
    SELECT NULL, visit_id, at_us, 1, place, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0
    FROM stated
),
counted AS (
    SELECT event_id,
        CAST(sum(is_listen) OVER until_now AS BIGINT) AS n_begun,
        CAST(sum(is_listen + is_query) OVER until_now AS BIGINT) AS n_entered,
        CAST(sum(is_stated) OVER until_now AS BIGINT) AS n_stated,
        CAST((sum(is_listen) OVER until_now) - is_listen AS BIGINT) AS n_listens,
        CAST((sum(is_act) OVER until_now) - is_act AS BIGINT) AS n_acts,
        CAST((sum(is_query) OVER until_now) - is_query AS BIGINT) AS n_queries,
        CAST(sum(is_seen) OVER until_now AS BIGINT) AS n_impressions,
        CAST(sum(is_ended) OVER until_now AS BIGINT) AS n_ended,
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
    SELECT began.event_id, began.visit_id, began.is_listen, began.is_act, began.context_kind, began.context_id,
        began.surface, began.device, counted.n_begun, counted.n_entered
    FROM began JOIN counted ON counted.event_id = began.event_id
),
inherited AS (
    -- where an act is: where the listen or search before it began
    SELECT act.event_id, place.context_kind, place.context_id, place.surface, place.device
    FROM known AS act
    JOIN known AS place ON place.visit_id = act.visit_id AND place.n_entered = act.n_entered
    WHERE act.is_act = 1 AND place.is_act = 0
)
SELECT began.event_id, began.listener_id, began.visit_id, began.kind, began.place, began.at_us,
    began.at_us - began.started_at_us AS elapsed_us,
    began.local_hour, began.weekday,
    CASE WHEN counted.n_begun > 0 THEN seed.context_kind END AS seed_kind,
    coalesce(began.context_kind, inherited.context_kind) AS context_kind,
    coalesce(began.context_id, inherited.context_id) AS context_id,
    coalesce(began.surface, inherited.surface) AS surface,
    coalesce(began.device, inherited.device) AS device,
    stated.intent_stated,
    counted.n_listens, counted.n_acts, counted.n_queries, counted.n_impressions, counted.n_ended, counted.n_skips,
    counted.n_begun, counted.n_episodes_begun, counted.n_programmed_begun, counted.n_ordered_begun,
    counted.n_shuffled_begun, counted.n_new_artists_begun,
    CASE
        WHEN began.three_before_us IS NOT NULL THEN
            began.at_us - began.three_before_us
            - greatest(began.at_us - began.one_before_us, began.one_before_us - began.two_before_us,
                began.two_before_us - began.three_before_us)
            - least(began.at_us - began.one_before_us, began.one_before_us - began.two_before_us,
                began.two_before_us - began.three_before_us)
        WHEN began.two_before_us IS NOT NULL THEN CAST(floor((began.at_us - began.two_before_us) / 2) AS BIGINT)
        ELSE began.at_us - began.one_before_us
    END AS gap_us
FROM began
JOIN counted ON counted.event_id = began.event_id
LEFT JOIN inherited ON inherited.event_id = began.event_id
LEFT JOIN (SELECT visit_id, context_kind FROM known WHERE is_listen = 1 AND n_begun = 1) AS seed
    ON seed.visit_id = began.visit_id
LEFT JOIN stated ON stated.visit_id = began.visit_id AND stated.nth = counted.n_stated
