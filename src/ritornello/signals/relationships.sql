-- One row per listener and artist or show they met: how far it went, and since when.
--
-- exposed_at_us    a slot of theirs was seen, or they were listened to, followed or loved, whichever came first
-- tried_at_us      the first listen that counts and reads as a play
-- returning_at_us  the first play on a second day, by the listener's clock
-- fan_at_us        the first play of the first day by whose end there were, within 28 days, at least 10 plays on at
--                  least 3 days; or a follow or love of the artist or show that still stands, if that was earlier
--                  (but not before the first play)
-- lapsed_at_us     56 days after the last play, once that instant is observed; a later play takes it back
-- state            the furthest of these that holds: exposed, tried, returning, fan, or else lapsed
-- n_plays, n_active_days, last_at_us   all plays, the local days with one, and the last
--
-- Who is followed or loved and was never played is exposed, not a fan. Who has no row is unaware. What is played
-- every other month lapses and comes back: the dates tell of the first time, lapsed_at_us of the last.
-- The bounds are those in `bounds`.
--
-- key: listener_id, about_id
-- needs: readings, outcomes, act, item, observed
-- day: none
-- reach: from the beginning, to the end
WITH bounds AS (
    SELECT
        max(through_us) AS through_us, 10 AS fan_plays, 3 AS fan_days, CAST(56 AS BIGINT) * 86400000000 AS lapse_us
    FROM observed
),
heard AS (
    SELECT
        listener_id, artist_id AS about_id, started_at_us, active_on,
        CAST(floor(started_at_us / 86400000000) AS INT) AS utc_day
    FROM readings
    WHERE counts AND reading = 'play' AND artist_id IS NOT NULL
),
daily AS (
    SELECT
        listener_id, about_id, local_day, min(started_at_us) AS first_at_us, max(started_at_us) AS last_at_us,
        count(*) AS n_plays
    FROM (
        SELECT
            listener_id, about_id, started_at_us,
            utc_day + CASE
                WHEN active_on > CAST(DATE '1970-01-01' + utc_day AS STRING) THEN 1
                WHEN active_on < CAST(DATE '1970-01-01' + utc_day AS STRING) THEN -1
                ELSE 0
            END AS local_day
        FROM heard
    ) AS local
    GROUP BY listener_id, about_id, local_day
),
within AS (
    SELECT
        listener_id, about_id, first_at_us, last_at_us, n_plays,
        row_number() OVER (PARTITION BY listener_id, about_id ORDER BY local_day NULLS LAST) AS nth_day,
        count(*) OVER four_weeks AS n_days_lately,
        CAST(sum(n_plays) OVER four_weeks AS BIGINT) AS n_plays_lately
    FROM daily
    WINDOW four_weeks AS (
        PARTITION BY listener_id, about_id ORDER BY local_day NULLS LAST
        RANGE BETWEEN 27 PRECEDING AND CURRENT ROW
    )
),
played AS (
    SELECT
        listener_id, about_id, min(first_at_us) AS tried_at_us, max(last_at_us) AS last_at_us,
        min(CASE WHEN nth_day = 2 THEN first_at_us END) AS returning_at_us,
        min(CASE WHEN n_days_lately >= fan_days AND n_plays_lately >= fan_plays THEN first_at_us END) AS fan_at_us,
        CAST(sum(n_plays) AS BIGINT) AS n_plays, count(*) AS n_active_days
    FROM within CROSS JOIN bounds
    GROUP BY listener_id, about_id
),
said AS (
    SELECT
        listener_id, about_id, min(happened_at_us) AS said_at_us,
        min(CASE WHEN latest = 1 AND act IN ('follow', 'love') THEN happened_at_us END) AS stands_since_us
    FROM (
        SELECT
            a.listener_id, coalesce(i.canonical_id, a.about_id) AS about_id, a.act, a.happened_at_us,
            row_number() OVER (
                PARTITION BY a.listener_id, coalesce(i.canonical_id, a.about_id), replace(a.act, 'un', '')
                ORDER BY a.happened_at_us DESC NULLS LAST, a.event_id DESC NULLS LAST
            ) AS latest
        FROM act AS a
        LEFT JOIN item AS i ON i.item_id = a.about_id
        WHERE a.act IN ('follow', 'unfollow', 'love', 'unlove')
            AND (a.about_id LIKE 'artist:%' OR a.about_id LIKE 'show:%')
    ) AS words
    GROUP BY listener_id, about_id
),
exposed AS (
    SELECT listener_id, about_id, min(at_us) AS exposed_at_us
    FROM (
        SELECT listener_id, artist_id AS about_id, min(made_at_us) AS at_us
        FROM outcomes
        WHERE seen AND artist_id IS NOT NULL
        GROUP BY listener_id, artist_id
        UNION ALL
        SELECT listener_id, artist_id, min(started_at_us)
        FROM readings
        WHERE counts AND artist_id IS NOT NULL
        GROUP BY listener_id, artist_id
        UNION ALL
        SELECT listener_id, about_id, said_at_us FROM said
    ) AS met
    GROUP BY listener_id, about_id
),
dated AS (
    SELECT
        e.listener_id, e.about_id, e.exposed_at_us, p.tried_at_us, p.returning_at_us,
        least(
            p.fan_at_us,
            CASE WHEN s.stands_since_us < p.tried_at_us THEN p.tried_at_us
                WHEN p.tried_at_us IS NOT NULL THEN s.stands_since_us END
        ) AS fan_at_us,
        CASE WHEN p.last_at_us + b.lapse_us <= b.through_us THEN p.last_at_us + b.lapse_us END AS lapsed_at_us,
        coalesce(p.n_plays, 0) AS n_plays, coalesce(p.n_active_days, 0) AS n_active_days, p.last_at_us
    FROM exposed AS e
    CROSS JOIN bounds AS b
    LEFT JOIN played AS p ON p.listener_id = e.listener_id AND p.about_id = e.about_id
    LEFT JOIN said AS s ON s.listener_id = e.listener_id AND s.about_id = e.about_id
)
SELECT
    listener_id, about_id,
    CASE
        WHEN lapsed_at_us IS NOT NULL THEN 'lapsed'
        WHEN fan_at_us IS NOT NULL THEN 'fan'
        WHEN returning_at_us IS NOT NULL THEN 'returning'
        WHEN tried_at_us IS NOT NULL THEN 'tried'
        ELSE 'exposed'
    END AS state,
    exposed_at_us, tried_at_us, returning_at_us, fan_at_us, lapsed_at_us, n_plays, n_active_days, last_at_us
FROM dated
