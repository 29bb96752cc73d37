-- d2: people with a hardship certification in force in the period: who is in a verified placement at T?
-- Certified, or a placement lost, in the last 30 days: listed with weight 0.
-- d2_uncertified: people out of work who look eligible by age, low income or a zero-employment family and
-- have no certification in force in the period: listed, and an empty d2 cannot be signed off while any are.
-- together: responsible.person_key
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
  p.unit AS unit, 'd2_uncertified' AS part, MIN(e.doc) AS subject, CAST(0 AS BIGINT) AS hit,
  CAST(0 AS BIGINT) AS weight, 'looks_eligible' AS reason, MIN(e.doc) AS ref
FROM pool p
JOIN looks_eligible e ON e.unit = p.member
GROUP BY p.unit, e.person_key
