-- One row per slot of a decision of which anything is known: it was in view, played, or acted on.
--
-- event_id … ms_after  of the slot's first listen (see attributions.sql); rank_played: its place among the decision's
--                      slots by their first listens, from 1; n_plays: its listens that read as plays
-- next_in_visit        what begins next in the visit: a listen of the same decision (same_list), other_content, a
--                      search, or nothing
-- seen_at_us           when it was first in view for 0.5 s, or for a time nobody says; n_glimpses: shorter ones
-- n_acts               acts on it; n_saves, n_loves, n_additions, n_follows, n_bans: those less their opposites; hate
--                      is a ban. An act belongs to the slot it names. One that names none belongs to the listener's
--                      latest listen of its item, artist or show that began within the day before; an act on an item
--                      without such a listen, to the latest decision of the day before that offered the item
--
-- Impressions and acts from more than a day before the decision was made, or more than nine days after it, are not
-- its own, nor are those of somebody else.
--
-- key: decision_id, shelf, position
-- needs: shown, item, attributions, impression, act
-- day: made_at_us
-- reach: 2 days back, 10 days forward
WITH belonging AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY made_at_us, decision_id, shelf, position ORDER BY started_at_us NULLS LAST, event_id NULLS LAST
        ) AS nth_of_slot,
        count(*) FILTER (WHERE reading = 'play') OVER (
            PARTITION BY made_at_us, decision_id, shelf, position
        ) AS n_plays,
        lead(visit_id) OVER of_decision AS next_visit_id,
        lead(n_after) OVER of_decision AS next_n_after
    FROM attributions
    WHERE attribution <> 'none'
    WINDOW of_decision AS (
        PARTITION BY made_at_us, decision_id ORDER BY started_at_us NULLS LAST, event_id NULLS LAST
    )
),
heard AS (
    SELECT
        *, row_number() OVER (
            PARTITION BY made_at_us, decision_id ORDER BY started_at_us NULLS LAST, event_id NULLS LAST
        ) AS rank_played
    FROM belonging
    WHERE nth_of_slot = 1
),
said AS (
    SELECT
        s.event_id, s.listener_id, coalesce(i.canonical_id, s.about_id) AS about_id, s.decision_id, s.shelf, s.position,
        s.happened_at_us,
        s.decision_id IS NOT NULL AND s.shelf IS NOT NULL AND s.position IS NOT NULL AS names_a_slot,
        CASE WHEN s.act IN ('hate', 'unhate', 'unban') THEN 'ban' ELSE replace(s.act, 'un', '') END AS mark,
        CASE WHEN s.act LIKE 'un%' THEN -1 ELSE 1 END AS sign
    FROM act AS s
    LEFT JOIN item AS i ON i.item_id = s.about_id
    WHERE s.act IN (
        'save', 'unsave', 'love', 'unlove', 'add_to_playlist', 'follow', 'unfollow', 'hate', 'unhate', 'ban', 'unban'
    )
),
met AS (
    SELECT s.*, p.decision_id AS of_decision, p.shelf AS on_shelf, p.position AS at_position, p.started_at_us AS at_us,
        p.attribution <> 'none' AS on_a_slot, 1 AS was_heard
    FROM (
        SELECT listener_id, item_id AS about_id, started_at_us, decision_id, shelf, position, attribution
        FROM attributions
        UNION ALL
        SELECT listener_id, artist_id, started_at_us, decision_id, shelf, position, attribution
        FROM attributions
    ) AS p
    INNER JOIN said AS s
        ON s.listener_id = p.listener_id
        AND s.about_id = p.about_id
        AND s.happened_at_us >= p.started_at_us
        AND s.happened_at_us < p.started_at_us + 86400000000
    WHERE NOT s.names_a_slot
    UNION ALL
    SELECT s.*, p.decision_id, p.shelf, p.position, p.made_at_us, TRUE, 0
    FROM (
        SELECT
            p.decision_id, p.listener_id, p.shelf, p.position, p.made_at_us,
            coalesce(m.canonical_id, p.item_id) AS item_id
        FROM shown AS p
        LEFT JOIN (SELECT item_id, canonical_id FROM item WHERE canonical_id <> item_id) AS m ON m.item_id = p.item_id
    ) AS p
    INNER JOIN said AS s
        ON s.listener_id = p.listener_id
        AND s.about_id = p.item_id
        AND s.happened_at_us >= p.made_at_us
        AND s.happened_at_us < p.made_at_us + 86400000000
    WHERE NOT s.names_a_slot
),
acted AS (
    SELECT decision_id, shelf, position, listener_id, happened_at_us, mark, sign FROM said WHERE names_a_slot
    UNION ALL
    SELECT of_decision, on_shelf, at_position, listener_id, happened_at_us, mark, sign
    FROM (
        SELECT
            *, row_number() OVER (
                PARTITION BY event_id
                ORDER BY
                    was_heard DESC NULLS LAST, at_us DESC NULLS LAST, of_decision NULLS LAST, on_shelf NULLS LAST,
                    at_position NULLS LAST
            ) AS place
        FROM met
    ) AS latest
    WHERE place = 1 AND on_a_slot
),
noticed AS (
    SELECT
        p.made_at_us, n.decision_id, n.shelf, n.position, min(n.listener_id) AS listener_id,
        min(n.seen_at_us) AS seen_at_us, count(*) FILTER (WHERE n.mark = 'glimpse') AS n_glimpses,
        count(*) FILTER (WHERE n.mark NOT IN ('view', 'glimpse')) AS n_acts,
        CAST(sum(CASE WHEN n.mark = 'save' THEN n.sign ELSE 0 END) AS BIGINT) AS n_saves,
        CAST(sum(CASE WHEN n.mark = 'love' THEN n.sign ELSE 0 END) AS BIGINT) AS n_loves,
        CAST(sum(CASE WHEN n.mark = 'add_to_playlist' THEN n.sign ELSE 0 END) AS BIGINT) AS n_additions,
        CAST(sum(CASE WHEN n.mark = 'follow' THEN n.sign ELSE 0 END) AS BIGINT) AS n_follows,
        CAST(sum(CASE WHEN n.mark = 'ban' THEN n.sign ELSE 0 END) AS BIGINT) AS n_bans
    FROM (
        SELECT
            decision_id, shelf, position, listener_id, seen_at_us AS at_us,
            CASE WHEN coalesce(visible_ms, 500) >= 500 THEN seen_at_us END AS seen_at_us,
            CASE WHEN coalesce(visible_ms, 500) >= 500 THEN 'view' ELSE 'glimpse' END AS mark, 0 AS sign
        FROM impression
        UNION ALL
        SELECT decision_id, shelf, position, listener_id, happened_at_us, NULL, mark, sign FROM acted
    ) AS n
    INNER JOIN (SELECT DISTINCT decision_id, listener_id, made_at_us FROM shown) AS p
        ON p.decision_id = n.decision_id
        AND p.listener_id = n.listener_id
        AND n.at_us >= p.made_at_us - 86400000000
        AND n.at_us < p.made_at_us + 777600000000
    GROUP BY p.made_at_us, n.decision_id, n.shelf, n.position
),
told AS (
    -- grouped, not joined, so that only decisions of the days to be made are read: all steps part by made_at_us
    SELECT
        made_at_us, decision_id, shelf, position, listener_id, event_id, attribution, visit_id, started_at_us,
        ms_played, fraction_played, reading, skip_grade, shuffle, rank_played, n_plays,
        CASE
            WHEN next_begins IS NULL THEN 'nothing'
            WHEN next_begins = 'query' THEN 'search'
            WHEN next_visit_id = visit_id AND next_n_after = n_after - 1 THEN 'same_list'
            ELSE 'other_content'
        END AS next_in_visit,
        n_after, ms_after, NULL AS seen_at_us, NULL AS n_glimpses, NULL AS n_acts, NULL AS n_saves, NULL AS n_loves,
        NULL AS n_additions, NULL AS n_follows, NULL AS n_bans
    FROM heard
    UNION ALL
    SELECT
        made_at_us, decision_id, shelf, position, listener_id, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL,
        NULL, NULL, seen_at_us, n_glimpses, n_acts, n_saves, n_loves,
        n_additions, n_follows, n_bans
    FROM noticed
)
SELECT
    decision_id, shelf, position, max(listener_id) AS listener_id, made_at_us,
    max(event_id) AS event_id, max(attribution) AS attribution, max(visit_id) AS visit_id,
    max(started_at_us) AS started_at_us, max(ms_played) AS ms_played, max(fraction_played) AS fraction_played,
    max(reading) AS reading, max(skip_grade) AS skip_grade, coalesce(bool_or(shuffle), FALSE) AS shuffled,
    max(rank_played) AS rank_played, coalesce(max(n_plays), 0) AS n_plays, max(next_in_visit) AS next_in_visit,
    max(n_after) AS n_after, max(ms_after) AS ms_after, max(seen_at_us) AS seen_at_us,
    coalesce(max(n_glimpses), 0) AS n_glimpses, coalesce(max(n_acts), 0) AS n_acts,
    coalesce(max(n_saves), 0) AS n_saves, coalesce(max(n_loves), 0) AS n_loves,
    coalesce(max(n_additions), 0) AS n_additions, coalesce(max(n_follows), 0) AS n_follows,
    coalesce(max(n_bans), 0) AS n_bans
FROM told
GROUP BY made_at_us, decision_id, shelf, position
