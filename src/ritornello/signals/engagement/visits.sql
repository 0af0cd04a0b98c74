-- Visits. Popularity (#Visits); a few who come often can carry it.
-- name: visits
-- family: popularity
-- grain: listener
-- unit: visits
-- direction: higher
-- total: sum
-- needs: visits
SELECT listener_id AS unit_id, listener_id, CAST(count(*) AS DOUBLE) AS value, 1e0 AS weight
FROM visits GROUP BY listener_id
