-- Hours until the next visit, at most {k} days; every listener counts once. Loyalty (absence time: Dupret, Lalmas,
-- WSDM 2013). Only visits whose {k} days are over, so that nothing is censored; the bound keeps those who never
-- come back countable.
-- name: absence@28d
-- family: loyalty
-- grain: visit
-- unit: hours
-- direction: lower
-- total: mean
-- needs: returns, visits
SELECT
    r.visit_id AS unit_id, r.listener_id,
    CASE WHEN r.observed THEN least(r.absence_s, {k} * 86400e0) ELSE {k} * 86400e0 END / 3600e0 AS value,
    1e0 / nullif(count(*) OVER (PARTITION BY r.listener_id), 0) AS weight
FROM returns AS r
CROSS JOIN (SELECT max(ended_at_us) AS through_us FROM visits) AS e
WHERE r.ended_at_us + {k} * 86400000000 <= e.through_us
