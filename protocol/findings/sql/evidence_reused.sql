-- evidence_reused: placements whose piece of evidence stands under the same number with another placement.
-- reasons: used_for_another used_twice_for_one
SELECT
  r.unit AS unit, 'evidence_reused' AS trap, r.doc AS subject,
  CASE WHEN MAX(CASE WHEN w.person_key <> r.person_key THEN 1 ELSE 0 END) = 1 THEN 'serious' ELSE 'notice' END AS severity,
  CASE WHEN MAX(CASE WHEN w.person_key <> r.person_key THEN 1 ELSE 0 END) = 1
    THEN 'used_for_another' ELSE 'used_twice_for_one' END AS reason,
  q.placement AS ref
FROM placement q
JOIN responsible r ON r.unit = q.unit AND r.doc = q.doc
CROSS JOIN param p
JOIN placement o ON o.evidence_ref = q.evidence_ref AND o.evidence = q.evidence
JOIN responsible w ON w.unit = o.unit AND w.doc = o.doc
WHERE q.evidence <> '' AND q.evidence_ref <> '' AND q.recorded_n <= p.known_n AND o.recorded_n <= p.known_n
  AND (o.unit <> q.unit OR o.doc <> q.doc OR o.placement <> q.placement)
GROUP BY r.unit, r.doc, q.placement
