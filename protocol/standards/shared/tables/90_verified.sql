-- verified_state: for each person of the community, at T and at the ends of the three months before, whether
-- the last verification was recent enough: 30 days for the unemployed, the hardship cases and members of
-- zero-employment families, 90 for placements under six months, 365 for others. A verification is a date that stands
-- or stood on the person or on the card, or a visit to the household. One dated after T does not count.
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
SELECT e.unit AS unit, e.doc AS person, e.day_n AS day_n
FROM person_verification e
JOIN scope s ON s.unit = e.unit
CROSS JOIN param p
WHERE e.day <> '' AND e.day_n <= p.as_of_n
UNION ALL
SELECT m.unit AS unit, m.person AS person, e.day_n AS day_n
FROM card_verification e
JOIN scope s ON s.unit = e.unit
CROSS JOIN param p
JOIN member m ON m.unit = e.unit AND m.doc = e.doc
WHERE e.day <> '' AND e.day_n <= p.as_of_n
UNION ALL
SELECT m.unit AS unit, m.person AS person, v.day_n AS day_n
FROM visit v
JOIN scope s ON s.unit = v.unit
CROSS JOIN param p
JOIN member m ON m.unit = v.unit AND m.doc = v.doc
WHERE v.day_n <= p.as_of_n AND v.recorded_n <= p.close_n;

-- last0_n to last3_n: the last verification by T and by each of the month-ends, -1 without one.
CREATE TEMP TABLE verified_at AS
SELECT
  r.unit AS unit, r.person_key AS person_key,
  MAX(CASE WHEN v.day_n <= a.day_n THEN v.day_n ELSE -1 END) AS last0_n,
  MAX(CASE WHEN v.day_n <= b.day_n THEN v.day_n ELSE -1 END) AS last1_n,
  MAX(CASE WHEN v.day_n <= c.day_n THEN v.day_n ELSE -1 END) AS last2_n,
  MAX(CASE WHEN v.day_n <= d.day_n THEN v.day_n ELSE -1 END) AS last3_n
FROM verified_day v
JOIN responsible r ON r.unit = v.unit AND r.doc = v.person
JOIN month_end a ON a.month = 0
JOIN month_end b ON b.month = 1
JOIN month_end c ON c.month = 2
JOIN month_end d ON d.month = 3
GROUP BY r.unit, r.person_key;

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

-- state: 2 recent, 1 too old, 0 never.
CREATE TEMP TABLE verified_state AS
SELECT
  s.unit AS unit, s.person_key AS person_key, s.doc AS doc, s.month AS month,
  CASE
    WHEN s.last_n >= s.month_end_n - COALESCE(k.days, 365) AND s.last_n >= 0 THEN 2
    WHEN s.last_n >= 0 THEN 1
    ELSE 0
  END AS state
FROM (
  SELECT c.unit AS unit, c.person_key AS person_key, c.doc AS doc, m.month AS month, m.day_n AS month_end_n,
    COALESCE(CASE m.month
      WHEN 0 THEN v.last0_n WHEN 1 THEN v.last1_n WHEN 2 THEN v.last2_n ELSE v.last3_n
    END, -1) AS last_n
  FROM person_card c
  JOIN known_since n ON n.unit = c.unit AND n.person_key = c.person_key
  LEFT JOIN verified_at v ON v.unit = c.unit AND v.person_key = c.person_key
  CROSS JOIN month_end m
  WHERE m.month = 0 OR n.day_n <= m.day_n
) s
LEFT JOIN verified_class k ON k.unit = s.unit AND k.person_key = s.person_key AND k.month = s.month;
