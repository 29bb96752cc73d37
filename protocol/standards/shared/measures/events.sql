-- H3 c and f. Events: status, placement and certification that began by T after the card was opened, recorded
-- from the first day of the period to the close, day to day (no first import, transfer or correction).
-- prompt: recorded at most 15 days after it began? spread: of those recorded by T, before the last 15 days?
-- rows: prompt spread
-- reasons: recorded_in_time recorded_late recorded_before_rush recorded_in_rush
SELECT
  e.unit AS unit, 'prompt' AS part, e.event AS subject,
  CAST(CASE WHEN e.recorded_n <= e.start_n + 15 THEN 1 ELSE 0 END AS BIGINT) AS hit,
  CAST(1 AS BIGINT) AS weight,
  CASE WHEN e.recorded_n <= e.start_n + 15 THEN 'recorded_in_time' ELSE 'recorded_late' END AS reason,
  e.doc AS ref
FROM (
  SELECT p.unit AS unit, v.event AS event, v.doc AS doc, v.start_n AS start_n, v.recorded_n AS recorded_n
  FROM pool p
  JOIN event v ON v.unit = p.member
) e
UNION ALL
SELECT
  e.unit AS unit, 'spread' AS part, e.event AS subject,
  CAST(CASE WHEN e.recorded_n <= e.as_of_n - 15 THEN 1 ELSE 0 END AS BIGINT) AS hit,
  CAST(1 AS BIGINT) AS weight,
  CASE WHEN e.recorded_n <= e.as_of_n - 15 THEN 'recorded_before_rush' ELSE 'recorded_in_rush' END AS reason,
  e.doc AS ref
FROM (
  SELECT p.unit AS unit, v.event AS event, v.doc AS doc, v.recorded_n AS recorded_n, a.as_of_n AS as_of_n
  FROM pool p
  CROSS JOIN param a
  JOIN event v ON v.unit = p.member
  WHERE v.recorded_n <= a.as_of_n
) e
