-- Success of searches as the mindset means it, by the rules of search_success.toml: one known item found and played soon
-- with little effort, or something found that is kept. Activity (Li et al., WWW 2019). A search counts for a mindset as
-- much as it is likely to have been of it; read it by mindset, for a change can help one and harm the other.
-- name: search_success
-- family: activity
-- grain: search
-- unit: success
-- direction: higher
-- total: mean
-- mindset: any, known_item, exploring
-- needs: searches
SELECT search_id AS unit_id, listener_id, value, weight
FROM (SELECT search_id, listener_id, {success} AS value, {weight} AS weight FROM searches) AS told
WHERE value IS NOT NULL
