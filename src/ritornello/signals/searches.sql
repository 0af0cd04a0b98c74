-- One row per search: a run of queries of a visit that refine each other (see queries.sql), what was found by it, and
-- what it took.
--
-- search_id            the event of its first query; mode, surface and device are of it
-- n_queries            of which n_turns are turns of a conversation
-- n_reformulations     queries after the first that say it anew: no turn, and no mere going on of the text before
-- n_characters         letters typed; n_spoken: queries that were spoken
-- first_length, first_words  of the first query's text; NULL where it has none
-- n_results            slots of its last decision
-- A listen belongs to the search whose decision it joins in the same visit, else to the latest search before it in the
-- visit where it says that a search began it. Of those that count:
-- n_listens, n_plays   all, and those that read as plays; n_items: different ones played; n_new: first encounters played
-- event_id, item_id, kind, ms_played, fraction_played, n_results_passed, seconds_to_play  of the first play: what was
--                      found, how many of its shelf's results stood above it, how long after the first query
-- ms_played_all        of all its listens
-- n_kept               saves, loves, additions and follows less their opposites, in the visit, of what the search
--                      showed or played (or whose it is), before the next search; never below 0
-- abandoned            nothing was listened to
-- good_because         an abandoned search that answered: kept (something was), read (a passage of an episode was in
--                      view for 8 s), playing (one of the first three results of a shelf was playing meanwhile).
--                      Without a play nothing else tells good from bad; what is NULL may still have been good
--                      (Li, Huffman, Tokuda, SIGIR 2009)
-- p_known_item         how likely one item was wanted rather than something to be found; mindset_because: stated (an
--                      answer to the question `intent`), declared (by the decision), inferred (when the first
--                      decision that says so was made, so from nothing that came after); NULL: nobody says
-- p_believed           what that decision believed, whatever was stated: how good beliefs are is told by the two
--
-- key: search_id
-- needs: queries, activity, answer, shown, item, readings, encounters, attributions, act, impression
-- day: started_at_us
-- reach: 2 days back, 3 days forward
WITH runs AS (
    SELECT
        visit_id, listener_id, search_id, first_place,
        lead(first_place) OVER (PARTITION BY visit_id ORDER BY first_place NULLS LAST) AS next_place,
        min(at_us) AS started_at_us, max(at_us) AS last_at_us, min_by(local_us, place) AS local_us,
        min_by(mode, place) AS mode, min_by(surface, place) AS surface, min_by(device, place) AS device,
        count(*) AS n_queries,
        count(*) FILTER (WHERE mode = 'turn') AS n_turns,
        count(*) FILTER (WHERE mode = 'voice') AS n_spoken,
        count(*) FILTER (WHERE NOT begins AND mode <> 'turn' AND NOT goes_on) AS n_reformulations,
        CAST(sum(n_characters) AS BIGINT) AS n_characters,
        min_by(coalesce(length, -1), place) AS first_length,
        min_by(coalesce(n_words, -1), place) AS first_words
    FROM queries
    GROUP BY visit_id, listener_id, search_id, first_place
),
decided AS (
    SELECT
        q.search_id, q.decision_id, q.place,
        row_number() OVER (
            PARTITION BY q.decision_id ORDER BY q.at_us NULLS LAST, q.event_id NULLS LAST
        ) AS nth_naming
    FROM queries AS q
    INNER JOIN (SELECT DISTINCT decision_id, listener_id, made_at_us FROM shown) AS s
        ON s.decision_id = q.decision_id
        AND s.listener_id = q.listener_id
        AND s.made_at_us >= q.at_us - 86400000000
        AND s.made_at_us < q.at_us + 86400000000
),
results AS (
    SELECT
        d.search_id, d.place, s.decision_id, s.shelf, s.position, s.p_known_item,
        coalesce(i.canonical_id, s.item_id) AS item_id, coalesce(i.artist_id, i.show_id) AS artist_id,
        CASE WHEN s.intent IN ('known_item', 'browse') THEN s.intent END AS intent
    FROM decided AS d
    INNER JOIN shown AS s ON s.decision_id = d.decision_id
    LEFT JOIN item AS i ON i.item_id = s.item_id
    WHERE d.nth_naming = 1
),
of_results AS (
    SELECT
        search_id, max_by(n_slots, place) AS n_results,
        min_by(p_known_item, CASE WHEN p_known_item IS NOT NULL THEN place END) AS p_known_item,
        min_by(intent, CASE WHEN intent IS NOT NULL THEN place END) AS intent
    FROM (
        SELECT search_id, decision_id, place, count(*) AS n_slots, max(p_known_item) AS p_known_item, min(intent) AS intent
        FROM results
        GROUP BY search_id, decision_id, place
    ) AS decisions
    GROUP BY search_id
),
heard AS (
    SELECT
        coalesce(d.search_id, r.search_id) AS search_id, h.event_id, h.item_id, h.artist_id, h.kind, h.started_at_us,
        h.position_in_visit, h.ms_played, h.fraction_played, h.reading,
        CASE WHEN d.search_id IS NOT NULL THEN t.position END AS passed, e.first_item
    FROM readings AS h
    INNER JOIN (SELECT DISTINCT visit_id FROM queries) AS q ON q.visit_id = h.visit_id
    LEFT JOIN encounters AS e ON e.event_id = h.event_id
    LEFT JOIN attributions AS t ON t.event_id = h.event_id AND t.attribution <> 'none'
    LEFT JOIN (
        SELECT DISTINCT v.search_id, v.decision_id, r.visit_id
        FROM results AS v INNER JOIN runs AS r ON r.search_id = v.search_id
    ) AS d ON d.decision_id = t.decision_id AND d.visit_id = h.visit_id
    LEFT JOIN runs AS r
        ON r.visit_id = h.visit_id
        AND h.position_in_visit > r.first_place
        AND h.position_in_visit < coalesce(r.next_place, 2147483647)
        AND t.event_id IS NULL
        AND h.context_kind = 'search'
    WHERE h.counts AND (d.search_id IS NOT NULL OR r.search_id IS NOT NULL)
),
played AS (
    SELECT
        search_id, count(*) AS n_listens,
        count(*) FILTER (WHERE reading = 'play') AS n_plays,
        count(DISTINCT CASE WHEN reading = 'play' THEN item_id END) AS n_items,
        count(*) FILTER (WHERE reading = 'play' AND first_item) AS n_new,
        CAST(coalesce(sum(ms_played), 0) AS BIGINT) AS ms_played_all
    FROM heard
    GROUP BY search_id
),
found AS (
    SELECT
        *, row_number() OVER (
            PARTITION BY search_id ORDER BY position_in_visit NULLS LAST, event_id NULLS LAST
        ) AS place
    FROM heard
    WHERE reading = 'play'
),
near AS (
    SELECT search_id, item_id AS about_id FROM results
    UNION
    SELECT search_id, artist_id FROM results WHERE artist_id IS NOT NULL
    UNION
    SELECT search_id, item_id FROM heard
    UNION
    SELECT search_id, artist_id FROM heard WHERE artist_id IS NOT NULL
),
kept AS (
    SELECT
        r.search_id,
        CAST(sum(CASE WHEN c.act LIKE 'un%' THEN -1 ELSE 1 END) AS BIGINT) AS n_kept
    FROM act AS c
    INNER JOIN activity AS a ON a.event_id = c.event_id
    LEFT JOIN item AS i ON i.item_id = c.about_id
    INNER JOIN runs AS r
        ON r.visit_id = a.visit_id AND a.place > r.first_place AND a.place < coalesce(r.next_place, 2147483647)
    INNER JOIN near AS n ON n.search_id = r.search_id AND n.about_id = coalesce(i.canonical_id, c.about_id)
    WHERE c.act IN ('save', 'unsave', 'love', 'unlove', 'add_to_playlist', 'follow', 'unfollow')
    GROUP BY r.search_id
),
looked_into AS (
    SELECT DISTINCT v.search_id
    FROM impression AS m
    INNER JOIN results AS v
        ON v.decision_id = m.decision_id AND v.shelf = m.shelf AND v.position = m.position
    INNER JOIN activity AS a ON a.event_id = m.event_id
    INNER JOIN runs AS r ON r.search_id = v.search_id AND r.visit_id = a.visit_id
    WHERE m.shelf = 'passages' AND m.visible_ms >= 8000
),
playing AS (
    SELECT DISTINCT r.search_id
    FROM runs AS r
    INNER JOIN readings AS h
        ON h.visit_id = r.visit_id
        AND h.position_in_visit < r.first_place
        AND h.ended_at_us > r.started_at_us
        AND h.counts
    INNER JOIN results AS v ON v.search_id = r.search_id AND v.item_id = h.item_id AND v.position < 3
),
stated AS (
    SELECT
        r.search_id,
        max_by(CASE WHEN w.value = 'known_item' THEN 1e0 ELSE 0e0 END, a.place) AS p_known_item
    FROM answer AS w
    INNER JOIN activity AS a ON a.event_id = w.event_id
    INNER JOIN runs AS r ON r.visit_id = a.visit_id AND a.place < coalesce(r.next_place, 2147483647)
    WHERE w.question = 'intent' AND w.value IN ('known_item', 'browse', 'discover')
    GROUP BY r.search_id
)
SELECT
    r.search_id, r.listener_id, r.visit_id, r.started_at_us, r.last_at_us, r.mode, r.surface, r.device,
    CAST(floor(r.local_us / 3600000000) AS BIGINT) % 24 AS local_hour,
    r.n_queries, r.n_turns, r.n_spoken, r.n_reformulations, r.n_characters,
    CASE WHEN r.first_length >= 0 THEN r.first_length END AS first_length,
    CASE WHEN r.first_words >= 0 THEN r.first_words END AS first_words,
    coalesce(v.n_results, 0) AS n_results,
    coalesce(p.n_listens, 0) AS n_listens, coalesce(p.n_plays, 0) AS n_plays, coalesce(p.n_items, 0) AS n_items,
    coalesce(p.n_new, 0) AS n_new, coalesce(p.ms_played_all, 0) AS ms_played_all,
    f.event_id, f.item_id, f.kind, f.ms_played, f.fraction_played, f.passed AS n_results_passed,
    CASE WHEN f.event_id IS NOT NULL THEN greatest(0, f.started_at_us - r.started_at_us) / 1e6 END AS seconds_to_play,
    greatest(0, coalesce(k.n_kept, 0)) AS n_kept,
    p.search_id IS NULL AS abandoned,
    CASE
        WHEN p.search_id IS NOT NULL THEN NULL
        WHEN k.n_kept > 0 THEN 'kept'
        WHEN l.search_id IS NOT NULL THEN 'read'
        WHEN g.search_id IS NOT NULL THEN 'playing'
    END AS good_because,
    CASE
        WHEN s.search_id IS NOT NULL THEN s.p_known_item
        WHEN v.intent IS NOT NULL THEN CASE WHEN v.intent = 'known_item' THEN 1e0 ELSE 0e0 END
        ELSE v.p_known_item
    END AS p_known_item,
    CASE
        WHEN s.search_id IS NOT NULL THEN 'stated'
        WHEN v.intent IS NOT NULL THEN 'declared'
        WHEN v.p_known_item IS NOT NULL THEN 'inferred'
    END AS mindset_because,
    v.p_known_item AS p_believed
FROM runs AS r
LEFT JOIN of_results AS v ON v.search_id = r.search_id
LEFT JOIN played AS p ON p.search_id = r.search_id
LEFT JOIN found AS f ON f.search_id = r.search_id AND f.place = 1
LEFT JOIN kept AS k ON k.search_id = r.search_id
LEFT JOIN looked_into AS l ON l.search_id = r.search_id
LEFT JOIN playing AS g ON g.search_id = r.search_id
LEFT JOIN stated AS s ON s.search_id = r.search_id
