-- responsible: the person documents that their community counts at T, with the key by which people are told
-- apart: the ID number where it is valid, else the document.
-- A determination prevails. Without one, residence 1 (lives where registered) and 3 (registered here) count,
-- residence 2 (lives here, registered elsewhere) counts from six months, and no entry about residence counts,
-- so that leaving it out removes nobody.
CREATE TEMP TABLE residence AS
SELECT
  e.unit AS unit, e.doc AS doc,
  MAX(CASE WHEN e.code = '2' AND e.start_n > p.residence_by_n THEN 0 ELSE 1 END) AS counts
FROM episode e
JOIN scope s ON s.unit = e.unit
CROSS JOIN param p
WHERE e.dimension = 'residence' AND e.start_n <= p.as_of_n AND e.end_n >= p.as_of_n
  AND e.recorded_n <= p.close_n
GROUP BY e.unit, e.doc;

CREATE TEMP TABLE responsible AS
SELECT
  q.unit AS unit, q.doc AS doc,
  CASE WHEN q.id_valid = 1 THEN q.id_no ELSE q.doc END AS person_key
FROM person q
JOIN scope s ON s.unit = q.unit
CROSS JOIN param p
LEFT JOIN determined d ON d.unit = q.unit AND d.id_no = q.id_no
LEFT JOIN residence r ON r.unit = q.unit AND r.doc = q.doc
WHERE q.recorded_n <= p.close_n
  AND CASE
    WHEN d.counted_unit = q.unit THEN 1
    WHEN d.counted_unit IS NOT NULL THEN 0
    ELSE COALESCE(r.counts, 1)
  END = 1;
