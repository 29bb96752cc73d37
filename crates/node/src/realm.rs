//! Beginning a realm: its root key, its log and its units.

use std::{collections::BTreeMap, path::Path};

use linli_log::{Genesis, Root, Rotate, fact::Changes};
use linli_model::{Edit, Value, kind};
use linli_store::{DocumentEdits, StoreError, Writing};
use linli_wire::{Channel, Level, RealmId, Space, UnitPath};

use crate::{error::NodeError, files, node::Node};

/// One unit as the file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRow {
    pub name: String,
    pub programme: bool,
}

/// The units of a realm, by path; the city first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RealmUnits(pub BTreeMap<UnitPath, UnitRow>);

impl RealmUnits {
    pub fn city(&self) -> &UnitPath {
        self.0.first_key_value().map(|(unit, _)| unit).expect("a realm's units begin with its city")
    }
}

/// The columns of a unit file, in their order.
const HEADER: &str = "code,level,name,parent,programme";

/// Reads a CSV file with the columns `code,level,name,parent,programme`.
pub fn read_units(path: &Path) -> Result<RealmUnits, NodeError> {
    let bytes = files::read(path)?;
    let units = match std::str::from_utf8(&bytes) {
        Ok(text) => parse_units(text),
        Err(error) => {
            let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
            Err((line, "it is not UTF-8; save the file as CSV UTF-8".to_owned()))
        }
    };
    units.map_err(|(line, reason)| NodeError::BadUnits { path: path.to_owned(), line, reason })
}

fn parse_units(text: &str) -> Result<RealmUnits, (usize, String)> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    match lines.next() {
        Some((_, header)) if header.trim() == HEADER => {}
        _ => return Err((1, format!("the first line is `{HEADER}`"))),
    }
    let mut units = BTreeMap::new();
    let mut line_nos = BTreeMap::new();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let line_no = index + 1;
        let fail = |reason: String| Err((line_no, reason));
        let fields: Vec<&str> = line.trim().split(',').collect();
        let &[code, level, name, parent, programme] = fields.as_slice() else {
            return fail(format!("{} columns where five are due", fields.len()));
        };
        let unit = UnitPath::from_code(code).map_err(|e| (line_no, e.to_string()))?;
        if unit.level().as_str() != level {
            return fail(format!("{code} is a {}, not a {level}, by its length", unit.level()));
        }
        if unit.parent().map(|p| p.code()).unwrap_or_default() != parent {
            return fail(format!("{code} does not lie in {parent}"));
        }
        let programme = match programme {
            "0" => false,
            "1" => true,
            other => return fail(format!("`{other}` in the column programme; it is 0 or 1")),
        };
        if name.is_empty() {
            return fail(format!("{code} has no name"));
        }
        if let Some(before) = line_nos.insert(unit.clone(), line_no) {
            return fail(format!("{code} stands twice, the first time in line {before}"));
        }
        units.insert(unit, UnitRow { name: name.to_owned(), programme });
    }
    let mut cities: Vec<_> = line_nos.iter().filter(|(unit, _)| unit.level() == Level::City).collect();
    cities.sort_by_key(|(_, line_no)| **line_no);
    match cities.as_slice() {
        [_] => {}
        [] => return Err((1, "a realm is one city, the file has none".to_owned())),
        [_, (second, line_no), ..] => {
            return Err((**line_no, format!("a realm is one city, {} is another", second.code())));
        }
    }
    let orphan = units.keys().find(|unit| unit.parent().is_some_and(|p| !units.contains_key(&p)));
    match orphan {
        Some(unit) => {
            Err((line_nos[unit], format!("{} lies in a unit that is not in the file", unit.code())))
        }
        None => Ok(RealmUnits(units)),
    }
}

/// Makes this new device the root of a realm with these units. `next_root` is the key that would
/// take over; its digest is published, the key itself is to be kept elsewhere.
pub fn init_realm(
    node: &Node,
    units: &RealmUnits,
    next_root: linli_wire::DeviceKey,
) -> Result<RealmId, NodeError> {
    let notices = Space::new(units.city().clone(), Channel::Notices);
    let now = node.now();
    node.with(|r| {
        let mut incarnation = [0; 16];
        r.fill_random(&mut incarnation)?;
        if let Some(realm) = r.realm() {
            return Err(NodeError::RealmBegun(realm));
        }
        let genesis = Genesis {
            device: r.identity().device(),
            space: notices.clone(),
            grant: None,
            incarnation,
            root: Some(Root { next_root: Rotate::announcement(next_root), suite: 1 }),
        };
        let log = r.write(now, |w| w.begin_realm(&genesis))?;
        let realm = RealmId::from(log);
        r.set_realm(realm)?;
        let documents: Vec<DocumentEdits> =
            units.0.iter().map(|(unit, row)| unit_document(unit, row)).collect();
        r.write(now, |w| {
            for documents in Writing::fitting(documents) {
                w.edit(&notices, &documents, Changes::default())?;
            }
            Ok::<_, StoreError>(())
        })?;
        r.seal()?;
        Ok(realm)
    })
}

fn unit_document(unit: &UnitPath, row: &UnitRow) -> DocumentEdits {
    let text = |field, value: &str| Edit::document(field, Some(Value::from(value)));
    let mut edits = vec![
        text("path", unit.as_str()),
        text("code", &unit.code()),
        text("level", unit.level().as_str()),
        text("name", &row.name),
        Edit::document("programme", Some(Value::from(i64::from(row.programme)))),
    ];
    if let Some(parent) = unit.parent() {
        edits.push(text("parent", parent.as_str()));
    }
    let id = kind::UNIT.fixed_id(unit.as_str()).expect("units are keyed by their path");
    DocumentEdits { id, kind: &kind::UNIT, edits }
}

#[cfg(test)]
mod tests;
