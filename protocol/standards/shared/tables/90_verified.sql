-- verified_state: for each person of the community, at T and at the ends of the three months before, whether
-- the last verification was recent enough: 30 days for the unemployed, the hardship cases and members of
-- zero-employment families, 90 for placements under six months, 365 for others. A verification is a date that stands
-- or stood on the person or on the card, or a visit to the household. One dated after T does not count.
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
    WHEN c.last0_n >= b.day0_n - COALESCE(k.days0, 365) AND c.last0_n >= 0 THEN 2
    WHEN c.last0_n >= 0 THEN 1
    ELSE 0
  END AS state0,
  CASE
    WHEN c.first_n > b.day1_n THEN NULL
    WHEN c.last1_n >= b.day1_n - COALESCE(k.days1, 365) AND c.last1_n >= 0 THEN 2
    WHEN c.last1_n >= 0 THEN 1
    ELSE 0
  END AS state1,
  CASE
    WHEN c.first_n > b.day2_n THEN NULL
    WHEN c.last2_n >= b.day2_n - COALESCE(k.days2, 365) AND c.last2_n >= 0 THEN 2
    WHEN c.last2_n >= 0 THEN 1
    ELSE 0
  END AS state2,
  CASE
    WHEN c.first_n > b.day3_n THEN NULL
    WHEN c.last3_n >= b.day3_n - COALESCE(k.days3, 365) AND c.last3_n >= 0 THEN 2
    WHEN c.last3_n >= 0 THEN 1
    ELSE 0
  END AS state3
FROM person_card c
CROSS JOIN month_row b
LEFT JOIN verified_class k ON k.unit = c.unit AND k.person_key = c.person_key;
