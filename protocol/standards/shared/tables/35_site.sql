-- post_gap: units in whose period eleven working days in a row lie on which nobody held a full-time post.
CREATE TEMP TABLE post_day AS
SELECT f.unit AS unit, c.workday_n AS workday_n
FROM staff f
JOIN scope s ON s.unit = f.unit
CROSS JOIN param p
JOIN calendar c ON c.day_n >= f.start_n AND c.day_n <= f.end_n
WHERE f.full_time = 1 AND f.recorded_n <= p.close_n AND c.is_workday = 1
  AND c.day_n >= p.start_n AND c.day_n <= p.as_of_n
GROUP BY f.unit, c.workday_n;

CREATE TEMP TABLE post_empty AS
SELECT s.unit AS unit, c.workday_n AS workday_n
FROM unit_life s
JOIN calendar c ON c.day_n >= s.from_n AND c.day_n <= s.until_n
LEFT JOIN post_day d ON d.unit = s.unit AND d.workday_n = c.workday_n
WHERE c.is_workday = 1 AND d.unit IS NULL;

CREATE TEMP TABLE post_gap AS
SELECT g.unit AS unit, MIN(g.workday_n) AS workday_n
FROM (
  SELECT a.unit AS unit, a.workday_n AS workday_n
  FROM post_empty a
  JOIN step n ON n.n <= 11
  JOIN post_empty b ON b.unit = a.unit AND b.workday_n = a.workday_n + n.n - 1
  GROUP BY a.unit, a.workday_n
  HAVING COUNT(*) = 11
) g
GROUP BY g.unit;

-- uncertified: workers in post at T, and how many of them have no certificate that is valid.
CREATE TEMP TABLE uncertified AS
SELECT f.unit AS unit, MIN(f.doc) AS doc,
  CAST(SUM(CASE WHEN f.certificate <> '' AND f.certified_until_n >= p.as_of_n THEN 0 ELSE 1 END) AS BIGINT)
    AS workers
FROM staff f
JOIN scope s ON s.unit = f.unit
CROSS JOIN param p
WHERE f.start_n <= p.as_of_n AND f.end_n >= p.as_of_n AND f.recorded_n <= p.close_n
GROUP BY f.unit;

-- vacancy_month: the most vacancies that were open on one day of the month, the unit's own and those in the
-- notices of the units above it. The joins are written as CROSS JOIN because SQLite keeps their order: a vacancy is looked up
-- by its unit and days by the vacancy, never the other way round.
CREATE TEMP TABLE vacancy_day AS
SELECT v.unit AS host, v.channel AS channel, c.month AS month, c.day_n AS day_n, COUNT(*) AS vacancies
FROM (SELECT l.host AS host FROM lineage l GROUP BY l.host) h
CROSS JOIN vacancy v
CROSS JOIN param p
CROSS JOIN calendar c
WHERE v.unit = h.host AND v.recorded_n <= p.close_n AND c.day_n >= v.start_n AND c.day_n <= v.end_n
  AND c.day_n >= p.start_n AND c.day_n <= p.as_of_n
GROUP BY v.unit, v.channel, c.month, c.day_n;

CREATE TEMP TABLE vacancy_month AS
SELECT d.unit AS unit, d.month AS month, MAX(d.vacancies) AS vacancies
FROM (
  SELECT l.unit AS unit, v.month AS month, v.day_n AS day_n, CAST(SUM(v.vacancies) AS BIGINT) AS vacancies
  FROM lineage l
  JOIN vacancy_day v ON v.host = l.host
  WHERE l.unit = l.host OR v.channel = 'notices'
  GROUP BY l.unit, v.month, v.day_n
) d
GROUP BY d.unit, d.month;

-- vacancy_shown: the vacancies that a display shows, of those that the unit reads: its own, those of the units below
-- it, and those in the notices of the units above.
CREATE TEMP TABLE shown_host AS
SELECT s.unit AS unit, b.unit AS host, 0 AS noticed
FROM scope s
JOIN unit_parent b ON b.parent = s.unit
UNION ALL
SELECT l.unit AS unit, l.host AS host, CASE WHEN l.host = l.unit THEN 0 ELSE 1 END AS noticed
FROM lineage l;

CREATE TEMP TABLE vacancy_shown AS
SELECT q.unit AS unit, q.vacancy AS vacancy, MIN(v.start_n) AS start_n, MAX(v.end_n) AS end_n
FROM posting q
JOIN scope s ON s.unit = q.unit
JOIN shown_host h ON h.unit = q.unit
JOIN vacancy v ON v.unit = h.host AND v.doc = q.vacancy
WHERE q.board = 'display' AND (h.noticed = 0 OR v.channel = 'notices')
GROUP BY q.unit, q.vacancy;

-- posted_month: months in which a policy was put up, and in which the display showed something.
CREATE TEMP TABLE posted_month AS
SELECT q.unit AS unit, m.month AS month,
  MAX(CASE WHEN q.board = 'policy' AND q.start_n >= m.first_n THEN 1 ELSE 0 END) AS policy,
  MAX(CASE
    WHEN q.board <> 'display' THEN 0
    WHEN q.vacancy = '' THEN 1
    WHEN v.start_n <= m.last_n AND v.end_n >= m.first_n THEN 1
    ELSE 0
  END) AS display
FROM posting q
JOIN scope s ON s.unit = q.unit
CROSS JOIN param p
JOIN period_month m ON q.start_n <= m.last_n AND q.end_n >= m.first_n
LEFT JOIN vacancy_shown v ON v.unit = q.unit AND v.vacancy = q.vacancy
WHERE q.recorded_n <= p.close_n
GROUP BY q.unit, m.month;

-- exchange_due: the working days of the period on which a unit should have exchanged data, less its hub's
-- outages, and whether it did. A bundle covers five working days, the last of them its own.
CREATE TEMP TABLE exchanged AS
SELECT e.unit AS unit, c.workday_n AS workday_n
FROM exchange_day e
JOIN scope s ON s.unit = e.unit
JOIN calendar c ON c.day = e.day
WHERE c.is_workday = 1
UNION
SELECT e.unit AS unit, c.workday_n - n.n + 1 AS workday_n
FROM exchange_day e
JOIN scope s ON s.unit = e.unit
JOIN calendar c ON c.day = e.day
JOIN step n ON n.n <= 5
WHERE e.means = 'bundle';

CREATE TEMP TABLE outage_day AS
SELECT o.unit AS unit, c.workday_n AS workday_n
FROM outage o
JOIN scope s ON s.unit = o.unit
CROSS JOIN param p
JOIN calendar c ON c.day_n >= o.start_n AND c.day_n <= o.end_n
WHERE c.is_workday = 1 AND c.day_n >= p.start_n AND c.day_n <= p.as_of_n
GROUP BY o.unit, c.workday_n;

CREATE TEMP TABLE exchange_due AS
SELECT s.unit AS unit, c.day AS day, CASE WHEN e.unit IS NULL THEN 0 ELSE 1 END AS made
FROM unit_life s
JOIN calendar c ON c.day_n >= s.from_n AND c.day_n <= s.until_n
LEFT JOIN outage_day o ON o.unit = s.unit AND o.workday_n = c.workday_n
LEFT JOIN exchanged e ON e.unit = s.unit AND e.workday_n = c.workday_n
WHERE c.is_workday = 1 AND o.unit IS NULL;

-- display_seen: the last look at the electronic display by T, and whether it worked.
CREATE TEMP TABLE display_seen AS
SELECT k.unit AS unit, MIN(k.doc) AS doc, MAX(k.working) AS working
FROM equipment_check k
JOIN equipment q ON q.unit = k.unit AND q.doc = k.doc
JOIN (
  SELECT a.unit AS unit, MAX(a.day_n) AS day_n
  FROM equipment_check a
  JOIN equipment b ON b.unit = a.unit AND b.doc = a.doc
  JOIN scope s ON s.unit = a.unit
  CROSS JOIN param p
  WHERE b.what = 'display' AND a.day_n >= p.start_n AND a.day_n <= p.as_of_n AND a.recorded_n <= p.close_n
  GROUP BY a.unit
) t ON t.unit = k.unit AND t.day_n = k.day_n
WHERE q.what = 'display'
GROUP BY k.unit;
