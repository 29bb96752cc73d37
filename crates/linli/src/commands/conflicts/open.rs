//! The conflicts that nobody has settled, with what and whom they are about.

use anyhow::{Context as _, Result};
use linli_model::{Field, Kind, Place, Value, date, history, kind};
use linli_node::{Node, NodeError};
use linli_store::{Replica, StoreError};
use linli_wire::{Channel, DocId, Space, UnitPath};

use crate::authors::Author;

/// One field with more than one value.
pub struct Open {
    pub space: Space,
    pub id: DocId,
    pub kind: &'static Kind,
    pub card_no: String,
    /// The person, or the head of the household.
    pub name: String,
    pub id_no: String,
    pub place: Place,
    pub field: &'static Field,
    /// The day on which the latest value was recorded, ISO.
    pub since: String,
    /// In the same order wherever the document is: the one that is shown elsewhere is the last.
    pub values: Vec<Candidate>,
}

/// One of the values, with everybody who wrote it.
pub struct Candidate {
    pub value: Value,
    pub by: Vec<Author>,
}

/// A row of the table of conflicts.
struct Row {
    unit: String,
    document: String,
    place: String,
    field: String,
    since_n: i64,
}

/// The conflicts of a unit and what lies below it.
pub fn list(node: &Node, unit: &UnitPath) -> Result<Vec<Open>> {
    let today = node.now().day_number();
    let open = node.with(|r| {
        let arrangement = r.trust().arrangement(today);
        let sql = "SELECT unit, doc, place, field, since_n FROM conflict ORDER BY unit, doc, place, field";
        let rows = r.query(sql, [], |row| {
            Ok(Row {
                unit: row.get(0)?,
                document: row.get(1)?,
                place: row.get(2)?,
                field: row.get(3)?,
                since_n: row.get(4)?,
            })
        })?;
        let mut open = Vec::new();
        for row in rows {
            let of: UnitPath = row.unit.parse().map_err(|e| StoreError::Corrupt(format!("{e}")))?;
            if arrangement.covers(unit, &of) {
                open.push(read(r, of, &row)?);
            }
        }
        Ok::<_, NodeError>(open)
    })?;
    open.into_iter().collect::<Option<_>>().context("a conflict names a document that is not here")
}

/// A conflict as it stands in its document; `None` where the document does not have it.
fn read(replica: &Replica, unit: UnitPath, row: &Row) -> Result<Option<Open>, NodeError> {
    let Ok(id) = row.document.parse::<DocId>() else { return Ok(None) };
    let space = Space::new(unit, Channel::Records);
    let Some(opened) = replica.document(&space, id)? else { return Ok(None) };
    let Some(kind) = kind::by_code(opened.kind) else { return Ok(None) };
    let place = Place::parse(&row.place);
    let fields = match &place {
        Place::Document => Some(kind.fields),
        Place::Item { collection, .. } => kind.collection(collection).map(|collection| collection.fields),
    };
    let field = fields.and_then(|fields| fields.iter().find(|field| field.name == row.field));
    let Some(field) = field else { return Ok(None) };
    let mut values: Vec<Candidate> = Vec::new();
    for (value, change) in history::values(kind, &opened.document, &place, field) {
        let by = Author::of(replica, &opened, &change)?;
        match values.iter_mut().find(|known| known.value == value) {
            Some(known) => known.by.extend(by),
            None => values.push(Candidate { value, by: by.into_iter().collect() }),
        }
    }
    let sql = "SELECT COALESCE(MIN(h.card_no), ''), COALESCE(MIN(p.name), ''), COALESCE(MIN(p.id_no), '')
               FROM (SELECT ?1 AS unit, ?2 AS doc) d
               LEFT JOIN member m ON m.unit = d.unit AND m.person = d.doc
               LEFT JOIN household h ON h.unit = d.unit AND (h.doc = d.doc OR h.doc = m.doc)
               LEFT JOIN person p ON p.unit = d.unit AND (p.doc = d.doc OR (h.doc = d.doc AND p.doc = h.head))";
    let about = replica.query(sql, [&row.unit, &row.document], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
    })?;
    let (card_no, name, id_no) = about.into_iter().next().unwrap_or_default();
    let since = date::from_day_number(row.since_n).map(date::to_iso).unwrap_or_default();
    Ok(Some(Open { space, id, kind, card_no, name, id_no, place, field, since, values }))
}
