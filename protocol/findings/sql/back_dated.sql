-- back_dated: events after the card was opened (no import, transfer or correction) that were recorded long after they
-- occurred.
-- reasons: recorded_late
SELECT
  v.unit AS unit, 'back_dated' AS trap, v.doc AS subject, 'notice' AS severity, 'recorded_late' AS reason, v.event AS ref
FROM event v
JOIN threshold t ON t.name = 'recording_days'
WHERE v.recorded_n - v.start_n > t.value
