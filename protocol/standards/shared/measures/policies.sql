-- policies: people whom a policy of the catalogue entitles: was it paid, refused with a reason, or waived?
-- Of a person known to two communities each policy counts once, as far as it went in either.
-- together: responsible.person_key
-- rows: policies
-- reasons: benefit_paid benefit_waived benefit_refused benefit_open
SELECT
  g.unit AS unit, 'policies' AS part,
  COALESCE(MIN(CASE WHEN g.state > 0 THEN g.doc END), MIN(g.doc)) || '/' || g.policy AS subject,
  CAST(CASE WHEN MAX(g.state) > 0 THEN 1 ELSE 0 END AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE MAX(g.state)
    WHEN 3 THEN 'benefit_paid'
    WHEN 2 THEN 'benefit_waived'
    WHEN 1 THEN 'benefit_refused'
    ELSE 'benefit_open'
  END AS reason,
  COALESCE(MIN(CASE WHEN g.state > 0 THEN g.doc END), MIN(g.doc)) AS ref
FROM (
  SELECT p.unit AS unit, e.person_key AS person_key, e.policy AS policy, e.doc AS doc,
    COALESCE(d.state, 0) AS state
  FROM pool p
  JOIN entitled e ON e.unit = p.member
  LEFT JOIN delivered d ON d.unit = e.unit AND d.person_key = e.person_key AND d.policy = e.policy
) g
GROUP BY g.unit, g.person_key, g.policy
