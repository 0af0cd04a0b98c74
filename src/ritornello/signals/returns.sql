-- One row per visit that a pause ended: how long the listener stayed away. A visit that a midnight cut and the
-- next one goes on from has none.
--
-- absence_s  from the end of the visit to the start of the next. Where there is none yet (observed is false) to
--            the latest activity of anybody: the absence lasted at least that long (right-censored)
--
-- Absence times (Dupret, Lalmas, WSDM 2013) weigh listeners by their visits, most of all those who come often.
--
-- key: visit_id
-- needs: visits, observed
-- day: none
-- reach: from the beginning, to the end
WITH followed AS (
    SELECT
        visit_id, listener_id, ended_at_us,
        lead(started_at_us) OVER in_order AS next_started_at_us,
        coalesce(lead(cut) OVER in_order, FALSE) AS goes_on
    FROM visits
    WINDOW in_order AS (PARTITION BY listener_id ORDER BY started_at_us NULLS LAST)
)
SELECT
    f.visit_id, f.listener_id, f.ended_at_us, f.next_started_at_us,
    greatest(coalesce(f.next_started_at_us, o.through_us) - f.ended_at_us, 0) / 1000000 AS absence_s,
    f.next_started_at_us IS NOT NULL AS observed
FROM followed AS f CROSS JOIN observed AS o
WHERE NOT f.goes_on
