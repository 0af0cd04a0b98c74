-- Listens that count and read as plays. Popularity (#Clicks, for listening); background listening swells it.
-- name: plays
-- family: popularity
-- grain: listener
-- unit: plays
-- direction: higher
-- total: sum
-- needs: days
SELECT listener_id AS unit_id, listener_id, CAST(sum(n_plays) AS DOUBLE) AS value, 1e0 AS weight
FROM days GROUP BY listener_id
