-- Listeners with any activity. Popularity (#Users): how many come at all, not how glad they are.
-- name: listeners
-- family: popularity
-- grain: listener
-- unit: listeners
-- direction: higher
-- total: sum
-- needs: days
SELECT DISTINCT listener_id AS unit_id, listener_id, 1e0 AS value, 1e0 AS weight FROM days
