-- Share of discovered artists and shows (the first time ever, read as a play) that are played on at least {k} later
-- days within 28 days. Loyalty to what is new; only discoveries whose 28 days are over.
-- name: discovery_kept@2
-- family: loyalty
-- grain: discovery
-- unit: share
-- direction: higher
-- total: mean
-- needs: readings, encounters, visits
WITH found AS (
    SELECT r.event_id, r.listener_id, r.artist_id, r.started_at_us, r.active_on
    FROM readings AS r
    INNER JOIN encounters AS n ON n.event_id = r.event_id
    CROSS JOIN (SELECT max(ended_at_us) AS through_us FROM visits) AS e
    WHERE n.first_artist AND r.counts AND r.reading = 'play' AND r.started_at_us + 2419200000000 <= e.through_us
)
SELECT
    f.event_id AS unit_id, f.listener_id,
    CASE WHEN count(DISTINCT r.active_on) >= {k} THEN 1e0 ELSE 0e0 END AS value, 1e0 AS weight
FROM found AS f
LEFT JOIN readings AS r
    ON r.listener_id = f.listener_id AND r.artist_id = f.artist_id AND r.counts AND r.reading = 'play'
    AND r.active_on > f.active_on AND r.started_at_us < f.started_at_us + 2419200000000
GROUP BY f.event_id, f.listener_id
