-- supervision: the street's communities in each quarter of the period, counted from its first month, in which they
-- were there throughout: did the street make a supervision visit?
-- rows: supervision
-- reasons: supervised not_supervised
SELECT
  q.unit AS unit, 'supervision' AS part,
  q.member || '#' || CASE q.quarter WHEN 1 THEN 'q1' WHEN 2 THEN 'q2' WHEN 3 THEN 'q3' ELSE 'q4' END AS subject,
  CAST(CASE WHEN MAX(v.day_n) IS NULL THEN 0 ELSE 1 END AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE WHEN MAX(v.day_n) IS NULL THEN 'not_supervised' ELSE 'supervised' END AS reason,
  COALESCE(MIN(v.doc), q.member) AS ref
FROM (
  SELECT p.unit AS unit, p.member AS member, n.n AS quarter, a.start_n + 91 * (n.n - 1) AS first_n,
    CASE WHEN n.n = 4 THEN a.as_of_n ELSE a.start_n + 91 * n.n - 1 END AS last_n
  FROM pool p
  CROSS JOIN param a
  JOIN step n ON n.n <= 4
  WHERE p.unit <> p.member
) q
JOIN unit_life l ON l.unit = q.member AND l.from_n <= q.first_n AND l.until_n >= q.last_n
LEFT JOIN supervision v ON v.unit = q.member AND v.day_n >= q.first_n AND v.day_n <= q.last_n
GROUP BY q.unit, q.member, q.quarter, q.first_n, q.last_n
