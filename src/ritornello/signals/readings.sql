-- One row per listen, also those that do not count: what it was, where it stood, and whether it says something
-- about taste. Nothing is dropped: `counts` and left_out_because say what stays out and why.
--
-- item_id           after merges; artist_id: of an episode, its show
-- duration_ms       as the listen states it, else the item's; a length of zero is unknown
-- fraction_played   ms_played / duration_ms, at most 1 (a player may report more than the length); NULL: unknown
-- reading           as signals/plays.py reads one listen, from what the listen itself states
-- skip_because      why it ended before its end. By a button: forward, back. By another choice: chosen, said by
--                   the player, or seen where no reason is given: it broke off and a listen that was clicked
--                   or skipped into came next. No skips are: stopped (by the listener), left (no reason given,
--                   and nothing followed), error, crossfade (ended by button or choice at 0.9 or, in the second
--                   half, within 10 s of the end). NULL: it ended by itself, or nobody knows
-- skip_grade        of forward, back and chosen only. early: before 10 s, on sight of the title or the first bars.
--                   middle: before half the item and before four minutes, where a play begins; of unknown
--                   length, before 30 s; also a button at an unknown time. late: after that, most of it was
--                   heard. These stand for skip_1, skip_2, skip_3 of the Spotify sequential skip data (Brost,
--                   Mehrotra, Jehan, WWW 2019), whose own thresholds were never published
-- programmed        chosen by the service: a slot of a decision, a radio, a shelf, a surface's own list, or what
--                   began by itself outside of anything the listener chose to play (Anderson et al., WWW 2020)
-- position_in_visit among all events of the visit, from 1; nth_listen: among its listens
-- local_hour, daypart, weekday (0: Monday) and active_on by the listener's clock, or else the server's
-- left_out_because  private, error, same_play, disowned, excluded; NULL where it counts
--
-- key: event_id
-- needs: listen, activity, item, left_out
-- day: started_at_us
-- reach: 0 days back, 1 day forward
WITH joined AS (
    SELECT
        l.event_id, l.listener_id, coalesce(i.canonical_id, l.item_id) AS item_id,
        coalesce(i.artist_id, i.show_id) AS artist_id,
        coalesce(i.kind, CASE WHEN l.item_id LIKE 'episode:%' THEN 'episode' ELSE 'track' END) AS kind,
        a.visit_id, a.place, a.n_begun, a.at_us, a.until_us, a.followed_by, a.local_us,
        l.ms_played, nullif(l.duration_ms, 0) AS stated_ms,
        coalesce(nullif(l.duration_ms, 0), nullif(i.duration_ms, 0)) AS duration_ms,
        coalesce(l.began_because, 'unknown') AS began_because,
        coalesce(l.ended_because, 'unknown') AS ended_because,
        l.surface, l.device, coalesce(l.context_kind, 'unknown') AS context_kind, l.context_id, l.source,
        l.shuffle, l.decision_id, l.shelf, l.position, l.attribution,
        CASE
            WHEN l.private THEN 'private'
            WHEN l.ended_because = 'error' THEN 'error'
            ELSE o.because
        END AS left_out_because
    FROM listen AS l
    INNER JOIN activity AS a ON a.event_id = l.event_id
    LEFT JOIN item AS i ON i.item_id = l.item_id
    LEFT JOIN left_out AS o ON o.event_id = l.event_id
),
timed AS (
    SELECT
        *, CAST(floor(local_us / 86400000000) AS BIGINT) AS local_day,
        CAST(floor(local_us / 3600000000) AS BIGINT) AS local_hours,
        CASE WHEN ms_played >= duration_ms THEN 1.0e0 ELSE CAST(ms_played AS DOUBLE) / nullif(duration_ms, 0) END
            AS fraction_played,
        CASE
            WHEN stated_ms IS NULL THEN ms_played >= 30000
            ELSE ms_played >= 240000 OR 2 * ms_played >= stated_ms
        END AS enough,
        CASE
            WHEN duration_ms IS NULL THEN ms_played >= 30000
            ELSE ms_played >= 240000 OR 2 * ms_played >= duration_ms
        END AS mostly,
        coalesce(
            2 * ms_played >= duration_ms AND (10 * ms_played >= 9 * duration_ms OR duration_ms - ms_played <= 10000),
            FALSE
        ) AS to_the_end
    FROM joined
),
explained AS (
    SELECT
        *, ended_because IN ('skipped_forward', 'skipped_back') AS by_button,
        CASE
            WHEN ended_because = 'error' THEN 'error'
            WHEN ended_because = 'stopped' THEN CASE WHEN NOT to_the_end THEN 'stopped' END
            WHEN ended_because IN ('skipped_forward', 'skipped_back', 'replaced') THEN CASE
                WHEN to_the_end THEN 'crossfade'
                WHEN ended_because = 'skipped_forward' THEN 'forward'
                WHEN ended_because = 'skipped_back' THEN 'back'
                ELSE 'chosen'
            END
            WHEN ended_because = 'unknown' AND fraction_played IS NOT NULL AND NOT to_the_end THEN CASE
                WHEN followed_by IS NULL THEN 'left'
                WHEN followed_by IN ('clicked', 'skipped_into') THEN 'chosen'
            END
        END AS skip_because
    FROM timed
)
SELECT
    event_id, listener_id, item_id, artist_id, kind, visit_id, place AS position_in_visit, n_begun AS nth_listen,
    at_us AS started_at_us, until_us AS ended_at_us, ms_played, duration_ms, fraction_played,
    CASE
        WHEN coalesce(left_out_because, '') IN ('private', 'error') THEN 'nothing'
        WHEN ms_played IS NULL THEN CASE WHEN by_button THEN 'skip' ELSE 'play' END
        WHEN enough THEN 'play'
        WHEN by_button THEN 'skip'
        WHEN ms_played < 30000 THEN 'glance'
        ELSE 'play'
    END AS reading,
    CASE
        WHEN skip_because NOT IN ('forward', 'back', 'chosen') THEN NULL
        WHEN skip_because IS NULL THEN NULL
        WHEN mostly THEN 'late'
        WHEN ms_played < 10000 THEN 'early'
        ELSE 'middle'
    END AS skip_grade,
    skip_because,
    decision_id IS NOT NULL
    OR context_kind IN ('radio', 'shelf')
    OR coalesce(surface, 'unknown') IN ('discover_weekly', 'daily_mix', 'radio', 'moments')
    OR (began_because = 'autoplay' AND context_kind NOT IN ('playlist', 'album', 'artist', 'show', 'library'))
    AS programmed,
    began_because, ended_because, surface, device, context_kind, context_id, source, shuffle,
    CAST(local_hours - 24 * local_day AS INT) AS local_hour,
    CASE
        WHEN local_hours - 24 * local_day < 6 THEN 'night'
        WHEN local_hours - 24 * local_day < 12 THEN 'morning'
        WHEN local_hours - 24 * local_day < 18 THEN 'afternoon'
        ELSE 'evening'
    END AS daypart,
    CAST((local_day % 7 + 10) % 7 AS INT) AS weekday,
    CAST(DATE '1970-01-01' + CAST(local_day AS INT) AS STRING) AS active_on,
    decision_id, shelf, position, attribution, left_out_because IS NULL AS counts, left_out_because
FROM explained
