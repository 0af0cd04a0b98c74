-- Saves, loves and additions to a playlist per hour played, weighted by the hours. Activity; clients differ in how
-- near the button is.
-- name: saves_per_hour
-- family: activity
-- grain: listener
-- unit: per hour
-- direction: higher
-- total: mean
-- needs: days
SELECT listener_id AS unit_id, listener_id, n_saves / nullif(hours, 0) AS value, hours AS weight
FROM (
    SELECT listener_id, CAST(sum(n_saves) AS DOUBLE) AS n_saves, CAST(sum(ms_played) AS DOUBLE) / 3.6e6 AS hours
    FROM days GROUP BY listener_id
) AS told
WHERE hours > 0
