-- months: was a policy put up in the month, and were four vacancies open on a day of it, those of hubs counted?
-- display_months: did the display show an unexpired vacancy or notice in the month?
-- gathered: did the unit itself gather a vacancy in the month?
-- display: did the display work when somebody last looked?
-- across: members
-- rows: months display_months gathered display
-- reasons: board_kept no_policy_posted too_few_vacancies display_shown display_blank vacancies_gathered
-- reasons: no_vacancy_gathered display_works display_broken display_not_checked
SELECT
  p.unit AS unit, 'months' AS part, m.month AS subject,
  CAST(CASE WHEN COALESCE(b.policy, 0) = 1 AND COALESCE(v.vacancies, 0) >= 4 THEN 1 ELSE 0 END AS BIGINT) AS hit,
  CAST(1 AS BIGINT) AS weight,
  CASE
    WHEN COALESCE(b.policy, 0) = 0 THEN 'no_policy_posted'
    WHEN COALESCE(v.vacancies, 0) < 4 THEN 'too_few_vacancies'
    ELSE 'board_kept'
  END AS reason,
  p.unit AS ref
FROM pool p
JOIN unit_month m ON m.unit = p.unit
LEFT JOIN posted_month b ON b.unit = p.unit AND b.month = m.month
LEFT JOIN vacancy_month v ON v.unit = p.unit AND v.month = m.month
WHERE p.unit = p.member
UNION ALL
SELECT
  p.unit AS unit, 'display_months' AS part, m.month AS subject,
  CAST(COALESCE(b.display, 0) AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE WHEN COALESCE(b.display, 0) = 1 THEN 'display_shown' ELSE 'display_blank' END AS reason,
  p.unit AS ref
FROM pool p
JOIN unit_month m ON m.unit = p.unit
LEFT JOIN posted_month b ON b.unit = p.unit AND b.month = m.month
WHERE p.unit = p.member
UNION ALL
SELECT
  p.unit AS unit, 'gathered' AS part, m.month AS subject,
  CAST(CASE WHEN g.doc IS NULL THEN 0 ELSE 1 END AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE WHEN g.doc IS NULL THEN 'no_vacancy_gathered' ELSE 'vacancies_gathered' END AS reason,
  COALESCE(g.doc, p.unit) AS ref
FROM pool p
JOIN unit_month m ON m.unit = p.unit
LEFT JOIN (
  SELECT v.unit AS unit, c.month AS month, MIN(v.doc) AS doc
  FROM vacancy v
  JOIN scope s ON s.unit = v.unit
  CROSS JOIN param a
  JOIN calendar c ON c.day_n = v.start_n
  WHERE v.recorded_n <= a.close_n
  GROUP BY v.unit, c.month
) g ON g.unit = p.unit AND g.month = m.month
WHERE p.unit = p.member
UNION ALL
SELECT
  p.unit AS unit, 'display' AS part, 'display' AS subject,
  CAST(COALESCE(d.working, 0) AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,
  CASE
    WHEN d.working = 1 THEN 'display_works'
    WHEN d.working = 0 THEN 'display_broken'
    ELSE 'display_not_checked'
  END AS reason,
  COALESCE(d.doc, p.unit) AS ref
FROM pool p
LEFT JOIN display_seen d ON d.unit = p.unit
WHERE p.unit = p.member
