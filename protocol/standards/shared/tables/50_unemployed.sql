-- unemployed: by person key, those who were laid off or unemployed on a day of the period, less lawful exits
-- and no wish: D3. in_d1 is 1 for those in D1: laid off or registered on a day of the period, or unregistered
-- from day 31 after first being recorded, so that not registering people pays nothing.
--
-- What ends being out of work unregistered is employment (status 1 or a placement), or a lawful exit or no wish
-- with evidence. After an episode 4 that something else follows, or nothing, the person stays unemployed until
-- one of these begins, or working age ends, so that writing another status before day 31 pays nothing either.
CREATE TEMP TABLE unregistered_spell AS
SELECT r.unit AS unit, r.doc AS doc, r.person_key AS person_key, e.episode AS episode, e.start_n AS start_n,
  e.recorded_n AS recorded_n, e.end_n AS end_n, r.work_until_n AS work_until_n
FROM spell e
JOIN responsible r ON r.unit = e.unit AND r.doc = e.doc
WHERE e.dimension = 'status' AND e.code = '4';

CREATE TEMP TABLE unregistered_doc AS
SELECT r.unit AS unit, r.person_key AS person_key, r.doc AS doc
FROM (
  SELECT u.unit AS unit, u.person_key AS person_key FROM unregistered_spell u GROUP BY u.unit, u.person_key
) u
JOIN responsible r ON r.unit = u.unit AND r.person_key = u.person_key;

CREATE TEMP TABLE out_ender AS
SELECT r.unit AS unit, r.person_key AS person_key, e.start_n AS start_n, e.end_n AS end_n
FROM unregistered_doc r
JOIN spell e ON e.unit = r.unit AND e.doc = r.doc
WHERE e.dimension = 'status' AND e.code = '1'
UNION ALL
SELECT r.unit AS unit, r.person_key AS person_key, q.start_n AS start_n, q.end_n AS end_n
FROM unregistered_doc r
CROSS JOIN param p
JOIN placement q ON q.unit = r.unit AND q.doc = r.doc
WHERE q.start_n <= p.as_of_n AND q.recorded_n <= p.close_n
UNION ALL
SELECT r.unit AS unit, r.person_key AS person_key, x.start_n AS start_n, x.end_n AS end_n
FROM unregistered_doc r
JOIN exit_span x ON x.unit = r.unit AND x.doc = r.doc;

-- until_n: the last day before one of these, at the earliest the episode's own last day.
CREATE TEMP TABLE unregistered_until AS
SELECT
  e.unit AS unit, e.doc AS doc, e.person_key AS person_key, e.episode AS episode,
  MIN(e.start_n) AS start_n, MIN(e.recorded_n) AS recorded_n, MIN(e.end_n) AS end_n,
  MIN(e.work_until_n) AS work_until_n,
  COALESCE(MIN(CASE
    WHEN w.start_n > e.end_n THEN w.start_n - 1
    WHEN w.end_n > e.end_n THEN e.end_n
  END), 99999999) AS until_n
FROM unregistered_spell e
LEFT JOIN out_ender w ON w.unit = e.unit AND w.person_key = e.person_key
GROUP BY e.unit, e.doc, e.person_key, e.episode;

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
  FROM spell e
  JOIN responsible r ON r.unit = e.unit AND r.doc = e.doc
  CROSS JOIN param p
  WHERE e.dimension = 'status' AND e.code IN ('2', '3') AND e.end_n >= p.start_n
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
