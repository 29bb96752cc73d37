//! A list into a unit, all of its good rows or nothing.

use std::collections::BTreeMap;

use linli_log::fact::Changes;
use linli_model::kind::Field;
use linli_model::{Edit, FieldType, Value, date};
use linli_store::{DocumentEdits, Replica};
use linli_wire::{Digest, DocId, Space, TimeMs, UnitPath};

use super::{List, Owner};
use crate::check::{Fields, Refused, Why, shown, value_of};
use crate::columns::{Column, Target};
use crate::error::ImportError;
use crate::import::Tally;
use crate::limits::ENTRY_VALUE_BYTES_MAX;
use crate::plan::{differing, half, item_key, len_bytes};
use crate::recorded::{self, text};
use crate::sheet::{self, Row, Sheet, shortened};

/// What the import of a list did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListReport {
    pub list: &'static List,
    pub import_id: [u8; 16],
    /// Rows that are not empty, without the headers.
    pub rows: usize,
    pub tally: Tally,
    /// Entries written: 0 where everything was recorded already.
    pub entries: usize,
    /// The bad cells, in the order of rows.
    pub refused: Vec<Refused>,
}

impl ListReport {
    /// How many rows were refused; a row may have several bad cells.
    pub fn refused_rows(&self) -> usize {
        self.refused.chunk_by(|a, b| a.row == b.row).count()
    }
}

/// Imports a file of a list into a unit: one entry a document, all in one transaction.
pub fn import(
    replica: &mut Replica,
    unit: &UnitPath,
    list: &'static List,
    bytes: &[u8],
    name: &str,
    now: TimeMs,
) -> Result<ListReport, ImportError> {
    let channel =
        list.channel(unit).ok_or_else(|| ImportError::NotKeptThere(unit.clone(), list.en, list.zh))?;
    let sheet = sheet::read_as(bytes, name, &list.columns)?;
    // What came from others and is not in the tables yet would be imported a second time.
    replica.materialise()?;
    let mut plan = Plan::new(replica, unit, list, &sheet, now.day_number())?;
    for row in sheet.rows() {
        plan.row(row);
    }
    let space = Space::new(unit.clone(), channel);
    let about = Changes { import: Some(sheet.import_id()), again: None };
    let documents = plan.documents();
    let entries = if documents.is_empty() {
        0
    } else {
        replica.write(now, |writing| {
            let mut entries = 0;
            for document in documents {
                entries += usize::from(writing.edit(&space, &[document], about)?.is_some());
            }
            Ok::<_, ImportError>(entries)
        })?
    };
    plan.refused.sort_by_key(|refused| refused.row);
    let (import_id, rows) = (sheet.import_id(), sheet.rows().len());
    Ok(ListReport { list, import_id, rows, tally: plan.tally, entries, refused: plan.refused })
}

/// What is recorded: the document, the key of an item, and its fields.
type Known = (DocId, String, Fields);

struct Plan<'s> {
    list: &'static List,
    unit: &'s UnitPath,
    sheet: &'s Sheet,
    today_n: i64,
    /// Documents of owners by their number.
    owners: BTreeMap<String, DocId>,
    /// By owner and identity; documents of the unit have one owner.
    known: BTreeMap<(DocId, String), Known>,
    /// The row of the file that had an owner and identity first.
    seen: BTreeMap<(DocId, String), usize>,
    edits: Vec<(DocId, Vec<Edit>)>,
    tally: Tally,
    refused: Vec<Refused>,
}

/// In the place of an owner, for lists that have none.
const NOBODY: DocId = DocId([0; 16]);

impl<'s> Plan<'s> {
    fn new(
        replica: &Replica,
        unit: &'s UnitPath,
        list: &'static List,
        sheet: &'s Sheet,
        today_n: i64,
    ) -> Result<Self, ImportError> {
        let owners = match list.owner {
            Owner::Person => {
                numbered(replica, unit, "SELECT id_no, MIN(doc) FROM person WHERE unit = ?1 GROUP BY id_no")?
            }
            Owner::Card => numbered(
                replica,
                unit,
                "SELECT card_no, MIN(doc) FROM household WHERE unit = ?1 AND state IN ('', '1') GROUP BY card_no",
            )?,
            Owner::Register | Owner::Unit => BTreeMap::new(),
        };
        let fields: Vec<&'static Field> = list.columns.iter().filter_map(listed).collect();
        let key = match list.owner {
            Owner::Unit => None,
            Owner::Register => Some("dwelling_id"),
            Owner::Person | Owner::Card => Some(list.name),
        };
        let mut known = BTreeMap::new();
        for (doc, key, fields) in recorded::rows(replica, unit, list.name, key, &fields)? {
            let owner = if list.owner == Owner::Unit { NOBODY } else { doc };
            if let Some(identity) = list.identity(&fields) {
                known.entry((owner, identity)).or_insert((doc, key, fields));
            }
        }
        let (seen, edits, tally, refused) = (BTreeMap::new(), Vec::new(), Tally::default(), Vec::new());
        Ok(Self { list, unit, sheet, today_n, owners, known, seen, edits, tally, refused })
    }

    fn row(&mut self, row: &Row) {
        match self.checked(row) {
            Ok((owner, identity, fields)) => self.take(row, owner, identity, fields),
            Err(refused) => self.refused.extend(refused),
        }
    }

    fn checked(&self, row: &Row) -> Result<(DocId, String, Fields), Vec<Refused>> {
        let (mut fields, mut refused, mut owner) = (Fields::new(), Vec::new(), None);
        for (column, cell) in self.sheet.columns().iter().zip(&row.cells) {
            match (value_of(column, cell), column.target) {
                (Ok(None), _) => {}
                (Ok(Some(value)), Target::Listed(field)) => {
                    fields.insert(field.name, value);
                }
                (Ok(Some(value)), _) => match self.owners.get(value.as_text().unwrap_or_default()) {
                    Some(document) => owner = Some(*document),
                    None => refused.push(bad(row, column, &value, self.not_recorded())),
                },
                (Err(why), _) => {
                    let value = shortened(&cell.text());
                    refused.push(Refused { row: row.number, column, value, why });
                }
            }
        }
        let owner = match self.list.owner {
            Owner::Register => self.list.kind.fixed_id(""),
            Owner::Unit => Some(NOBODY),
            Owner::Person | Owner::Card => owner,
        };
        self.dates(row, &fields, &mut refused);
        match (owner, self.list.identity(&fields)) {
            (Some(owner), Some(identity)) if refused.is_empty() => Ok((owner, identity, fields)),
            (_, None) if refused.is_empty() => {
                let column = &self.list.columns[0];
                Err(vec![Refused { row: row.number, column, value: String::new(), why: Why::Missing }])
            }
            _ => Err(refused),
        }
    }

    fn not_recorded(&self) -> Why {
        let what = if self.list.owner == Owner::Card { ("card", "户卡") } else { ("person", "人员") };
        Why::Other {
            en: format!(
                "{} has no {} with this number; import it first, or correct the number",
                self.unit, what.0
            ),
            zh: format!("{} 没有此号码的{}，请先导入，或改正号码", self.unit, what.1),
        }
    }

    fn dates(&self, row: &Row, fields: &Fields, refused: &mut Vec<Refused>) {
        for column in &self.list.columns {
            let Some(field) = listed(column) else { continue };
            let Some(value) = fields.get(field.name).filter(|_| field.ty == FieldType::Date) else {
                continue;
            };
            let day = value.as_text().and_then(date::day_of_iso);
            let has_happened = matches!(field.name, "day" | "start") && self.list.happened;
            if has_happened && day.is_some_and(|day| day > self.today_n) {
                refused.push(bad(row, column, value, Why::Future));
            }
        }
    }

    /// An end lies on or after its start, whichever of them is recorded already.
    fn ends_before_start(
        &self,
        fields: &Fields,
        known: Option<&Fields>,
    ) -> Option<(&'static Column, Value, Why)> {
        let value = |name: &str| fields.get(name).or_else(|| known?.get(name));
        let column = |name: &str| self.list.columns.iter().find(|column| column.name == name);
        let day = |name: &str| value(name).and_then(Value::as_text).and_then(date::day_of_iso);
        let (start, end) = (day("start")?, day("end")?);
        let (of_start, of_end) = (column("start")?, column("end")?);
        (end < start).then(|| {
            (of_end, value("end").cloned().unwrap_or(Value::Int(0)), Why::Before { other: of_start })
        })
    }

    fn take(&mut self, row: &Row, owner: DocId, identity: String, mut fields: Fields) {
        let at = (owner, identity);
        if let Some(first) = self.seen.get(&at) {
            let why = Why::Other {
                en: format!("row {first} says the same thing already; delete one of the two rows"),
                zh: format!("与第 {first} 行是同一条记录，请删去一行"),
            };
            let column = self.sheet.columns()[0];
            self.refused.push(Refused { row: row.number, column, value: String::new(), why });
            return;
        }
        let known = self.known.get(&at);
        if let Some((column, value, why)) = self.ends_before_start(&fields, known.map(|(.., fields)| fields))
        {
            self.refused.push(bad(row, column, &value, why));
            return;
        }
        let (document, key) = match known {
            Some((document, key, _)) => (*document, key.clone()),
            None => self.new_place(owner, &at.1, &fields),
        };
        if known.is_none() {
            let taken = self.known.values().find(|(doc, item, _)| (*doc, item) == (document, &key));
            if let Some((.., now)) = taken {
                let now = self.list.identity(now).unwrap_or_default().replace('\u{1f}', " ");
                let column = self.sheet.columns()[0];
                let why = Why::CorrectedSince { now };
                self.refused.push(Refused { row: row.number, column, value: String::new(), why });
                return;
            }
            if self.list.fields().iter().any(|field| field.name == "origin") {
                fields.entry("origin").or_insert(Value::from("import"));
            }
        }
        let edit = |(field, value): (&'static str, Value)| match self.list.collection {
            Some(collection) => Edit::item(collection.name, &key, field, Some(value)),
            None => Edit::document(field, Some(value)),
        };
        let edits: Vec<Edit> = differing(&fields, known.map(|(.., fields)| fields)).map(edit).collect();
        self.tally.count(known.is_some(), !edits.is_empty());
        self.seen.insert(at, row.number);
        if !edits.is_empty() {
            self.edits.push((document, edits));
        }
    }

    /// Where a row that is not recorded goes: two devices that import the same file create the same thing, and so do two that
    /// get the same vacancy of one source.
    fn new_place(&self, owner: DocId, identity: &str, fields: &Fields) -> (DocId, String) {
        match (self.list.owner, self.list.collection) {
            (Owner::Person, Some(collection)) => {
                let (what, start) = (text(fields, "employer"), text(fields, "start"));
                return (owner, item_key(owner, collection.name, what, start));
            }
            (Owner::Unit, _) => {}
            _ => return (owner, item_key(owner, self.list.name, identity, "")),
        }
        let (unit, name) = (self.unit.as_str().as_bytes(), self.list.name.as_bytes());
        let has_source = !text(fields, "source_no").is_empty() && !text(fields, "source").is_empty();
        let id = if has_source {
            Digest::of(b"linli/1 import of a source", &[unit, name, identity.as_bytes()])
        } else {
            Digest::of(b"linli/1 import document", &[&self.sheet.seed.0, unit, name, identity.as_bytes()])
        };
        (DocId(half(id)), String::new())
    }

    /// The edits by document, each small enough for one entry.
    fn documents(&mut self) -> Vec<DocumentEdits> {
        let mut found: Vec<(DocumentEdits, usize)> = Vec::new();
        let mut latest: BTreeMap<DocId, usize> = BTreeMap::new();
        for (id, edits) in std::mem::take(&mut self.edits) {
            let more: usize = edits.iter().map(len_bytes).sum();
            let open = latest.get(&id).copied().filter(|at| found[*at].1 + more <= ENTRY_VALUE_BYTES_MAX);
            let at = open.unwrap_or_else(|| {
                found.push((DocumentEdits { id, kind: self.list.kind, edits: Vec::new() }, 0));
                found.len() - 1
            });
            latest.insert(id, at);
            found[at].0.edits.extend(edits);
            found[at].1 += more;
        }
        found.into_iter().map(|(document, _)| document).collect()
    }
}

/// The field of the list's own that a column fills.
pub(super) fn listed(column: &Column) -> Option<&'static Field> {
    match column.target {
        Target::Listed(field) => Some(field),
        _ => None,
    }
}

fn bad(row: &Row, column: &'static Column, value: &Value, why: Why) -> Refused {
    Refused { row: row.number, column, value: shown(value), why }
}

fn numbered(replica: &Replica, unit: &UnitPath, sql: &str) -> Result<BTreeMap<String, DocId>, ImportError> {
    let rows: Vec<(String, String)> =
        replica.query(sql, [unit.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.into_iter().filter_map(|(number, doc)| Some((number, doc.parse().ok()?))).collect())
}
