-- L15 创业与小额贷款: businesses opened by T.
SELECT
  c.unit AS unit, c.community AS community, c.card_no AS card_no, c.id_no AS id_no, c.name AS name, c.sex AS sex, c.doc AS doc,
  i.name AS business, i.licence AS licence, i.start AS opened, i.loan AS loan, i.loan_day AS loan_day, i.jobs AS jobs,
  CASE WHEN i.end_recorded_n <= p.known_n AND i.end_n <= p.as_of_n THEN i.end ELSE '' END AS closed, i.startup AS startup
FROM counted c
CROSS JOIN param p
JOIN startup i ON i.unit = c.unit AND i.doc = c.doc
WHERE i.recorded_n <= p.known_n AND i.start_n <= p.as_of_n
