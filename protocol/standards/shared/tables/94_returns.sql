-- return_filed: the returns of the period's months and the street registers, with the day that each speaks of
-- and the day on which it was filed, which is what it could know by.
CREATE TEMP TABLE return_filed AS
SELECT r.unit AS unit, r.doc AS doc, r.form AS form, r.month AS month, m.last_n AS as_of_n, r.day_n AS day_n
FROM unit_return r
JOIN scope s ON s.unit = r.unit
CROSS JOIN param p
JOIN period_month m ON m.month = r.month
WHERE r.recorded_n <= p.close_n AND r.day_n <= p.close_n;

-- on_record: what a community had on record: cell by cell, spans of days, the day of recording, and the day on
-- which the end was recorded: until then the thing was open.
CREATE TEMP TABLE on_record AS
SELECT g.unit AS unit, 'households' AS cell, g.from_n AS from_n, g.until_n AS until_n, g.recorded_n AS recorded_n,
  0 AS end_recorded_n, COUNT(*) AS things
FROM (
  SELECT h.unit AS unit, h.opened_n AS from_n, CASE WHEN h.closed = '' THEN 99999999 ELSE h.closed_n - 1 END AS until_n,
    h.recorded_n AS recorded_n
  FROM scope s
  JOIN household h ON h.unit = s.unit
) g
GROUP BY g.unit, g.from_n, g.until_n, g.recorded_n
UNION ALL
SELECT g.unit AS unit, 'people' AS cell, g.from_n AS from_n, 99999999 AS until_n, g.recorded_n AS recorded_n,
  0 AS end_recorded_n, COUNT(*) AS things
FROM (
  SELECT q.unit AS unit, CASE WHEN q.birth_n > p.start_n THEN q.birth_n ELSE 0 END AS from_n, q.recorded_n AS recorded_n
  FROM scope s
  CROSS JOIN param p
  JOIN person q ON q.unit = s.unit
) g
GROUP BY g.unit, g.from_n, g.recorded_n
UNION ALL
SELECT e.unit AS unit, 'unemployed' AS cell, e.start_n AS from_n, e.end_n AS until_n, e.recorded_n AS recorded_n,
  e.end_recorded_n AS end_recorded_n, COUNT(*) AS things
FROM spell e
WHERE e.dimension = 'status' AND e.code IN ('2', '3')
GROUP BY e.unit, e.start_n, e.end_n, e.recorded_n, e.end_recorded_n
UNION ALL
SELECT q.unit AS unit, 'placed' AS cell, q.start_n AS from_n, q.end_n AS until_n, q.recorded_n AS recorded_n,
  q.end_recorded_n AS end_recorded_n, COUNT(*) AS things
FROM scope s
JOIN placement q ON q.unit = s.unit
GROUP BY q.unit, q.start_n, q.end_n, q.recorded_n, q.end_recorded_n
UNION ALL
SELECT c.unit AS unit, 'hardship' AS cell, c.start_n AS from_n, c.end_n AS until_n, c.recorded_n AS recorded_n,
  c.end_recorded_n AS end_recorded_n, COUNT(*) AS things
FROM scope s
JOIN certification c ON c.unit = s.unit
GROUP BY c.unit, c.start_n, c.end_n, c.recorded_n, c.end_recorded_n;

-- merged: communities of the scope that ended by T, with the one that each went on in and the last day before. goes_on: the
-- same through up to three mergers in a row.
CREATE TEMP TABLE merged AS
SELECT d.unit AS unit, u.successor AS host, u.end_n AS end_n
FROM unit_doc d
CROSS JOIN param p
JOIN unit u ON u.unit = d.unit AND u.doc = d.doc
WHERE u.successor <> '' AND u.end_n < p.as_of_n;

CREATE TEMP TABLE goes_on AS
SELECT m.unit AS unit, m.host AS host, m.end_n AS end_n FROM merged m
UNION
SELECT m.unit AS unit, n.host AS host, CASE WHEN n.end_n > m.end_n THEN n.end_n ELSE m.end_n END AS end_n
FROM merged m
JOIN merged n ON n.unit = m.host
WHERE n.host <> m.unit
UNION
SELECT m.unit AS unit, o.host AS host,
  CASE WHEN o.end_n > n.end_n AND o.end_n > m.end_n THEN o.end_n WHEN n.end_n > m.end_n THEN n.end_n ELSE m.end_n END AS end_n
FROM merged m
JOIN merged n ON n.unit = m.host
JOIN merged o ON o.unit = n.host
WHERE n.host <> m.unit AND o.host <> m.unit AND o.host <> m.host;

-- recount: what each return has to say. A street's is the sum over its communities, a community's takes in those that had gone
-- on in it by the day that the return speaks of.
CREATE TEMP TABLE recount AS
SELECT r.unit AS unit, r.doc AS doc, k.cell AS cell, CAST(SUM(k.things) AS BIGINT) AS things
FROM return_filed r
JOIN (
  SELECT l.unit AS unit, l.host AS host, -1 AS end_n FROM lineage l
  UNION ALL
  SELECT g.unit AS unit, g.host AS host, g.end_n AS end_n FROM goes_on g
) l ON l.host = r.unit AND l.end_n < r.as_of_n
JOIN on_record k ON k.unit = l.unit
WHERE k.from_n <= r.as_of_n AND k.recorded_n <= r.day_n
  AND (k.until_n >= r.as_of_n OR k.end_recorded_n > r.day_n)
GROUP BY r.unit, r.doc, k.cell;

-- return_compared: cell by cell, whether a return says what the recount does.
CREATE TEMP TABLE return_compared AS
SELECT r.unit AS unit, r.doc AS doc, c.cell AS cell,
  CASE WHEN f.doc IS NULL THEN 0 WHEN f.filed = COALESCE(k.things, 0) THEN 1 ELSE 0 END AS equal
FROM return_filed r
CROSS JOIN (
  SELECT 'households' AS cell FROM param a
  UNION ALL
  SELECT 'people' AS cell FROM param a
  UNION ALL
  SELECT 'unemployed' AS cell FROM param a
  UNION ALL
  SELECT 'placed' AS cell FROM param a
  UNION ALL
  SELECT 'hardship' AS cell FROM param a
) c
LEFT JOIN (
  SELECT v.unit AS unit, v.doc AS doc, v.cell AS cell, MIN(v.value) AS filed
  FROM return_cell v
  JOIN scope s ON s.unit = v.unit
  GROUP BY v.unit, v.doc, v.cell
) f ON f.unit = r.unit AND f.doc = r.doc AND f.cell = c.cell
LEFT JOIN recount k ON k.unit = r.unit AND k.doc = r.doc AND k.cell = c.cell;

-- return_equal: whether a return says in every cell what the recount does.
CREATE TEMP TABLE return_equal AS
SELECT c.unit AS unit, c.doc AS doc, MIN(c.equal) AS equal
FROM return_compared c
GROUP BY c.unit, c.doc;

-- return_last: for each form and month the return filed last, which may correct those before, and the day of
-- the first.
CREATE TEMP TABLE return_days AS
SELECT r.unit AS unit, r.form AS form, r.month AS month, MIN(r.day_n) AS first_n, MAX(r.day_n) AS last_n
FROM return_filed r
GROUP BY r.unit, r.form, r.month;

CREATE TEMP TABLE return_last AS
SELECT r.unit AS unit, r.form AS form, r.month AS month, MIN(d.first_n) AS first_n, MAX(r.doc) AS doc
FROM return_filed r
JOIN return_days d ON d.unit = r.unit AND d.form = r.form AND d.month = r.month AND d.last_n = r.day_n
GROUP BY r.unit, r.form, r.month;

-- return_due: by unit, the fifth working day after each month, where that has passed by the close. A unit owes
-- returns of whole months that it was there, from the one on in which it had anything on record.
CREATE TEMP TABLE begun AS
SELECT l.host AS unit, MIN(k.day_n) AS day_n
FROM (SELECT k.unit AS unit, MIN(k.recorded_n) AS day_n FROM on_record k GROUP BY k.unit) k
JOIN lineage l ON l.unit = k.unit
GROUP BY l.host;

CREATE TEMP TABLE return_due AS
SELECT b.unit AS unit, m.month AS month, MIN(c.day_n) AS due_n
FROM begun b
JOIN unit_month m ON m.unit = b.unit
CROSS JOIN param p
JOIN calendar e ON e.day_n = m.last_n
JOIN calendar c ON c.workday_n = e.workday_n + 5
WHERE b.day_n <= m.last_n AND c.day_n <= p.close_n
GROUP BY b.unit, m.month;
