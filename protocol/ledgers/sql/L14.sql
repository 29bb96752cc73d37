-- L14 职业培训: training that began by T; its last day may lie ahead.
SELECT
  c.unit AS unit, c.community AS community, c.card_no AS card_no, c.id_no AS id_no, c.name AS name, c.sex AS sex, c.doc AS doc,
  i.course AS course, i.provider AS provider, i.start AS since, CASE WHEN i.end_recorded_n <= p.known_n THEN i.end ELSE '' END AS until,
  i.passed AS passed, i.certificate AS certificate, i.training AS training
FROM counted c
CROSS JOIN param p
JOIN training i ON i.unit = c.unit AND i.doc = c.doc
WHERE i.recorded_n <= p.known_n AND i.start_n <= p.as_of_n
