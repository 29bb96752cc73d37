-- verified_state: for each person of the community, at T and at the ends of the three months before, whether
-- the last verification was recent enough: 30 days for the unemployed, the hardship cases and members of
-- zero-employment families, 90 for placements under six months, 365 for others. A verification is a date that stands
-- or stood on the person or on the card, or a visit to the household. One dated after T does not count.
CREATE TEMP TABLE month_row AS
SELECT
  MAX(CASE WHEN m.month = 0 THEN m.day_n END) AS day0_n, MAX(CASE WHEN m.month = 1 THEN m.day_n END) AS day1_n,
  MAX(CASE WHEN m.month = 2 THEN m.day_n END) AS day2_n, MAX(CASE WHEN m.month = 3 THEN m.day_n END) AS day3_n,
  MAX(CASE WHEN m.month = 0 THEN m.half_year_n END) AS half0_n,
  MAX(CASE WHEN m.month = 1 THEN m.half_year_n END) AS half1_n,
  MAX(CASE WHEN m.month = 2 THEN m.half_year_n END) AS half2_n,
  MAX(CASE WHEN m.month = 3 THEN m.half_year_n END) AS half3_n
FROM month_end m;

-- last0_n to last3_n: the last verification by T and by each of the month-ends, -1 without one.
CREATE TEMP TABLE card_visited AS
SELECT
  s.unit AS unit, v.doc AS card, MAX(v.day_n) AS last0_n,
  MAX(CASE WHEN v.day_n <= b.day1_n THEN v.day_n ELSE -1 END) AS last1_n,
  MAX(CASE WHEN v.day_n <= b.day2_n THEN v.day_n ELSE -1 END) AS last2_n,
  MAX(CASE WHEN v.day_n <= b.day3_n THEN v.day_n ELSE -1 END) AS last3_n
FROM scope s
JOIN visit v ON v.unit = s.unit
CROSS JOIN param p
CROSS JOIN month_row b
WHERE v.day_n <= p.as_of_n AND v.recorded_n <= p.close_n
GROUP BY s.unit, v.doc;

-- verified_day: the dates that stand or stood on people and cards.
CREATE TEMP TABLE verified_day AS
SELECT r.unit AS unit, r.person_key AS person_key, r.verified_n AS day_n
FROM responsible r
WHERE r.verified_n >= 0
UNION ALL
SELECT r.unit AS unit, r.person_key AS person_key, c.verified_n AS day_n
FROM on_card c
JOIN responsible r ON r.unit = c.unit AND r.doc = c.person
WHERE c.verified_n >= 0
UNION ALL
SELECT r.unit AS unit, r.person_key AS person_key, e.day_n AS day_n
FROM person_verification e
JOIN scope s ON s.unit = e.unit
CROSS JOIN param p
JOIN responsible r ON r.unit = e.unit AND r.doc = e.doc
WHERE e.day <> '' AND e.day_n <= p.as_of_n
UNION ALL
SELECT r.unit AS unit, r.person_key AS person_key, e.day_n AS day_n
FROM card_verification e
JOIN scope s ON s.unit = e.unit
CROSS JOIN param p
JOIN on_card c ON c.unit = e.unit AND c.card = e.doc
JOIN responsible r ON r.unit = c.unit AND r.doc = c.person
WHERE e.day <> '' AND e.day_n <= p.as_of_n;

CREATE TEMP TABLE verified_at AS
SELECT
  g.unit AS unit, g.person_key AS person_key, MAX(g.last0_n) AS last0_n, MAX(g.last1_n) AS last1_n,
  MAX(g.last2_n) AS last2_n, MAX(g.last3_n) AS last3_n
FROM (
  SELECT
    r.unit AS unit, r.person_key AS person_key, v.last0_n AS last0_n, v.last1_n AS last1_n,
    v.last2_n AS last2_n, v.last3_n AS last3_n
  FROM responsible r
  JOIN on_card c ON c.unit = r.unit AND c.person = r.doc
  JOIN card_visited v ON v.unit = c.unit AND v.card = c.card
  UNION ALL
  SELECT
    d.unit AS unit, d.person_key AS person_key, d.day_n AS last0_n,
    CASE WHEN d.day_n <= b.day1_n THEN d.day_n ELSE -1 END AS last1_n,
    CASE WHEN d.day_n <= b.day2_n THEN d.day_n ELSE -1 END AS last2_n,
    CASE WHEN d.day_n <= b.day3_n THEN d.day_n ELSE -1 END AS last3_n
  FROM verified_day d
  CROSS JOIN month_row b
) g
GROUP BY g.unit, g.person_key;

-- verified_class: how many days a verification lasts at T and at each month-end, of those for whom it is not 365.
CREATE TEMP TABLE verified_span AS
SELECT r.unit AS unit, r.person_key AS person_key, 30 AS days, e.start_n AS start_n, e.end_n AS end_n
FROM spell e
JOIN responsible r ON r.unit = e.unit AND r.doc = e.doc
WHERE e.dimension = 'status' AND e.code IN ('2', '3', '4')
UNION ALL
SELECT r.unit AS unit, r.person_key AS person_key, 30 AS days, c.start_n AS start_n, c.end_n AS end_n
FROM certification c
JOIN scope s ON s.unit = c.unit
CROSS JOIN param p
JOIN responsible r ON r.unit = c.unit AND r.doc = c.doc
WHERE c.recorded_n <= p.close_n
UNION ALL
SELECT r.unit AS unit, r.person_key AS person_key, 30 AS days, z.onset_n AS start_n, z.end_n AS end_n
FROM zero_family z
JOIN on_card h ON h.unit = z.unit AND h.card = z.family
JOIN responsible r ON r.unit = h.unit AND r.doc = h.person
UNION ALL
SELECT r.unit AS unit, r.person_key AS person_key, 90 AS days, q.start_n AS start_n, q.end_n AS end_n
FROM placement q
JOIN scope s ON s.unit = q.unit
CROSS JOIN param p
JOIN responsible r ON r.unit = q.unit AND r.doc = q.doc
WHERE q.recorded_n <= p.close_n;

CREATE TEMP TABLE verified_class AS
SELECT
  k.unit AS unit, k.person_key AS person_key,
  MIN(CASE
    WHEN k.start_n > b.day0_n OR k.end_n < b.day0_n OR (k.days = 90 AND k.start_n <= b.half0_n) THEN 365 ELSE k.days
  END) AS days0,
  MIN(CASE
    WHEN k.start_n > b.day1_n OR k.end_n < b.day1_n OR (k.days = 90 AND k.start_n <= b.half1_n) THEN 365 ELSE k.days
  END) AS days1,
  MIN(CASE
    WHEN k.start_n > b.day2_n OR k.end_n < b.day2_n OR (k.days = 90 AND k.start_n <= b.half2_n) THEN 365 ELSE k.days
  END) AS days2,
  MIN(CASE
    WHEN k.start_n > b.day3_n OR k.end_n < b.day3_n OR (k.days = 90 AND k.start_n <= b.half3_n) THEN 365 ELSE k.days
  END) AS days3
FROM verified_span k
CROSS JOIN month_row b
GROUP BY k.unit, k.person_key;

-- state0 to state3: 2 recent, 1 too old, 0 never. A person counts at a month-end from the day on which the document was
-- recorded; before it there is nothing.
CREATE TEMP TABLE verified_state AS
SELECT
  c.unit AS unit, c.person_key AS person_key, c.doc AS doc,
  CASE
    WHEN v.last0_n >= b.day0_n - COALESCE(k.days0, 365) AND v.last0_n >= 0 THEN 2
    WHEN v.last0_n >= 0 THEN 1
    ELSE 0
  END AS state0,
  CASE
    WHEN c.first_n > b.day1_n THEN NULL
    WHEN v.last1_n >= b.day1_n - COALESCE(k.days1, 365) AND v.last1_n >= 0 THEN 2
    WHEN v.last1_n >= 0 THEN 1
    ELSE 0
  END AS state1,
  CASE
    WHEN c.first_n > b.day2_n THEN NULL
    WHEN v.last2_n >= b.day2_n - COALESCE(k.days2, 365) AND v.last2_n >= 0 THEN 2
    WHEN v.last2_n >= 0 THEN 1
    ELSE 0
  END AS state2,
  CASE
    WHEN c.first_n > b.day3_n THEN NULL
    WHEN v.last3_n >= b.day3_n - COALESCE(k.days3, 365) AND v.last3_n >= 0 THEN 2
    WHEN v.last3_n >= 0 THEN 1
    ELSE 0
  END AS state3
FROM person_card c
CROSS JOIN month_row b
LEFT JOIN verified_at v ON v.unit = c.unit AND v.person_key = c.person_key
LEFT JOIN verified_class k ON k.unit = c.unit AND k.person_key = c.person_key;
