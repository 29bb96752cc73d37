-- person_card: by person key, the people of the community at T (less those who died or emigrated) and on how
-- many valid cards of the community they stand.
CREATE TEMP TABLE card_holder AS
SELECT m.unit AS unit, r.person_key AS person_key, h.doc AS card
FROM household h
JOIN scope s ON s.unit = h.unit
CROSS JOIN param p
JOIN member m ON m.unit = h.unit AND m.doc = h.doc
JOIN responsible r ON r.unit = m.unit AND r.doc = m.person
WHERE h.state = '1' AND h.recorded_n <= p.close_n
GROUP BY m.unit, r.person_key, h.doc;

CREATE TEMP TABLE card_count AS
SELECT c.unit AS unit, c.person_key AS person_key, COUNT(*) AS cards
FROM card_holder c
GROUP BY c.unit, c.person_key;

CREATE TEMP TABLE person_card AS
SELECT
  r.unit AS unit, r.person_key AS person_key, MIN(r.doc) AS doc, COUNT(*) AS documents,
  MAX(COALESCE(c.cards, 0)) AS cards
FROM responsible r
LEFT JOIN gone g ON g.unit = r.unit AND g.person_key = r.person_key
LEFT JOIN card_count c ON c.unit = r.unit AND c.person_key = r.person_key
WHERE g.person_key IS NULL
GROUP BY r.unit, r.person_key;

-- dwelling_card: every dwelling that the street's register calls occupied at T, and how good a card it has:
-- 3 valid and complete, 2 valid with mandatory fields missing, 1 not valid, 0 none. Mandatory: card number,
-- kind, head, residence address, opening date and at least one member.
CREATE TEMP TABLE card_member AS
SELECT m.unit AS unit, m.doc AS doc, COUNT(*) AS members
FROM member m
JOIN scope s ON s.unit = m.unit
GROUP BY m.unit, m.doc;

CREATE TEMP TABLE card_standing AS
SELECT
  h.unit AS unit, h.dwelling AS dwelling, MIN(h.doc) AS card,
  MAX(CASE
    WHEN h.state <> '1' THEN 1
    WHEN h.card_no = '' OR h.kind = '' OR h.head = '' OR h.address = '' OR h.opened = '' THEN 2
    WHEN h.opened_n > p.as_of_n OR c.members IS NULL THEN 2
    ELSE 3
  END) AS standing
FROM household h
JOIN scope s ON s.unit = h.unit
CROSS JOIN param p
LEFT JOIN card_member c ON c.unit = h.unit AND c.doc = h.doc
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
SELECT d.unit AS unit, COUNT(*) AS dwellings
FROM dwelling d
JOIN scope s ON s.unit = d.unit
GROUP BY d.unit;

-- event: what H3 c and f look at, each under its own key.
CREATE TEMP TABLE card_opened AS
SELECT m.unit AS unit, m.person AS person, MIN(h.opened_n) AS opened_n
FROM household h
JOIN scope s ON s.unit = h.unit
JOIN member m ON m.unit = h.unit AND m.doc = h.doc
WHERE h.opened <> ''
GROUP BY m.unit, m.person;

CREATE TEMP TABLE event AS
SELECT v.unit AS unit, v.doc AS doc, v.event AS event, v.start_n AS start_n, v.recorded_n AS recorded_n
FROM (
  SELECT e.unit AS unit, e.doc AS doc, e.doc || '/' || e.episode AS event, e.start_n AS start_n,
    e.recorded_n AS recorded_n
  FROM episode e
  WHERE e.dimension = 'status' AND e.origin = 'event'
  UNION ALL
  SELECT q.unit AS unit, q.doc AS doc, q.doc || '/' || q.placement AS event, q.start_n AS start_n,
    q.recorded_n AS recorded_n
  FROM placement q
  WHERE q.origin = 'event'
  UNION ALL
  SELECT c.unit AS unit, c.doc AS doc, c.doc || '/' || c.certification AS event, c.start_n AS start_n,
    c.recorded_n AS recorded_n
  FROM certification c
  WHERE c.origin = 'event'
) v
JOIN responsible r ON r.unit = v.unit AND r.doc = v.doc
JOIN card_opened o ON o.unit = v.unit AND o.person = v.doc
CROSS JOIN param p
WHERE v.start_n > o.opened_n AND v.start_n <= p.as_of_n AND v.recorded_n >= p.start_n
  AND v.recorded_n <= p.close_n;

-- duplicate: ID numbers under which the community has more than one document, and since when. The numbers of
-- people whom another community counts are not looked at.
CREATE TEMP TABLE duplicate AS
SELECT r.unit AS unit, r.person_key AS person_key, MAX(q.recorded_n) AS second_n
FROM responsible r
JOIN person q ON q.unit = r.unit AND q.doc = r.doc
GROUP BY r.unit, r.person_key
HAVING COUNT(*) > 1;

-- conflict_since: documents with a vital field of more than one value, and since when.
CREATE TEMP TABLE conflict_since AS
SELECT c.unit AS unit, c.doc AS doc, MIN(c.since_n) AS since_n
FROM conflict c
JOIN scope s ON s.unit = c.unit
WHERE c.vals > 1
GROUP BY c.unit, c.doc;
