-- uncertified: people out of work who look eligible for help in hardship by age, low income or a zero-employment family,
-- and who have no certification in force in the period.
-- reasons: looks_eligible
SELECT
  u.unit AS unit, 'uncertified' AS trap, MIN(u.doc) AS subject, 'warning' AS severity, 'looks_eligible' AS reason,
  MIN(u.doc) AS ref
FROM unemployed u
CROSS JOIN param a
LEFT JOIN hardship h ON h.unit = u.unit AND h.person_key = u.person_key
LEFT JOIN placed w ON w.unit = u.unit AND w.person_key = u.person_key
JOIN responsible r ON r.unit = u.unit AND r.person_key = u.person_key
JOIN person q ON q.unit = r.unit AND q.doc = r.doc
LEFT JOIN (
  SELECT m.unit AS unit, m.person AS person, MAX(c.low_income) AS low_income
  FROM member m
  JOIN scope s ON s.unit = m.unit
  JOIN household c ON c.unit = m.unit AND c.doc = m.doc
  WHERE c.low_income = 1
  GROUP BY m.unit, m.person
) l ON l.unit = q.unit AND l.person = q.doc
LEFT JOIN (
  SELECT m.unit AS unit, m.person AS person, COUNT(*) AS families
  FROM zero_family z
  CROSS JOIN param b
  JOIN member m ON m.unit = z.unit AND m.doc = z.family
  WHERE z.end_n >= b.as_of_n
  GROUP BY m.unit, m.person
) z ON z.unit = q.unit AND z.person = q.doc
WHERE h.person_key IS NULL AND COALESCE(w.standing, 0) < 4
  AND (
    (q.sex = '2' AND q.birth <> '' AND q.birth_n <= a.born_by_40_n)
    OR (q.sex = '1' AND q.birth <> '' AND q.birth_n <= a.born_by_50_n)
    OR l.low_income = 1
    OR z.families > 0
  )
GROUP BY u.unit, u.person_key
