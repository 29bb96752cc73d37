-- L01 社区基本情况: every community with its households and people at T. People are told apart by their key.
SELECT
  u.unit AS unit, u.community AS community, COALESCE(h.households, 0) AS households,
  COALESCE(l.people, 0) AS people, COALESCE(l.of_age, 0) AS of_age, COALESCE(l.employed, 0) AS employed,
  COALESCE(l.out_of_work, 0) AS out_of_work, p.as_of AS as_of
FROM unit_name u
CROSS JOIN param p
LEFT JOIN (
  SELECT h.unit AS unit, COUNT(h.doc) AS households
  FROM household h
  JOIN scope s ON s.unit = h.unit
  CROSS JOIN param p
  WHERE h.recorded_n <= p.known_n AND h.opened_n <= p.as_of_n
    AND (h.state IN ('', '1') OR h.closed_n > p.as_of_n)
  GROUP BY h.unit
) h ON h.unit = u.unit
LEFT JOIN (
  SELECT
    k.unit AS unit, COUNT(k.person_key) AS people, CAST(SUM(k.of_age) AS BIGINT) AS of_age,
    CAST(SUM(k.employed) AS BIGINT) AS employed, CAST(SUM(k.out_of_work) AS BIGINT) AS out_of_work
  FROM (
    SELECT
      l.unit AS unit, l.person_key AS person_key, MAX(l.of_age) AS of_age, MAX(l.employed) AS employed,
      CASE WHEN MAX(l.employed) = 1 THEN 0 ELSE MAX(l.out_of_work) END AS out_of_work
    FROM labour l
    GROUP BY l.unit, l.person_key
  ) k
  GROUP BY k.unit
) l ON l.unit = u.unit
WHERE u.level = 'community'
