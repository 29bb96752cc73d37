-- stale: people whose particulars nobody verified within the days that H3 b gives, at T.
-- reasons: verified_too_long_ago never_verified
SELECT
  v.unit AS unit, 'stale' AS trap, v.doc AS subject, 'notice' AS severity,
  CASE v.state0 WHEN 1 THEN 'verified_too_long_ago' ELSE 'never_verified' END AS reason, v.doc AS ref
FROM verified_state v
WHERE v.state0 < 2
