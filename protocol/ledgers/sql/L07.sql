-- L07 失业登记与就业创业证: every registration that began by T.
SELECT
  c.unit AS unit, c.community AS community, c.card_no AS card_no, c.id_no AS id_no, c.name AS name, c.sex AS sex, c.doc AS doc,
  i.certificate AS certificate, i.issued AS issued, i.start AS registered,
  CASE WHEN i.end_recorded_n <= p.known_n AND i.end_n <= p.as_of_n THEN i.end ELSE '' END AS cancelled,
  CASE WHEN i.end_recorded_n <= p.known_n AND i.end_n <= p.as_of_n THEN i.end_reason ELSE '' END AS end_reason,
  i.registration AS registration
FROM counted c
CROSS JOIN param p
JOIN registration i ON i.unit = c.unit AND i.doc = c.doc
WHERE i.recorded_n <= p.known_n AND i.start_n <= p.as_of_n
