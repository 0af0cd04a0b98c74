-- Skips among the plays and skips that count, weighted by how many these are. Activity; it misleads without the
-- intent: at a party skipping is part of the fun (see declared.toml).
-- name: skip_rate
-- family: activity
-- grain: listener
-- unit: share
-- direction: lower
-- total: mean
-- needs: days
SELECT
    listener_id AS unit_id, listener_id, CAST(n_skips AS DOUBLE) / nullif(n_told, 0) AS value,
    CAST(n_told AS DOUBLE) AS weight
FROM (
    SELECT
        listener_id, CAST(sum(n_skips) AS BIGINT) AS n_skips, CAST(sum(n_plays + n_skips) AS BIGINT) AS n_told
    FROM days GROUP BY listener_id
) AS told
WHERE n_told > 0
