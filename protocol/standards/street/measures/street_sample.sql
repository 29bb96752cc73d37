-- street_sample: the people sampled for the street's register, in its communities: the fields that agreed and
-- those that did not. street_sample_short: streets of which fewer than 60 people (or all where there are fewer),
-- or people of fewer than three communities (or all where there are fewer), were sampled.
-- across: members
-- rows: street_sample street_sample_short
-- reasons: fields_agree fields_differ sample_too_small
SELECT
  p.unit AS unit, 'street_sample' AS part, p.member || '#' || q.subject || '#agree' AS subject,
  CAST(1 AS BIGINT) AS hit, CAST(q.agreed AS BIGINT) AS weight, 'fields_agree' AS reason, q.doc AS ref
FROM pool p
JOIN sampled q ON q.unit = p.member
WHERE q.item = 'S06'
UNION ALL
SELECT
  p.unit AS unit, 'street_sample' AS part, p.member || '#' || q.subject || '#differ' AS subject,
  CAST(0 AS BIGINT) AS hit, CAST(q.compared - q.agreed AS BIGINT) AS weight, 'fields_differ' AS reason,
  q.doc AS ref
FROM pool p
JOIN sampled q ON q.unit = p.member
WHERE q.item = 'S06' AND q.agreed < q.compared
UNION ALL
SELECT
  g.unit AS unit, 'street_sample_short' AS part, g.unit AS subject, CAST(0 AS BIGINT) AS hit,
  CAST(0 AS BIGINT) AS weight, 'sample_too_small' AS reason, g.unit AS ref
FROM (
  SELECT p.unit AS unit, COUNT(*) AS communities, CAST(SUM(c.people) AS BIGINT) AS people,
    CAST(SUM(CASE WHEN z.people IS NULL THEN 0 ELSE 1 END) AS BIGINT) AS sampled_communities,
    CAST(SUM(COALESCE(z.people, 0)) AS BIGINT) AS sampled_people
  FROM pool p
  JOIN people_counted c ON c.unit = p.member
  LEFT JOIN sample_size z ON z.unit = p.member AND z.item = 'S06'
  WHERE p.unit <> p.member
  GROUP BY p.unit
) g
WHERE (g.sampled_people < 60 AND g.sampled_people < g.people)
  OR (g.sampled_communities < 3 AND g.sampled_communities < g.communities)
