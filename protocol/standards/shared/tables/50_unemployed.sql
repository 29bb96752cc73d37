-- unemployed: by person key, those who were laid off or unemployed on a day of the period, less lawful exits
-- and no wish: D3. in_d1 is 1 for those in D1: laid off or registered on a day of the period, or unregistered
-- from day 31 after first being recorded, so that not registering people pays nothing.
CREATE TEMP TABLE first_recorded AS
SELECT e.unit AS unit, e.doc AS doc, MIN(e.recorded_n) AS day_n
FROM episode e
JOIN scope s ON s.unit = e.unit
CROSS JOIN param p
WHERE e.dimension = 'status' AND e.code = '4' AND e.start_n <= p.as_of_n AND e.end_n >= p.start_n
  AND e.recorded_n <= p.close_n
GROUP BY e.unit, e.doc;

CREATE TEMP TABLE unemployed AS
SELECT
  r.unit AS unit, r.person_key AS person_key, MIN(r.doc) AS doc,
  MAX(CASE
    WHEN e.code IN ('2', '3') THEN 1
    WHEN f.day_n + 31 <= e.end_n AND f.day_n + 31 <= p.as_of_n THEN 1
    ELSE 0
  END) AS in_d1
FROM episode e
JOIN responsible r ON r.unit = e.unit AND r.doc = e.doc
CROSS JOIN param p
LEFT JOIN first_recorded f ON f.unit = e.unit AND f.doc = e.doc
LEFT JOIN exited x ON x.unit = r.unit AND x.person_key = r.person_key
WHERE e.dimension = 'status' AND e.code IN ('2', '3', '4') AND e.start_n <= p.as_of_n
  AND e.end_n >= p.start_n AND e.recorded_n <= p.close_n AND x.person_key IS NULL
GROUP BY r.unit, r.person_key;
