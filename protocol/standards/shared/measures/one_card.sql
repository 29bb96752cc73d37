-- H3 a. one_card: people of the community at T: does each stand on exactly one valid card of it?
-- together: responsible.person_key
-- rows: one_card
-- reasons: on_one_card on_no_card on_several_cards
SELECT
  p.unit AS unit, 'one_card' AS part, MIN(c.doc) AS subject,
  CAST(CASE WHEN MIN(c.cards) = 1 AND MAX(c.cards) = 1 THEN 1 ELSE 0 END AS BIGINT) AS hit,
  CAST(1 AS BIGINT) AS weight,
  CASE
    WHEN MIN(c.cards) = 1 AND MAX(c.cards) = 1 THEN 'on_one_card'
    WHEN MIN(c.cards) = 0 THEN 'on_no_card'
    ELSE 'on_several_cards'
  END AS reason,
  MIN(c.doc) AS ref
FROM pool p
JOIN person_card c ON c.unit = p.member
GROUP BY p.unit, c.person_key
