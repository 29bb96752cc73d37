-- visit_known: the visits made by T, as known at K, by each counted person of the household that was visited.
CREATE TEMP TABLE visit_known AS
SELECT m.unit AS unit, m.person AS doc, v.doc AS card, v.day AS day, v.day_n AS day_n
FROM scope s
CROSS JOIN param p
JOIN visit v ON v.unit = s.unit
JOIN member m ON m.unit = v.unit AND m.doc = v.doc
WHERE v.recorded_n <= p.known_n AND v.day_n <= p.as_of_n;
