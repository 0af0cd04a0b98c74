-- Seconds from the start of a visit to the start of its first play. Activity; right for search and for music now.
-- Visits without a play are not in it, so look at empty_visits beside it.
-- name: time_to_success
-- family: activity
-- grain: visit
-- unit: seconds
-- direction: lower
-- total: mean
-- needs: visits, readings
SELECT
    v.visit_id AS unit_id, v.listener_id, (min(r.started_at_us) - v.started_at_us) / 1e6 AS value, 1e0 AS weight
FROM visits AS v INNER JOIN readings AS r ON r.visit_id = v.visit_id
WHERE r.counts AND r.reading = 'play'
GROUP BY v.visit_id, v.listener_id, v.started_at_us
