-- Letters typed, results passed and queries said anew until something was played, each counting one: what listeners feel
-- as effort (Hosey et al., CHI 2019). Activity; only of searches that found, so read search_success beside it, and of no
-- meaning to who explores, for whom looking is the pleasure.
-- name: search_effort
-- family: activity
-- grain: search
-- unit: steps
-- direction: lower
-- total: mean
-- mindset: any, known_item, exploring
-- needs: searches
SELECT
    search_id AS unit_id, listener_id,
    CAST(n_characters + n_reformulations + coalesce(n_results_passed, 0) AS DOUBLE) AS value, {weight} AS weight
FROM searches
WHERE n_plays > 0
