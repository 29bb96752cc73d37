-- verified_state: for each person of the community, at T and at the ends of the three months before, whether
-- the last verification was recent enough: 30 days for the unemployed, the hardship cases and members of
-- zero-employment families, 90 for placements under six months, 365 for others. A verification is the date on
-- the person, the date on the card, or a visit to the household. One dated after T neither counts nor excuses.
CREATE TEMP TABLE verified_day AS
SELECT q.unit AS unit, q.doc AS person, q.verified_n AS day_n
FROM person q
JOIN scope s ON s.unit = q.unit
CROSS JOIN param p
WHERE q.verified <> '' AND q.verified_n <= p.as_of_n
UNION ALL
SELECT m.unit AS unit, m.person AS person, h.verified_n AS day_n
FROM household h
JOIN scope s ON s.unit = h.unit
CROSS JOIN param p
JOIN member m ON m.unit = h.unit AND m.doc = h.doc
WHERE h.verified <> '' AND h.verified_n <= p.as_of_n
UNION ALL
SELECT m.unit AS unit, m.person AS person, v.day_n AS day_n
FROM visit v
JOIN scope s ON s.unit = v.unit
CROSS JOIN param p
JOIN member m ON m.unit = v.unit AND m.doc = v.doc
WHERE v.day_n <= p.as_of_n AND v.recorded_n <= p.close_n;

-- later: a verification after that month-end and by T, which may have written over one before it. At T itself
-- there is none.
CREATE TEMP TABLE verified_at AS
SELECT
  r.unit AS unit, r.person_key AS person_key, e.month AS month,
  MAX(CASE WHEN v.day_n <= e.day_n THEN v.day_n ELSE -1 END) AS last_n,
  MAX(CASE WHEN v.day_n > e.day_n THEN 1 ELSE 0 END) AS later
FROM verified_day v
JOIN responsible r ON r.unit = v.unit AND r.doc = v.person
CROSS JOIN month_end e
GROUP BY r.unit, r.person_key, e.month;

CREATE TEMP TABLE verified_class AS
SELECT k.unit AS unit, k.person_key AS person_key, k.month AS month, MIN(k.days) AS days
FROM (
  SELECT r.unit AS unit, r.person_key AS person_key, m.month AS month, 30 AS days
  FROM episode e
  JOIN responsible r ON r.unit = e.unit AND r.doc = e.doc
  CROSS JOIN param p
  CROSS JOIN month_end m
  WHERE e.dimension = 'status' AND e.code IN ('2', '3', '4') AND e.start_n <= m.day_n
    AND e.end_n >= m.day_n AND e.recorded_n <= p.close_n
  UNION ALL
  SELECT r.unit AS unit, r.person_key AS person_key, m.month AS month, 30 AS days
  FROM certification c
  JOIN responsible r ON r.unit = c.unit AND r.doc = c.doc
  CROSS JOIN param p
  CROSS JOIN month_end m
  WHERE c.start_n <= m.day_n AND c.end_n >= m.day_n AND c.recorded_n <= p.close_n
  UNION ALL
  SELECT r.unit AS unit, r.person_key AS person_key, m.month AS month, 30 AS days
  FROM zero_family z
  JOIN member h ON h.unit = z.unit AND h.doc = z.family
  JOIN responsible r ON r.unit = h.unit AND r.doc = h.person
  CROSS JOIN month_end m
  WHERE z.onset_n <= m.day_n AND z.end_n >= m.day_n
  UNION ALL
  SELECT r.unit AS unit, r.person_key AS person_key, m.month AS month, 90 AS days
  FROM placement q
  JOIN responsible r ON r.unit = q.unit AND r.doc = q.doc
  CROSS JOIN param p
  CROSS JOIN month_end m
  WHERE q.start_n > m.half_year_n AND q.start_n <= m.day_n AND q.end_n >= m.day_n
    AND q.recorded_n <= p.close_n
) k
GROUP BY k.unit, k.person_key, k.month;

-- A person counts at a month-end from the day on which the document was recorded.
CREATE TEMP TABLE known_since AS
SELECT r.unit AS unit, r.person_key AS person_key, MIN(q.recorded_n) AS day_n
FROM responsible r
JOIN person q ON q.unit = r.unit AND q.doc = r.doc
GROUP BY r.unit, r.person_key;

-- state: 3 recent, 2 a later verification by T wrote over the date that counted then, 1 too old, 0 never.
CREATE TEMP TABLE verified_state AS
SELECT
  c.unit AS unit, c.person_key AS person_key, c.doc AS doc, m.month AS month,
  CASE
    WHEN COALESCE(v.last_n, -1) >= m.day_n - COALESCE(k.days, 365) AND v.last_n >= 0 THEN 3
    WHEN COALESCE(v.later, 0) = 1 THEN 2
    WHEN COALESCE(v.last_n, -1) >= 0 THEN 1
    ELSE 0
  END AS state
FROM person_card c
CROSS JOIN month_end m
JOIN known_since n ON n.unit = c.unit AND n.person_key = c.person_key
LEFT JOIN verified_at v ON v.unit = c.unit AND v.person_key = c.person_key AND v.month = m.month
LEFT JOIN verified_class k ON k.unit = c.unit AND k.person_key = c.person_key AND k.month = m.month
WHERE m.month = 0 OR n.day_n <= m.day_n;
