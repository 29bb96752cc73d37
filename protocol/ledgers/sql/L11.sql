-- L11 公益性岗位: every agreement that began by T; its last day may lie ahead.
SELECT
  c.unit AS unit, c.community AS community, c.card_no AS card_no, c.id_no AS id_no, c.name AS name, c.sex AS sex, c.doc AS doc,
  i.post AS post, i.employer AS employer, i.start AS since, CASE WHEN i.end_recorded_n <= p.known_n THEN i.end ELSE '' END AS until,
  i.months AS months, CASE WHEN i.end_recorded_n <= p.known_n THEN i.end_reason ELSE '' END AS end_reason, i.aid_post AS aid_post
FROM counted c
CROSS JOIN param p
JOIN aid_post i ON i.unit = c.unit AND i.doc = c.doc
WHERE i.recorded_n <= p.known_n AND i.start_n <= p.as_of_n
