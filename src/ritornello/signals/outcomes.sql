-- One row per shown slot: whether it was seen, what was played of it, what was said about it, what came after.
--
-- item_id, artist_id   after merges; artist_id: of an episode, its show
-- seen, seen_because   TRUE: played (in a listen that counts), acted (on), impression (in view for 0.5 s, or for a
--                      time nobody says), passed (it lies before one that was in view, acted on, or played other
--                      than by shuffle, on a shelf that is passed one by one: screen.passes), in_view (among the
--                      first screen.n_in_view of a flat list that was made when asked for, or that was touched).
--                      FALSE: no_screen (a device on which nothing is seen that is not heard), glimpsed (in view
--                      for less than 0.5 s), not_reported (the client reports, and not this one: there is an
--                      impression of the decision, or of the listener on that device on the UTC day on which it
--                      was made). NULL: nobody knows
-- played               there is a listen of the slot that counts; event_id … seconds_to_play tell of the first, and
--                      n_plays counts those that read as plays; see touched.sql and attributions.sql
-- intent_declared      what the list it stood on was for, else what its surface is for
-- skipped_at_ms        how much was played of what reads as a skip
-- seconds_to_play      from when it was first in view, else was made or became visible; never below 0
-- saved … banned       more such acts than their opposites; see touched.sql
--
-- A slot that is named twice keeps both rows, each with what is known of that slot.
--
-- key: decision_id, shelf, position
-- needs: shown, item, touched, activity, screen, intended
-- day: made_at_us
-- reach: 0 days back, 0 days forward
WITH reached AS (
    SELECT
        decision_id, shelf,
        max(CASE WHEN NOT shuffled OR seen_at_us IS NOT NULL OR n_acts > 0 THEN position ELSE -1 END) AS passed_to
    FROM touched
    WHERE event_id IS NOT NULL OR seen_at_us IS NOT NULL OR n_acts > 0
    GROUP BY decision_id, shelf
),
opened AS (
    SELECT
        p.decision_id, p.shelf, NOT coalesce(own.has_screen, of_device.has_screen, TRUE) AS no_screen,
        CASE WHEN coalesce(own.passes, of_device.passes, FALSE) THEN coalesce(r.passed_to, -1) ELSE -1 END AS passed_to,
        CASE
            WHEN (p.shelf = p.surface OR p.surface = 'moments') AND (p.period IS NULL OR r.shelf IS NOT NULL)
                THEN coalesce(own.n_in_view, of_device.n_in_view, 0)
            ELSE 0
        END AS n_in_view,
        l.decision_id IS NOT NULL OR c.listener_id IS NOT NULL AS reports,
        w.intent
    FROM (
        SELECT DISTINCT
            decision_id, listener_id, surface, device, shelf, period,
            CAST(floor(made_at_us / 86400000000) AS BIGINT) AS day
        FROM shown
    ) AS p
    LEFT JOIN reached AS r ON r.decision_id = p.decision_id AND r.shelf = p.shelf
    LEFT JOIN (
        SELECT DISTINCT decision_id FROM touched WHERE seen_at_us IS NOT NULL OR n_glimpses > 0
    ) AS l ON l.decision_id = p.decision_id
    LEFT JOIN (
        SELECT DISTINCT listener_id, device, CAST(floor(at_us / 86400000000) AS BIGINT) AS day
        FROM activity
        WHERE kind = 'impression'
    ) AS c ON c.listener_id = p.listener_id AND c.device = p.device AND c.day = p.day
    LEFT JOIN (SELECT * FROM screen WHERE surface IS NOT NULL) AS own
        ON own.surface = p.surface AND own.device = p.device
    LEFT JOIN (SELECT * FROM screen WHERE surface IS NULL) AS of_device ON of_device.device = p.device
    LEFT JOIN (
        SELECT surface, min(intent) AS intent FROM intended
        WHERE surface IS NOT NULL AND context_kind IS NULL AND context_id IS NULL
        GROUP BY surface
    ) AS w ON w.surface = p.surface
)
SELECT
    s.decision_id, s.listener_id, s.surface, s.made_at_us, s.shelf, s.position,
    coalesce(i.canonical_id, s.item_id) AS item_id, coalesce(i.artist_id, i.show_id) AS artist_id,
    coalesce(i.kind, CASE WHEN s.item_id LIKE 'episode:%' THEN 'episode' ELSE 'track' END) AS kind,
    s.propensity, s.source, s.device, coalesce(s.intent, o.intent) AS intent_declared,
    CASE
        WHEN t.event_id IS NOT NULL OR t.n_acts > 0 OR t.seen_at_us IS NOT NULL THEN TRUE
        WHEN s.position < o.passed_to OR s.position < o.n_in_view THEN TRUE
        WHEN o.no_screen OR t.n_glimpses > 0 OR o.reports THEN FALSE
    END AS seen,
    CASE
        WHEN t.event_id IS NOT NULL THEN 'played'
        WHEN t.n_acts > 0 THEN 'acted'
        WHEN t.seen_at_us IS NOT NULL THEN 'impression'
        WHEN s.position < o.passed_to THEN 'passed'
        WHEN s.position < o.n_in_view THEN 'in_view'
        WHEN o.no_screen THEN 'no_screen'
        WHEN t.n_glimpses > 0 THEN 'glimpsed'
        WHEN o.reports THEN 'not_reported'
    END AS seen_because,
    t.event_id IS NOT NULL AS played, t.event_id, t.visit_id, t.ms_played, t.fraction_played, t.reading, t.skip_grade,
    CASE WHEN t.reading = 'skip' THEN t.ms_played END AS skipped_at_ms,
    coalesce(t.n_plays, 0) AS n_plays,
    coalesce(t.n_saves > 0, FALSE) AS saved, coalesce(t.n_loves > 0, FALSE) AS loved,
    coalesce(t.n_additions > 0, FALSE) AS added, coalesce(t.n_follows > 0, FALSE) AS followed,
    coalesce(t.n_bans > 0, FALSE) AS banned,
    t.attribution, t.next_in_visit, t.n_after, t.ms_after, t.rank_played,
    CASE
        WHEN t.event_id IS NOT NULL THEN greatest(0, t.started_at_us - CASE
            WHEN t.seen_at_us <= t.started_at_us THEN t.seen_at_us
            ELSE greatest(s.made_at_us, coalesce(s.visible_from_at_us, s.made_at_us))
        END) / 1e6
    END AS seconds_to_play
FROM shown AS s
LEFT JOIN item AS i ON i.item_id = s.item_id
LEFT JOIN touched AS t ON t.decision_id = s.decision_id AND t.shelf = s.shelf AND t.position = s.position
INNER JOIN opened AS o ON o.decision_id = s.decision_id AND o.shelf = s.shelf
