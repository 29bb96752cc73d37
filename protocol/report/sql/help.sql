-- What was done in the period for people whom their community counts.
-- figures: vacancies openings aid_plans services referrals referrals_placed trained training_passed startups aid_posts benefits
SELECT s.unit AS unit, 'vacancies' AS figure, COUNT(*) AS value
FROM scope s
CROSS JOIN param p
JOIN vacancy v ON v.unit = s.unit
WHERE v.start_n >= p.start_n AND v.start_n <= p.as_of_n AND v.recorded_n <= p.known_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'openings' AS figure, CAST(SUM(v.openings) AS BIGINT) AS value
FROM scope s
CROSS JOIN param p
JOIN vacancy v ON v.unit = s.unit
WHERE v.start_n >= p.start_n AND v.start_n <= p.as_of_n AND v.recorded_n <= p.known_n
GROUP BY s.unit
UNION ALL
SELECT r.unit AS unit, 'aid_plans' AS figure, COUNT(DISTINCT r.person_key) AS value
FROM responsible r
CROSS JOIN param p
JOIN aid_plan a ON a.unit = r.unit AND a.doc = r.doc
WHERE a.day <> '' AND a.day_n <= p.as_of_n AND a.end_n >= p.start_n AND a.recorded_n <= p.known_n
GROUP BY r.unit
UNION ALL
SELECT r.unit AS unit, 'services' AS figure, COUNT(*) AS value
FROM responsible r
CROSS JOIN param p
JOIN service v ON v.unit = r.unit AND v.doc = r.doc
WHERE v.day_n >= p.start_n AND v.day_n <= p.as_of_n AND v.recorded_n <= p.known_n
GROUP BY r.unit
UNION ALL
SELECT r.unit AS unit, 'referrals' AS figure, COUNT(*) AS value
FROM responsible r
CROSS JOIN param p
JOIN referral f ON f.unit = r.unit AND f.doc = r.doc
WHERE f.day_n >= p.start_n AND f.day_n <= p.as_of_n AND f.recorded_n <= p.known_n
GROUP BY r.unit
UNION ALL
SELECT r.unit AS unit, 'referrals_placed' AS figure, COUNT(*) AS value
FROM responsible r
CROSS JOIN param p
JOIN referral f ON f.unit = r.unit AND f.doc = r.doc
WHERE f.result = 'placed' AND f.day_n >= p.start_n AND f.day_n <= p.as_of_n AND f.recorded_n <= p.known_n
GROUP BY r.unit
UNION ALL
SELECT r.unit AS unit, 'trained' AS figure, COUNT(DISTINCT r.person_key) AS value
FROM responsible r
CROSS JOIN param p
JOIN training t ON t.unit = r.unit AND t.doc = r.doc
WHERE t.start_n <= p.as_of_n AND t.end_n >= p.start_n AND t.recorded_n <= p.known_n
GROUP BY r.unit
UNION ALL
SELECT r.unit AS unit, 'training_passed' AS figure, COUNT(DISTINCT r.person_key) AS value
FROM responsible r
CROSS JOIN param p
JOIN training t ON t.unit = r.unit AND t.doc = r.doc
WHERE t.passed = 1 AND t.start_n <= p.as_of_n AND t.end_n >= p.start_n AND t.recorded_n <= p.known_n
GROUP BY r.unit
UNION ALL
SELECT r.unit AS unit, 'startups' AS figure, COUNT(*) AS value
FROM responsible r
CROSS JOIN param p
JOIN startup b ON b.unit = r.unit AND b.doc = r.doc
WHERE b.start_n >= p.start_n AND b.start_n <= p.as_of_n AND b.recorded_n <= p.known_n
GROUP BY r.unit
UNION ALL
SELECT r.unit AS unit, 'aid_posts' AS figure, COUNT(DISTINCT r.person_key) AS value
FROM responsible r
CROSS JOIN param p
JOIN aid_post a ON a.unit = r.unit AND a.doc = r.doc
WHERE a.start_n <= p.as_of_n AND a.end_n >= p.as_of_n AND a.recorded_n <= p.known_n
GROUP BY r.unit
UNION ALL
SELECT r.unit AS unit, 'benefits' AS figure, COUNT(DISTINCT r.person_key) AS value
FROM responsible r
CROSS JOIN param p
JOIN benefit b ON b.unit = r.unit AND b.doc = r.doc
WHERE b.state = 'paid' AND b.day_n <= p.as_of_n AND b.end_n >= p.start_n AND b.recorded_n <= p.known_n
GROUP BY r.unit
