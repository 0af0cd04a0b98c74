-- One row per shown slot: whether it was seen, what was played of it, what was said about it, what came after.
--
-- item_id, artist_id   after merges; artist_id: of an episode, its show
-- seen, seen_because   TRUE: played (in a listen that counts), acted (on), impression (in view for 0.5 s, or for a
--                      time nobody says), passed (on the way to one that was in view, acted on or played in order,
--                      on a shelf that is passed one by one: screen.passes), in_view (among the first
--                      screen.n_in_view of a flat list that was made when asked for, or that was touched).
--                      FALSE: no_screen (a device on which nothing is seen that is not heard), glimpsed (in view
--                      for less than 0.5 s), not_reported (the client reports, and did not report this one: there is
--                      an impression of the decision, or of the listener on that device on the UTC day on which
--                      it was made). NULL: nobody knows
-- played               there is a listen of the slot that counts; event_id to skipped_at_ms and next_in_visit to
--                      ms_after tell of the first; n_plays counts those that read as plays
-- saved … banned       there was such an act more often than its opposite: on the slot it names; where it names none,
--                      on the item, artist or show of a listen of the slot, in its visit or within a day of its
--                      start (of several, the latest), or else on an item of the latest decision of the day before.
--                      Hate is a ban
-- rank_played          its place among the decision's slots by their first listens, from 1
-- seconds_to_play      from when it was first in view, else was made or became visible; never below 0
--
-- A slot that is named twice keeps both rows, each with what is known of that slot. Impressions and acts from more
-- than a day before the decision was made, or more than nine days after, are not its own; see attributions.sql for
-- listens.
--
-- key: decision_id, shelf, position
-- needs: shown, item, attributions, impression, act, activity, screen, intended
-- day: made_at_us
-- reach: 2 days back, 10 days forward
WITH pages AS (
    SELECT DISTINCT decision_id, listener_id, surface, device, shelf, made_at_us, period FROM shown
),
repeated AS (
    SELECT decision_id, shelf, position, min(nth) AS nth, count_if(reading = 'play') AS n_plays
    FROM attributions
    WHERE attribution <> 'none'
    GROUP BY decision_id, shelf, position
    HAVING count(*) > 1
),
played AS (
    SELECT
        a.*, coalesce(r.n_plays, CASE WHEN a.reading = 'play' THEN 1 ELSE 0 END) AS n_plays,
        row_number() OVER (PARTITION BY a.decision_id ORDER BY a.nth NULLS LAST) AS rank_played
    FROM attributions AS a
    LEFT JOIN repeated AS r
        ON r.decision_id = a.decision_id AND r.shelf = a.shelf AND r.position = a.position
    WHERE a.attribution <> 'none' AND (r.nth IS NULL OR r.nth = a.nth)
),
said AS (
    SELECT
        s.event_id, s.listener_id, coalesce(i.canonical_id, s.about_id) AS about_id, s.decision_id, s.shelf, s.position,
        s.happened_at_us, a.visit_id,
        CASE WHEN s.act IN ('hate', 'ban', 'unhate', 'unban') THEN 'ban' ELSE replace(s.act, 'un', '') END AS mark,
        CASE WHEN s.act LIKE 'un%' THEN -1 ELSE 1 END AS sign
    FROM act AS s
    INNER JOIN activity AS a ON a.event_id = s.event_id AND a.kind = 'act'
    LEFT JOIN item AS i ON i.item_id = s.about_id
    WHERE s.act IN (
        'save', 'unsave', 'love', 'unlove', 'add_to_playlist', 'follow', 'unfollow', 'hate', 'unhate', 'ban', 'unban'
    )
),
acted AS (
    SELECT decision_id, shelf, position, listener_id, happened_at_us, mark, sign
    FROM said WHERE decision_id IS NOT NULL AND shelf IS NOT NULL AND position IS NOT NULL
    UNION ALL
    SELECT decision_id, shelf, position, listener_id, happened_at_us, mark, sign
    FROM (
        SELECT
            m.*, row_number() OVER (
                PARTITION BY m.event_id
                ORDER BY
                    m.heard DESC NULLS LAST, m.at_us DESC NULLS LAST, m.decision_id NULLS LAST, m.shelf NULLS LAST,
                    m.position NULLS LAST
            ) AS latest
        FROM (
            SELECT s.event_id, s.listener_id, s.happened_at_us, s.mark, s.sign, 1 AS heard, p.started_at_us AS at_us,
                p.decision_id, p.shelf, p.position
            FROM (
                SELECT listener_id, item_id AS about_id, visit_id, started_at_us, decision_id, shelf, position
                FROM attributions WHERE attribution <> 'none'
                UNION ALL
                SELECT listener_id, artist_id, visit_id, started_at_us, decision_id, shelf, position
                FROM attributions WHERE attribution <> 'none'
            ) AS p
            INNER JOIN said AS s
                ON s.listener_id = p.listener_id
                AND s.about_id = p.about_id
                AND s.happened_at_us >= p.started_at_us
                AND (s.visit_id = p.visit_id OR s.happened_at_us < p.started_at_us + 86400000000)
            WHERE s.decision_id IS NULL OR s.shelf IS NULL OR s.position IS NULL
            UNION ALL
            SELECT s.event_id, s.listener_id, s.happened_at_us, s.mark, s.sign, 0, p.made_at_us,
                p.decision_id, p.shelf, p.position
            FROM (
                SELECT p.*, coalesce(m.canonical_id, p.item_id) AS canonical_id
                FROM shown AS p
                LEFT JOIN (SELECT item_id, canonical_id FROM item WHERE canonical_id <> item_id) AS m
                    ON m.item_id = p.item_id
            ) AS p
            INNER JOIN said AS s
                ON s.listener_id = p.listener_id
                AND s.about_id = p.canonical_id
                AND s.happened_at_us >= p.made_at_us
                AND s.happened_at_us < p.made_at_us + 86400000000
            WHERE s.decision_id IS NULL OR s.shelf IS NULL OR s.position IS NULL
        ) AS m
    ) AS m
    WHERE latest = 1
),
noticed AS (
    SELECT
        n.decision_id, n.shelf, n.position,
        min(n.seen_at_us) AS seen_at_us, count_if(n.mark = 'glimpse') AS n_glimpses,
        count_if(n.mark NOT IN ('view', 'glimpse')) AS n_acts,
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
    INNER JOIN (SELECT DISTINCT decision_id, listener_id, made_at_us FROM pages) AS p
        ON p.decision_id = n.decision_id
        AND p.listener_id = n.listener_id
        AND n.at_us >= p.made_at_us - 86400000000
        AND n.at_us < p.made_at_us + 777600000000
    GROUP BY n.decision_id, n.shelf, n.position
),
reached AS (
    SELECT
        decision_id, shelf, max(position) AS touched_to, max(in_order_to) AS passed_to, max(reports) AS reports
    FROM (
        SELECT
            decision_id, shelf, position, CASE WHEN coalesce(shuffle, FALSE) THEN -1 ELSE position END AS in_order_to,
            0 AS reports
        FROM played
        UNION ALL
        SELECT
            decision_id, shelf, position,
            CASE WHEN seen_at_us IS NOT NULL OR n_acts > 0 THEN position ELSE -1 END,
            CASE WHEN seen_at_us IS NOT NULL OR n_glimpses > 0 THEN 1 ELSE 0 END
        FROM noticed
    ) AS touched
    GROUP BY decision_id, shelf
),
opened AS (
    SELECT
        p.decision_id, p.shelf, NOT coalesce(own.screen, of_device.screen, TRUE) AS no_screen,
        CASE WHEN coalesce(own.passes, of_device.passes, FALSE) THEN coalesce(r.passed_to, -1) ELSE -1 END AS passed_to,
        CASE
            WHEN p.shelf = p.surface AND (p.period IS NULL OR r.shelf IS NOT NULL)
                THEN coalesce(own.n_in_view, of_device.n_in_view, 0)
            ELSE 0
        END AS n_in_view,
        l.decision_id IS NOT NULL OR c.listener_id IS NOT NULL AS reports
    FROM pages AS p
    LEFT JOIN screen AS own ON own.surface = p.surface AND own.device = p.device
    LEFT JOIN screen AS of_device ON of_device.surface IS NULL AND of_device.device = p.device
    LEFT JOIN reached AS r ON r.decision_id = p.decision_id AND r.shelf = p.shelf
    LEFT JOIN (SELECT DISTINCT decision_id FROM reached WHERE reports = 1) AS l ON l.decision_id = p.decision_id
    LEFT JOIN (
        SELECT DISTINCT listener_id, device, CAST(floor(seen_at_us / 86400000000) AS BIGINT) AS day FROM impression
    ) AS c
        ON c.listener_id = p.listener_id
        AND c.device = p.device
        AND c.day = CAST(floor(p.made_at_us / 86400000000) AS BIGINT)
),
for_what AS (
    SELECT surface, min(intent) AS intent FROM intended
    WHERE surface IS NOT NULL AND context_kind IS NULL AND context_id IS NULL
    GROUP BY surface
)
SELECT
    s.decision_id, s.listener_id, s.surface, s.made_at_us, s.shelf, s.position,
    coalesce(i.canonical_id, s.item_id) AS item_id, coalesce(i.artist_id, i.show_id) AS artist_id,
    coalesce(i.kind, CASE WHEN s.item_id LIKE 'episode:%' THEN 'episode' ELSE 'track' END) AS kind,
    s.propensity, s.source, s.device, w.intent AS intent_declared,
    CASE
        WHEN p.event_id IS NOT NULL OR n.n_acts > 0 OR n.seen_at_us IS NOT NULL THEN TRUE
        WHEN s.position < o.passed_to OR s.position < o.n_in_view THEN TRUE
        WHEN o.no_screen OR n.n_glimpses > 0 OR o.reports THEN FALSE
    END AS seen,
    CASE
        WHEN p.event_id IS NOT NULL THEN 'played'
        WHEN n.n_acts > 0 THEN 'acted'
        WHEN n.seen_at_us IS NOT NULL THEN 'impression'
        WHEN s.position < o.passed_to THEN 'passed'
        WHEN s.position < o.n_in_view THEN 'in_view'
        WHEN o.no_screen THEN 'no_screen'
        WHEN n.n_glimpses > 0 THEN 'glimpsed'
        WHEN o.reports THEN 'not_reported'
    END AS seen_because,
    p.event_id IS NOT NULL AS played, p.event_id, p.visit_id, p.ms_played, p.fraction_played, p.reading, p.skip_grade,
    CASE WHEN p.reading = 'skip' THEN p.ms_played END AS skipped_at_ms,
    coalesce(p.n_plays, 0) AS n_plays,
    coalesce(n.n_saves > 0, FALSE) AS saved, coalesce(n.n_loves > 0, FALSE) AS loved,
    coalesce(n.n_additions > 0, FALSE) AS added, coalesce(n.n_follows > 0, FALSE) AS followed,
    coalesce(n.n_bans > 0, FALSE) AS banned,
    p.attribution, p.next_in_visit, p.n_after, p.ms_after, p.rank_played,
    CASE
        WHEN p.event_id IS NOT NULL THEN greatest(0, p.started_at_us - CASE
            WHEN n.seen_at_us <= p.started_at_us THEN n.seen_at_us
            ELSE greatest(s.made_at_us, coalesce(s.visible_from_at_us, s.made_at_us))
        END) / 1e6
    END AS seconds_to_play
FROM shown AS s
INNER JOIN opened AS o ON o.decision_id = s.decision_id AND o.shelf = s.shelf
LEFT JOIN item AS i ON i.item_id = s.item_id
LEFT JOIN played AS p ON p.decision_id = s.decision_id AND p.shelf = s.shelf AND p.position = s.position
LEFT JOIN noticed AS n ON n.decision_id = s.decision_id AND n.shelf = s.shelf AND n.position = s.position
LEFT JOIN for_what AS w ON w.surface = s.surface
