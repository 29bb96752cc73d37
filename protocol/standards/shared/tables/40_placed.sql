-- month_row: T and the three month-ends before it in one row, each with the day six months before.
CREATE TEMP TABLE month_row AS
SELECT
  MAX(CASE WHEN m.month = 0 THEN m.day_n END) AS day0_n, MAX(CASE WHEN m.month = 1 THEN m.day_n END) AS day1_n,
  MAX(CASE WHEN m.month = 2 THEN m.day_n END) AS day2_n, MAX(CASE WHEN m.month = 3 THEN m.day_n END) AS day3_n,
  MAX(CASE WHEN m.month = 0 THEN m.half_year_n END) AS half0_n,
  MAX(CASE WHEN m.month = 1 THEN m.half_year_n END) AS half1_n,
  MAX(CASE WHEN m.month = 2 THEN m.half_year_n END) AS half2_n,
  MAX(CASE WHEN m.month = 3 THEN m.half_year_n END) AS half3_n
FROM month_end m;

-- card_visited: of each household the last visit by T and by each of the month-ends, -1 without one, and how many were made in
-- the period.
CREATE TEMP TABLE card_visited AS
SELECT
  s.unit AS unit, v.doc AS card, MAX(v.day_n) AS last0_n,
  MAX(CASE WHEN v.day_n <= b.day1_n THEN v.day_n ELSE -1 END) AS last1_n,
  MAX(CASE WHEN v.day_n <= b.day2_n THEN v.day_n ELSE -1 END) AS last2_n,
  MAX(CASE WHEN v.day_n <= b.day3_n THEN v.day_n ELSE -1 END) AS last3_n,
  CAST(SUM(CASE WHEN v.day_n >= p.start_n THEN 1 ELSE 0 END) AS BIGINT) AS visits
FROM scope s
JOIN visit v ON v.unit = s.unit
CROSS JOIN param p
CROSS JOIN month_row b
WHERE v.day_n <= p.as_of_n AND v.recorded_n <= p.close_n
GROUP BY s.unit, v.doc;

-- last_visit: of those with a placement, the latest visit to the household in the 90 days to T.
-- placed: by person key, how far the best placement goes: 4 verified, 3 open with evidence but without a
-- return visit since it began, 2 open without evidence, 1 ended. Verified: began by T, open at T, one piece of
-- evidence, and a return visit in the 90 days to T.
CREATE TEMP TABLE last_visit AS
SELECT q.unit AS unit, q.doc AS person, MAX(v.last0_n) AS day_n
FROM placement q
JOIN scope s ON s.unit = q.unit
JOIN on_card c ON c.unit = q.unit AND c.person = q.doc
JOIN card_visited v ON v.unit = c.unit AND v.card = c.card
CROSS JOIN param p
WHERE v.last0_n >= p.as_of_n - 90
GROUP BY q.unit, q.doc;

CREATE TEMP TABLE placed AS
SELECT
  r.unit AS unit, r.person_key AS person_key,
  MAX(CASE
    WHEN q.end_n < p.as_of_n THEN 1
    WHEN q.evidence NOT IN ('contract', 'insurance', 'licence', 'aid_post', 'flexible') THEN 2
    WHEN COALESCE(v.day_n, -1) < q.start_n THEN 3
    ELSE 4
  END) AS standing,
  MAX(CASE
    WHEN q.end_n >= p.as_of_n - 30 AND q.end_n < p.as_of_n AND q.evidence <> '' THEN 1 ELSE 0
  END) AS lost_lately
FROM placement q
JOIN scope s ON s.unit = q.unit
JOIN responsible r ON r.unit = q.unit AND r.doc = q.doc
CROSS JOIN param p
LEFT JOIN last_visit v ON v.unit = q.unit AND v.person = q.doc
WHERE q.start_n <= p.as_of_n AND q.recorded_n <= p.close_n
GROUP BY r.unit, r.person_key;
