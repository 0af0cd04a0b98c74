-- Plays in a visit. Activity (ClickDepth, for listening); deep is no success where the right item should come soon.
-- name: session_depth
-- family: activity
-- grain: visit
-- unit: plays
-- direction: higher
-- total: mean
-- needs: visits
SELECT visit_id AS unit_id, listener_id, CAST(n_plays AS DOUBLE) AS value, 1e0 AS weight FROM visits
