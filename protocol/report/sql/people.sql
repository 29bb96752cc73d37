-- Cards and people at T, as ledger L01 counts them, and visits of the period.
-- figures: cards people working_age employed out_of_work visits households_visited
SELECT s.unit AS unit, 'cards' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN household h ON h.unit = s.unit
WHERE h.recorded_n <= p.known_n AND h.opened_n <= p.as_of_n AND (h.state IN ('', '1') OR h.closed_n > p.as_of_n)
GROUP BY s.unit
UNION ALL
SELECT l.unit AS unit, 'people' AS figure, COUNT(DISTINCT l.person_key) AS value
FROM labour l
GROUP BY l.unit
UNION ALL
SELECT l.unit AS unit, 'working_age' AS figure, COUNT(DISTINCT l.person_key) AS value
FROM labour l
WHERE l.of_age = 1
GROUP BY l.unit
UNION ALL
SELECT l.unit AS unit, 'employed' AS figure, COUNT(DISTINCT l.person_key) AS value
FROM labour l
WHERE l.employed = 1
GROUP BY l.unit
UNION ALL
SELECT k.unit AS unit, 'out_of_work' AS figure, COUNT(*) AS value
FROM (
  SELECT l.unit AS unit, l.person_key AS person_key
  FROM labour l
  GROUP BY l.unit, l.person_key
  HAVING MAX(l.employed) = 0 AND MAX(l.out_of_work) = 1
) k
GROUP BY k.unit
UNION ALL
SELECT s.unit AS unit, 'visits' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN visit v ON v.unit = s.unit
WHERE v.day_n >= p.start_n AND v.day_n <= p.as_of_n AND v.recorded_n <= p.known_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'households_visited' AS figure, COUNT(DISTINCT v.doc) AS value
FROM scope s
CROSS JOIN param p
JOIN visit v ON v.unit = s.unit
WHERE v.day_n >= p.start_n AND v.day_n <= p.as_of_n AND v.recorded_n <= p.known_n
GROUP BY s.unit
