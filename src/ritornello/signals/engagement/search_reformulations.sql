-- Queries of a search that say it anew in other words. Activity; turns of a conversation and letters typed on are none.
-- name: search_reformulations
-- family: activity
-- grain: search
-- unit: queries
-- direction: lower
-- total: mean
-- mindset: any, known_item, exploring
-- needs: searches
SELECT search_id AS unit_id, listener_id, CAST(n_reformulations AS DOUBLE) AS value, {weight} AS weight FROM searches
