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
