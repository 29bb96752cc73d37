//! What inspectors answer of what records do not tell.

use linli_model::kind;
use linli_store::DocumentEdits;
use linli_wire::{DocId, UnitPath};

use crate::{dates::iso, write::Fields};

/// What is asked: an item of the standard, a part of it, and the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    pub item: &'a str,
    pub part: &'a str,
    pub subject: &'a str,
}

/// The answer to one question about a unit. Whoever answers it again changes the same document.
pub fn finding(unit: &UnitPath, asked: Asked<'_>, hit: bool, day: i64) -> DocumentEdits {
    let Asked { item, part, subject } = asked;
    let mut fields = Fields::default();
    fields
        .text("item", item)
        .text("part", part)
        .text("subject", subject)
        .number("hit", i64::from(hit))
        .text("day", &iso(day));
    let id = DocId::singleton(&format!("finding {unit} {item} {part} {subject}"));
    DocumentEdits { id, kind: &kind::FINDING, edits: fields.done() }
}
