-- H3 b. month0 is T, month1 to month3 are the ends of the three months before: was each person verified
-- recently enough?
-- rows: month0 month1 month2 month3
-- reasons: verified_recently verified_too_long_ago never_verified
SELECT
  g.unit AS unit,
  CASE g.month WHEN 0 THEN 'month0' WHEN 1 THEN 'month1' WHEN 2 THEN 'month2' ELSE 'month3' END AS part,
  MIN(g.doc) AS subject,
  CAST(CASE WHEN MIN(g.state) = 2 THEN 1 ELSE 0 END AS BIGINT) AS hit,
  CAST(1 AS BIGINT) AS weight,
  CASE MIN(g.state)
    WHEN 2 THEN 'verified_recently'
    WHEN 1 THEN 'verified_too_long_ago'
    ELSE 'never_verified'
  END AS reason,
  MIN(g.doc) AS ref
FROM (
  SELECT p.unit AS unit, v.person_key AS person_key, v.doc AS doc, v.month AS month, v.state AS state
  FROM pool p
  JOIN verified_state v ON v.unit = p.member
) g
GROUP BY g.unit, g.person_key, g.month
