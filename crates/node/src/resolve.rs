//! Resolving what one unit cannot know alone: which community counts a person whom two have.
//!
//! The lowest hub that covers all the communities concerned decides, and writes a determination into
//! the oversight of each. Measures read determinations and never search for duplicates.

use std::collections::{BTreeMap, BTreeSet};

use linli_log::{Right, fact::Changes};
use linli_model::{Edit, Value, kind};
use linli_store::{DocumentEdits, Replica, StoreError, Writing};
use linli_wire::{Channel, DocId, Space, TimeMs, UnitPath};

use crate::{error::NodeError, moves, node::Node};

/// Months of residence after which the place of living counts before that of registration; the
/// standards' measures use the same.
const RESIDENCE_MONTHS: i64 = 6;

/// One community's record of a person whom others have too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    /// The lower, the stronger.
    rank: u8,
    recorded_n: i64,
    unit: UnitPath,
}

/// Determines every person whom this hub is the lowest to see twice, after it has carried offers of moves and their
/// answers between the communities. Returns how many people it decided about anew.
pub fn resolve(node: &Node, as_of_n: i64) -> Result<usize, NodeError> {
    let now = node.now();
    let (decided, carried) = node.with(|r| {
        let device = r.identity().device();
        let hub = r
            .trust()
            .grants_of(device)
            .find(|(_, a)| a.grant.rights.has(Right::Oversight))
            .map(|(_, a)| a.grant.unit.clone());
        match hub {
            Some(hub) => determine(r, &hub, as_of_n, now),
            None => Ok((0, 0)),
        }
    })?;
    if decided + carried > 0 {
        node.announce();
    }
    Ok(decided)
}

/// How many people were decided about, and how many offers and answers were carried.
fn determine(
    replica: &mut Replica,
    hub: &UnitPath,
    as_of_n: i64,
    now: TimeMs,
) -> Result<(usize, usize), NodeError> {
    let arrangement = replica.trust().arrangement(as_of_n);
    let moves = moves::due(replica, hub, &arrangement, linli_eval::Date::from_day_number(now.day_number()))?;
    let carried = moves.len();
    replica.write(now, |w| {
        for (space, document) in moves {
            w.edit(&space, &[document], Changes::default())?;
        }
        Ok::<_, StoreError>(())
    })?;
    let claims = claims(replica, hub, as_of_n)?;
    let day = linli_model::date::from_day_number(now.day_number())
        .map(linli_model::date::to_iso)
        .ok_or_else(|| StoreError::Corrupt("the clock shows no date".to_owned()))?;
    let settled = settled(replica)?;
    let erasures = replica.erasures()?.into_iter().filter(|erasure| erasure.counts);
    let erased: BTreeSet<(Space, DocId)> =
        erasures.map(|erasure| (erasure.space, erasure.document)).collect();
    let mut decided = 0;
    let mut told: BTreeMap<UnitPath, Vec<DocumentEdits>> = BTreeMap::new();
    for (id_no, mut claims) in claims {
        claims.sort();
        let counted = &claims[0];
        let reason = match counted.rank {
            0 => "accepted the move",
            1 => "lives where registered",
            2 => "has lived there for six months",
            3 => "is registered there",
            _ => "was recorded there first",
        };
        let mut anew = false;
        for claim in &claims {
            let oversight = Space::new(claim.unit.clone(), Channel::Oversight);
            let is_erased = |document| erased.contains(&(oversight.clone(), document));
            let id = determination_id(hub, &id_no, &is_erased);
            let document = determination(id, &id_no, &counted.unit, reason, &day);
            let key = (claim.unit.to_string(), document.id.to_string());
            if settled.get(&key).is_none_or(|told| *told != counted.unit.as_str()) {
                told.entry(claim.unit.clone()).or_default().push(document);
                anew = true;
            }
        }
        decided += usize::from(anew);
    }
    replica.write(now, |w| {
        for (unit, documents) in told {
            let space = Space::new(unit, Channel::Oversight);
            for documents in Writing::fitting(documents) {
                w.edit(&space, &documents, Changes::default())?;
            }
        }
        Ok::<_, StoreError>(())
    })?;
    Ok((decided, carried))
}

/// What each unit has been told: by (unit, document) the community that counts.
fn settled(replica: &Replica) -> Result<BTreeMap<(String, String), String>, StoreError> {
    let rows = replica.query("SELECT unit, doc, counted_unit FROM determination", [], |row| {
        Ok(((row.get(0)?, row.get(1)?), row.get(2)?))
    })?;
    Ok(rows.into_iter().collect())
}

/// The people whom several communities below the hub have and no lower hub sees together.
fn claims(
    replica: &Replica,
    hub: &UnitPath,
    as_of_n: i64,
) -> Result<BTreeMap<String, Vec<Claim>>, NodeError> {
    let settled_by_n = settled_by(as_of_n)?;
    let accepted = moves::accepted(replica)?;
    let rows = replica.query(
        "SELECT p.id_no, p.unit, p.recorded_n, e.code, e.start_n
         FROM (SELECT id_no FROM person WHERE id_no <> '' AND id_valid = 1 GROUP BY id_no HAVING COUNT(DISTINCT unit) > 1) twice
         JOIN person p ON p.id_no = twice.id_no
         LEFT JOIN episode e ON e.doc = p.doc AND e.unit = p.unit AND e.dimension = 'residence'
              AND e.start_n <= ?1 AND e.end_n >= ?1
         ORDER BY p.id_no, p.unit, e.start_n",
        [as_of_n],
        |row| {
            let unit: String = row.get(1)?;
            let (residence, since_n): (Option<String>, Option<i64>) = (row.get(3)?, row.get(4)?);
            let rank = rank(residence.as_deref(), since_n, settled_by_n);
            Ok((row.get::<_, String>(0)?, unit, rank, row.get(2)?))
        },
    )?;
    let arrangement = replica.trust().arrangement(as_of_n);
    let mut people: BTreeMap<String, BTreeMap<UnitPath, Claim>> = BTreeMap::new();
    for (id_no, unit, rank, recorded_n) in rows {
        let rank = if accepted.get(&id_no) == Some(&unit) { 0 } else { rank };
        let unit: UnitPath = unit.parse().map_err(|e| StoreError::Corrupt(format!("{e}")))?;
        if !arrangement.is_above(hub, &unit) {
            continue;
        }
        let claim = Claim { rank, recorded_n, unit: unit.clone() };
        let best = people.entry(id_no).or_default().entry(unit).or_insert_with(|| claim.clone());
        *best = claim.min(best.clone());
    }
    let lowest = |claims: &BTreeMap<UnitPath, Claim>| {
        let mut units = claims.keys();
        let first = units.next()?.clone();
        units.try_fold(first, |cover, unit| arrangement.lowest_cover(&cover, unit))
    };
    Ok(people
        .into_iter()
        .filter(|(_, claims)| claims.len() > 1 && lowest(claims).as_ref() == Some(hub))
        .map(|(id_no, claims)| (id_no, claims.into_values().collect()))
        .collect())
}

/// The last day on which a residence can have begun that counts on the as-of date.
fn settled_by(as_of_n: i64) -> Result<i64, NodeError> {
    let as_of = linli_model::date::from_day_number(as_of_n).map(linli_model::date::to_iso);
    let as_of: Option<linli_eval::Date> = as_of.and_then(|iso| iso.parse().ok());
    as_of
        .map(|day| day.plus_months(-RESIDENCE_MONTHS).day_number())
        .ok_or_else(|| NodeError::Evaluation(format!("day {as_of_n} is no date")))
}

/// How strong a community's claim is by where the person lives; the lower, the stronger.
fn rank(residence: Option<&str>, since_n: Option<i64>, settled_by_n: i64) -> u8 {
    match (residence, since_n) {
        (Some("1"), _) => 1,
        (Some("2"), Some(since_n)) if since_n <= settled_by_n => 2,
        (Some("3"), _) => 3,
        _ => 4,
    }
}

/// The document by which this hub decides about a person: one for each hub, so that two hubs never
/// write in one another's, and the next where one was erased, which takes nothing more.
fn determination_id(hub: &UnitPath, id_no: &str, is_erased: &dyn Fn(DocId) -> bool) -> DocId {
    let first = DocId::singleton(&format!("determination {hub} {id_no}"));
    let later = (2_u64..).map(|nth| DocId::singleton(&format!("determination {hub} {id_no} {nth}")));
    std::iter::once(first).chain(later).find(|id| !is_erased(*id)).unwrap_or(first)
}

fn determination(id: DocId, id_no: &str, counted: &UnitPath, reason: &str, day: &str) -> DocumentEdits {
    let text = |field, value: &str| Edit::document(field, Some(Value::from(value)));
    DocumentEdits {
        id,
        kind: &kind::DETERMINATION,
        edits: vec![
            text("id_no", id_no),
            text("counted_unit", counted.as_str()),
            text("reason", reason),
            text("day", day),
        ],
    }
}

#[cfg(test)]
mod tests;
