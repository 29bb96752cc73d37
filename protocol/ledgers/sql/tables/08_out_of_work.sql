-- asked: the people whom a ledger asks for: those counted who were out of work on T by some status as known at K.
CREATE TEMP TABLE asked AS
SELECT r.unit AS unit, r.doc AS doc
FROM episode e
JOIN scope s ON s.unit = e.unit
CROSS JOIN param p
JOIN responsible r ON r.unit = e.unit AND r.doc = e.doc
WHERE e.dimension = 'status' AND e.code IN ('2', '3', '4') AND e.start_n <= p.as_of_n AND e.recorded_n <= p.close_n
  AND (e.end_n >= p.as_of_n OR e.end_recorded_n > p.known_n)
GROUP BY r.unit, r.doc;
