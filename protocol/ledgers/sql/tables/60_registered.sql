-- registered_at: of each person asked for the registration that was open at T, as known at K, the latest where several were.
CREATE TEMP TABLE registration_open AS
SELECT g.unit AS unit, g.doc AS doc, g.start_n AS start_n, MIN(g.registration) AS registration
FROM asked r
CROSS JOIN param p
JOIN registration g ON g.unit = r.unit AND g.doc = r.doc
WHERE g.recorded_n <= p.known_n AND g.start_n <= p.as_of_n
  AND CASE WHEN g.end_recorded_n <= p.known_n THEN g.end_n ELSE 99999999 END >= p.as_of_n
GROUP BY g.unit, g.doc, g.start_n;

CREATE TEMP TABLE registration_latest AS
SELECT g.unit AS unit, g.doc AS doc, MAX(g.start_n) AS start_n
FROM registration_open g
GROUP BY g.unit, g.doc;

CREATE TEMP TABLE registered_at AS
SELECT g.unit AS unit, g.doc AS doc, g.start AS registered, g.certificate AS certificate
FROM registration_latest l
JOIN registration_open o ON o.unit = l.unit AND o.doc = l.doc AND o.start_n = l.start_n
JOIN registration g ON g.unit = o.unit AND g.doc = o.doc AND g.registration = o.registration;
