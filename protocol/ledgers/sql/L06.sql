-- L06 下岗失业人员就业: every placement that began by T, with the latest visit to the household since it began.
SELECT
  c.unit AS unit, c.community AS community, c.card_no AS card_no, c.id_no AS id_no, c.name AS name, c.sex AS sex, c.doc AS doc,
  q.since AS since, q.form AS form, q.employer AS employer, q.pay AS pay, q.evidence AS evidence,
  q.evidence_ref AS evidence_ref, COALESCE(v.visited, '') AS visited, q.ended AS ended, q.end_reason AS end_reason,
  q.placement AS placement
FROM work_known q
JOIN counted c ON c.unit = q.unit AND c.doc = q.doc
LEFT JOIN (
  SELECT q.unit AS unit, q.doc AS doc, q.placement AS placement, MAX(v.day) AS visited
  FROM work_known q
  JOIN visit_known v ON v.unit = q.unit AND v.doc = q.doc AND v.day_n >= q.start_n
  GROUP BY q.unit, q.doc, q.placement
) v ON v.unit = q.unit AND v.doc = q.doc AND v.placement = q.placement
