-- plans: people in hardship: was a plan with a named worker made within 10 working days of the certification?
-- Who is not yet due at T is listed with weight 0.
-- services: people of D3 out of work for 90 days: guidance, three referrals to distinct open vacancies and an
-- offer of training, or placed since?
-- rows: plans services
-- reasons: plan_in_time plan_not_due no_plan_in_time helped placed_since few_referrals no_training_offered
-- reasons: no_guidance
SELECT
  p.unit AS unit, 'plans' AS part, s.doc AS subject,
  CAST(CASE WHEN s.state = 2 THEN 1 ELSE 0 END AS BIGINT) AS hit,
  CAST(CASE WHEN s.state = 1 THEN 0 ELSE 1 END AS BIGINT) AS weight,
  CASE s.state WHEN 2 THEN 'plan_in_time' WHEN 1 THEN 'plan_not_due' ELSE 'no_plan_in_time' END AS reason,
  s.doc AS ref
FROM pool p
JOIN plan_state s ON s.unit = p.member
UNION ALL
SELECT
  p.unit AS unit, 'services' AS part, h.doc AS subject,
  CAST(CASE WHEN h.state >= 3 THEN 1 ELSE 0 END AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE h.state
    WHEN 4 THEN 'placed_since'
    WHEN 3 THEN 'helped'
    WHEN 2 THEN 'few_referrals'
    WHEN 1 THEN 'no_training_offered'
    ELSE 'no_guidance'
  END AS reason,
  h.doc AS ref
FROM pool p
JOIN help_state h ON h.unit = p.member
