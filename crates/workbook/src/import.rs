//! One file into the records of one community, all of it or nothing.

use linli_log::fact::Changes;
use linli_store::Replica;
use linli_wire::{Channel, Level, Space, TimeMs, UnitPath};

use crate::check::{Refused, check};
use crate::error::ImportError;
use crate::plan::{Plan, Planner};
use crate::recorded::Recorded;
use crate::sheet;

/// How many of something an import made, changed, and found as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub new: usize,
    pub changed: usize,
    pub unchanged: usize,
}

impl Tally {
    pub(crate) fn count(&mut self, is_recorded: bool, differs: bool) {
        *match (is_recorded, differs) {
            (false, _) => &mut self.new,
            (true, true) => &mut self.changed,
            (true, false) => &mut self.unchanged,
        } += 1;
    }
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// What the entries are marked with; the same file has the same.
    pub import_id: [u8; 16],
    /// Rows that are not empty, without the headers.
    pub rows: usize,
    pub cards: Tally,
    pub people: Tally,
    /// Entries written: 0 where everything was recorded already.
    pub entries: usize,
    /// The bad cells, in the order of rows.
    pub refused: Vec<Refused>,
    /// Cards that have no head: its row was refused or is not in the file.
    pub headless: Vec<String>,
}

impl Report {
    /// How many rows were refused; a row may have several bad cells.
    pub fn refused_rows(&self) -> usize {
        self.refused.chunk_by(|a, b| a.row == b.row).count()
    }
}

/// Imports a file into the records of a community: one entry a household, all in one transaction.
///
/// `progress` is told after each household how many are done, and of how many.
pub fn import(
    replica: &mut Replica,
    unit: &UnitPath,
    bytes: &[u8],
    name: &str,
    now: TimeMs,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Report, ImportError> {
    if unit.level() != Level::Community {
        return Err(ImportError::NotACommunity(unit.clone()));
    }
    let sheet = sheet::read(bytes, name)?;
    let checked = check(&sheet, now.day_number());
    // What came from others and is not in the tables yet would be imported a second time.
    replica.materialise()?;
    let recorded = Recorded::load(replica, unit)?;
    let plan = Planner::new(unit, &recorded, sheet.seed, now.day_number()).plan(&checked.cards);
    let entries = write(replica, unit, sheet.import, &plan, now, progress)?;
    let mut refused = checked.refused;
    refused.extend(plan.refused);
    refused.sort_by_key(|refused| refused.row);
    Ok(Report {
        import_id: sheet.import,
        rows: checked.rows,
        cards: plan.cards,
        people: plan.people,
        entries,
        refused,
        headless: plan.headless,
    })
}

fn write(
    replica: &mut Replica,
    unit: &UnitPath,
    import: [u8; 16],
    plan: &Plan,
    now: TimeMs,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<usize, ImportError> {
    let total = plan.households.len();
    if total == 0 {
        return Ok(0);
    }
    let space = Space::new(unit.clone(), Channel::Records);
    replica.write(now, |writing| {
        let mut entries = 0;
        for (done, household) in plan.households.iter().enumerate() {
            for documents in household {
                let about = Changes { import: Some(import), again: None };
                entries += usize::from(writing.edit(&space, documents, about)?.is_some());
            }
            progress(done + 1, total);
        }
        Ok(entries)
    })
}

#[cfg(test)]
mod tests;
