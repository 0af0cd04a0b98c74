-- One row per artist or show, and one for `all` of them: how many listeners came how far with it.
--
-- n_exposed, n_tried, n_returning, n_fan   who came at least so far, ever: who became a fan counts as returning too
-- n_lapsed         of those who tried, who has not played it for 56 days now
-- share_…          of those who came as far as the step before; share_lapsed of those who tried. NULL: nobody did
--
-- Of `all`, every listener counts once with each artist or show.
--
-- key: about_id
-- needs: relationships
-- day: none
-- reach: from the beginning, to the end
WITH counted AS (
    SELECT
        about_id, count(*) AS n_exposed, count(tried_at_us) AS n_tried,
        count(coalesce(returning_at_us, fan_at_us)) AS n_returning, count(fan_at_us) AS n_fan,
        count(lapsed_at_us) AS n_lapsed
    FROM relationships
    GROUP BY about_id
    UNION ALL
    SELECT
        'all', count(*), count(tried_at_us), count(coalesce(returning_at_us, fan_at_us)), count(fan_at_us),
        count(lapsed_at_us)
    FROM relationships
    HAVING count(*) > 0
)
SELECT
    about_id, n_exposed, n_tried, n_returning, n_fan, n_lapsed,
    CAST(n_tried AS DOUBLE) / nullif(n_exposed, 0) AS share_tried,
    CAST(n_returning AS DOUBLE) / nullif(n_tried, 0) AS share_returning,
    CAST(n_fan AS DOUBLE) / nullif(n_returning, 0) AS share_fan,
    CAST(n_lapsed AS DOUBLE) / nullif(n_tried, 0) AS share_lapsed
FROM counted
