-- crammed: communities that recorded too large a share of the period's events in its last days. subject is the community.
-- reasons: much_at_the_end
SELECT
  v.unit AS unit, 'crammed' AS trap, v.unit AS subject, 'warning' AS severity, 'much_at_the_end' AS reason, v.unit AS ref
FROM event v
CROSS JOIN param p
JOIN threshold d ON d.name = 'recording_days'
JOIN threshold n ON n.name = 'crammed_events'
JOIN threshold s ON s.name = 'crammed_percent'
GROUP BY v.unit, n.value, s.value
HAVING COUNT(*) >= n.value
  AND 100 * CAST(SUM(CASE WHEN v.recorded_n > p.as_of_n - d.value THEN 1 ELSE 0 END) AS BIGINT) > s.value * COUNT(*)
