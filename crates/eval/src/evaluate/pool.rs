//! What differs from run to run: the pool, the checks that are looked for, the disproofs that tell.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    prepare::{engine_error, filled, insert, integer, rows, text},
    scope::Pooled,
};
use crate::{
    engine::{Engine, SqlValue},
    error::EvalError,
    period::Period,
    standard::{SIGN_OFF, Source, Standard},
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

/// The disproof that tells, for each hit of a unit that one takes: by item and subject.
pub type Disproofs = BTreeMap<(String, String), Disproof>;

/// A disproof as it is on record.
pub struct Recorded {
    /// The unit that it was written to.
    pub member: String,
    subject: String,
    item: String,
    day: i64,
    disproof: Disproof,
}

/// Fills the pool: each name that rows count for, with each unit whose rows do.
pub fn fill<E: Engine>(engine: &mut E, pool: &BTreeSet<(String, String)>) -> Result<(), EvalError<E::Error>> {
    empty(engine, "pool")?;
    let row = |(unit, member): &(String, String)| vec![unit.as_str().into(), member.as_str().into()];
    insert(engine, "pool", &pool.iter().map(row).collect::<Vec<_>>())?;
    filled(engine, "pool", &[])
}

/// Fills the table of checks.
pub fn fill_slots<E: Engine>(engine: &mut E, standard: &Standard) -> Result<(), EvalError<E::Error>> {
    empty(engine, "slot")?;
    insert(engine, "slot", &slots(standard))?;
    filled(engine, "slot", &[])
}

fn empty<E: Engine>(engine: &mut E, table: &str) -> Result<(), EvalError<E::Error>> {
    let sql = format!("DELETE FROM temp.{table};");
    engine.execute(&sql).map_err(engine_error("emptying the temporary tables"))
}

/// The pool of a unit: its own rows, such as findings about a street, stand beside those of its members.
pub fn whole(pooled: &Pooled) -> BTreeSet<(String, String)> {
    let members = pooled.members.iter().chain([&pooled.unit]);
    members.map(|member| (pooled.unit.to_string(), member.to_string())).collect()
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

/// Every disproof of the window.
pub fn recorded<E: Engine>(engine: &mut E, period: &Period) -> Result<Vec<Recorded>, EvalError<E::Error>> {
    let what = "reading the disproofs";
    let sql = "SELECT d.unit AS member, d.subject AS subject, d.item AS item, \
               d.stage AS stage, d.reason AS reason, d.doc AS doc, d.day_n AS day_n \
               FROM disproof d";
    let (from, until) = period.findings();
    let mut found = Vec::new();
    for row in rows(engine, what, 7, sql)? {
        let day = integer(what, &row, 6)?;
        if (from.day_number()..=until.day_number()).contains(&day) {
            let disproof = Disproof {
                stage: text(what, &row, 3)?,
                reason: text(what, &row, 4)?,
                reference: text(what, &row, 5)?,
            };
            let (member, subject) = (text(what, &row, 0)?, text(what, &row, 1)?);
            found.push(Recorded { member, subject, item: text(what, &row, 2)?, day, disproof });
        }
    }
    Ok(found)
}

/// The disproofs that tell for a unit. Where several meet, the one of the highest stage tells, then the latest, then
/// the smallest document.
pub fn telling(recorded: &[Recorded], standard: &Standard, pooled: &Pooled) -> Disproofs {
    let counts = |one: &&Recorded| {
        pooled.unit.as_str() == one.member
            || pooled.members.iter().any(|member| member.as_str() == one.member)
    };
    let mut found: BTreeMap<(String, String), ((i64, i64), Disproof)> = BTreeMap::new();
    for one in recorded.iter().filter(counts) {
        let rank = (-stage_rank(&one.disproof.stage), -one.day);
        for id in standard.items.iter().filter(|i| one.item.is_empty() || names(i, &one.item)).map(|i| &i.id)
        {
            // A finding of a community that a street takes over carries the community's path.
            for subject in [one.subject.clone(), format!("{}#{}", one.member, one.subject)] {
                let key = (id.clone(), subject);
                let tells = found
                    .get(&key)
                    .is_none_or(|known| (rank, &one.disproof.reference) < (known.0, &known.1.reference));
                if tells {
                    found.insert(key, (rank, one.disproof.clone()));
                }
            }
        }
    }
    found.into_iter().map(|(key, (_, disproof))| (key, disproof)).collect()
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
