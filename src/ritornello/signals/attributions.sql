-- One row per listen that counts and states a decision or joins one: the slot it belongs to, and what came next.
--
-- attribution    stated: it names the decision (or is the same play as a listen that was left out and does), and
--                one of its slots holds the item; the slot it names, where several do. Believed from a day before
--                the decision was made, because clocks differ, until eight days after.
--                none: what it states does not hold: no such decision of the listener, no such item there, too late.
--                inferred: it states nothing, and joins the latest live decision that offered its item. Live is a
--                decision from when it was made (or became visible) until the listener's next decision on that
--                surface or until it expires, without such an end for four hours, never for more than eight days.
-- nth            which of the listens that belong to the decision it is, from 1
-- next_in_visit  what begins next in the visit: a search, a listen of the same decision (same_list), other_content,
--                nothing; n_after: listens that begin after it in the visit; ms_after: from its end to the visit's
--
-- What is left out, private or broken belongs nowhere and has no row.
--
-- key: event_id
-- needs: readings, activity, visits, shown, item, left_out
-- day: started_at_us
-- reach: 10 days back, 2 days forward
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
    FROM left_out AS o INNER JOIN readings AS r ON r.event_id = o.event_id
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
offers AS (
    SELECT
        r.event_id, r.started_at_us, s.decision_id, s.shelf, s.position,
        greatest(s.made_at_us, coalesce(s.visible_from_at_us, s.made_at_us)) AS live_from_us
    FROM readings AS r
    INNER JOIN (
        SELECT s.*, coalesce(m.canonical_id, s.item_id) AS canonical_id
        FROM shown AS s LEFT JOIN merged AS m ON m.item_id = s.item_id
    ) AS s
        ON s.listener_id = r.listener_id
        AND s.canonical_id = r.item_id
        AND r.started_at_us >= s.made_at_us
        AND r.started_at_us >= coalesce(s.visible_from_at_us, s.made_at_us)
        AND r.started_at_us < s.made_at_us + 691200000000
        AND r.started_at_us < coalesce(
            s.expires_at_us, greatest(s.made_at_us, coalesce(s.visible_from_at_us, s.made_at_us)) + 14400000000
        )
    WHERE r.counts AND r.decision_id IS NULL
),
joining AS (
    SELECT
        o.event_id, o.decision_id, o.shelf, o.position,
        row_number() OVER (
            PARTITION BY o.event_id
            ORDER BY o.live_from_us DESC NULLS LAST, o.decision_id NULLS LAST, o.shelf NULLS LAST, o.position NULLS LAST
        ) AS latest
    FROM offers AS o
    INNER JOIN turns AS t
        ON t.decision_id = o.decision_id AND (t.next_from_us IS NULL OR o.started_at_us < t.next_from_us)
    LEFT JOIN twins AS w ON w.same_as = o.event_id AND w.nth = 1
    WHERE w.same_as IS NULL
),
placed AS (
    SELECT
        l.event_id, l.decision_id, coalesce(s.shelf, l.shelf) AS shelf, coalesce(s.position, l.position) AS position,
        CASE WHEN s.decision_id IS NULL THEN 'none' ELSE l.attribution END AS attribution,
        coalesce(s.shelf = l.shelf AND s.position = l.position, FALSE) AS as_named
    FROM stating AS l
    LEFT JOIN (
        SELECT s.*, coalesce(m.canonical_id, s.item_id) AS canonical_id
        FROM shown AS s LEFT JOIN merged AS m ON m.item_id = s.item_id
    ) AS s
        ON s.decision_id = l.decision_id
        AND s.canonical_id = l.item_id
        AND s.listener_id = l.listener_id
        AND l.started_at_us >= s.made_at_us - 86400000000
        AND l.started_at_us < s.made_at_us + 691200000000
    UNION ALL
    SELECT event_id, decision_id, shelf, position, 'inferred', TRUE FROM joining WHERE latest = 1
),
begun AS (
    SELECT visit_id, position_in_visit AS place, event_id, 1 AS is_listen FROM readings
    UNION ALL
    SELECT visit_id, place, NULL, 0 FROM activity WHERE kind = 'query'
),
followed AS (
    SELECT
        event_id, lead(is_listen) OVER in_order AS next_is_listen,
        CAST(sum(is_listen) OVER (PARTITION BY visit_id) AS BIGINT)
            - CAST(sum(is_listen) OVER in_order AS BIGINT) AS n_after
    FROM begun
    WINDOW in_order AS (PARTITION BY visit_id ORDER BY place NULLS LAST)
),
ordered AS (
    SELECT
        p.*, r.listener_id, r.item_id, r.artist_id, r.visit_id, r.started_at_us, r.ended_at_us, r.ms_played,
        r.fraction_played, r.reading, r.skip_grade, r.shuffle, f.next_is_listen, f.n_after,
        dense_rank() OVER (
            PARTITION BY p.decision_id, p.attribution = 'none'
            ORDER BY r.started_at_us NULLS LAST, p.event_id NULLS LAST
        ) AS nth,
        lead(p.event_id) OVER in_order AS next_event_id,
        lead(r.visit_id) OVER in_order AS next_visit_id,
        lead(f.n_after) OVER in_order AS next_n_after
    FROM placed AS p
    INNER JOIN readings AS r ON r.event_id = p.event_id
    INNER JOIN followed AS f ON f.event_id = p.event_id
    WINDOW in_order AS (
        PARTITION BY p.decision_id, p.attribution = 'none'
        ORDER BY
            r.started_at_us NULLS LAST, p.event_id NULLS LAST, p.as_named NULLS LAST, p.shelf DESC NULLS LAST,
            p.position DESC NULLS LAST
    )
)
SELECT
    o.event_id, o.listener_id, o.decision_id, o.shelf, o.position, o.attribution,
    CASE WHEN o.attribution <> 'none' THEN o.nth END AS nth,
    o.item_id, o.artist_id, o.visit_id, o.started_at_us, o.ms_played, o.fraction_played, o.reading, o.skip_grade,
    o.shuffle,
    CASE
        WHEN o.next_is_listen IS NULL THEN 'nothing'
        WHEN o.next_is_listen = 0 THEN 'search'
        WHEN o.next_visit_id = o.visit_id AND o.next_n_after = o.n_after - 1 THEN 'same_list'
        ELSE 'other_content'
    END AS next_in_visit,
    o.n_after, CAST(floor((v.ended_at_us - o.ended_at_us) / 1000) AS BIGINT) AS ms_after
FROM ordered AS o
INNER JOIN visits AS v ON v.visit_id = o.visit_id
WHERE o.next_event_id IS NULL OR o.next_event_id <> o.event_id
