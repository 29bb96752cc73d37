//! Mass registrations and how far they have come: of the dwellings that the streets know to be occupied, those that have
//! a card.

use std::collections::BTreeMap;

use linli_wire::UnitPath;
use serde::Serialize;

use super::{Units, day};
use crate::{error::NodeError, evaluation::require_kept, node::Node, programme::Share};

/// One campaign, as far as it had come on a day or by its last day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Campaign {
    pub document: String,
    /// The unit that called for it.
    pub unit: String,
    pub name: String,
    pub start: String,
    /// Empty where it has no last day.
    pub end: String,
    pub what: String,
    pub is_over: bool,
    /// Everything at and below the unit that was asked about.
    pub whole: Registered,
    /// The units next below that one.
    pub parts: Vec<Registered>,
}

/// What was registered in the programme's communities of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Registered {
    pub unit: String,
    pub name: String,
    /// Of the dwellings occupied on that day, those with a valid card.
    pub with_card: Share,
    /// Cards opened since the campaign began.
    pub opened: u64,
    /// Communities of which no dwelling is known, so that nothing can be said of them.
    pub without_register: u64,
}

/// By community: dwellings occupied on the day `?1`, and those of them that have a valid card, opened by then.
const DWELLINGS: &str = "\
SELECT d.unit, COUNT(DISTINCT d.dwelling), COUNT(DISTINCT CASE WHEN h.doc IS NULL THEN NULL ELSE d.dwelling END)
FROM dwelling d
LEFT JOIN household h ON h.unit = d.unit AND h.dwelling = d.dwelling AND h.state IN ('', '1') AND h.opened_n <= ?1
  AND (h.closed = '' OR h.closed_n > ?1)
WHERE d.start_n <= ?1 AND d.end_n >= ?1
GROUP BY d.unit";

/// By community: cards opened from the day `?1` to the day `?2`.
const OPENED: &str = "\
SELECT h.unit, COUNT(*) FROM household h WHERE h.opened_n >= ?1 AND h.opened_n <= ?2 GROUP BY h.unit";

/// The campaigns that reach a unit, the latest first, as far as they had come on a day.
pub fn campaigns(node: &Node, root: &UnitPath, on: &str) -> Result<Vec<Campaign>, NodeError> {
    require_kept(node, root)?;
    node.materialise()?;
    let today = day(on)?;
    let units = node.with(|r| Units::read(r, root))?;
    let sql = "SELECT doc, unit, name, start, end, content, start_n, end_n FROM campaign \
               WHERE start_n <= ?1 ORDER BY start_n DESC, doc";
    let rows: Vec<([String; 6], i64, i64)> = node.with(|r| {
        r.query(sql, [today], |row| {
            let texts = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
            Ok((texts, row.get(6)?, row.get(7)?))
        })
    })?;
    let mut campaigns = Vec::new();
    for ([document, unit, name, start, end, what], start_n, end_n) in rows {
        let reaches = unit.parse::<UnitPath>().is_ok_and(|unit| unit.covers(root) || root.covers(&unit));
        if !reaches {
            continue;
        }
        let last = end_n.min(today);
        let counted = Counted::read(node, start_n, last)?;
        let next = |unit: &UnitPath| unit.parent().as_ref() == Some(root);
        let parts = units.0.keys().filter(|unit| next(unit)).map(|part| counted.of(&units, part));
        campaigns.push(Campaign {
            document,
            unit,
            name,
            start,
            end,
            what,
            is_over: end_n < today,
            whole: counted.of(&units, root),
            parts: parts.filter(|part| part.with_card.of > 0 || part.without_register > 0).collect(),
        });
    }
    Ok(campaigns)
}

struct Counted {
    dwellings: BTreeMap<String, (u64, u64)>,
    opened: BTreeMap<String, u64>,
}

impl Counted {
    fn read(node: &Node, from: i64, last: i64) -> Result<Self, NodeError> {
        let dwellings: Vec<(String, (u64, u64))> =
            node.with(|r| r.query(DWELLINGS, [last], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))))?;
        let opened: Vec<(String, u64)> =
            node.with(|r| r.query(OPENED, [from, last], |row| Ok((row.get(0)?, row.get(1)?))))?;
        Ok(Self { dwellings: dwellings.into_iter().collect(), opened: opened.into_iter().collect() })
    }

    /// Adds up the programme's communities at and below a unit.
    fn of(&self, units: &Units, root: &UnitPath) -> Registered {
        let (mut occupied, mut carded, mut opened, mut without_register) = (0, 0, 0, 0);
        let communities = units.0.iter().filter(|(unit, row)| {
            row.programme && unit.level() == linli_wire::Level::Community && root.covers(unit)
        });
        for (unit, _) in communities {
            opened += self.opened.get(unit.as_str()).copied().unwrap_or_default();
            match self.dwellings.get(unit.as_str()) {
                Some((dwellings, with_card)) => {
                    occupied += dwellings;
                    carded += with_card;
                }
                None => without_register += 1,
            }
        }
        let (unit, name) = (root.to_string(), units.name(root));
        Registered { unit, name, with_card: Share::new(carded, occupied), opened, without_register }
    }
}
