-- counted: of the people asked for, the columns that every ledger of people begins with. Who is counted, and by which key, is
-- the standards' table `responsible`; a shadow is not in it. A person on several cards is shown with a valid one.
-- The joins are written as CROSS JOIN because SQLite keeps their order: nothing finds a member by the person.
CREATE TEMP TABLE person_card AS
SELECT
  m.unit AS unit, m.person AS person,
  SUBSTR(MIN(CASE WHEN h.state IN ('', '1') THEN '0' ELSE '1' END || h.doc), 2) AS card
FROM scope s
CROSS JOIN param p
CROSS JOIN member m
CROSS JOIN asked a
CROSS JOIN household h
WHERE m.unit = s.unit AND a.unit = m.unit AND a.doc = m.person AND h.unit = m.unit AND h.doc = m.doc
  AND h.recorded_n <= p.known_n
GROUP BY m.unit, m.person;

CREATE TEMP TABLE counted AS
SELECT
  r.unit AS unit, u.community AS community, COALESCE(h.card_no, '') AS card_no, q.id_no AS id_no, q.name AS name,
  q.sex AS sex, r.doc AS doc, r.person_key AS person_key, COALESCE(h.doc, '') AS card
FROM asked a
JOIN unit_name u ON u.unit = a.unit
JOIN responsible r ON r.unit = a.unit AND r.doc = a.doc
JOIN person q ON q.unit = r.unit AND q.doc = r.doc
LEFT JOIN person_card c ON c.unit = r.unit AND c.person = r.doc
LEFT JOIN household h ON h.unit = c.unit AND h.doc = c.card;
