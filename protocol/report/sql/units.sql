-- The units that stand at T.
-- figures: districts streets communities districts_in_programme communities_left_out streets_left_out
SELECT u.unit AS unit, 'districts' AS figure, CAST(1 AS BIGINT) AS value
FROM place u
WHERE u.level = 'district'
UNION ALL
SELECT u.unit AS unit, 'streets' AS figure, CAST(1 AS BIGINT) AS value
FROM place u
WHERE u.level = 'street'
UNION ALL
SELECT u.unit AS unit, 'communities' AS figure, CAST(1 AS BIGINT) AS value
FROM place u
WHERE u.level = 'community'
UNION ALL
SELECT s.parent AS unit, 'districts_in_programme' AS figure, CAST(1 AS BIGINT) AS value
FROM place c
JOIN place s ON s.unit = c.parent
WHERE c.level = 'community' AND c.programme = 1
GROUP BY s.parent
UNION ALL
SELECT u.unit AS unit, 'communities_left_out' AS figure, CAST(1 AS BIGINT) AS value
FROM place u
WHERE u.level = 'community' AND u.programme = 0
UNION ALL
SELECT u.unit AS unit, 'streets_left_out' AS figure, CAST(1 AS BIGINT) AS value
FROM place u
WHERE u.level = 'street' AND u.programme = 0
