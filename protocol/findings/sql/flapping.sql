-- flapping: people whose status changed too often in the 365 days to T. The first status is no change, and two of one day
-- are one.
-- reasons: changes_often
SELECT
  r.unit AS unit, 'flapping' AS trap, MIN(r.doc) AS subject, 'warning' AS severity, 'changes_often' AS reason,
  MIN(r.doc) AS ref
FROM episode e
JOIN responsible r ON r.unit = e.unit AND r.doc = e.doc
CROSS JOIN param p
JOIN threshold t ON t.name = 'status_changes'
JOIN (
  SELECT w.unit AS unit, w.person_key AS person_key, MIN(b.start_n) AS first_n
  FROM episode b
  JOIN responsible w ON w.unit = b.unit AND w.doc = b.doc
  CROSS JOIN param k
  WHERE b.dimension = 'status' AND b.recorded_n <= k.known_n
  GROUP BY w.unit, w.person_key
) f ON f.unit = r.unit AND f.person_key = r.person_key
WHERE e.dimension = 'status' AND e.recorded_n <= p.known_n AND e.start_n > f.first_n
  AND e.start_n > p.as_of_n - 365 AND e.start_n <= p.as_of_n
GROUP BY r.unit, r.person_key, t.value
HAVING COUNT(DISTINCT e.start_n) >= t.value
