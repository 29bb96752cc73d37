-- L04 社区从业人员: people at work at T, by an open placement or, without one, by their status.
SELECT
  c.unit AS unit, c.community AS community, c.card_no AS card_no, c.id_no AS id_no, c.name AS name, c.sex AS sex, c.doc AS doc,
  w.form AS form, w.employer AS employer, w.since AS since, w.evidence AS evidence, w.insured AS insured
FROM work_at w
JOIN counted c ON c.unit = w.unit AND c.doc = w.doc
UNION ALL
SELECT
  c.unit AS unit, c.community AS community, c.card_no AS card_no, c.id_no AS id_no, c.name AS name, c.sex AS sex, c.doc AS doc,
  '' AS form, '' AS employer, s.since AS since, '' AS evidence, 0 AS insured
FROM state_at s
JOIN counted c ON c.unit = s.unit AND c.doc = s.doc
LEFT JOIN work_at w ON w.unit = s.unit AND w.doc = s.doc
WHERE s.dimension = 'status' AND s.code = '1' AND w.doc IS NULL
