-- ledgers_disagree: people of whom two ledgers say what cannot both be at T: a placement and a registration, a placement
-- without the status employed, a registration without the status registered unemployed.
-- reasons: placed_and_registered placed_not_employed registered_not_unemployed
SELECT
  g.unit AS unit, 'ledgers_disagree' AS trap, g.doc AS subject, 'warning' AS severity,
  CASE
    WHEN g.placed = 1 AND g.registered = 1 THEN 'placed_and_registered'
    WHEN g.placed = 1 THEN 'placed_not_employed'
    ELSE 'registered_not_unemployed'
  END AS reason,
  g.doc AS ref
FROM (
  SELECT
    r.unit AS unit, r.doc AS doc, MAX(CASE WHEN q.doc IS NULL THEN 0 ELSE 1 END) AS placed,
    MAX(CASE WHEN n.doc IS NULL THEN 0 ELSE 1 END) AS registered,
    MAX(CASE WHEN e.code = '1' THEN 1 ELSE 0 END) AS employed,
    MAX(CASE WHEN e.code = '2' THEN 1 ELSE 0 END) AS unemployed
  FROM responsible r
  CROSS JOIN param p
  LEFT JOIN placement q ON q.unit = r.unit AND q.doc = r.doc AND q.start_n <= p.as_of_n AND q.end_n >= p.as_of_n
    AND q.recorded_n <= p.known_n
  LEFT JOIN registration n ON n.unit = r.unit AND n.doc = r.doc AND n.start_n <= p.as_of_n AND n.end_n >= p.as_of_n
    AND n.recorded_n <= p.known_n
  LEFT JOIN episode e ON e.unit = r.unit AND e.doc = r.doc AND e.dimension = 'status' AND e.start_n <= p.as_of_n
    AND e.end_n >= p.as_of_n AND e.recorded_n <= p.known_n
  GROUP BY r.unit, r.doc
) g
WHERE (g.placed = 1 AND (g.registered = 1 OR g.employed = 0)) OR (g.registered = 1 AND g.unemployed = 0)
