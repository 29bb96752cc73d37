-- unit_name: the units that the ledger is about, with their names.
CREATE TEMP TABLE unit_name AS
SELECT s.unit AS unit, s.level AS level, COALESCE(MIN(u.name), '') AS community
FROM scope s
LEFT JOIN unit u ON u.unit = s.unit
GROUP BY s.unit, s.level;
