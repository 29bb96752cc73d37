//! Promises of residues: measures fold as before, and nobody is named.

use automerge::ChangeHash;
use linli_wire::{Channel, Level};

use super::*;
use crate::rows::{Cell, Written};
use crate::tables::{table_index, tables};
use crate::{Kind, apply, new_document};

const KEY: &str = "00000000000000000000000000000001";

/// Everything was written on one day.
struct OnDay(i64);

impl Provenance for OnDay {
    fn written(&self, _: &ChangeHash) -> Option<Written> {
        Some(Written { day_n: self.0, level: Level::Community })
    }

    fn first_day(&self) -> Option<i64> {
        Some(self.0)
    }
}

fn document(kind: &'static Kind, edits: &[Edit]) -> Automerge {
    let mut document = new_document(kind);
    let mut transaction = document.transaction();
    apply(&mut transaction, kind, edits).expect("the edits fit");
    transaction.commit();
    document
}

fn space(channel: Channel) -> Space {
    Space::new("3211/02/001/001".parse().expect("a path"), channel)
}

fn person() -> Automerge {
    let set = |field: &str, value: &str| Edit::document(field, Some(Value::from(value)));
    let item = |collection: &str, field: &str, value: &str| {
        Edit::item(collection, KEY, field, Some(Value::from(value)))
    };
    document(
        &PERSON,
        &[
            set("name", "张三丰"),
            set("id_no", "11010519491231002X"),
            set("phone", "13800000000"),
            set("verified", "2026-10-01"),
            item("episodes", "dimension", "status"),
            item("episodes", "code", "3"),
            item("episodes", "start", "2026-02-01"),
            item("episodes", "former_employer", "第一机床厂"),
            item("episodes", "evidence", "张三丰的证明"),
            item("placements", "start", "2026-05-01"),
            item("placements", "end", "2026-08-31"),
            item("placements", "employer", "第二机床厂"),
            item("placements", "evidence", "contract"),
            item("certifications", "category", "1"),
            item("certifications", "worker", "王芳"),
        ],
    )
}

fn cell<'r>(rows: &'r [Row], table: &str, column: &str) -> &'r Cell {
    let index = table_index(table).expect("a table");
    let row = rows.iter().find(|row| row.table == index).expect("it has a row");
    &row.cells[tables()[index].column(column).expect("a column")]
}

#[test]
fn a_residue_gives_the_rows_that_measures_read_and_names_nobody() {
    let person = person();
    let id = DocId([7; 16]);
    let before = crate::rows(&PERSON, &person, id, &space(Channel::Records), &OnDay(20_000));
    let residue = document(&RESIDUE, &of_person(&person, &OnDay(20_000)));
    let after = rows(&residue, id, &space(Channel::Oversight));
    assert_eq!(before.len(), after.len());
    for (table, column) in [
        ("person", "doc"),
        ("person", "work_until_n"),
        ("person", "verified_n"),
        ("person", "recorded_n"),
        ("episode", "code"),
        ("episode", "start_n"),
        ("episode", "recorded_n"),
        ("placement", "evidence"),
        ("placement", "end_n"),
        ("placement", "recorded_n"),
        ("placement", "end_recorded_n"),
        ("certification", "category"),
        ("certification", "recorded_n"),
    ] {
        assert_eq!(cell(&before, table, column), cell(&after, table, column), "{table}.{column}");
    }
    let text = |text: &str| Cell::Text(text.to_owned());
    assert_eq!(cell(&after, "person", "birth"), &text("1949-12-01"), "from the number, as the month alone");
    assert_eq!(cell(&after, "person", "sex"), &text("2"));
    assert_eq!(cell(&after, "episode", "evidence"), &text(ERASED));
    let all = format!("{after:?}");
    for secret in ["张三丰", "1101051949", "1949-12-31", "138", "机床厂", "王芳"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[test]
fn a_residue_speaks_in_the_oversight_alone() {
    let residue = document(&RESIDUE, &of_person(&person(), &OnDay(20_000)));
    assert_eq!(rows(&residue, DocId([7; 16]), &space(Channel::Records)), []);
    assert_eq!(crate::rows(&RESIDUE, &residue, DocId([7; 16]), &space(Channel::Oversight), &OnDay(1)), []);
}
