-- spell: the status episodes that had begun by T, and of ability and wish those with evidence.
CREATE TEMP TABLE spell AS
SELECT
  e.unit AS unit, e.doc AS doc, e.episode AS episode, e.dimension AS dimension, e.code AS code, e.reason AS reason,
  CASE WHEN e.evidence <> '' THEN 1 ELSE 0 END AS proved, CASE WHEN e.origin = 'event' THEN 1 ELSE 0 END AS is_event,
  e.start_n AS start_n, e.end_n AS end_n, e.recorded_n AS recorded_n, e.end_recorded_n AS end_recorded_n
FROM episode e
JOIN scope s ON s.unit = e.unit
CROSS JOIN param p
WHERE (e.dimension = 'status' OR (e.dimension IN ('ability', 'wish') AND e.evidence <> ''))
  AND e.start_n <= p.as_of_n AND e.recorded_n <= p.close_n;

-- responsible: the person documents that their community counts at T, with the key by which people are told
-- apart: the ID number where it is valid, else the document. bad_id: there is a number, and it is not valid. verified_n: the
-- date of verification on the person by T, -1 without one.
-- A determination prevails. Without one, residence 1 (lives where registered) and 3 (registered here) count,
-- residence 2 (lives here, registered elsewhere) counts from six months, and no entry about residence counts,
-- so that leaving it out removes nobody. Who is born after T is nobody's yet.
--
-- newcomer: those who live here (2) for less than six months at T, and nothing else of the kind. It reads episodes rather
-- than spells, so that a ledger of people does without a copy of everybody's.
CREATE TEMP TABLE newcomer AS
SELECT e.unit AS unit, e.doc AS doc, COUNT(*) AS episodes
FROM episode e
JOIN scope s ON s.unit = e.unit
CROSS JOIN param p
LEFT JOIN episode o ON o.unit = e.unit AND o.doc = e.doc AND o.dimension = 'residence'
  AND o.start_n <= p.as_of_n AND o.end_n >= p.as_of_n AND o.recorded_n <= p.close_n
  AND (o.code <> '2' OR o.start_n <= p.residence_by_n)
WHERE e.dimension = 'residence' AND e.code = '2' AND e.start_n > p.residence_by_n AND e.start_n <= p.as_of_n
  AND e.end_n >= p.as_of_n AND e.recorded_n <= p.close_n AND o.doc IS NULL
GROUP BY e.unit, e.doc;

CREATE TEMP TABLE responsible AS
SELECT
  q.unit AS unit, q.doc AS doc,
  CASE WHEN q.id_valid = 1 THEN q.id_no ELSE q.doc END AS person_key,
  q.recorded_n AS recorded_n, CASE WHEN q.id_no <> '' AND q.id_valid = 0 THEN 1 ELSE 0 END AS bad_id,
  q.work_from_n AS work_from_n, q.work_until_n AS work_until_n,
  CASE WHEN q.verified <> '' AND q.verified_n <= p.as_of_n THEN q.verified_n ELSE -1 END AS verified_n
FROM person q
JOIN scope s ON s.unit = q.unit
CROSS JOIN param p
LEFT JOIN determined d ON d.unit = q.unit AND d.id_no = q.id_no
LEFT JOIN newcomer r ON r.unit = q.unit AND r.doc = q.doc
WHERE q.recorded_n <= p.close_n AND q.birth_n <= p.as_of_n
  AND CASE
    WHEN d.counted_unit = q.unit THEN 1
    WHEN d.counted_unit IS NOT NULL THEN 0
    WHEN r.doc IS NULL THEN 1
    ELSE 0
  END = 1;

-- on_card: who stands on which card. opened_n: 99999999 without a date.
CREATE TEMP TABLE on_card AS
SELECT
  m.unit AS unit, m.person AS person, h.doc AS card, h.kind AS kind, h.state AS state, h.recorded_n AS recorded_n,
  h.low_income AS low_income, CASE WHEN h.opened <> '' THEN h.opened_n ELSE 99999999 END AS opened_n
FROM household h
JOIN scope s ON s.unit = h.unit
JOIN member m ON m.unit = h.unit AND m.doc = h.doc;
