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
WITH artists AS (
    SELECT listener_id, artist_id, min(started_at_us) AS met_at_us
    FROM readings
    WHERE counts
    GROUP BY listener_id, artist_id
),
told AS (
    SELECT
        event_id, listener_id, artist_id, started_at_us, active_on, counts,
        count(*) FILTER (WHERE counts AND reading = 'play') OVER before AS n_plays,
        count(*) FILTER (WHERE counts) OVER before AS n_listens
    FROM readings
    WINDOW before AS (
        PARTITION BY listener_id, item_id ORDER BY started_at_us NULLS LAST
        RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
)
SELECT
    t.event_id, t.listener_id, t.started_at_us, t.active_on, t.n_plays + 1 AS repeat_number,
    t.counts AND t.n_listens = 0 AS first_item,
    CASE WHEN t.artist_id IS NOT NULL THEN t.counts AND t.started_at_us = a.met_at_us END AS first_artist
FROM told AS t
LEFT JOIN artists AS a ON a.listener_id = t.listener_id AND a.artist_id = t.artist_id
