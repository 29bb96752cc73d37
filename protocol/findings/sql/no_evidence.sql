-- no_evidence: placements of the period without one of the pieces of evidence that count. A warning while they are open.
-- reasons: open_without_evidence ended_without_evidence
SELECT
  r.unit AS unit, 'no_evidence' AS trap, r.doc AS subject,
  CASE WHEN q.end_n >= p.as_of_n THEN 'warning' ELSE 'notice' END AS severity,
  CASE WHEN q.end_n >= p.as_of_n THEN 'open_without_evidence' ELSE 'ended_without_evidence' END AS reason,
  q.placement AS ref
FROM placement q
JOIN responsible r ON r.unit = q.unit AND r.doc = q.doc
CROSS JOIN param p
WHERE q.start_n <= p.as_of_n AND q.end_n >= p.start_n AND q.recorded_n <= p.known_n
  AND q.evidence NOT IN ('contract', 'insurance', 'licence', 'aid_post', 'flexible')
