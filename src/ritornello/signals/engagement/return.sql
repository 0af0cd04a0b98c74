-- Share of visits after which the listener came back within {k} days; every listener counts once. Loyalty
-- (ReturnRate). Only visits whose {k} days are over: to count the early returns of others would favour them.
-- name: return@7d
-- family: loyalty
-- grain: visit
-- unit: share
-- direction: higher
-- total: mean
-- needs: returns, visits
SELECT
    r.visit_id AS unit_id, r.listener_id,
    CASE WHEN r.observed AND r.absence_s <= {k} * 86400e0 THEN 1e0 ELSE 0e0 END AS value,
    1e0 / nullif(count(*) OVER (PARTITION BY r.listener_id), 0) AS weight
FROM returns AS r
CROSS JOIN (SELECT max(ended_at_us) AS through_us FROM visits) AS e
WHERE r.ended_at_us + {k} * 86400000000 <= e.through_us
