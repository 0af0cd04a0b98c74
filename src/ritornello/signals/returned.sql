-- One row per shown slot: whether the listener came back to its item by themselves.
--
-- returned_1d, _7d, _28d   an organic listen (not programmed) of the item that counts and reads as a play began on
--                          one of the first 1, 7 or 28 UTC days after the day on which the decision was made.
--                          NULL until the last of these days is over in what was observed: to count who returned
--                          early before that would favour them
--
-- Right for asking what a slot left behind: a play on the day itself may still be the slot's own doing. It misleads
-- where a listener came back to the artist by another item, and for lists that live longer than a day.
--
-- key: decision_id, shelf, position
-- needs: shown, item, readings, observed
-- day: made_at_us
-- reach: 0 days back, 28 days forward
WITH organic AS (
    SELECT DISTINCT listener_id, item_id, CAST(floor(started_at_us / 86400000000) AS BIGINT) AS day
    FROM readings
    WHERE counts AND reading = 'play' AND NOT programmed
),
merged AS (
    SELECT item_id, canonical_id FROM item WHERE canonical_id <> item_id
),
came AS (
    SELECT s.listener_id, s.canonical_id, s.day, min(o.day) - s.day AS n_days
    FROM (
        SELECT DISTINCT
            s.listener_id, coalesce(m.canonical_id, s.item_id) AS canonical_id,
            CAST(floor(s.made_at_us / 86400000000) AS BIGINT) AS day
        FROM shown AS s
        LEFT JOIN merged AS m ON m.item_id = s.item_id
    ) AS s
    INNER JOIN organic AS o
        ON o.listener_id = s.listener_id
        AND o.item_id = s.canonical_id
        AND o.day > s.day
        AND o.day <= s.day + 28
    GROUP BY s.listener_id, s.canonical_id, s.day
),
ended AS (
    SELECT CAST(floor((max(through_us) + 1) / 86400000000) AS BIGINT) AS first_open_day FROM observed
)
SELECT
    s.decision_id, s.shelf, s.position, s.listener_id, s.canonical_id AS item_id, s.made_at_us,
    CASE WHEN s.day + 1 < e.first_open_day THEN c.n_days IS NOT NULL AND c.n_days <= 1 END AS returned_1d,
    CASE WHEN s.day + 7 < e.first_open_day THEN c.n_days IS NOT NULL AND c.n_days <= 7 END AS returned_7d,
    CASE WHEN s.day + 28 < e.first_open_day THEN c.n_days IS NOT NULL END AS returned_28d
FROM (
    SELECT
        s.decision_id, s.shelf, s.position, s.listener_id, s.made_at_us,
        coalesce(m.canonical_id, s.item_id) AS canonical_id,
        CAST(floor(s.made_at_us / 86400000000) AS BIGINT) AS day
    FROM shown AS s
    LEFT JOIN merged AS m ON m.item_id = s.item_id
) AS s
CROSS JOIN ended AS e
LEFT JOIN came AS c ON c.listener_id = s.listener_id AND c.canonical_id = s.canonical_id AND c.day = s.day
