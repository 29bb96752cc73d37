-- visit_due: every visit that fell due in the period, with the days on which it could be made. All of them are
-- visits to a household, so that one visit closes what is due there: the registered unemployed and hardship
-- cases every 30 days, zero-employment families every 7, a placement in months 1, 3 and 6 (15 days to either
-- side) and, where it is open at T, in the 90 days to T; every other household once in the period.
CREATE TEMP TABLE visit_span AS
SELECT e.unit AS unit, f.family AS family, 'unemployed' AS what, e.doc || '/' || e.episode AS subject, 30 AS days,
  CASE WHEN e.start_n < p.start_n THEN p.start_n ELSE e.start_n END AS from_n,
  CASE WHEN e.end_n > p.as_of_n THEN p.as_of_n ELSE e.end_n END AS to_n
FROM spell e
JOIN responsible r ON r.unit = e.unit AND r.doc = e.doc
JOIN card_person f ON f.unit = e.unit AND f.person = e.doc
CROSS JOIN param p
WHERE e.dimension = 'status' AND e.code = '2' AND e.end_n >= p.start_n AND f.family IS NOT NULL
UNION ALL
SELECT c.unit AS unit, f.family AS family, 'hardship' AS what, c.doc || '/' || c.certification AS subject, 30 AS days,
  CASE WHEN c.start_n < p.start_n THEN p.start_n ELSE c.start_n END AS from_n,
  CASE WHEN c.end_n > p.as_of_n THEN p.as_of_n ELSE c.end_n END AS to_n
FROM certification c
JOIN scope s ON s.unit = c.unit
JOIN responsible r ON r.unit = c.unit AND r.doc = c.doc
JOIN card_person f ON f.unit = c.unit AND f.person = c.doc
CROSS JOIN param p
WHERE c.start_n <= p.as_of_n AND c.end_n >= p.start_n AND c.recorded_n <= p.close_n AND f.family IS NOT NULL
UNION ALL
SELECT z.unit AS unit, z.family AS family, 'zero' AS what, z.family AS subject, 7 AS days,
  CASE WHEN z.onset_n < p.start_n THEN p.start_n ELSE z.onset_n END AS from_n,
  CASE WHEN z.end_n > p.as_of_n THEN p.as_of_n ELSE z.end_n END AS to_n
FROM zero_family z
CROSS JOIN param p
WHERE z.onset_n <= p.as_of_n AND z.end_n >= p.start_n;

-- A visit in a window that ends with T was made where the last one by T lies in it.
CREATE TEMP TABLE visit_due AS
SELECT w.unit AS unit, w.family AS family, w.what AS what, w.subject AS subject, w.from_n AS from_n,
  w.until_n AS until_n, CASE WHEN MAX(v.day_n) IS NULL THEN 0 ELSE 1 END AS made
FROM (
  SELECT v.unit AS unit, v.family AS family, v.what AS what, v.subject AS subject,
    v.from_n + v.days * (n.n - 1) AS from_n, v.from_n + v.days * n.n - 1 AS until_n
  FROM visit_span v
  JOIN step n ON v.from_n + v.days * n.n - 1 <= v.to_n
  UNION ALL
  SELECT q.unit AS unit, f.family AS family, 'placement' AS what, q.doc || '/' || q.placement AS subject,
    q.start_n + m.after_days - 15 AS from_n, q.start_n + m.after_days + 15 AS until_n
  FROM placement q
  JOIN scope s ON s.unit = q.unit
  JOIN responsible r ON r.unit = q.unit AND r.doc = q.doc
  JOIN card_person f ON f.unit = q.unit AND f.person = q.doc
  CROSS JOIN param p
  CROSS JOIN (
    SELECT CASE n.n WHEN 1 THEN 30 WHEN 2 THEN 91 ELSE 183 END AS after_days
    FROM step n
    WHERE n.n <= 3
  ) m
  WHERE f.family IS NOT NULL AND q.recorded_n <= p.close_n AND q.end_n >= q.start_n + m.after_days
    AND q.start_n + m.after_days - 15 >= p.start_n AND q.start_n + m.after_days + 15 <= p.as_of_n
) w
CROSS JOIN param p
LEFT JOIN visit v ON v.unit = w.unit AND v.doc = w.family AND v.day_n >= w.from_n AND v.day_n <= w.until_n
  AND v.recorded_n <= p.close_n
GROUP BY w.unit, w.family, w.what, w.subject, w.from_n, w.until_n
UNION ALL
SELECT w.unit AS unit, w.family AS family, w.what AS what, w.subject AS subject, w.from_n AS from_n,
  w.until_n AS until_n, CASE WHEN v.last0_n >= w.from_n THEN 1 ELSE 0 END AS made
FROM (
  SELECT q.unit AS unit, f.family AS family, 'placement' AS what, q.doc || '/' || q.placement AS subject,
    CASE WHEN q.start_n < p.as_of_n - 90 THEN p.as_of_n - 90 ELSE q.start_n END AS from_n, p.as_of_n AS until_n
  FROM placement q
  JOIN scope s ON s.unit = q.unit
  JOIN responsible r ON r.unit = q.unit AND r.doc = q.doc
  JOIN card_person f ON f.unit = q.unit AND f.person = q.doc
  CROSS JOIN param p
  WHERE f.family IS NOT NULL AND q.recorded_n <= p.close_n AND q.start_n <= p.as_of_n AND q.end_n >= p.as_of_n
  UNION ALL
  SELECT h.unit AS unit, h.doc AS family, 'household' AS what, h.doc AS subject, p.start_n AS from_n,
    p.as_of_n AS until_n
  FROM household h
  JOIN scope s ON s.unit = h.unit
  CROSS JOIN param p
  WHERE h.state = '1' AND h.opened <> '' AND h.opened_n < p.start_n AND h.recorded_n <= p.close_n
) w
LEFT JOIN card_visited v ON v.unit = w.unit AND v.card = w.family;
