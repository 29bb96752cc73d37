-- L08 就业困难人员: every certification that began by T.
SELECT
  c.unit AS unit, c.community AS community, c.card_no AS card_no, c.id_no AS id_no, c.name AS name, c.sex AS sex, c.doc AS doc,
  i.category AS category, i.start AS certified, i.published_from AS published_from, i.published_until AS published_until,
  i.worker AS worker, CASE WHEN i.end_recorded_n <= p.known_n AND i.end_n <= p.as_of_n THEN i.end ELSE '' END AS ended,
  CASE WHEN i.end_recorded_n <= p.known_n AND i.end_n <= p.as_of_n THEN i.end_reason ELSE '' END AS end_reason,
  i.certification AS certification
FROM counted c
CROSS JOIN param p
JOIN certification i ON i.unit = c.unit AND i.doc = c.doc
WHERE i.recorded_n <= p.known_n AND i.start_n <= p.as_of_n
