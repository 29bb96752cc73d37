-- no_wish: people who are said not to wish to work at T without the documented refusals before that day.
-- reasons: refusals_missing
SELECT
  r.unit AS unit, 'no_wish' AS trap, r.doc AS subject, 'warning' AS severity, 'refusals_missing' AS reason,
  e.episode AS ref
FROM episode e
JOIN responsible r ON r.unit = e.unit AND r.doc = e.doc
CROSS JOIN param p
JOIN threshold t ON t.name = 'refusals'
LEFT JOIN referral f ON f.unit = e.unit AND f.doc = e.doc AND f.result = 'refused' AND f.evidence <> ''
  AND f.day_n <= e.start_n AND f.recorded_n <= p.known_n
WHERE e.start_n <= p.as_of_n AND e.end_n >= p.as_of_n AND e.recorded_n <= p.known_n
  AND ((e.dimension = 'status' AND e.code = '8') OR (e.dimension = 'wish' AND e.code = '2'))
GROUP BY r.unit, r.doc, e.episode, t.value
HAVING COUNT(DISTINCT f.referral) < t.value
