-- person_dated, card_dated: the last of the dates that stood before, by T and by each of the month-ends, -1 without one.
CREATE TEMP TABLE person_dated AS
SELECT
  e.unit AS unit, e.doc AS doc, MAX(e.day_n) AS last0_n,
  MAX(CASE WHEN e.day_n <= b.day1_n THEN e.day_n ELSE -1 END) AS last1_n,
  MAX(CASE WHEN e.day_n <= b.day2_n THEN e.day_n ELSE -1 END) AS last2_n,
  MAX(CASE WHEN e.day_n <= b.day3_n THEN e.day_n ELSE -1 END) AS last3_n
FROM person_verification e
JOIN scope s ON s.unit = e.unit
CROSS JOIN param p
CROSS JOIN month_row b
WHERE e.day <> '' AND e.day_n <= p.as_of_n
GROUP BY e.unit, e.doc;

CREATE TEMP TABLE card_dated AS
SELECT
  e.unit AS unit, e.doc AS card, MAX(e.day_n) AS last0_n,
  MAX(CASE WHEN e.day_n <= b.day1_n THEN e.day_n ELSE -1 END) AS last1_n,
  MAX(CASE WHEN e.day_n <= b.day2_n THEN e.day_n ELSE -1 END) AS last2_n,
  MAX(CASE WHEN e.day_n <= b.day3_n THEN e.day_n ELSE -1 END) AS last3_n
FROM card_verification e
JOIN scope s ON s.unit = e.unit
CROSS JOIN param p
CROSS JOIN month_row b
WHERE e.day <> '' AND e.day_n <= p.as_of_n
GROUP BY e.unit, e.doc;

-- card_seen: of each household the last verification by T and by each of the month-ends: the date on the card, one that stood
-- there before, or a visit.
CREATE TEMP TABLE card_seen AS
SELECT
  g.unit AS unit, g.card AS card,
  CASE
    WHEN g.stands0_n >= g.stood0_n AND g.stands0_n >= g.visit0_n THEN g.stands0_n
    WHEN g.stood0_n >= g.visit0_n THEN g.stood0_n
    ELSE g.visit0_n
  END AS last0_n,
  CASE
    WHEN g.stands1_n >= g.stood1_n AND g.stands1_n >= g.visit1_n THEN g.stands1_n
    WHEN g.stood1_n >= g.visit1_n THEN g.stood1_n
    ELSE g.visit1_n
  END AS last1_n,
  CASE
    WHEN g.stands2_n >= g.stood2_n AND g.stands2_n >= g.visit2_n THEN g.stands2_n
    WHEN g.stood2_n >= g.visit2_n THEN g.stood2_n
    ELSE g.visit2_n
  END AS last2_n,
  CASE
    WHEN g.stands3_n >= g.stood3_n AND g.stands3_n >= g.visit3_n THEN g.stands3_n
    WHEN g.stood3_n >= g.visit3_n THEN g.stood3_n
    ELSE g.visit3_n
  END AS last3_n
FROM (
  SELECT
    h.unit AS unit, h.doc AS card,
    CASE WHEN h.verified <> '' AND h.verified_n <= b.day0_n THEN h.verified_n ELSE -1 END AS stands0_n,
    CASE WHEN h.verified <> '' AND h.verified_n <= b.day1_n THEN h.verified_n ELSE -1 END AS stands1_n,
    CASE WHEN h.verified <> '' AND h.verified_n <= b.day2_n THEN h.verified_n ELSE -1 END AS stands2_n,
    CASE WHEN h.verified <> '' AND h.verified_n <= b.day3_n THEN h.verified_n ELSE -1 END AS stands3_n,
    COALESCE(d.last0_n, -1) AS stood0_n, COALESCE(v.last0_n, -1) AS visit0_n,
    COALESCE(d.last1_n, -1) AS stood1_n, COALESCE(v.last1_n, -1) AS visit1_n,
    COALESCE(d.last2_n, -1) AS stood2_n, COALESCE(v.last2_n, -1) AS visit2_n,
    COALESCE(d.last3_n, -1) AS stood3_n, COALESCE(v.last3_n, -1) AS visit3_n
  FROM household h
  JOIN scope s ON s.unit = h.unit
  CROSS JOIN month_row b
  LEFT JOIN card_dated d ON d.unit = h.unit AND d.card = h.doc
  LEFT JOIN card_visited v ON v.unit = h.unit AND v.card = h.doc
) g;

-- card_person: of everybody on cards, when the first was opened, the valid cards (the first and the last in order), and the last
-- verifications of the cards.
CREATE TEMP TABLE card_person AS
SELECT c.unit AS unit, c.person AS person, MIN(c.opened_n) AS opened_n,
  MIN(CASE WHEN c.state = '1' AND c.recorded_n <= p.close_n THEN c.card END) AS family,
  MAX(CASE WHEN c.state = '1' AND c.recorded_n <= p.close_n THEN c.card END) AS family_last,
  MAX(k.last0_n) AS last0_n, MAX(k.last1_n) AS last1_n, MAX(k.last2_n) AS last2_n, MAX(k.last3_n) AS last3_n
FROM on_card c
CROSS JOIN param p
JOIN card_seen k ON k.unit = c.unit AND k.card = c.card
GROUP BY c.unit, c.person;

-- person_card: by person key, the people of the community at T (less those who died or emigrated), on how many valid cards of
-- the community they stand (0, 1, or 2 for several), and their last verifications.
CREATE TEMP TABLE person_card AS
SELECT
  g.unit AS unit, g.person_key AS person_key, MIN(g.doc) AS doc, MIN(g.recorded_n) AS first_n,
  CASE WHEN MIN(g.family) IS NULL THEN 0 WHEN MIN(g.family) = MAX(g.family_last) THEN 1 ELSE 2 END AS cards,
  MAX(CASE
    WHEN g.stands0_n >= g.stood0_n AND g.stands0_n >= g.card0_n THEN g.stands0_n
    WHEN g.stood0_n >= g.card0_n THEN g.stood0_n
    ELSE g.card0_n
  END) AS last0_n,
  MAX(CASE
    WHEN g.stands1_n >= g.stood1_n AND g.stands1_n >= g.card1_n THEN g.stands1_n
    WHEN g.stood1_n >= g.card1_n THEN g.stood1_n
    ELSE g.card1_n
  END) AS last1_n,
  MAX(CASE
    WHEN g.stands2_n >= g.stood2_n AND g.stands2_n >= g.card2_n THEN g.stands2_n
    WHEN g.stood2_n >= g.card2_n THEN g.stood2_n
    ELSE g.card2_n
  END) AS last2_n,
  MAX(CASE
    WHEN g.stands3_n >= g.stood3_n AND g.stands3_n >= g.card3_n THEN g.stands3_n
    WHEN g.stood3_n >= g.card3_n THEN g.stood3_n
    ELSE g.card3_n
  END) AS last3_n
FROM (
  SELECT
    r.unit AS unit, r.person_key AS person_key, r.doc AS doc, r.recorded_n AS recorded_n, o.family AS family,
    o.family_last AS family_last, r.verified_n AS stands0_n,
    CASE WHEN r.verified_n <= b.day1_n THEN r.verified_n ELSE -1 END AS stands1_n,
    CASE WHEN r.verified_n <= b.day2_n THEN r.verified_n ELSE -1 END AS stands2_n,
    CASE WHEN r.verified_n <= b.day3_n THEN r.verified_n ELSE -1 END AS stands3_n,
    COALESCE(d.last0_n, -1) AS stood0_n, COALESCE(o.last0_n, -1) AS card0_n,
    COALESCE(d.last1_n, -1) AS stood1_n, COALESCE(o.last1_n, -1) AS card1_n,
    COALESCE(d.last2_n, -1) AS stood2_n, COALESCE(o.last2_n, -1) AS card2_n,
    COALESCE(d.last3_n, -1) AS stood3_n, COALESCE(o.last3_n, -1) AS card3_n
  FROM responsible r
  CROSS JOIN month_row b
  LEFT JOIN gone x ON x.unit = r.unit AND x.person_key = r.person_key
  LEFT JOIN card_person o ON o.unit = r.unit AND o.person = r.doc
  LEFT JOIN person_dated d ON d.unit = r.unit AND d.doc = r.doc
  WHERE x.person_key IS NULL
) g
GROUP BY g.unit, g.person_key;

-- person_known: by person key, everybody whom the community counts, with the day on which the last of their documents was
-- recorded.
CREATE TEMP TABLE person_known AS
SELECT r.unit AS unit, r.person_key AS person_key, MIN(r.doc) AS doc, COUNT(*) AS documents, MAX(r.recorded_n) AS last_n
FROM responsible r
GROUP BY r.unit, r.person_key;

-- card_members: how many members each card has.
CREATE TEMP TABLE card_members AS
SELECT s.unit AS unit, m.doc AS card, COUNT(*) AS members
FROM scope s
JOIN member m ON m.unit = s.unit
GROUP BY s.unit, m.doc;

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
LEFT JOIN card_members c ON c.unit = h.unit AND c.card = h.doc
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
