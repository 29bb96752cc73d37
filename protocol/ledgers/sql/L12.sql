-- L12 用工信息: vacancies posted by T, those that have expired too.
SELECT
  v.unit AS unit, u.community AS community, v.doc AS doc, v.employer AS employer, v.trade AS trade,
  v.openings AS openings, v.pay AS pay, v.place AS place, v.start AS posted,
  CASE WHEN v.end_recorded_n <= p.known_n THEN v.end ELSE '' END AS expires,
  CASE WHEN v.end_recorded_n <= p.known_n AND v.end_n < p.as_of_n THEN 0 ELSE 1 END AS in_force,
  v.source AS source, v.source_no AS source_no, v.evidence AS evidence
FROM vacancy v
JOIN unit_name u ON u.unit = v.unit
CROSS JOIN param p
WHERE v.recorded_n <= p.known_n AND v.start_n <= p.as_of_n
