-- H3 b. month0 is T, month1 to month3 are the ends of the three months before: was each person verified
-- recently enough?
-- together: responsible.person_key
-- rows: month0 month1 month2 month3
-- reasons: verified_recently verified_too_long_ago never_verified
SELECT
  g.unit AS unit,
  CASE m.month WHEN 0 THEN 'month0' WHEN 1 THEN 'month1' WHEN 2 THEN 'month2' ELSE 'month3' END AS part,
  g.doc AS subject,
  CAST(CASE
    WHEN CASE m.month WHEN 0 THEN g.state0 WHEN 1 THEN g.state1 WHEN 2 THEN g.state2 ELSE g.state3 END = 2 THEN 1
    ELSE 0
  END AS BIGINT) AS hit,
  CAST(1 AS BIGINT) AS weight,
  CASE CASE m.month WHEN 0 THEN g.state0 WHEN 1 THEN g.state1 WHEN 2 THEN g.state2 ELSE g.state3 END
    WHEN 2 THEN 'verified_recently'
    WHEN 1 THEN 'verified_too_long_ago'
    ELSE 'never_verified'
  END AS reason,
  g.doc AS ref
FROM (
  SELECT p.unit AS unit, MIN(v.doc) AS doc, MIN(v.state0) AS state0, MIN(v.state1) AS state1,
    MIN(v.state2) AS state2, MIN(v.state3) AS state3
  FROM pool p
  JOIN verified_state v ON v.unit = p.member
  GROUP BY p.unit, v.person_key
) g
CROSS JOIN month_end m
WHERE CASE m.month WHEN 0 THEN g.state0 WHEN 1 THEN g.state1 WHEN 2 THEN g.state2 ELSE g.state3 END IS NOT NULL
