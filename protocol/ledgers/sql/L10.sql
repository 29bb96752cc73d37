-- L10 灵活就业人员: people in flexible work at T. The record has no sub-kind; what was done is told by the work.
SELECT
  c.unit AS unit, c.community AS community, c.card_no AS card_no, c.id_no AS id_no, c.name AS name, c.sex AS sex, c.doc AS doc,
  w.work AS work, w.place AS place, w.since AS since, w.evidence AS evidence,
  CASE WHEN q.verified_n <= p.as_of_n THEN q.verified ELSE '' END AS verified
FROM work_at w
CROSS JOIN param p
JOIN counted c ON c.unit = w.unit AND c.doc = w.doc
JOIN person q ON q.unit = w.unit AND q.doc = w.doc
WHERE w.form = '30'
