-- staff: a full-time post held all period with no gap of more than 10 working days, and every worker in post at
-- T certified.
-- rows: staff
-- reasons: post_held post_empty all_certified some_uncertified nobody_in_post
SELECT
  p.unit AS unit, 'staff' AS part, 'post' AS subject,
  CAST(CASE WHEN g.unit IS NULL THEN 1 ELSE 0 END AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE WHEN g.unit IS NULL THEN 'post_held' ELSE 'post_empty' END AS reason,
  COALESCE(u.doc, p.unit) AS ref
FROM pool p
LEFT JOIN post_gap g ON g.unit = p.unit
LEFT JOIN uncertified u ON u.unit = p.unit
WHERE p.unit = p.member
UNION ALL
SELECT
  p.unit AS unit, 'staff' AS part, 'certified' AS subject,
  CAST(CASE WHEN u.workers = 0 THEN 1 ELSE 0 END AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE
    WHEN u.workers = 0 THEN 'all_certified'
    WHEN u.workers > 0 THEN 'some_uncertified'
    ELSE 'nobody_in_post'
  END AS reason,
  COALESCE(u.doc, p.unit) AS ref
FROM pool p
LEFT JOIN uncertified u ON u.unit = p.unit
WHERE p.unit = p.member
