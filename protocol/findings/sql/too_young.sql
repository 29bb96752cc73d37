-- too_young: people certified as older ones who were not of that age on the day of the certification, whatever they are at T:
-- women 40, men 50. Dates as numbers like 20261031, so that years of any length count as one.
-- reasons: not_of_age_then
SELECT
  g.unit AS unit, 'too_young' AS trap, g.doc AS subject, 'serious' AS severity, 'not_of_age_then' AS reason,
  g.certification AS ref
FROM (
  SELECT
    r.unit AS unit, r.doc AS doc, c.certification AS certification,
    CASE WHEN q.birth = '' OR c.start = '' THEN 0
      ELSE CAST(SUBSTR(c.start, 1, 4) AS BIGINT) * 10000 + CAST(SUBSTR(c.start, 6, 2) AS BIGINT) * 100
        + CAST(SUBSTR(c.start, 9, 2) AS BIGINT) - CAST(SUBSTR(q.birth, 1, 4) AS BIGINT) * 10000
        - CAST(SUBSTR(q.birth, 6, 2) AS BIGINT) * 100 - CAST(SUBSTR(q.birth, 9, 2) AS BIGINT)
        - CASE q.sex WHEN '2' THEN 400000 ELSE 500000 END
    END AS beyond
  FROM certification c
  JOIN responsible r ON r.unit = c.unit AND r.doc = c.doc
  JOIN person q ON q.unit = r.unit AND q.doc = r.doc
  CROSS JOIN param p
  WHERE c.category = '1' AND q.sex IN ('1', '2') AND c.start_n <= p.as_of_n AND c.end_n >= p.start_n
    AND c.recorded_n <= p.known_n
) g
WHERE g.beyond < 0
