-- L19 宣传与典型: exemplars, campaigns and published items dated by T.
SELECT
  i.unit AS unit, u.community AS community, i.doc AS doc, i.day AS day, i.kind AS kind, i.title AS title, i.level AS level,
  i.outlet AS outlet, i.evidence AS evidence, i.consent AS consent
FROM publicity i
JOIN unit_name u ON u.unit = i.unit
CROSS JOIN param p
WHERE i.recorded_n <= p.known_n AND i.day_n <= p.as_of_n
