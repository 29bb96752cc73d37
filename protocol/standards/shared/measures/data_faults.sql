-- H3 d. faults: people of the community at T, and cards with an unsettled conflict: is there an invalid ID
-- number, a second document with the same number in the community, or a vital field with two values, open
-- for more than 15 days at T? A person on a valid card whom another community was determined to count is a fault from
-- the sixteenth day on, until the document names that community (counted_by).
-- together: responsible.person_key
-- rows: faults
-- reasons: no_fault invalid_id duplicate_in_unit conflict_unsettled not_shadowed
SELECT
  g.unit AS unit, 'faults' AS part, MIN(g.doc) AS subject,
  CAST(CASE WHEN MAX(g.fault) = 0 THEN 1 ELSE 0 END AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE MAX(g.fault)
    WHEN 3 THEN 'invalid_id'
    WHEN 2 THEN 'duplicate_in_unit'
    WHEN 1 THEN 'conflict_unsettled'
    ELSE 'no_fault'
  END AS reason,
  MIN(g.doc) AS ref
FROM (
  SELECT p.unit AS unit, k.person_key AS person_key, k.doc AS doc, COALESCE(f.fault, 0) AS fault
  FROM pool p
  JOIN person_known k ON k.unit = p.member
  LEFT JOIN person_fault f ON f.unit = k.unit AND f.person_key = k.person_key
) g
GROUP BY g.unit, g.person_key
UNION ALL
SELECT
  p.unit AS unit, 'faults' AS part, h.doc AS subject, CAST(0 AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  'conflict_unsettled' AS reason, h.doc AS ref
FROM pool p
CROSS JOIN param a
JOIN household h ON h.unit = p.member
JOIN conflict_since f ON f.unit = h.unit AND f.doc = h.doc
WHERE f.since_n < a.as_of_n - 15 AND h.recorded_n <= a.close_n
UNION ALL
SELECT
  p.unit AS unit, 'faults' AS part, q.doc AS subject, CAST(0 AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  'not_shadowed' AS reason, q.doc AS ref
FROM pool p
JOIN unmarked_shadow q ON q.unit = p.member
