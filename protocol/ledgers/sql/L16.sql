-- L16 政策享受: benefits decided on by T.
SELECT
  c.unit AS unit, c.community AS community, c.card_no AS card_no, c.id_no AS id_no, c.name AS name, c.sex AS sex, c.doc AS doc,
  i.policy AS policy, i.state AS state, i.day AS day, i.start AS since, CASE WHEN i.end_recorded_n <= p.known_n THEN i.end ELSE '' END AS until,
  i.months AS months, i.amount AS amount, i.reason AS reason, i.benefit AS benefit
FROM counted c
CROSS JOIN param p
JOIN benefit i ON i.unit = c.unit AND i.doc = c.doc
WHERE i.recorded_n <= p.known_n AND i.day_n <= p.as_of_n
