-- d2: people with a hardship certification in force in the period: who is in a verified placement at T?
-- Certified, or a placement lost, in the last 30 days: listed with weight 0.
-- d2_uncertified: people out of work who look eligible by age, low income or a zero-employment family and
-- have no certification in force in the period: listed, and an empty d2 cannot be signed off while any are.
-- rows: d2 d2_uncertified
-- reasons: placed_verified no_return_visit no_evidence placement_ended not_placed certified_lately
-- reasons: placement_lost_lately looks_eligible
SELECT
  g.unit AS unit, 'd2' AS part,
  COALESCE(MIN(CASE WHEN g.standing = 4 THEN g.doc END), MIN(g.doc)) AS subject,
  CAST(MAX(CASE WHEN g.standing = 4 THEN 1 ELSE 0 END) AS BIGINT) AS hit,
  CAST(CASE
    WHEN MIN(g.certified_lately) = 1 THEN 0
    WHEN MAX(g.standing) < 4 AND MAX(g.lost_lately) = 1 THEN 0
    ELSE 1
  END AS BIGINT) AS weight,
  CASE
    WHEN MIN(g.certified_lately) = 1 THEN 'certified_lately'
    WHEN MAX(g.standing) = 4 THEN 'placed_verified'
    WHEN MAX(g.lost_lately) = 1 THEN 'placement_lost_lately'
    WHEN MAX(g.standing) = 3 THEN 'no_return_visit'
    WHEN MAX(g.standing) = 2 THEN 'no_evidence'
    WHEN MAX(g.standing) = 1 THEN 'placement_ended'
    ELSE 'not_placed'
  END AS reason,
  COALESCE(MIN(CASE WHEN g.standing = 4 THEN g.doc END), MIN(g.doc)) AS ref
FROM (
  SELECT p.unit AS unit, h.person_key AS person_key, h.doc AS doc, COALESCE(w.standing, 0) AS standing,
    COALESCE(w.lost_lately, 0) AS lost_lately,
    CASE WHEN h.certified_n > a.as_of_n - 30 THEN 1 ELSE 0 END AS certified_lately
  FROM pool p
  CROSS JOIN param a
  JOIN hardship h ON h.unit = p.member
  LEFT JOIN placed w ON w.unit = h.unit AND w.person_key = h.person_key
) g
GROUP BY g.unit, g.person_key
UNION ALL
SELECT
  p.unit AS unit, 'd2_uncertified' AS part, MIN(u.doc) AS subject, CAST(0 AS BIGINT) AS hit,
  CAST(0 AS BIGINT) AS weight, 'looks_eligible' AS reason, MIN(u.doc) AS ref
FROM pool p
CROSS JOIN param a
JOIN unemployed u ON u.unit = p.member
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
GROUP BY p.unit, u.person_key
