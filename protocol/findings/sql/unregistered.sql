-- unregistered: people out of work at T without being registered, longer than the days after first being recorded that
-- registering may take.
-- reasons: not_registered
SELECT
  u.unit AS unit, 'unregistered' AS trap, MIN(u.doc) AS subject, 'warning' AS severity, 'not_registered' AS reason,
  MIN(u.doc) AS ref
FROM unregistered u
CROSS JOIN param p
JOIN threshold t ON t.name = 'unregistered_days'
JOIN first_recorded f ON f.unit = u.unit AND f.person_key = u.person_key
LEFT JOIN exited x ON x.unit = u.unit AND x.person_key = u.person_key
WHERE u.end_n >= p.as_of_n AND f.day_n + t.value < p.as_of_n AND x.person_key IS NULL
GROUP BY u.unit, u.person_key
