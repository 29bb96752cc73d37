-- card_person: of everybody on cards, when the first was opened, and the valid cards: the first and the last in order.
CREATE TEMP TABLE card_person AS
SELECT c.unit AS unit, c.person AS person, MIN(c.opened_n) AS opened_n,
  MIN(CASE WHEN c.state = '1' AND c.recorded_n <= p.close_n THEN c.card END) AS family,
  MAX(CASE WHEN c.state = '1' AND c.recorded_n <= p.close_n THEN c.card END) AS family_last
FROM on_card c
CROSS JOIN param p
GROUP BY c.unit, c.person;

-- person_card: by person key, the people of the community at T (less those who died or emigrated) and on how
-- many valid cards of the community they stand: 0, 1, or 2 for several.
CREATE TEMP TABLE person_card AS
SELECT r.unit AS unit, r.person_key AS person_key, MIN(r.doc) AS doc, MIN(r.recorded_n) AS first_n,
  CASE WHEN MIN(o.family) IS NULL THEN 0 WHEN MIN(o.family) = MAX(o.family_last) THEN 1 ELSE 2 END AS cards
FROM responsible r
LEFT JOIN gone g ON g.unit = r.unit AND g.person_key = r.person_key
LEFT JOIN card_person o ON o.unit = r.unit AND o.person = r.doc
WHERE g.person_key IS NULL
GROUP BY r.unit, r.person_key;

-- person_known: by person key, everybody whom the community counts, with the day on which the last of their documents was
-- recorded.
CREATE TEMP TABLE person_known AS
SELECT r.unit AS unit, r.person_key AS person_key, MIN(r.doc) AS doc, COUNT(*) AS documents, MAX(r.recorded_n) AS last_n
FROM responsible r
GROUP BY r.unit, r.person_key;

-- dwelling_card: every dwelling that the street's register calls occupied at T, and how good a card it has:
-- 3 valid and complete, 2 valid with mandatory fields missing, 1 not valid, 0 none. Mandatory: card number,
-- kind, head, residence address, opening date and at least one member.
CREATE TEMP TABLE card_standing AS
SELECT
  h.unit AS unit, h.dwelling AS dwelling, MIN(h.doc) AS card,
  MAX(CASE
    WHEN h.state <> '1' THEN 1
    WHEN h.card_no = '' OR h.kind = '' OR h.head = '' OR h.address = '' OR h.opened = '' THEN 2
    WHEN h.opened_n > p.as_of_n OR c.card IS NULL THEN 2
    ELSE 3
  END) AS standing
FROM household h
JOIN scope s ON s.unit = h.unit
CROSS JOIN param p
LEFT JOIN on_card c ON c.unit = h.unit AND c.card = h.doc
WHERE h.recorded_n <= p.close_n AND h.dwelling <> ''
GROUP BY h.unit, h.dwelling;

CREATE TEMP TABLE occupied AS
SELECT
  d.unit AS unit, CASE WHEN d.dwelling = '' THEN d.dwelling_id ELSE d.dwelling END AS dwelling,
  MIN(d.doc) AS doc
FROM dwelling d
JOIN scope s ON s.unit = d.unit
CROSS JOIN param p
WHERE d.start_n <= p.as_of_n AND d.end_n >= p.as_of_n
GROUP BY d.unit, CASE WHEN d.dwelling = '' THEN d.dwelling_id ELSE d.dwelling END;

CREATE TEMP TABLE dwelling_card AS
SELECT
  o.unit AS unit, o.dwelling AS dwelling, COALESCE(c.card, o.doc) AS doc,
  COALESCE(c.standing, 0) AS standing
FROM occupied o
LEFT JOIN card_standing c ON c.unit = o.unit AND c.dwelling = o.dwelling;

-- register_kept: communities of which the street keeps a dwelling register at all.
CREATE TEMP TABLE register_kept AS
SELECT s.unit AS unit, COUNT(*) AS dwellings
FROM scope s
JOIN dwelling d ON d.unit = s.unit
GROUP BY s.unit;

-- event: what H3 c and f look at, each under its own key.
CREATE TEMP TABLE event AS
SELECT v.unit AS unit, v.doc AS doc, v.event AS event, v.start_n AS start_n, v.recorded_n AS recorded_n
FROM (
  SELECT e.unit AS unit, e.doc AS doc, e.doc || '/' || e.episode AS event, e.start_n AS start_n,
    e.recorded_n AS recorded_n
  FROM spell e
  WHERE e.dimension = 'status' AND e.is_event = 1
  UNION ALL
  SELECT q.unit AS unit, q.doc AS doc, q.doc || '/' || q.placement AS event, q.start_n AS start_n,
    q.recorded_n AS recorded_n
  FROM placement q
  JOIN scope s ON s.unit = q.unit
  WHERE q.origin = 'event'
  UNION ALL
  SELECT c.unit AS unit, c.doc AS doc, c.doc || '/' || c.certification AS event, c.start_n AS start_n,
    c.recorded_n AS recorded_n
  FROM certification c
  JOIN scope s ON s.unit = c.unit
  WHERE c.origin = 'event'
) v
JOIN responsible r ON r.unit = v.unit AND r.doc = v.doc
JOIN card_person o ON o.unit = v.unit AND o.person = v.doc
CROSS JOIN param p
WHERE v.start_n > o.opened_n AND v.start_n <= p.as_of_n AND v.recorded_n >= p.start_n
  AND v.recorded_n <= p.close_n;

-- duplicate: ID numbers under which the community has more than one document, and since when. The numbers of
-- people whom another community counts are not looked at.
CREATE TEMP TABLE duplicate AS
SELECT k.unit AS unit, k.person_key AS person_key, k.last_n AS second_n
FROM person_known k
WHERE k.documents > 1;

-- conflict_since: documents with a vital field of more than one value, and since when.
CREATE TEMP TABLE conflict_since AS
SELECT c.unit AS unit, c.doc AS doc, MIN(c.since_n) AS since_n
FROM conflict c
JOIN scope s ON s.unit = c.unit
WHERE c.vals > 1
GROUP BY c.unit, c.doc;

-- person_fault: by person key, what is wrong with the person's data for more than 15 days at T: 3 an invalid ID number,
-- 2 a second document, 1 a vital field with two values.
CREATE TEMP TABLE person_fault AS
SELECT g.unit AS unit, g.person_key AS person_key, MAX(g.fault) AS fault
FROM (
  SELECT r.unit AS unit, r.person_key AS person_key, 3 AS fault
  FROM responsible r
  CROSS JOIN param p
  WHERE r.bad_id = 1 AND r.recorded_n < p.as_of_n - 15
  UNION ALL
  SELECT d.unit AS unit, d.person_key AS person_key, 2 AS fault
  FROM duplicate d
  CROSS JOIN param p
  WHERE d.second_n < p.as_of_n - 15
  UNION ALL
  SELECT r.unit AS unit, r.person_key AS person_key, 1 AS fault
  FROM conflict_since f
  CROSS JOIN param p
  JOIN responsible r ON r.unit = f.unit AND r.doc = f.doc
  WHERE f.since_n < p.as_of_n - 15
) g
GROUP BY g.unit, g.person_key;

-- unmarked_shadow: people on a valid card whom another community was determined to count, who are not marked so from the
-- sixteenth day on.
CREATE TEMP TABLE unmarked_shadow AS
SELECT q.unit AS unit, q.doc AS doc, COUNT(*) AS cards
FROM scope s
CROSS JOIN param p
JOIN person q ON q.unit = s.unit
JOIN determined d ON d.unit = q.unit AND d.id_no = q.id_no
JOIN on_card c ON c.unit = q.unit AND c.person = q.doc
WHERE d.counted_unit <> d.unit AND d.day_n < p.as_of_n - 15 AND q.counted_by <> d.counted_unit
  AND q.recorded_n <= p.close_n AND c.state IN ('', '1')
GROUP BY q.unit, q.doc;
