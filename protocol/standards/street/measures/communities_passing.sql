-- H3 of a street: the programme communities that pass H3 a: at most max(⌊0.5% · n⌋, 1) of their people not on
-- exactly one card, and at most max(⌊5% · n⌋, 1) of their dwellings without one. A community without a
-- dwelling register has no row under communities but one under coverage_missing: nothing can be said of it.
-- rows: communities coverage_missing
-- reasons: community_passes community_fails no_dwelling_register
SELECT
  p.unit AS unit, 'communities' AS part, p.member AS subject,
  CAST(CASE
    WHEN (c.misses * 1000 <= c.n * 5 OR c.misses <= 1)
      AND (COALESCE(d.misses, 0) * 100 <= COALESCE(d.n, 0) * 5 OR COALESCE(d.misses, 0) <= 1) THEN 1
    ELSE 0
  END AS BIGINT) AS hit,
  CAST(1 AS BIGINT) AS weight,
  CASE
    WHEN (c.misses * 1000 <= c.n * 5 OR c.misses <= 1)
      AND (COALESCE(d.misses, 0) * 100 <= COALESCE(d.n, 0) * 5 OR COALESCE(d.misses, 0) <= 1)
      THEN 'community_passes'
    ELSE 'community_fails'
  END AS reason,
  p.member AS ref
FROM pool p
JOIN register_kept k ON k.unit = p.member
JOIN (
  SELECT c.unit AS unit, CAST(COUNT(*) AS BIGINT) AS n,
    CAST(SUM(CASE WHEN c.cards = 1 THEN 0 ELSE 1 END) AS BIGINT) AS misses
  FROM person_card c
  GROUP BY c.unit
) c ON c.unit = p.member
LEFT JOIN (
  SELECT d.unit AS unit, CAST(COUNT(*) AS BIGINT) AS n,
    CAST(SUM(CASE WHEN d.standing = 3 THEN 0 ELSE 1 END) AS BIGINT) AS misses
  FROM dwelling_card d
  GROUP BY d.unit
) d ON d.unit = p.member
UNION ALL
SELECT
  p.unit AS unit, 'coverage_missing' AS part, c.unit AS subject, CAST(0 AS BIGINT) AS hit,
  CAST(0 AS BIGINT) AS weight, 'no_dwelling_register' AS reason, c.doc AS ref
FROM pool p
JOIN (
  SELECT u.unit AS unit, MIN(u.doc) AS doc
  FROM unit u
  JOIN scope s ON s.unit = u.unit
  WHERE u.level = 'community'
  GROUP BY u.unit
) c ON c.unit = p.member
LEFT JOIN register_kept k ON k.unit = c.unit
WHERE k.unit IS NULL
