-- labour: of each counted person who is still there at T, whether of working age, employed, out of work. Whoever has an open
-- placement is employed, whatever the status says.
CREATE TEMP TABLE labour AS
SELECT
  c.unit AS unit, c.doc AS doc, c.person_key AS person_key,
  CASE WHEN q.work_from_n <= p.as_of_n AND q.work_until_n >= p.as_of_n THEN 1 ELSE 0 END AS of_age,
  CASE WHEN w.doc IS NOT NULL OR s.code = '1' THEN 1 ELSE 0 END AS employed,
  CASE WHEN w.doc IS NULL AND s.code IN ('2', '3', '4') THEN 1 ELSE 0 END AS out_of_work,
  COALESCE(s.code, '') AS status, COALESCE(a.code, '') AS ability, COALESCE(x.code, '') AS wish
FROM counted c
CROSS JOIN param p
JOIN person q ON q.unit = c.unit AND q.doc = c.doc
LEFT JOIN work_at w ON w.unit = c.unit AND w.doc = c.doc
LEFT JOIN state_at s ON s.unit = c.unit AND s.doc = c.doc AND s.dimension = 'status'
LEFT JOIN state_at a ON a.unit = c.unit AND a.doc = c.doc AND a.dimension = 'ability'
LEFT JOIN state_at x ON x.unit = c.unit AND x.doc = c.doc AND x.dimension = 'wish'
LEFT JOIN gone g ON g.unit = c.unit AND g.person_key = c.person_key
WHERE g.person_key IS NULL;
