-- Minutes from the start of a visit to its end. Activity (DwellTime); says nothing of whether anybody listened.
-- name: dwell_time
-- family: activity
-- grain: visit
-- unit: minutes
-- direction: higher
-- total: mean
-- needs: visits
SELECT visit_id AS unit_id, listener_id, (ended_at_us - started_at_us) / 6e7 AS value, 1e0 AS weight FROM visits
