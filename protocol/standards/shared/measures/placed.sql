-- People out of work in the period: who is in a verified placement at T? d1: laid off and unemployed (H1);
-- d3: these and all other unregistered who can and want to work.
-- together: responsible.person_key
-- rows: d1 d3
-- reasons: placed_verified no_return_visit no_evidence placement_ended not_placed
SELECT
  g.unit AS unit, g.part AS part,
  COALESCE(MIN(CASE WHEN g.standing = 4 THEN g.doc END), MIN(g.doc)) AS subject,
  CAST(MAX(CASE WHEN g.standing = 4 THEN 1 ELSE 0 END) AS BIGINT) AS hit,
  CAST(1 AS BIGINT) AS weight,
  CASE MAX(g.standing)
    WHEN 4 THEN 'placed_verified'
    WHEN 3 THEN 'no_return_visit'
    WHEN 2 THEN 'no_evidence'
    WHEN 1 THEN 'placement_ended'
    ELSE 'not_placed'
  END AS reason,
  COALESCE(MIN(CASE WHEN g.standing = 4 THEN g.doc END), MIN(g.doc)) AS ref
FROM (
  SELECT p.unit AS unit, 'd1' AS part, u.person_key AS person_key, u.doc AS doc,
    COALESCE(w.standing, 0) AS standing
  FROM pool p
  JOIN unemployed u ON u.unit = p.member
  LEFT JOIN placed w ON w.unit = u.unit AND w.person_key = u.person_key
  WHERE u.in_d1 = 1
  UNION ALL
  SELECT p.unit AS unit, 'd3' AS part, u.person_key AS person_key, u.doc AS doc,
    COALESCE(w.standing, 0) AS standing
  FROM pool p
  JOIN unemployed u ON u.unit = p.member
  LEFT JOIN placed w ON w.unit = u.unit AND w.person_key = u.person_key
) g
GROUP BY g.unit, g.part, g.person_key
