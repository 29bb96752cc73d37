-- policies: people whom a policy of the catalogue entitles: was it paid, refused with a reason, or waived?
-- rows: policies
-- reasons: benefit_paid benefit_waived benefit_refused benefit_open
SELECT
  p.unit AS unit, 'policies' AS part, e.doc || '/' || e.policy AS subject,
  CAST(CASE WHEN COALESCE(d.state, 0) > 0 THEN 1 ELSE 0 END AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE COALESCE(d.state, 0)
    WHEN 3 THEN 'benefit_paid'
    WHEN 2 THEN 'benefit_waived'
    WHEN 1 THEN 'benefit_refused'
    ELSE 'benefit_open'
  END AS reason,
  e.doc AS ref
FROM pool p
JOIN entitled e ON e.unit = p.member
LEFT JOIN delivered d ON d.unit = e.unit AND d.person_key = e.person_key AND d.policy = e.policy
