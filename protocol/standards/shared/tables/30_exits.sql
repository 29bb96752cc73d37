-- exit_span: the days on which a person has lawfully left the labour force or has refused work three times,
-- each with evidence. exited: those of whom that holds at T, by person key.
-- gone: died or emigrated by T, with evidence: no longer a person of the community.
CREATE TEMP TABLE exit_span AS
SELECT e.unit AS unit, e.doc AS doc, e.start_n AS start_n, e.end_n AS end_n, e.reason AS why
FROM spell e
WHERE e.proved = 1
  AND (
    (e.dimension = 'status' AND e.code IN ('5', '6', '7', '9', '10'))
    OR (e.dimension = 'status' AND e.reason IN ('21', '22', '23', '24', '25', '26', '27'))
    OR (e.dimension = 'status' AND e.code = '8' AND e.reason = '31')
    OR (e.dimension = 'ability' AND e.code = '3')
    OR (e.dimension = 'wish' AND e.code = '2' AND e.reason = '31')
  );

CREATE TEMP TABLE exited AS
SELECT r.unit AS unit, r.person_key AS person_key
FROM exit_span x
JOIN responsible r ON r.unit = x.unit AND r.doc = x.doc
CROSS JOIN param p
WHERE x.start_n <= p.as_of_n AND x.end_n >= p.as_of_n
GROUP BY r.unit, r.person_key;

CREATE TEMP TABLE gone AS
SELECT r.unit AS unit, r.person_key AS person_key
FROM exit_span x
JOIN responsible r ON r.unit = x.unit AND r.doc = x.doc
CROSS JOIN param p
WHERE x.why IN ('22', '27') AND x.end_n >= p.as_of_n
GROUP BY r.unit, r.person_key;
