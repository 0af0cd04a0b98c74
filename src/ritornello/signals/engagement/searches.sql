-- Searches, a run of queries that refine each other counting once. Popularity; more of them may mean that people trust
-- the search, or that the rest of the service does not bring what they want.
-- name: searches
-- family: popularity
-- grain: search
-- unit: searches
-- direction: higher
-- total: sum
-- needs: searches
SELECT search_id AS unit_id, listener_id, 1e0 AS value, 1e0 AS weight FROM searches
