-- lineage: each unit of the scope with itself and every unit above it.
CREATE TEMP TABLE unit_parent AS
SELECT u.unit AS unit, MIN(u.parent) AS parent
FROM unit u
GROUP BY u.unit;

CREATE TEMP TABLE lineage AS
SELECT s.unit AS unit, s.unit AS host FROM scope s
UNION
SELECT s.unit AS unit, a.parent AS host
FROM scope s
JOIN unit_parent a ON a.unit = s.unit
UNION
SELECT s.unit AS unit, b.parent AS host
FROM scope s
JOIN unit_parent a ON a.unit = s.unit
JOIN unit_parent b ON b.unit = a.parent
UNION
SELECT s.unit AS unit, c.parent AS host
FROM scope s
JOIN unit_parent a ON a.unit = s.unit
JOIN unit_parent b ON b.unit = a.parent
JOIN unit_parent c ON c.unit = b.parent;

-- period_month: the months of the period. step: the numbers from 1 to 60.
CREATE TEMP TABLE period_month AS
SELECT c.month AS month, MIN(c.day_n) AS first_n, MAX(c.day_n) AS last_n
FROM calendar c
CROSS JOIN param p
WHERE c.day_n >= p.start_n AND c.day_n <= p.as_of_n
GROUP BY c.month;

CREATE TEMP TABLE step AS
SELECT c.day_n - p.start_n + 1 AS n
FROM calendar c
CROSS JOIN param p
WHERE c.day_n >= p.start_n AND c.day_n < p.start_n + 60;

-- unit_life: the days of the period on which each unit of the scope was there. unit_month: the whole months of these.
CREATE TEMP TABLE unit_doc AS
SELECT s.unit AS unit, MIN(u.doc) AS doc
FROM scope s
JOIN unit u ON u.unit = s.unit
GROUP BY s.unit;

CREATE TEMP TABLE unit_life AS
SELECT d.unit AS unit,
  CASE WHEN u.start_n > p.start_n THEN u.start_n ELSE p.start_n END AS from_n,
  CASE WHEN u.end_n < p.as_of_n THEN u.end_n ELSE p.as_of_n END AS until_n
FROM unit_doc d
CROSS JOIN param p
JOIN unit u ON u.unit = d.unit AND u.doc = d.doc;

CREATE TEMP TABLE unit_month AS
SELECT l.unit AS unit, m.month AS month, m.first_n AS first_n, m.last_n AS last_n
FROM unit_life l
JOIN period_month m ON m.first_n >= l.from_n AND m.last_n <= l.until_n;
