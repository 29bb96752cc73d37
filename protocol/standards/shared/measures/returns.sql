-- returns: the months whose return has fallen due: was one filed by the 5th working day after, and is the last
-- one filed equal to its recount, as known when it was filed?
-- recounts: each month that has a return: is the last one equal to its recount?
-- register: the cells of the street register of the last month: is each equal to its recount?
-- across: members
-- rows: returns recounts register
-- reasons: return_right return_wrong return_late return_missing cell_right cell_wrong
SELECT
  p.unit AS unit, 'returns' AS part, m.month AS subject,
  CAST(CASE WHEN l.first_n <= m.due_n AND e.equal = 1 THEN 1 ELSE 0 END AS BIGINT) AS hit,
  CAST(1 AS BIGINT) AS weight,
  CASE
    WHEN l.doc IS NULL THEN 'return_missing'
    WHEN l.first_n > m.due_n THEN 'return_late'
    WHEN e.equal = 1 THEN 'return_right'
    ELSE 'return_wrong'
  END AS reason,
  COALESCE(l.doc, p.unit) AS ref
FROM pool p
JOIN return_due m ON m.unit = p.unit
LEFT JOIN return_last l ON l.unit = p.unit AND l.month = m.month AND l.form = 'monthly'
LEFT JOIN return_equal e ON e.unit = l.unit AND e.doc = l.doc
WHERE p.unit = p.member
UNION ALL
SELECT
  p.unit AS unit, 'recounts' AS part,
  CASE WHEN p.unit = p.member THEN l.month ELSE p.member || '#' || l.month END AS subject,
  CAST(e.equal AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE e.equal WHEN 1 THEN 'return_right' ELSE 'return_wrong' END AS reason, l.doc AS ref
FROM pool p
JOIN return_last l ON l.unit = p.member
JOIN return_equal e ON e.unit = l.unit AND e.doc = l.doc
WHERE l.form = 'monthly'
UNION ALL
SELECT
  p.unit AS unit, 'register' AS part, e.cell AS subject, CAST(e.equal AS BIGINT) AS hit,
  CAST(1 AS BIGINT) AS weight, CASE e.equal WHEN 1 THEN 'cell_right' ELSE 'cell_wrong' END AS reason, l.doc AS ref
FROM pool p
CROSS JOIN param a
JOIN period_month m ON m.last_n = a.as_of_n
JOIN return_last l ON l.unit = p.unit AND l.month = m.month
JOIN return_compared e ON e.unit = l.unit AND e.doc = l.doc
WHERE p.unit = p.member AND l.form = 'register'
