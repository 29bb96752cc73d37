-- L05 下岗失业人员: people laid off or out of work at T, without an open placement. Of several registrations that are open the
-- latest is shown; a certificate on the episode stands in where the registration has none.
SELECT
  c.unit AS unit, c.community AS community, c.card_no AS card_no, c.id_no AS id_no, c.name AS name, c.sex AS sex, c.doc AS doc,
  s.code AS status, s.former_employer AS former_employer, s.since AS lost_on, s.reason AS reason,
  COALESCE(r.registered, '') AS registered,
  CASE WHEN COALESCE(r.certificate, '') <> '' THEN r.certificate ELSE s.certificate END AS certificate,
  COALESCE(x.code, '') AS wish
FROM state_at s
JOIN counted c ON c.unit = s.unit AND c.doc = s.doc
LEFT JOIN work_at w ON w.unit = s.unit AND w.doc = s.doc
LEFT JOIN state_at x ON x.unit = s.unit AND x.doc = s.doc AND x.dimension = 'wish'
LEFT JOIN registered_at r ON r.unit = s.unit AND r.doc = s.doc
WHERE s.dimension = 'status' AND s.code IN ('2', '3', '4') AND w.doc IS NULL
