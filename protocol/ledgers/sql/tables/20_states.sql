-- state_known: of the people asked for, the episodes that had begun by T, as known at K: one that was recorded later is not there, and one whose
-- last day was recorded later is open.
-- state_at: of each person and dimension the episode that was open at T, the latest where several were.
CREATE TEMP TABLE state_known AS
SELECT
  e.unit AS unit, e.doc AS doc, e.episode AS episode, e.dimension AS dimension, e.code AS code, e.start AS since,
  e.start_n AS start_n, CASE WHEN e.end_recorded_n <= p.known_n THEN e.end_n ELSE 99999999 END AS end_n,
  e.reason AS reason, e.former_employer AS former_employer, e.certificate AS certificate
FROM asked r
CROSS JOIN param p
JOIN episode e ON e.unit = r.unit AND e.doc = r.doc
WHERE e.recorded_n <= p.known_n AND e.start_n <= p.as_of_n;

CREATE TEMP TABLE state_latest AS
SELECT e.unit AS unit, e.doc AS doc, e.dimension AS dimension, MAX(e.start_n) AS start_n
FROM state_known e
CROSS JOIN param p
WHERE e.end_n >= p.as_of_n
GROUP BY e.unit, e.doc, e.dimension;

CREATE TEMP TABLE state_chosen AS
SELECT e.unit AS unit, e.doc AS doc, e.dimension AS dimension, MIN(e.episode) AS episode
FROM state_latest l
CROSS JOIN param p
JOIN state_known e
  ON e.unit = l.unit AND e.doc = l.doc AND e.dimension = l.dimension AND e.start_n = l.start_n
WHERE e.end_n >= p.as_of_n
GROUP BY e.unit, e.doc, e.dimension;

CREATE TEMP TABLE state_at AS
SELECT
  e.unit AS unit, e.doc AS doc, e.dimension AS dimension, e.code AS code, e.since AS since, e.reason AS reason,
  e.former_employer AS former_employer, e.certificate AS certificate
FROM state_chosen c
JOIN state_known e ON e.unit = c.unit AND e.doc = c.doc AND e.episode = c.episode;
