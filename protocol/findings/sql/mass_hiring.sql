-- mass_hiring: employers who took on many of a community's people within a month of the year to T. subject is the employer.
-- reasons: many_in_a_month
SELECT
  g.unit AS unit, 'mass_hiring' AS trap, g.employer AS subject, 'warning' AS severity, 'many_in_a_month' AS reason,
  MIN(g.placement) AS ref
FROM (
  SELECT a.unit AS unit, a.employer AS employer, a.doc AS doc, a.placement AS placement
  FROM placement a
  JOIN responsible r ON r.unit = a.unit AND r.doc = a.doc
  CROSS JOIN param p
  JOIN threshold t ON t.name = 'employer_placements'
  JOIN threshold d ON d.name = 'employer_days'
  JOIN placement b ON b.unit = a.unit AND b.employer = a.employer
  JOIN responsible w ON w.unit = b.unit AND w.doc = b.doc
  WHERE a.employer <> '' AND a.start_n > p.as_of_n - 365 AND a.start_n <= p.as_of_n AND a.recorded_n <= p.known_n
    AND b.start_n >= a.start_n AND b.start_n < a.start_n + d.value AND b.start_n <= p.as_of_n
    AND b.recorded_n <= p.known_n
  GROUP BY a.unit, a.employer, a.doc, a.placement, t.value
  HAVING COUNT(DISTINCT w.person_key) >= t.value
) g
GROUP BY g.unit, g.employer
