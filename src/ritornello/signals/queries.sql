-- One row per query: the search it is a part of, and how it comes out of the query before. No text is kept.
--
-- A query goes on with the search before it in the visit where it refines a query of the visit or is a turn of a
-- conversation, or where it comes within two minutes of the query before and shares with it a word of four letters
-- or more (as far as its first four), or one text begins with the other. Letters are compared without the case of A
-- to Z.
--
-- search_id     the event of the search's first query, which stands at first_place in the visit
-- begins        a search begins with it
-- goes_on       its text begins with the text before
-- n_characters  letters typed: none of a spoken query, else those that are not the beginning it shares with the text
--               before, where that is all of it and the search goes on
-- length, n_words  of its text; NULL where it has none
--
-- key: event_id
-- needs: activity, query
-- day: at_us
-- reach: 2 days back, 0 days forward
WITH asked AS (
    SELECT
        a.event_id, a.listener_id, a.visit_id, a.place, a.at_us, a.local_us, a.surface, a.device,
        coalesce(q.mode, 'typed') AS mode, q.refines, q.decision_id,
        trim(translate(q.text, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')) AS text,
        lag(a.event_id) OVER in_visit AS before_id, lag(a.at_us) OVER in_visit AS before_us
    FROM activity AS a INNER JOIN query AS q ON q.event_id = a.event_id
    WHERE a.kind = 'query'
    WINDOW in_visit AS (PARTITION BY a.visit_id ORDER BY a.place NULLS LAST)
),
numbers AS (
    SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6
    UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9 UNION ALL SELECT 10 UNION ALL SELECT 11 UNION ALL SELECT 12
),
words AS (
    SELECT DISTINCT q.event_id, substring(split_part(q.text, ' ', n.n), 1, 4) AS word
    FROM asked AS q CROSS JOIN numbers AS n
    WHERE length(split_part(q.text, ' ', n.n)) >= 4
),
alike AS (
    SELECT DISTINCT q.event_id
    FROM asked AS q
    INNER JOIN words AS w ON w.event_id = q.event_id
    INNER JOIN words AS b ON b.event_id = q.before_id AND b.word = w.word
),
told AS (
    SELECT
        q.*, length(coalesce(b.text, '')) AS before_length, length(coalesce(q.text, '')) AS own_length,
        coalesce(length(b.text) > 0 AND substring(q.text, 1, length(b.text)) = b.text, FALSE) AS goes_on,
        coalesce(length(q.text) > 0 AND substring(b.text, 1, length(q.text)) = q.text, FALSE) AS goes_back,
        a.event_id IS NOT NULL AS is_alike, r.event_id IS NOT NULL AS is_refining
    FROM asked AS q
    LEFT JOIN asked AS b ON b.event_id = q.before_id
    LEFT JOIN alike AS a ON a.event_id = q.event_id
    LEFT JOIN asked AS r ON r.event_id = q.refines AND r.visit_id = q.visit_id AND r.place < q.place
),
begun AS (
    SELECT
        *,
        CASE
            WHEN before_id IS NULL THEN 1
            WHEN is_refining OR mode = 'turn' THEN 0
            WHEN at_us - before_us <= 120000000 AND (is_alike OR goes_on OR goes_back) THEN 0
            ELSE 1
        END AS begins
    FROM told
),
placed AS (
    SELECT
        *, CAST(sum(begins) OVER in_order AS BIGINT) AS nth,
        max(CASE WHEN begins = 1 THEN place END) OVER in_order AS first_place
    FROM begun
    WINDOW in_order AS (
        PARTITION BY visit_id ORDER BY place NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)
SELECT
    event_id, listener_id, visit_id, place, at_us, local_us, mode, decision_id,
    coalesce(surface, 'unknown') AS surface, coalesce(device, 'unknown') AS device,
    max(CASE WHEN begins = 1 THEN event_id END) OVER (PARTITION BY visit_id, nth) AS search_id,
    first_place, begins = 1 AS begins, goes_on,
    CASE
        WHEN mode = 'voice' THEN 0
        WHEN begins = 0 AND goes_on THEN own_length - before_length
        ELSE own_length
    END AS n_characters,
    CASE WHEN text IS NOT NULL THEN own_length END AS length,
    own_length - length(replace(text, ' ', '')) + 1 AS n_words
FROM placed
