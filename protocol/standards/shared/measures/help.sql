-- plans: people in hardship: was a plan with a named worker made within 10 working days of the certification?
-- Who is not yet due at T is listed with weight 0. Of a person known to two communities the better tells.
-- services: people of D3 out of work for 90 days: guidance, three referrals to distinct open vacancies and an
-- offer of training, or placed since?
-- together: responsible.person_key
-- rows: plans services
-- reasons: plan_in_time plan_not_due no_plan_in_time helped placed_since few_referrals no_training_offered
-- reasons: no_guidance
SELECT
  g.unit AS unit, 'plans' AS part, COALESCE(MIN(CASE WHEN g.state = 2 THEN g.doc END), MIN(g.doc)) AS subject,
  CAST(CASE WHEN MAX(g.state) = 2 THEN 1 ELSE 0 END AS BIGINT) AS hit,
  CAST(CASE WHEN MIN(g.state) = 1 AND MAX(g.state) = 1 THEN 0 ELSE 1 END AS BIGINT) AS weight,
  CASE
    WHEN MAX(g.state) = 2 THEN 'plan_in_time'
    WHEN MIN(g.state) = 1 THEN 'plan_not_due'
    ELSE 'no_plan_in_time'
  END AS reason,
  COALESCE(MIN(CASE WHEN g.state = 2 THEN g.doc END), MIN(g.doc)) AS ref
FROM (
  SELECT p.unit AS unit, s.person_key AS person_key, s.doc AS doc, s.state AS state
  FROM pool p
  JOIN plan_state s ON s.unit = p.member
) g
GROUP BY g.unit, g.person_key
UNION ALL
SELECT
  g.unit AS unit, 'services' AS part, COALESCE(MIN(CASE WHEN g.state >= 3 THEN g.doc END), MIN(g.doc)) AS subject,
  CAST(CASE WHEN MAX(g.state) >= 3 THEN 1 ELSE 0 END AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE MAX(g.state)
    WHEN 4 THEN 'placed_since'
    WHEN 3 THEN 'helped'
    WHEN 2 THEN 'few_referrals'
    WHEN 1 THEN 'no_training_offered'
    ELSE 'no_guidance'
  END AS reason,
  COALESCE(MIN(CASE WHEN g.state >= 3 THEN g.doc END), MIN(g.doc)) AS ref
FROM (
  SELECT p.unit AS unit, h.person_key AS person_key, h.doc AS doc, h.state AS state
  FROM pool p
  JOIN help_state h ON h.unit = p.member
) g
GROUP BY g.unit, g.person_key
