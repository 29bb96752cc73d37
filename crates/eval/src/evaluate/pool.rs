//! What differs from standard to standard: pools, what parts read, disproofs.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    prepare::{engine_error, filled, insert, integer, rows, text},
    scope::Pooled,
};
use crate::{
    engine::{Engine, SqlValue},
    error::EvalError,
    period::Period,
    standard::{FINDINGS, SIGN_OFF, Source, Standard},
};

/// An inspector's record that a hit is untrue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Disproof {
    /// The level of the inspector.
    pub stage: String,
    pub reason: String,
    /// The document of the disproof.
    pub reference: String,
}

/// Unit, item and subject of a hit that a disproof takes.
type Disproved = (String, String, String);

/// The disproof that tells, for each hit that one takes.
pub type Disproofs = BTreeMap<Disproved, Disproof>;

/// Fills the tables of a standard for the units that it scores. Returns the disproofs that tell.
pub fn fill<E: Engine>(
    engine: &mut E,
    standard: &Standard,
    period: &Period,
    scored: &[Pooled],
) -> Result<Disproofs, EvalError<E::Error>> {
    engine
        .execute("DELETE FROM temp.pool; DELETE FROM temp.reads; DELETE FROM temp.slot; DELETE FROM temp.disproved;")
        .map_err(engine_error("emptying the temporary tables"))?;
    let mut pool = Vec::new();
    for Pooled { unit, members } in scored {
        // The unit's own rows, such as findings about a street, stand beside those of its members.
        if !members.contains(unit) {
            pool.push(vec![unit.as_str().into(), unit.as_str().into()]);
        }
        pool.extend(members.iter().map(|member| vec![unit.as_str().into(), member.as_str().into()]));
    }
    insert(engine, "pool", &pool)?;
    insert(engine, "reads", &reads(standard))?;
    insert(engine, "slot", &slots(standard))?;
    for table in ["pool", "reads", "slot"] {
        filled(engine, table, &[])?;
    }
    let disproofs = disproofs(engine, standard, period)?;
    let rows: Vec<Vec<SqlValue>> = disproofs
        .keys()
        .map(|(unit, item, subject)| [unit, item, subject].map(|text| text.as_str().into()).to_vec())
        .collect();
    insert(engine, "disproved", &rows)?;
    filled(engine, "disproved", &["subject"])?;
    Ok(disproofs)
}

/// The uses that a part makes of rows: to score, or as a reason not to.
pub const USE_SCORE: &str = "score";
pub const USE_BLOCK: &str = "block";
pub const USE_BLOCK_SIGN_OFF: &str = "block_sign_off";

fn reads(standard: &Standard) -> Vec<Vec<SqlValue>> {
    let mut reads = Vec::new();
    for item in &standard.items {
        if item.can_be_empty() {
            let row = [FINDINGS, &item.sign_off_name(), &item.id, SIGN_OFF, USE_SCORE];
            reads.push(row.map(SqlValue::from).to_vec());
        }
        for part in &item.parts {
            let rows = part.source.rows(&item.id, &part.id);
            let uses = [
                (USE_SCORE, Some(&rows)),
                (USE_BLOCK, part.blocked_by.as_ref()),
                (USE_BLOCK_SIGN_OFF, part.sign_off_blocked_by.as_ref()),
            ];
            for (use_of, name) in uses {
                let Some(name) = name else { continue };
                let row = [part.source.measure(), name, &item.id, &part.id, use_of];
                reads.push(row.map(SqlValue::from).to_vec());
            }
        }
    }
    reads
}

/// The checks that the measure of findings looks for, sign-offs among them; `*` stands for any subject of an
/// open part. Pooled checks are looked for in the members alone, all others in the scored unit alone: a street
/// that writes to its communities must not answer its own checks there.
fn slots(standard: &Standard) -> Vec<Vec<SqlValue>> {
    // A set, because two parts may read the same findings, and a check must not be joined twice.
    let mut slots = BTreeSet::new();
    for item in &standard.items {
        slots.extend(item.can_be_empty().then(|| (item.sign_off_name(), SIGN_OFF, 0_i64)));
        for part in &item.parts {
            let Source::Findings { checks, pooled_from, open } = &part.source else { continue };
            let name = part.source.rows(&item.id, &part.id);
            let pooled = i64::from(pooled_from.is_some());
            let subjects = checks.iter().map(|slot| slot.subject.as_str()).chain(open.then_some("*"));
            slots.extend(subjects.map(|subject| (name.clone(), subject, pooled)));
        }
    }
    let row = |(name, subject, pooled): (String, &str, i64)| {
        vec![SqlValue::Text(name), subject.into(), SqlValue::Int(pooled)]
    };
    slots.into_iter().map(row).collect()
}

/// Every disproof of the window, by the unit, item and subject whose hit it takes. Where several meet, the
/// one of the highest stage tells, then the latest, then the smallest document.
fn disproofs<E: Engine>(
    engine: &mut E,
    standard: &Standard,
    period: &Period,
) -> Result<Disproofs, EvalError<E::Error>> {
    let what = "reading the disproofs";
    let sql = "SELECT p.unit AS unit, d.unit AS member, d.subject AS subject, d.item AS item, \
               d.stage AS stage, d.reason AS reason, d.doc AS doc, d.day_n AS day_n \
               FROM disproof d JOIN pool p ON p.member = d.unit";
    let (from, until) = period.findings();
    let mut found: BTreeMap<Disproved, ((i64, i64), Disproof)> = BTreeMap::new();
    for row in rows(engine, what, 8, sql)? {
        let day = integer(what, &row, 7)?;
        if !(from.day_number()..=until.day_number()).contains(&day) {
            continue;
        }
        let (unit, member, subject) = (text(what, &row, 0)?, text(what, &row, 1)?, text(what, &row, 2)?);
        let item = text(what, &row, 3)?;
        let disproof = Disproof {
            stage: text(what, &row, 4)?,
            reason: text(what, &row, 5)?,
            reference: text(what, &row, 6)?,
        };
        let rank = (-stage_rank(&disproof.stage), -day);
        for id in standard.items.iter().filter(|i| item.is_empty() || names(i, &item)).map(|i| &i.id) {
            // A finding of a community that a street takes over carries the community's path.
            for subject in [subject.clone(), format!("{member}#{subject}")] {
                let key = (unit.clone(), id.clone(), subject);
                let candidate = (rank, disproof.clone());
                let tells = found.get(&key).is_none_or(|known| {
                    (candidate.0, &candidate.1.reference) < (known.0, &known.1.reference)
                });
                if tells {
                    found.insert(key, candidate);
                }
            }
        }
    }
    Ok(found.into_iter().map(|(key, (_, disproof))| (key, disproof)).collect())
}

fn names(item: &crate::standard::Item, named: &str) -> bool {
    item.id == named || item.twin.as_deref() == Some(named)
}

fn stage_rank(stage: &str) -> i64 {
    match stage {
        "city" => 3,
        "district" => 2,
        "street" => 1,
        _ => 0,
    }
}
