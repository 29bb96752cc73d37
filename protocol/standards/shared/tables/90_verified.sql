-- verified_state: for each person of the community, at T and at the ends of the three months before, whether
-- the last verification was recent enough: 30 days for the unemployed, the hardship cases and members of
-- zero-employment families, 90 for placements under six months, 365 for others. A verification is a date that stands
-- or stood on the person or on the card, or a visit to the household. One dated after T does not count.
-- person_dated, card_dated: the last of the dates that stood before, by T and by each of the month-ends, -1 without one.
CREATE TEMP TABLE person_dated AS
SELECT
  e.unit AS unit, e.doc AS doc, MAX(e.day_n) AS last0_n,
  MAX(CASE WHEN e.day_n <= b.day1_n THEN e.day_n ELSE -1 END) AS last1_n,
  MAX(CASE WHEN e.day_n <= b.day2_n THEN e.day_n ELSE -1 END) AS last2_n,
  MAX(CASE WHEN e.day_n <= b.day3_n THEN e.day_n ELSE -1 END) AS last3_n
FROM person_verification e
JOIN scope s ON s.unit = e.unit
CROSS JOIN param p
CROSS JOIN month_row b
WHERE e.day <> '' AND e.day_n <= p.as_of_n
GROUP BY e.unit, e.doc;

CREATE TEMP TABLE card_dated AS
SELECT
  e.unit AS unit, e.doc AS card, MAX(e.day_n) AS last0_n,
  MAX(CASE WHEN e.day_n <= b.day1_n THEN e.day_n ELSE -1 END) AS last1_n,
  MAX(CASE WHEN e.day_n <= b.day2_n THEN e.day_n ELSE -1 END) AS last2_n,
  MAX(CASE WHEN e.day_n <= b.day3_n THEN e.day_n ELSE -1 END) AS last3_n
FROM card_verification e
JOIN scope s ON s.unit = e.unit
CROSS JOIN param p
CROSS JOIN month_row b
WHERE e.day <> '' AND e.day_n <= p.as_of_n
GROUP BY e.unit, e.doc;

-- card_seen: of each household the last verification by T and by each of the month-ends: the date on the card, one that stood
-- there before, or a visit.
CREATE TEMP TABLE card_seen AS
SELECT
  g.unit AS unit, g.card AS card,
  CASE
    WHEN g.stands0_n >= g.stood0_n AND g.stands0_n >= g.visit0_n THEN g.stands0_n
    WHEN g.stood0_n >= g.visit0_n THEN g.stood0_n
    ELSE g.visit0_n
  END AS last0_n,
  CASE
    WHEN g.stands1_n >= g.stood1_n AND g.stands1_n >= g.visit1_n THEN g.stands1_n
    WHEN g.stood1_n >= g.visit1_n THEN g.stood1_n
    ELSE g.visit1_n
  END AS last1_n,
  CASE
    WHEN g.stands2_n >= g.stood2_n AND g.stands2_n >= g.visit2_n THEN g.stands2_n
    WHEN g.stood2_n >= g.visit2_n THEN g.stood2_n
    ELSE g.visit2_n
  END AS last2_n,
  CASE
    WHEN g.stands3_n >= g.stood3_n AND g.stands3_n >= g.visit3_n THEN g.stands3_n
    WHEN g.stood3_n >= g.visit3_n THEN g.stood3_n
    ELSE g.visit3_n
  END AS last3_n
FROM (
  SELECT
    h.unit AS unit, h.doc AS card,
    CASE WHEN h.verified <> '' AND h.verified_n <= b.day0_n THEN h.verified_n ELSE -1 END AS stands0_n,
    CASE WHEN h.verified <> '' AND h.verified_n <= b.day1_n THEN h.verified_n ELSE -1 END AS stands1_n,
    CASE WHEN h.verified <> '' AND h.verified_n <= b.day2_n THEN h.verified_n ELSE -1 END AS stands2_n,
    CASE WHEN h.verified <> '' AND h.verified_n <= b.day3_n THEN h.verified_n ELSE -1 END AS stands3_n,
    COALESCE(d.last0_n, -1) AS stood0_n, COALESCE(v.last0_n, -1) AS visit0_n,
    COALESCE(d.last1_n, -1) AS stood1_n, COALESCE(v.last1_n, -1) AS visit1_n,
    COALESCE(d.last2_n, -1) AS stood2_n, COALESCE(v.last2_n, -1) AS visit2_n,
    COALESCE(d.last3_n, -1) AS stood3_n, COALESCE(v.last3_n, -1) AS visit3_n
  FROM household h
  JOIN scope s ON s.unit = h.unit
  CROSS JOIN month_row b
  LEFT JOIN card_dated d ON d.unit = h.unit AND d.card = h.doc
  LEFT JOIN card_visited v ON v.unit = h.unit AND v.card = h.doc
) g;

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
FROM (
  SELECT
    g.unit AS unit, g.person_key AS person_key,
    MAX(CASE
      WHEN g.stands0_n >= g.stood0_n AND g.stands0_n >= g.card0_n THEN g.stands0_n
      WHEN g.stood0_n >= g.card0_n THEN g.stood0_n
      ELSE g.card0_n
    END) AS last0_n,
    MAX(CASE
      WHEN g.stands1_n >= g.stood1_n AND g.stands1_n >= g.card1_n THEN g.stands1_n
      WHEN g.stood1_n >= g.card1_n THEN g.stood1_n
      ELSE g.card1_n
    END) AS last1_n,
    MAX(CASE
      WHEN g.stands2_n >= g.stood2_n AND g.stands2_n >= g.card2_n THEN g.stands2_n
      WHEN g.stood2_n >= g.card2_n THEN g.stood2_n
      ELSE g.card2_n
    END) AS last2_n,
    MAX(CASE
      WHEN g.stands3_n >= g.stood3_n AND g.stands3_n >= g.card3_n THEN g.stands3_n
      WHEN g.stood3_n >= g.card3_n THEN g.stood3_n
      ELSE g.card3_n
    END) AS last3_n
  FROM (
    SELECT
      r.unit AS unit, r.person_key AS person_key,
      r.verified_n AS stands0_n,
      CASE WHEN r.verified_n <= b.day1_n THEN r.verified_n ELSE -1 END AS stands1_n,
      CASE WHEN r.verified_n <= b.day2_n THEN r.verified_n ELSE -1 END AS stands2_n,
      CASE WHEN r.verified_n <= b.day3_n THEN r.verified_n ELSE -1 END AS stands3_n,
      COALESCE(d.last0_n, -1) AS stood0_n, COALESCE(k.last0_n, -1) AS card0_n,
      COALESCE(d.last1_n, -1) AS stood1_n, COALESCE(k.last1_n, -1) AS card1_n,
      COALESCE(d.last2_n, -1) AS stood2_n, COALESCE(k.last2_n, -1) AS card2_n,
      COALESCE(d.last3_n, -1) AS stood3_n, COALESCE(k.last3_n, -1) AS card3_n
    FROM responsible r
    CROSS JOIN month_row b
    LEFT JOIN person_dated d ON d.unit = r.unit AND d.doc = r.doc
    LEFT JOIN on_card c ON c.unit = r.unit AND c.person = r.doc
    LEFT JOIN card_seen k ON k.unit = c.unit AND k.card = c.card
  ) g
  GROUP BY g.unit, g.person_key
) v
CROSS JOIN month_row b
CROSS JOIN person_card c
LEFT JOIN verified_class k ON k.unit = c.unit AND k.person_key = c.person_key
WHERE c.unit = v.unit AND c.person_key = v.person_key;
