-- two_communities: people whom two communities have under one valid ID number and of whom nobody has determined yet
-- which of the two counts them.
-- reasons: undetermined
SELECT
  q.unit AS unit, 'two_communities' AS trap, q.doc AS subject, 'warning' AS severity, 'undetermined' AS reason,
  MIN(o.doc) AS ref
FROM person q
JOIN scope s ON s.unit = q.unit
CROSS JOIN param p
JOIN person o ON o.id_no = q.id_no AND o.unit <> q.unit
JOIN scope t ON t.unit = o.unit
LEFT JOIN determined d ON d.unit = q.unit AND d.id_no = q.id_no
WHERE q.id_valid = 1 AND o.id_valid = 1 AND q.recorded_n <= p.known_n AND o.recorded_n <= p.known_n
  AND d.id_no IS NULL
GROUP BY q.unit, q.doc
