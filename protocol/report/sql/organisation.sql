-- Who is in charge at T, and what was issued by T and is still in force.
-- figures: leading_groups group_members staff staff_full_time plans notices rules promises campaigns
SELECT s.unit AS unit, 'leading_groups' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN leading_group g ON g.unit = s.unit
WHERE g.start_n <= p.as_of_n AND g.end_n >= p.as_of_n AND g.recorded_n <= p.known_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'group_members' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN leading_group g ON g.unit = s.unit
JOIN group_member m ON m.unit = g.unit AND m.doc = g.doc
WHERE g.start_n <= p.as_of_n AND g.end_n >= p.as_of_n AND g.recorded_n <= p.known_n
  AND m.start_n <= p.as_of_n AND m.end_n >= p.as_of_n AND m.recorded_n <= p.known_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'staff' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN staff f ON f.unit = s.unit
WHERE f.start_n <= p.as_of_n AND f.end_n >= p.as_of_n AND f.recorded_n <= p.known_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'staff_full_time' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN staff f ON f.unit = s.unit
WHERE f.full_time = 1 AND f.start_n <= p.as_of_n AND f.end_n >= p.as_of_n AND f.recorded_n <= p.known_n
GROUP BY s.unit
UNION ALL
SELECT
  s.unit AS unit,
  CASE d.kind WHEN 'plan' THEN 'plans' WHEN 'notice' THEN 'notices' WHEN 'rules' THEN 'rules' ELSE 'promises' END AS figure,
  COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN paper d ON d.unit = s.unit
WHERE d.kind IN ('plan', 'notice', 'rules', 'promise') AND d.day_n <= p.as_of_n AND d.end_n >= p.as_of_n
  AND d.recorded_n <= p.known_n
GROUP BY s.unit, d.kind
UNION ALL
SELECT s.unit AS unit, 'campaigns' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN campaign c ON c.unit = s.unit
WHERE c.start_n <= p.as_of_n AND c.end_n >= p.start_n AND c.recorded_n <= p.known_n
GROUP BY s.unit
