-- Findings of inspectors, under the name item.part. Of several findings on one check the highest stage
-- prevails, then the latest day, then the smallest document. slot has the checks of the standard; a check
-- without a finding has no row here, and its item waits. A community's finding that a street takes over
-- carries the community's path before its name; every other check is answered in the scored unit alone.
-- Sign-offs are findings as well, under item.sign_off.
-- reasons: finding_met finding_not_met
SELECT
  p.unit AS unit, f.name AS part,
  CASE WHEN p.unit = p.member THEN f.subject ELSE p.member || '#' || f.subject END AS subject,
  CAST(f.hit AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE f.hit WHEN 1 THEN 'finding_met' ELSE 'finding_not_met' END AS reason,
  f.doc AS ref
FROM pool p
JOIN prevailing f ON f.unit = p.member
JOIN slot s ON s.name = f.name AND (s.subject = f.subject OR s.subject = '*')
  AND s.pooled = CASE WHEN p.unit = p.member THEN 0 ELSE 1 END
