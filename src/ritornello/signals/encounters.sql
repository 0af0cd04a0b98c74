-- One row per listen: whether it was the first time, or which.
--
-- repeat_number  earlier plays of the item by the listener that count, plus one
-- first_item     it counts, and no earlier listen of the item counts, not even a skipped one
-- first_artist   the same of the artist, or an episode's show; NULL where nobody knows whose it is
--
-- Listens of one item that began in the same microsecond are as early as each other.
--
-- key: event_id
-- needs: readings
-- day: started_at_us
-- reach: from the beginning, 0 days forward
WITH told AS (
    SELECT
        event_id, listener_id, item_id, artist_id, started_at_us, active_on, counts, reading,
        CAST(sum(CASE WHEN counts AND reading = 'play' THEN 1 ELSE 0 END) OVER (
            PARTITION BY listener_id, item_id ORDER BY started_at_us NULLS LAST
            RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS BIGINT) AS n_before,
        min(CASE WHEN counts THEN started_at_us END) OVER (PARTITION BY listener_id, item_id) AS item_from_us,
        min(CASE WHEN counts THEN started_at_us END) OVER (PARTITION BY listener_id, artist_id) AS artist_from_us
    FROM readings
)
SELECT
    event_id, listener_id, started_at_us, active_on,
    coalesce(n_before, 0) + 1 AS repeat_number,
    counts AND started_at_us = item_from_us AS first_item,
    CASE WHEN artist_id IS NOT NULL THEN counts AND started_at_us = artist_from_us END AS first_artist
FROM told
