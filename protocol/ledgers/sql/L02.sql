-- L02 家庭户卡册: the household cards opened by T. A head whom another community counts stands without a name. A card's fields
-- have no history: they are shown as they stand, but a card that was closed after T is valid.
SELECT
  h.unit AS unit, u.community AS community, h.card_no AS card_no, COALESCE(c.id_no, '') AS id_no,
  COALESCE(c.name, '') AS name, COALESCE(c.sex, '') AS sex, h.doc AS doc, h.kind AS kind, COALESCE(m.members, 0) AS members,
  h.dwelling AS dwelling, h.address AS address, h.registered_address AS registered_address, h.phone AS phone,
  h.low_income AS low_income, h.opened AS opened, h.verified AS verified, h.verified_by AS verified_by,
  CASE WHEN h.closed_n > p.as_of_n THEN '1' WHEN h.state = '' THEN '1' ELSE h.state END AS state,
  CASE WHEN h.closed_n > p.as_of_n THEN '' ELSE h.closed END AS closed
FROM household h
JOIN unit_name u ON u.unit = h.unit
CROSS JOIN param p
LEFT JOIN counted c ON c.unit = h.unit AND c.doc = h.head
LEFT JOIN (
  SELECT m.unit AS unit, m.doc AS doc, COUNT(m.person) AS members
  FROM member m
  JOIN scope s ON s.unit = m.unit
  GROUP BY m.unit, m.doc
) m ON m.unit = h.unit AND m.doc = h.doc
WHERE h.recorded_n <= p.known_n AND h.opened_n <= p.as_of_n
