-- Days with any activity among the last {k}, of everybody who was ever here. Loyalty (#ActiveDays); the last day of
-- all listeners ends the count, and who came only lately could not have more.
-- name: days_active@28d
-- family: loyalty
-- grain: listener
-- unit: days
-- direction: higher
-- total: mean
-- needs: days
SELECT
    d.listener_id AS unit_id, d.listener_id,
    CAST(count(CASE WHEN d.active_on > e.before_on THEN 1 END) AS DOUBLE) AS value, 1e0 AS weight
FROM days AS d
CROSS JOIN (SELECT CAST(date_add(CAST(max(active_on) AS DATE), -{k}) AS STRING) AS before_on FROM days) AS e
GROUP BY d.listener_id
