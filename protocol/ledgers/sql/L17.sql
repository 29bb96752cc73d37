-- L17 跟踪走访: visits made by T, and of each valid card the day on which the next is due: 7 days after the last for a
-- zero-employment family, 30 for hardship or registered unemployment, else a year. A card without a visit counts from the day on
-- which it was recorded. The visits at months 1, 3 and 6 of a placement are not in the due day.
SELECT
  v.unit AS unit, u.community AS community, h.card_no AS card_no, COALESCE(c.id_no, '') AS id_no, COALESCE(c.name, '') AS name,
  COALESCE(c.sex, '') AS sex, v.doc AS doc, 99999999 AS due_n, v.day AS day, v.how AS how, v.result AS result,
  v.visitor AS visitor, v.visit AS visit
FROM visit v
JOIN unit_name u ON u.unit = v.unit
CROSS JOIN param p
JOIN household h ON h.unit = v.unit AND h.doc = v.doc
LEFT JOIN counted c ON c.unit = h.unit AND c.doc = h.head
WHERE v.recorded_n <= p.known_n AND v.day_n <= p.as_of_n
UNION ALL
SELECT
  h.unit AS unit, u.community AS community, h.card_no AS card_no, COALESCE(c.id_no, '') AS id_no, COALESCE(c.name, '') AS name,
  COALESCE(c.sex, '') AS sex, h.doc AS doc,
  COALESCE(v.day_n, h.recorded_n)
    + CASE WHEN z.family IS NOT NULL THEN 7 WHEN n.card IS NOT NULL THEN 30 ELSE 365 END AS due_n,
  '' AS day, '' AS how, '' AS result, '' AS visitor, '' AS visit
FROM household h
JOIN unit_name u ON u.unit = h.unit
CROSS JOIN param p
LEFT JOIN counted c ON c.unit = h.unit AND c.doc = h.head
LEFT JOIN (
  SELECT v.unit AS unit, v.card AS card, MAX(v.day_n) AS day_n
  FROM visit_known v
  GROUP BY v.unit, v.card
) v ON v.unit = h.unit AND v.card = h.doc
LEFT JOIN (
  SELECT z.unit AS unit, z.family AS family
  FROM zero_family z
  CROSS JOIN param p
  WHERE z.end_n >= p.as_of_n
  GROUP BY z.unit, z.family
) z ON z.unit = h.unit AND z.family = h.doc
LEFT JOIN (
  SELECT c.unit AS unit, c.card AS card
  FROM counted c
  CROSS JOIN param p
  LEFT JOIN state_at s ON s.unit = c.unit AND s.doc = c.doc AND s.dimension = 'status'
  LEFT JOIN certification i ON i.unit = c.unit AND i.doc = c.doc
    AND i.recorded_n <= p.known_n AND i.start_n <= p.as_of_n
    AND CASE WHEN i.end_recorded_n <= p.known_n THEN i.end_n ELSE 99999999 END >= p.as_of_n
  WHERE s.code = '2' OR i.doc IS NOT NULL
  GROUP BY c.unit, c.card
) n ON n.unit = h.unit AND n.card = h.doc
WHERE h.recorded_n <= p.known_n AND h.opened_n <= p.as_of_n AND h.state IN ('', '1')
