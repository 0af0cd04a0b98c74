-- Share of searches of which something was played within {k} seconds of the first query. Activity; right for who looks
-- for one known item. What begins within {k} seconds may be the wrong thing, and is then left: see search_success.
-- name: found_within@10
-- family: activity
-- grain: search
-- unit: share
-- direction: higher
-- total: mean
-- mindset: any, known_item, exploring
-- needs: searches
SELECT
    search_id AS unit_id, listener_id, CASE WHEN seconds_to_play <= {k} THEN 1e0 ELSE 0e0 END AS value, {weight} AS weight
FROM searches
