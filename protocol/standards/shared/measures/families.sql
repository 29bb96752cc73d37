-- zero: zero-employment families of the period whose 30 days ran out by T: was a member placed within them,
-- with evidence? A tag that ended otherwise than by work before its 30 days ran out is not counted. Of a
-- family tagged more than once, every time has to be cleared.
-- both_out: families of which both spouses were out of work on a day of the period: is one of them in a
-- verified placement at T? Families of which both have lawfully left are not counted.
-- together: household.doc
-- rows: zero both_out
-- reasons: family_cleared family_not_cleared spouse_placed no_spouse_placed
SELECT
  p.unit AS unit, 'zero' AS part, z.family AS subject,
  CAST(MIN(z.cleared) AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE MIN(z.cleared) WHEN 1 THEN 'family_cleared' ELSE 'family_not_cleared' END AS reason,
  z.family AS ref
FROM pool p
CROSS JOIN param a
JOIN zero_family z ON z.unit = p.member
WHERE z.due_n <= a.as_of_n AND z.end_n >= a.start_n AND (z.end_n >= z.due_n OR z.worked = 1)
GROUP BY p.unit, z.family
UNION ALL
SELECT
  g.unit AS unit, 'both_out' AS part, g.family AS subject,
  CAST(MAX(g.placed) AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE MAX(g.placed) WHEN 1 THEN 'spouse_placed' ELSE 'no_spouse_placed' END AS reason,
  g.family AS ref
FROM (
  SELECT p.unit AS unit, f.family AS family,
    CASE WHEN w.standing = 4 THEN 1 ELSE 0 END AS placed,
    CASE WHEN x.person_key IS NULL THEN 1 ELSE 0 END AS remains
  FROM pool p
  JOIN both_out f ON f.unit = p.member
  JOIN responsible r ON r.unit = f.unit AND (r.doc = f.head OR r.doc = f.spouse)
  LEFT JOIN placed w ON w.unit = r.unit AND w.person_key = r.person_key
  LEFT JOIN exited x ON x.unit = r.unit AND x.person_key = r.person_key
) g
GROUP BY g.unit, g.family
HAVING MAX(g.remains) = 1
