-- hardship: by person key, those with a hardship certification in force on a day of the period, less lawful
-- exits and no wish: D2, with the day of the first of these certifications.
CREATE TEMP TABLE hardship AS
SELECT r.unit AS unit, r.person_key AS person_key, MIN(r.doc) AS doc, MIN(c.start_n) AS certified_n
FROM certification c
JOIN scope s ON s.unit = c.unit
JOIN responsible r ON r.unit = c.unit AND r.doc = c.doc
CROSS JOIN param p
LEFT JOIN exited x ON x.unit = r.unit AND x.person_key = r.person_key
WHERE c.start_n <= p.as_of_n AND c.end_n >= p.start_n AND c.recorded_n <= p.close_n
  AND x.person_key IS NULL
GROUP BY r.unit, r.person_key;
