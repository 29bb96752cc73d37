-- ledger_filled: by ledger, how many rows it has in the period, and how many break an identity.
-- ledger_signed: ledgers for which a nil was signed that covers T.
CREATE TEMP TABLE ledger_name AS
SELECT CASE WHEN n.n < 9 THEN 'L0' ELSE 'L1' END || CASE n.n
    WHEN 9 THEN '0' WHEN 10 THEN '1' WHEN 11 THEN '2' WHEN 12 THEN '3' WHEN 13 THEN '4' WHEN 14 THEN '5'
    WHEN 15 THEN '6' WHEN 16 THEN '7' WHEN 1 THEN '2' WHEN 2 THEN '3' WHEN 3 THEN '4' WHEN 4 THEN '5'
    WHEN 5 THEN '6' WHEN 6 THEN '7' WHEN 7 THEN '8' ELSE '9'
  END AS ledger
FROM step n
WHERE n.n <= 16;

CREATE TEMP TABLE registered AS
SELECT g.unit AS unit, g.doc AS doc, COUNT(*) AS spans
FROM registration g
JOIN scope s ON s.unit = g.unit
CROSS JOIN param p
WHERE g.start <> '' AND g.start_n <= p.as_of_n AND g.end_n >= p.as_of_n AND g.recorded_n <= p.close_n
GROUP BY g.unit, g.doc;

-- employed_open, registered_open: who has status 1 or 2 at T.
CREATE TEMP TABLE employed_open AS
SELECT e.unit AS unit, e.doc AS doc, COUNT(*) AS spells
FROM spell e
CROSS JOIN param p
WHERE e.dimension = 'status' AND e.code = '1' AND e.end_n >= p.as_of_n
GROUP BY e.unit, e.doc;

CREATE TEMP TABLE registered_open AS
SELECT e.unit AS unit, e.doc AS doc, COUNT(*) AS spells
FROM spell e
CROSS JOIN param p
WHERE e.dimension = 'status' AND e.code = '2' AND e.end_n >= p.as_of_n
GROUP BY e.unit, e.doc;

CREATE TEMP TABLE ledger_row AS
SELECT s.unit AS unit, 'L02' AS ledger, COUNT(*) AS filled, 0 AS wrong
FROM household h
JOIN scope s ON s.unit = h.unit
CROSS JOIN param p
WHERE h.state = '1' AND h.recorded_n <= p.close_n
GROUP BY s.unit
UNION ALL
SELECT r.unit AS unit, 'L03' AS ledger, COUNT(*) AS filled, 0 AS wrong
FROM responsible r
CROSS JOIN param p
WHERE r.work_from_n <= p.as_of_n AND r.work_until_n >= p.as_of_n
GROUP BY r.unit
UNION ALL
SELECT o.unit AS unit, 'L04' AS ledger, COUNT(*) AS filled, 0 AS wrong
FROM employed_open o
GROUP BY o.unit
UNION ALL
SELECT e.unit AS unit, 'L05' AS ledger, COUNT(*) AS filled, 0 AS wrong
FROM spell e
CROSS JOIN param p
WHERE e.dimension = 'status' AND e.code IN ('2', '3', '4') AND e.end_n >= p.start_n
GROUP BY e.unit
UNION ALL
SELECT s.unit AS unit, 'L06' AS ledger, COUNT(*) AS filled, CAST(SUM(CASE WHEN q.end_n >= p.as_of_n AND o.doc IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS wrong
FROM placement q
JOIN scope s ON s.unit = q.unit
CROSS JOIN param p
LEFT JOIN employed_open o ON o.unit = q.unit AND o.doc = q.doc
WHERE q.start_n <= p.as_of_n AND q.end_n >= p.start_n AND q.recorded_n <= p.close_n
GROUP BY s.unit
UNION ALL
SELECT g.unit AS unit, 'L07' AS ledger, COUNT(*) AS filled, CAST(SUM(CASE WHEN o.doc IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS wrong
FROM registered g
LEFT JOIN registered_open o ON o.unit = g.unit AND o.doc = g.doc
GROUP BY g.unit
UNION ALL
SELECT o.unit AS unit, 'L07' AS ledger, COUNT(*) AS filled, COUNT(*) AS wrong
FROM registered_open o
LEFT JOIN registered g ON g.unit = o.unit AND g.doc = o.doc
WHERE g.doc IS NULL
GROUP BY o.unit
UNION ALL
SELECT s.unit AS unit, 'L07' AS ledger, COUNT(*) AS filled, 0 AS wrong
FROM registration g
JOIN scope s ON s.unit = g.unit
CROSS JOIN param p
WHERE g.end_n >= p.start_n AND g.end_n < p.as_of_n AND g.recorded_n <= p.close_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'L08' AS ledger, COUNT(*) AS filled, 0 AS wrong
FROM certification c
JOIN scope s ON s.unit = c.unit
CROSS JOIN param p
WHERE c.start_n <= p.as_of_n AND c.end_n >= p.start_n AND c.recorded_n <= p.close_n
GROUP BY s.unit
UNION ALL
SELECT z.unit AS unit, 'L09' AS ledger, COUNT(*) AS filled, 0 AS wrong
FROM zero_family z
CROSS JOIN param p
WHERE z.end_n >= p.start_n
GROUP BY z.unit
UNION ALL
SELECT b.unit AS unit, 'L09' AS ledger, COUNT(*) AS filled, 0 AS wrong
FROM both_out b
GROUP BY b.unit
UNION ALL
SELECT s.unit AS unit, CASE q.form WHEN '30' THEN 'L10' ELSE 'L11' END AS ledger, COUNT(*) AS filled, 0 AS wrong
FROM placement q
JOIN scope s ON s.unit = q.unit
CROSS JOIN param p
WHERE q.form IN ('30', '40') AND q.start_n <= p.as_of_n AND q.end_n >= p.start_n AND q.recorded_n <= p.close_n
GROUP BY s.unit, CASE q.form WHEN '30' THEN 'L10' ELSE 'L11' END
UNION ALL
SELECT s.unit AS unit, 'L11' AS ledger, COUNT(*) AS filled, 0 AS wrong
FROM aid_post a
JOIN scope s ON s.unit = a.unit
CROSS JOIN param p
WHERE a.start_n <= p.as_of_n AND a.end_n >= p.start_n AND a.recorded_n <= p.close_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'L12' AS ledger, COUNT(*) AS filled, 0 AS wrong
FROM vacancy v
JOIN scope s ON s.unit = v.unit
CROSS JOIN param p
WHERE v.start_n <= p.as_of_n AND v.end_n >= p.start_n AND v.recorded_n <= p.close_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'L13' AS ledger, COUNT(*) AS filled, 0 AS wrong
FROM referral f
JOIN scope s ON s.unit = f.unit
CROSS JOIN param p
WHERE f.day_n >= p.start_n AND f.day_n <= p.as_of_n AND f.recorded_n <= p.close_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'L14' AS ledger, COUNT(*) AS filled, 0 AS wrong
FROM training t
JOIN scope s ON s.unit = t.unit
CROSS JOIN param p
WHERE t.start_n <= p.as_of_n AND t.end_n >= p.start_n AND t.recorded_n <= p.close_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'L15' AS ledger, COUNT(*) AS filled, 0 AS wrong
FROM startup b
JOIN scope s ON s.unit = b.unit
CROSS JOIN param p
WHERE b.start_n <= p.as_of_n AND b.end_n >= p.start_n AND b.recorded_n <= p.close_n
GROUP BY s.unit
UNION ALL
SELECT s.unit AS unit, 'L16' AS ledger, COUNT(*) AS filled, 0 AS wrong
FROM benefit b
JOIN scope s ON s.unit = b.unit
CROSS JOIN param p
WHERE b.day_n >= p.start_n AND b.day_n <= p.as_of_n AND b.recorded_n <= p.close_n
GROUP BY s.unit
UNION ALL
SELECT v.unit AS unit, 'L17' AS ledger, CAST(SUM(v.visits) AS BIGINT) AS filled, 0 AS wrong
FROM card_visited v
WHERE v.visits > 0
GROUP BY v.unit;

CREATE TEMP TABLE ledger_filled AS
SELECT l.unit AS unit, l.ledger AS ledger, CAST(SUM(l.filled) AS BIGINT) AS filled,
  CAST(SUM(l.wrong) AS BIGINT) AS wrong
FROM ledger_row l
GROUP BY l.unit, l.ledger;

CREATE TEMP TABLE ledger_signed AS
SELECT n.unit AS unit, n.ledger AS ledger, COUNT(*) AS nils
FROM nil n
JOIN scope s ON s.unit = n.unit
CROSS JOIN param p
WHERE n.end_n >= p.as_of_n AND n.day_n >= p.start_n AND n.recorded_n <= p.close_n
GROUP BY n.unit, n.ledger;
