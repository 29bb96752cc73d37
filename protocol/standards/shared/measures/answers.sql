-- sample: of each person sampled, the fields that agreed and those that did not, each counted once.
-- sample_short: units of which too few people were sampled: 30 of a community, or all where there are fewer.
-- answers: residents' answers: 4 or 5 of 5? answers_short: units in which too few of those out of work answered:
-- 10, or all where there are fewer; of a street in it and its communities together.
-- complaints: complaints upheld in the window.
-- across: members
-- rows: sample sample_short answers answers_short complaints
-- reasons: fields_agree fields_differ sample_too_small satisfied not_satisfied too_few_out_of_work
-- reasons: complaint_upheld
SELECT
  p.unit AS unit, 'sample' AS part, q.subject || '#agree' AS subject, CAST(1 AS BIGINT) AS hit,
  CAST(q.agreed AS BIGINT) AS weight, 'fields_agree' AS reason, q.doc AS ref
FROM pool p
JOIN sampled q ON q.unit = p.member
WHERE q.item = 'C06'
UNION ALL
SELECT
  p.unit AS unit, 'sample' AS part, q.subject || '#differ' AS subject, CAST(0 AS BIGINT) AS hit,
  CAST(q.compared - q.agreed AS BIGINT) AS weight, 'fields_differ' AS reason, q.doc AS ref
FROM pool p
JOIN sampled q ON q.unit = p.member
WHERE q.item = 'C06' AND q.agreed < q.compared
UNION ALL
SELECT
  p.unit AS unit, 'sample_short' AS part, p.member AS subject, CAST(0 AS BIGINT) AS hit,
  CAST(0 AS BIGINT) AS weight, 'sample_too_small' AS reason, p.member AS ref
FROM pool p
JOIN people_counted c ON c.unit = p.member
LEFT JOIN sample_size z ON z.unit = p.member AND z.item = 'C06'
WHERE COALESCE(z.people, 0) < 30 AND COALESCE(z.people, 0) < c.people
UNION ALL
SELECT
  p.unit AS unit, 'answers' AS part, a.subject AS subject,
  CAST(CASE WHEN a.score >= 4 THEN 1 ELSE 0 END AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE WHEN a.score >= 4 THEN 'satisfied' ELSE 'not_satisfied' END AS reason, a.doc AS ref
FROM pool p
JOIN answer a ON a.unit = p.member
UNION ALL
SELECT
  o.unit AS unit, 'answers_short' AS part, o.unit AS subject, CAST(0 AS BIGINT) AS hit,
  CAST(0 AS BIGINT) AS weight, 'too_few_out_of_work' AS reason, o.unit AS ref
FROM (
  SELECT p.unit AS unit, COUNT(DISTINCT u.person_key) AS people
  FROM pool p
  JOIN unemployed u ON u.unit = p.member
  GROUP BY p.unit
) o
LEFT JOIN (
  SELECT p.unit AS unit, CAST(SUM(q.out_of_work) AS BIGINT) AS answered
  FROM pool p
  JOIN answers_of q ON q.unit = p.member
  GROUP BY p.unit
) a ON a.unit = o.unit
WHERE COALESCE(a.answered, 0) < 10 AND COALESCE(a.answered, 0) < o.people
UNION ALL
SELECT
  p.unit AS unit, 'complaints' AS part, c.doc AS subject, CAST(0 AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  'complaint_upheld' AS reason, c.doc AS ref
FROM pool p
JOIN (
  SELECT k.unit AS unit, k.doc AS doc, MIN(k.day_n) AS day_n
  FROM complaint k
  JOIN scope s ON s.unit = k.unit
  CROSS JOIN param a
  WHERE k.result = 'upheld' AND k.day_n >= a.start_n AND k.day_n <= a.as_of_n
  GROUP BY k.unit, k.doc
) c ON c.unit = p.member
