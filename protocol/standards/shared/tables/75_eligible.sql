-- looks_eligible: by person key, people out of work in the period who look eligible for help in hardship by age, low
-- income or a zero-employment family at T, are in no verified placement, and have no certification in the period.
CREATE TEMP TABLE low_income_member AS
SELECT c.unit AS unit, c.person AS person, MAX(c.low_income) AS low_income
FROM on_card c
WHERE c.low_income = 1
GROUP BY c.unit, c.person;

CREATE TEMP TABLE zero_member AS
SELECT m.unit AS unit, m.person AS person, COUNT(*) AS families
FROM zero_family z
CROSS JOIN param p
JOIN member m ON m.unit = z.unit AND m.doc = z.family
WHERE z.end_n >= p.as_of_n
GROUP BY m.unit, m.person;

CREATE TEMP TABLE looks_eligible AS
SELECT u.unit AS unit, u.person_key AS person_key, MIN(u.doc) AS doc
FROM unemployed u
CROSS JOIN param p
LEFT JOIN hardship h ON h.unit = u.unit AND h.person_key = u.person_key
LEFT JOIN placed w ON w.unit = u.unit AND w.person_key = u.person_key
JOIN responsible r ON r.unit = u.unit AND r.person_key = u.person_key
JOIN person q ON q.unit = r.unit AND q.doc = r.doc
LEFT JOIN low_income_member l ON l.unit = q.unit AND l.person = q.doc
LEFT JOIN zero_member z ON z.unit = q.unit AND z.person = q.doc
WHERE h.person_key IS NULL AND COALESCE(w.standing, 0) < 4
  AND (
    (q.sex = '2' AND q.birth <> '' AND q.birth_n <= p.born_by_40_n)
    OR (q.sex = '1' AND q.birth <> '' AND q.birth_n <= p.born_by_50_n)
    OR l.low_income = 1
    OR z.families > 0
  )
GROUP BY u.unit, u.person_key;
