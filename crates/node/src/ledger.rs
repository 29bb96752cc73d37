//! Reading ledgers and findings of what a node holds.

use linli_eval::{
    EvalError, SqlValue,
    figures::{Figures, figures},
    findings::{Found, find},
    ledger::{Ledger, View, rows},
};
use linli_store::{ReaderEngine, SqlError};
use linli_wire::UnitPath;

use crate::{
    error::{NodeError, chain},
    evaluation::{note_access, require_kept},
    node::Node,
};

/// The days of a ledger, ISO: what it is about, and up to when records are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerDays {
    pub as_of: String,
    pub known: String,
}

/// The rows of a ledger of a unit and what lies below it.
///
/// Invariant: a view of people leaves an access entry, before anything is shown.
pub fn ledger_rows(
    node: &Node,
    ledger: &Ledger,
    unit: &UnitPath,
    days: &LedgerDays,
    why: &str,
) -> Result<Vec<Vec<SqlValue>>, NodeError> {
    require_kept(node, unit)?;
    node.materialise()?;
    if ledger.names_people() {
        note_access(node, unit, &format!("ledger {}", ledger.id), why)?;
    }
    read_ledger(node, ledger, unit, days)
}

/// The same rows for counting: whoever asks shows nothing of them.
pub(crate) fn read_ledger(
    node: &Node,
    ledger: &Ledger,
    unit: &UnitPath,
    days: &LedgerDays,
) -> Result<Vec<Vec<SqlValue>>, NodeError> {
    read(node, unit, days, |engine, view| rows(engine, ledger, view))
}

/// What the traps find of a unit and what lies below it.
///
/// Invariant: a view of people leaves an access entry, before anything is shown.
pub fn findings(node: &Node, unit: &UnitPath, days: &LedgerDays, why: &str) -> Result<Vec<Found>, NodeError> {
    require_kept(node, unit)?;
    node.materialise()?;
    note_access(node, unit, "findings", why)?;
    read(node, unit, days, |engine, view| find(engine, view))
}

/// The figures of the report on the programme, which name nobody.
pub(crate) fn read_figures(node: &Node, unit: &UnitPath, days: &LedgerDays) -> Result<Figures, NodeError> {
    read(node, unit, days, |engine, view| figures(engine, view))
}

/// Reads in one transaction, beside the writer where the replica allows it.
fn read<T>(
    node: &Node,
    unit: &UnitPath,
    days: &LedgerDays,
    read: impl FnOnce(&mut ReaderEngine<'_>, &View<'_>) -> Result<T, EvalError<SqlError>>,
) -> Result<T, NodeError> {
    let today = node.now().day_number();
    let arrangement = node.with(|r| r.trust().arrangement(today));
    let view = View { unit, arrangement: &arrangement, as_of: &days.as_of, known: &days.known };
    let read =
        |engine: &mut ReaderEngine<'_>| read(engine, &view).map_err(|e| NodeError::Evaluation(chain(&e)));
    let detached = node.with(|r| {
        r.materialise()?;
        r.detached_reader()
    })?;
    match detached {
        Some(mut engine) => read(&mut engine),
        None => node.with(|r| read(&mut r.reader()?)),
    }
}

#[cfg(test)]
mod tests {
    use linli_eval::ledger::ledgers;
    use linli_log::Rights;

    use super::*;
    use crate::{
        evaluation::as_of_today,
        fixture::{COMMUNITY, Realm, STREET, accesses, card, entries, id_no, person, unit, write},
    };

    #[test]
    fn a_ledger_of_people_is_on_record_before_it_is_shown_and_one_of_what_is_not_kept_is_refused() {
        let realm = Realm::begin();
        let clerk = realm.enrol(&realm.root, "clerk", COMMUNITY, Rights::clerk());
        write(&clerk, COMMUNITY, &[card(1, "here"), person(2, &id_no(2), Some(("1", "2020-01-01")))]);
        let days = LedgerDays { as_of: as_of_today(), known: as_of_today() };
        let of = |id: &str, of: &str| {
            let ledger = ledgers().iter().find(|ledger| ledger.id == id).expect("there is the ledger");
            ledger_rows(&clerk, ledger, &unit(of), &days, "a look")
        };
        assert_eq!(of("L03", COMMUNITY).expect("it reads").len(), 1);
        assert_eq!(accesses(&clerk), 1);
        assert_eq!(of("L12", COMMUNITY).expect("it reads").len(), 0);
        assert_eq!(accesses(&clerk), 1, "vacancies are nobody's data");
        let before = entries(&clerk);
        assert!(matches!(of("L03", STREET), Err(NodeError::NotKeptHere { .. })));
        assert_eq!(entries(&clerk), before);
    }
}
