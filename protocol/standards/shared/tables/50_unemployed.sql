-- unemployed: by person key, those who were laid off or unemployed on a day of the period, less lawful exits
-- and no wish: D3. in_d1 is 1 for those in D1: laid off or registered on a day of the period, or unregistered
-- from day 31 after first being recorded, so that not registering people pays nothing.
--
-- What ends being out of work unregistered is employment (status 1 or a placement), or a lawful exit or no wish
-- with evidence. After an episode 4 that something else follows, or nothing, the person stays unemployed until
-- one of these begins, or working age ends, so that writing another status before day 31 pays nothing either.
CREATE TEMP TABLE out_ender AS
SELECT r.unit AS unit, r.person_key AS person_key, e.start_n AS start_n, e.end_n AS end_n
FROM episode e
JOIN responsible r ON r.unit = e.unit AND r.doc = e.doc
CROSS JOIN param p
WHERE e.dimension = 'status' AND e.code = '1' AND e.start_n <= p.as_of_n AND e.recorded_n <= p.close_n
UNION ALL
SELECT r.unit AS unit, r.person_key AS person_key, q.start_n AS start_n, q.end_n AS end_n
FROM placement q
JOIN responsible r ON r.unit = q.unit AND r.doc = q.doc
CROSS JOIN param p
WHERE q.start_n <= p.as_of_n AND q.recorded_n <= p.close_n
UNION ALL
SELECT r.unit AS unit, r.person_key AS person_key, x.start_n AS start_n, x.end_n AS end_n
FROM exit_span x
JOIN responsible r ON r.unit = x.unit AND r.doc = x.doc;

-- until_n: the last day before one of these, at the earliest the episode's own last day.
CREATE TEMP TABLE unregistered_until AS
SELECT
  r.unit AS unit, r.doc AS doc, r.person_key AS person_key, e.episode AS episode,
  MIN(e.start_n) AS start_n, MIN(e.recorded_n) AS recorded_n, MIN(e.end_n) AS end_n,
  MIN(q.work_until_n) AS work_until_n,
  COALESCE(MIN(CASE
    WHEN w.start_n > e.end_n THEN w.start_n - 1
    WHEN w.end_n > e.end_n THEN e.end_n
  END), 99999999) AS until_n
FROM episode e
JOIN responsible r ON r.unit = e.unit AND r.doc = e.doc
JOIN person q ON q.unit = e.unit AND q.doc = e.doc
CROSS JOIN param p
LEFT JOIN out_ender w ON w.unit = r.unit AND w.person_key = r.person_key
WHERE e.dimension = 'status' AND e.code = '4' AND e.start_n <= p.as_of_n AND e.recorded_n <= p.close_n
GROUP BY r.unit, r.doc, r.person_key, e.episode;

CREATE TEMP TABLE unregistered AS
SELECT
  u.unit AS unit, u.doc AS doc, u.person_key AS person_key, u.recorded_n AS recorded_n,
  CASE
    WHEN u.until_n <= u.work_until_n THEN u.until_n
    WHEN u.work_until_n > u.end_n THEN u.work_until_n
    ELSE u.end_n
  END AS end_n
FROM unregistered_until u;

CREATE TEMP TABLE first_recorded AS
SELECT u.unit AS unit, u.person_key AS person_key, MIN(u.recorded_n) AS day_n
FROM unregistered u
CROSS JOIN param p
WHERE u.end_n >= p.start_n
GROUP BY u.unit, u.person_key;

CREATE TEMP TABLE unemployed AS
SELECT o.unit AS unit, o.person_key AS person_key, MIN(o.doc) AS doc, MAX(o.in_d1) AS in_d1
FROM (
  SELECT r.unit AS unit, r.person_key AS person_key, r.doc AS doc, 1 AS in_d1
  FROM episode e
  JOIN responsible r ON r.unit = e.unit AND r.doc = e.doc
  CROSS JOIN param p
  WHERE e.dimension = 'status' AND e.code IN ('2', '3') AND e.start_n <= p.as_of_n
    AND e.end_n >= p.start_n AND e.recorded_n <= p.close_n
  UNION ALL
  SELECT u.unit AS unit, u.person_key AS person_key, u.doc AS doc,
    CASE WHEN f.day_n + 31 <= u.end_n AND f.day_n + 31 <= p.as_of_n THEN 1 ELSE 0 END AS in_d1
  FROM unregistered u
  CROSS JOIN param p
  JOIN first_recorded f ON f.unit = u.unit AND f.person_key = u.person_key
  WHERE u.end_n >= p.start_n
) o
LEFT JOIN exited x ON x.unit = o.unit AND x.person_key = o.person_key
WHERE x.person_key IS NULL
GROUP BY o.unit, o.person_key;
