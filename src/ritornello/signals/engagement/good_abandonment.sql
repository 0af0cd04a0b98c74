-- Share of searches without a play that answered all the same: something was kept, a place in an episode was read, or what
-- came first was playing (Li, Huffman, Tokuda, SIGIR 2009). Activity; it is a lower bound, for a glance leaves no trace.
-- name: good_abandonment
-- family: activity
-- grain: search
-- unit: share
-- direction: higher
-- total: mean
-- mindset: any, known_item, exploring
-- needs: searches
SELECT
    search_id AS unit_id, listener_id, CASE WHEN good_because IS NOT NULL THEN 1e0 ELSE 0e0 END AS value, {weight} AS weight
FROM searches
WHERE abandoned
