-- plan_state: of each person in hardship, whether a plan with a named worker was made within 10 working days of
-- the certification: 2 yes, 1 not yet due at T, 0 no. A certification older than the calendar is taken from the
-- first day of the period.
CREATE TEMP TABLE plan_by AS
SELECT h.unit AS unit, h.person_key AS person_key, MIN(h.doc) AS doc,
  MIN(COALESCE(c.workday_n, b.workday_n)) + 10 AS due_n
FROM hardship h
CROSS JOIN param p
LEFT JOIN calendar c ON c.day_n = h.certified_n
JOIN calendar b ON b.day_n = p.start_n
GROUP BY h.unit, h.person_key;

CREATE TEMP TABLE plan_made AS
SELECT r.unit AS unit, r.person_key AS person_key, MIN(COALESCE(c.workday_n, 0)) AS workday_n
FROM aid_plan a
JOIN scope s ON s.unit = a.unit
JOIN responsible r ON r.unit = a.unit AND r.doc = a.doc
CROSS JOIN param p
LEFT JOIN calendar c ON c.day_n = a.day_n
WHERE a.worker <> '' AND a.day <> '' AND a.day_n <= p.as_of_n AND a.recorded_n <= p.close_n
GROUP BY r.unit, r.person_key;

CREATE TEMP TABLE plan_state AS
SELECT b.unit AS unit, b.person_key AS person_key, b.doc AS doc,
  CASE WHEN m.workday_n <= b.due_n THEN 2 WHEN b.due_n > t.workday_n THEN 1 ELSE 0 END AS state
FROM plan_by b
CROSS JOIN param p
JOIN calendar t ON t.day_n = p.as_of_n
LEFT JOIN plan_made m ON m.unit = b.unit AND m.person_key = b.person_key;

-- long_out: by person key, people of D3 who were out of work for 90 days by T, and since when at the earliest.
CREATE TEMP TABLE long_out AS
SELECT u.unit AS unit, u.person_key AS person_key, MIN(u.doc) AS doc, MIN(e.start_n) AS start_n
FROM unemployed u
CROSS JOIN param p
JOIN responsible r ON r.unit = u.unit AND r.person_key = u.person_key
JOIN spell e ON e.unit = r.unit AND e.doc = r.doc
WHERE e.dimension = 'status' AND e.code IN ('2', '3', '4')
  AND e.start_n + 89 <= p.as_of_n AND e.end_n >= p.start_n AND e.end_n >= e.start_n + 89
GROUP BY u.unit, u.person_key;

CREATE TEMP TABLE guided AS
SELECT l.unit AS unit, l.person_key AS person_key,
  MAX(CASE WHEN v.what = 'guidance' THEN 1 ELSE 0 END) AS guidance,
  MAX(CASE WHEN v.what = 'training_offer' THEN 1 ELSE 0 END) AS training
FROM long_out l
CROSS JOIN param p
JOIN responsible r ON r.unit = l.unit AND r.person_key = l.person_key
JOIN service v ON v.unit = r.unit AND v.doc = r.doc
WHERE v.day_n >= l.start_n AND v.day_n <= p.as_of_n AND v.recorded_n <= p.close_n
GROUP BY l.unit, l.person_key;

-- referred: to how many vacancies that were open on the day, the community's own and those in the notices of the units
-- above it.
CREATE TEMP TABLE referred AS
SELECT o.unit AS unit, o.person_key AS person_key, COUNT(*) AS vacancies
FROM (
  SELECT l.unit AS unit, l.person_key AS person_key, f.vacancy AS vacancy
  FROM long_out l
  CROSS JOIN param p
  JOIN responsible r ON r.unit = l.unit AND r.person_key = l.person_key
  JOIN referral f ON f.unit = r.unit AND f.doc = r.doc
  JOIN lineage h ON h.unit = l.unit
  JOIN vacancy v ON v.unit = h.host AND v.doc = f.vacancy
  WHERE f.day_n >= l.start_n AND f.day_n <= p.as_of_n AND f.recorded_n <= p.close_n
    AND v.start_n <= f.day_n AND v.end_n >= f.day_n AND (h.host = h.unit OR v.channel = 'notices')
  GROUP BY l.unit, l.person_key, f.vacancy
) o
GROUP BY o.unit, o.person_key;

-- help_state: 4 placed, 3 guided, referred three times and offered training, 2 referred too seldom, 1 no
-- training offered, 0 no guidance.
CREATE TEMP TABLE help_state AS
SELECT l.unit AS unit, l.person_key AS person_key, l.doc AS doc,
  CASE
    WHEN w.standing = 4 THEN 4
    WHEN COALESCE(g.guidance, 0) = 0 THEN 0
    WHEN COALESCE(g.training, 0) = 0 THEN 1
    WHEN COALESCE(f.vacancies, 0) < 3 THEN 2
    ELSE 3
  END AS state
FROM long_out l
LEFT JOIN placed w ON w.unit = l.unit AND w.person_key = l.person_key
LEFT JOIN guided g ON g.unit = l.unit AND g.person_key = l.person_key
LEFT JOIN referred f ON f.unit = l.unit AND f.person_key = l.person_key;
