-- The policy catalogue: one table a policy, of the people whom it entitles in the period. A bureau adds a policy
-- with a table of its own and a line in entitled.

-- aid_post_subsidy: who holds a public-welfare post.
CREATE TEMP TABLE policy_aid_post AS
SELECT r.unit AS unit, r.person_key AS person_key, MIN(r.doc) AS doc
FROM placement q
JOIN scope s ON s.unit = q.unit
JOIN responsible r ON r.unit = q.unit AND r.doc = q.doc
CROSS JOIN param p
WHERE q.form = '40' AND q.start_n <= p.as_of_n - 30 AND q.end_n >= p.start_n AND q.recorded_n <= p.close_n
GROUP BY r.unit, r.person_key;

-- flexible_insurance: who is in hardship and in flexible work with social insurance.
CREATE TEMP TABLE policy_flexible AS
SELECT h.unit AS unit, h.person_key AS person_key, MIN(h.doc) AS doc
FROM hardship h
CROSS JOIN param p
JOIN responsible r ON r.unit = h.unit AND r.person_key = h.person_key
JOIN placement q ON q.unit = r.unit AND q.doc = r.doc
WHERE q.form = '30' AND q.insured = 1 AND q.start_n <= p.as_of_n - 30 AND q.end_n >= p.start_n
  AND q.recorded_n <= p.close_n
GROUP BY h.unit, h.person_key;

-- training_subsidy: who passed a course in the period.
CREATE TEMP TABLE policy_training AS
SELECT r.unit AS unit, r.person_key AS person_key, MIN(r.doc) AS doc
FROM training t
JOIN scope s ON s.unit = t.unit
JOIN responsible r ON r.unit = t.unit AND r.doc = t.doc
CROSS JOIN param p
WHERE t.passed = 1 AND t.end_n >= p.start_n AND t.end_n <= p.as_of_n - 30 AND t.recorded_n <= p.close_n
GROUP BY r.unit, r.person_key;

-- startup_subsidy: who opened a licensed business in the period.
CREATE TEMP TABLE policy_startup AS
SELECT r.unit AS unit, r.person_key AS person_key, MIN(r.doc) AS doc
FROM startup b
JOIN scope s ON s.unit = b.unit
JOIN responsible r ON r.unit = b.unit AND r.doc = b.doc
CROSS JOIN param p
WHERE b.licence <> '' AND b.start_n >= p.start_n AND b.start_n <= p.as_of_n - 30 AND b.recorded_n <= p.close_n
GROUP BY r.unit, r.person_key;

CREATE TEMP TABLE entitled AS
SELECT a.unit AS unit, a.person_key AS person_key, a.doc AS doc, 'aid_post_subsidy' AS policy
FROM policy_aid_post a
UNION ALL
SELECT a.unit AS unit, a.person_key AS person_key, a.doc AS doc, 'flexible_insurance' AS policy
FROM policy_flexible a
UNION ALL
SELECT a.unit AS unit, a.person_key AS person_key, a.doc AS doc, 'training_subsidy' AS policy
FROM policy_training a
UNION ALL
SELECT a.unit AS unit, a.person_key AS person_key, a.doc AS doc, 'startup_subsidy' AS policy
FROM policy_startup a;

-- delivered: by person and policy, how far it went: 3 paid, 2 waived, 1 refused with a reason, 0 applied for or
-- refused without one.
CREATE TEMP TABLE delivered AS
SELECT r.unit AS unit, r.person_key AS person_key, b.policy AS policy,
  MAX(CASE
    WHEN b.state = 'paid' THEN 3
    WHEN b.state = 'waived' THEN 2
    WHEN b.state = 'refused' AND b.reason <> '' THEN 1
    ELSE 0
  END) AS state
FROM benefit b
JOIN scope s ON s.unit = b.unit
JOIN responsible r ON r.unit = b.unit AND r.doc = b.doc
CROSS JOIN param p
WHERE b.recorded_n <= p.close_n AND b.day_n <= p.close_n
GROUP BY r.unit, r.person_key, b.policy;
