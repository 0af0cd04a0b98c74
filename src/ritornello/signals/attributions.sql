-- One row per listen that counts and states a decision or joins one: the slot it belongs to, and what came next.
--
-- attribution  stated: it names the decision (or is the same play as a listen that was left out and does), and one
--              of its slots holds the item: the slot it names, else the first that does. Believed from a day before
--              the decision was made, because clocks differ, until eight days after.
--              none: what it states does not hold: no such decision of the listener, no such item there, too late.
--              inferred: it states nothing, and joins the latest live decision that offered its item. Live is a
--              decision from when it was made (or became visible) until the listener's next decision on that
--              surface or until it expires, without such an end for four hours, never for more than eight days
-- made_at_us   of the decision; NULL where the attribution is none
-- next_begins  what begins next in the visit, a listen or a query; NULL: neither does. n_after: listens that begin
--              after it in the visit; ms_after: from its end to the visit's
--
-- What is left out, private or broken belongs nowhere and has no row.
--
-- key: event_id
-- needs: readings, activity, visits, shown, item, left_out
-- day: started_at_us
-- reach: 8 days back, 2 days forward
WITH merged AS (
    SELECT item_id, canonical_id FROM item WHERE canonical_id <> item_id
),
turns AS (
    SELECT
        decision_id,
        lead(live_from_us) OVER (
            PARTITION BY listener_id, surface ORDER BY live_from_us NULLS LAST, decision_id NULLS LAST
        ) AS next_from_us
    FROM (
        SELECT DISTINCT
            decision_id, listener_id, surface,
            greatest(made_at_us, coalesce(visible_from_at_us, made_at_us)) AS live_from_us
        FROM shown
    ) AS decisions
),
twins AS (
    SELECT
        o.same_as, r.decision_id, r.shelf, r.position,
        row_number() OVER (
            PARTITION BY o.same_as ORDER BY r.started_at_us NULLS LAST, r.event_id NULLS LAST
        ) AS nth
    FROM readings AS r INNER JOIN left_out AS o ON o.event_id = r.event_id
    WHERE o.because = 'same_play' AND r.decision_id IS NOT NULL
),
stating AS (
    SELECT
        event_id, listener_id, item_id, decision_id, shelf, position, started_at_us,
        CASE WHEN attribution = 'inferred' THEN 'inferred' ELSE 'stated' END AS attribution
    FROM readings
    WHERE counts AND decision_id IS NOT NULL
    UNION ALL
    SELECT r.event_id, r.listener_id, r.item_id, t.decision_id, t.shelf, t.position, r.started_at_us, 'stated'
    FROM readings AS r INNER JOIN twins AS t ON t.same_as = r.event_id AND t.nth = 1
    WHERE r.counts AND r.decision_id IS NULL
),
held AS (
    SELECT
        l.event_id, l.started_at_us, s.decision_id, s.shelf, s.position, l.attribution, s.made_at_us,
        s.made_at_us AS live_from_us, CASE WHEN s.shelf = l.shelf AND s.position = l.position THEN 0 ELSE 1 END AS elsewhere
    FROM shown AS s
    LEFT JOIN merged AS m ON m.item_id = s.item_id
    INNER JOIN stating AS l
        ON l.decision_id = s.decision_id
        AND l.item_id = coalesce(m.canonical_id, s.item_id)
        AND l.listener_id = s.listener_id
        AND l.started_at_us >= s.made_at_us - 86400000000
        AND l.started_at_us < s.made_at_us + 691200000000
),
offered AS (
    SELECT
        r.event_id, r.started_at_us, s.decision_id, s.shelf, s.position, 'inferred' AS attribution, s.made_at_us,
        s.live_from_us, 0 AS elsewhere
    FROM (
        SELECT
            s.decision_id, s.listener_id, s.shelf, s.position, coalesce(m.canonical_id, s.item_id) AS item_id,
            s.made_at_us, greatest(s.made_at_us, coalesce(s.visible_from_at_us, s.made_at_us)) AS live_from_us,
            s.expires_at_us
        FROM shown AS s
        LEFT JOIN merged AS m ON m.item_id = s.item_id
    ) AS s
    INNER JOIN (
        SELECT event_id, listener_id, item_id, started_at_us FROM readings WHERE counts AND decision_id IS NULL
    ) AS r
        ON r.listener_id = s.listener_id
        AND r.item_id = s.item_id
        AND r.started_at_us >= s.live_from_us
        AND r.started_at_us < s.made_at_us + 691200000000
        AND r.started_at_us < coalesce(s.expires_at_us, s.live_from_us + 14400000000)
),
ranked AS (
    -- parted by the instant too, and joined by it below, so that only listens of the days to be made are read
    SELECT
        *, row_number() OVER (
            PARTITION BY started_at_us, event_id
            ORDER BY
                elsewhere NULLS LAST, live_from_us DESC NULLS LAST, decision_id NULLS LAST, shelf NULLS LAST,
                position NULLS LAST
        ) AS place
    FROM (
        SELECT
            event_id, started_at_us, decision_id, shelf, position, attribution, made_at_us, live_from_us, elsewhere
        FROM held
        UNION ALL
        SELECT
            o.event_id, o.started_at_us, o.decision_id, o.shelf, o.position, o.attribution, o.made_at_us,
            o.live_from_us, o.elsewhere
        FROM offered AS o
        INNER JOIN turns AS t ON t.decision_id = o.decision_id
        LEFT JOIN twins AS w ON w.same_as = o.event_id AND w.nth = 1
        WHERE w.same_as IS NULL AND (t.next_from_us IS NULL OR o.started_at_us < t.next_from_us)
    ) AS of_both
),
placed AS (
    SELECT event_id, started_at_us, decision_id, shelf, position, attribution, made_at_us FROM ranked WHERE place = 1
    UNION ALL
    SELECT l.event_id, l.started_at_us, l.decision_id, l.shelf, l.position, 'none', NULL
    FROM stating AS l
    LEFT JOIN held AS h ON h.event_id = l.event_id AND h.started_at_us = l.started_at_us
    WHERE h.event_id IS NULL
),
searched AS (
    SELECT DISTINCT visit_id, n_begun FROM activity WHERE kind = 'query'
)
SELECT
    r.event_id, r.listener_id, p.decision_id, p.shelf, p.position, p.attribution, p.made_at_us,
    r.item_id, r.artist_id, r.visit_id, p.started_at_us, r.ms_played, r.fraction_played, r.reading, r.skip_grade,
    r.shuffle,
    CASE WHEN q.visit_id IS NOT NULL THEN 'query' WHEN v.n_listens > r.nth_listen THEN 'listen' END AS next_begins,
    v.n_listens - r.nth_listen AS n_after, CAST(floor((v.ended_at_us - r.ended_at_us) / 1000) AS BIGINT) AS ms_after
FROM placed AS p
INNER JOIN readings AS r ON r.event_id = p.event_id AND r.started_at_us = p.started_at_us
INNER JOIN visits AS v ON v.visit_id = r.visit_id
LEFT JOIN searched AS q ON q.visit_id = r.visit_id AND q.n_begun = r.nth_listen
