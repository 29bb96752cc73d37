-- L09 零就业、双下岗双失业家庭: families that were tagged on a day of the period, by the standards' tables of families. Shown with
-- the head, whoever works there at T, and how many members of working age can work. A both-out family is tagged while head and
-- spouse are out of work on the same day.
SELECT
  f.unit AS unit, u.community AS community, h.card_no AS card_no, COALESCE(c.id_no, '') AS id_no, COALESCE(c.name, '') AS name,
  COALESCE(c.sex, '') AS sex, f.family AS doc, f.kind AS kind, COALESCE(n.force, 0) AS force, f.onset_n AS onset_n,
  f.recorded_n AS recorded_n, CASE WHEN f.end_n < p.as_of_n THEN f.end_n + 1 ELSE 99999999 END AS cleared_n,
  COALESCE(n.employed, '') AS employed
FROM (
  SELECT z.unit AS unit, z.family AS family, 'zero' AS kind, z.onset_n AS onset_n, MIN(t.recorded_n) AS recorded_n, z.end_n AS end_n
  FROM zero_family z
  JOIN tagged_day t ON t.unit = z.unit AND t.family = z.family AND t.day_n = z.onset_n
  CROSS JOIN param p
  WHERE z.end_n >= p.start_n
  GROUP BY z.unit, z.family, z.onset_n, z.end_n
  UNION ALL
  SELECT
    b.unit AS unit, b.family AS family, 'both_out' AS kind,
    CASE WHEN a.start_n > s.start_n THEN a.start_n ELSE s.start_n END AS onset_n,
    CASE WHEN a.recorded_n > s.recorded_n THEN a.recorded_n ELSE s.recorded_n END AS recorded_n,
    CASE WHEN a.end_n < s.end_n THEN a.end_n ELSE s.end_n END AS end_n
  FROM both_out b
  CROSS JOIN param p
  JOIN out_span a ON a.unit = b.unit AND a.family = b.family AND a.person = b.head
  JOIN out_span s ON s.unit = b.unit AND s.family = b.family AND s.person = b.spouse
  WHERE a.start_n <= s.end_n AND s.start_n <= a.end_n AND a.end_n >= p.start_n AND s.end_n >= p.start_n
) f
CROSS JOIN param p
JOIN unit_name u ON u.unit = f.unit
JOIN household h ON h.unit = f.unit AND h.doc = f.family
LEFT JOIN counted c ON c.unit = h.unit AND c.doc = h.head
LEFT JOIN (
  SELECT
    m.unit AS unit, m.doc AS family,
    CAST(SUM(CASE WHEN l.of_age = 1 AND l.ability <> '3' THEN 1 ELSE 0 END) AS BIGINT) AS force,
    MIN(CASE WHEN l.employed = 1 THEN q.name END) AS employed
  FROM member m
  JOIN labour l ON l.unit = m.unit AND l.doc = m.person
  JOIN person q ON q.unit = m.unit AND q.doc = m.person
  GROUP BY m.unit, m.doc
) n ON n.unit = f.unit AND n.family = f.family
