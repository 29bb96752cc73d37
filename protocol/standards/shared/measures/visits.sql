-- visits: every visit that fell due in the period: was one made to the household in its window?
-- rows: visits
-- reasons: visit_made visit_missed
SELECT
  p.unit AS unit, 'visits' AS part, d.what || ':' || d.subject || ':' || b.day || ':' || c.day AS subject,
  CAST(d.made AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE d.made WHEN 1 THEN 'visit_made' ELSE 'visit_missed' END AS reason,
  d.family AS ref
FROM pool p
JOIN visit_due d ON d.unit = p.member
JOIN calendar b ON b.day_n = d.from_n
JOIN calendar c ON c.day_n = d.until_n
