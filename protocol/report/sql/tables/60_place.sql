-- place: the units of the scope that stand at T, with what they are called and whether they are in the programme. Of two
-- documents about one unit the smaller holds.
CREATE TEMP TABLE place_doc AS
SELECT s.unit AS unit, s.level AS level, MIN(u.doc) AS doc
FROM scope s
LEFT JOIN unit u ON u.unit = s.unit
GROUP BY s.unit, s.level;

CREATE TEMP TABLE place AS
SELECT
  d.unit AS unit, d.level AS level, COALESCE(u.parent, '') AS parent,
  CASE WHEN u.programme = 1 AND d.level IN ('street', 'community') THEN 1 ELSE 0 END AS programme
FROM place_doc d
CROSS JOIN param p
LEFT JOIN unit u ON u.unit = d.unit AND u.doc = d.doc
WHERE COALESCE(u.end_n, 99999999) >= p.as_of_n;
