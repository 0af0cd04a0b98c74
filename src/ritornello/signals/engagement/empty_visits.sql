-- Share of visits without a play. Activity (bounces); a look at a playlist's title may be all that was wanted.
-- name: empty_visits
-- family: activity
-- grain: visit
-- unit: share
-- direction: lower
-- total: mean
-- needs: visits
SELECT visit_id AS unit_id, listener_id, CASE WHEN n_plays = 0 THEN 1e0 ELSE 0e0 END AS value, 1e0 AS weight FROM visits
