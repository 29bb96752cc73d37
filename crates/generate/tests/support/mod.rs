//! Generated communities in a database of their own, evaluated by the real standards.

#![allow(dead_code, reason = "each test binary uses a part of this")]

use std::collections::BTreeMap;

use automerge::{ActorId, Automerge, ChangeHash};
use linli_eval::{Engine, Request, Scorecard, SqlValue, Standard};
use linli_generate::{Community, CommunityData, Plan, Quality};
use linli_model::{Cell, Column, ColumnType, Kind, Place, Provenance, date, rows::Written, tables};
use linli_store::DocumentEdits;
use linli_wire::{Channel, DocId, Level, Space, UnitPath};
use rusqlite::{Connection, params_from_iter, types::Value};

pub const STREET: &str = "3211/02/004";
pub const NAME: &str = "朱方路社区居委会";

pub fn unit(path: &str) -> UnitPath {
    path.parse().expect("a path in a test is one")
}

pub fn day(iso: &str) -> i64 {
    date::day_of_iso(iso).expect("a date in a test is one")
}

pub fn plan(households: usize) -> Plan {
    Plan { seed: 20_261_123, as_of: day("2026-10-31"), period_start: day("2025-11-01"), households }
}

pub fn community(plan: &Plan, index: u64, quality: Quality) -> CommunityData {
    let unit = unit(&format!("{STREET}/{:03}", index + 1));
    linli_generate::community(plan, &Community { unit: &unit, name: NAME, index, quality })
}

/// The day on which a return was filed, which is that of its recording.
fn filed(document: &DocumentEdits) -> i64 {
    let edit = document.edits.iter().find(|edit| edit.place == Place::Document && edit.field == "day");
    edit.and_then(|edit| edit.value.as_ref()?.as_text()).map(day).expect("a return has a day")
}

/// On which day each change of a document was written, and by a device of which level.
struct Days {
    by_change: BTreeMap<ChangeHash, i64>,
    level: Level,
}

impl Provenance for Days {
    fn written(&self, change: &ChangeHash) -> Option<Written> {
        self.by_change.get(change).map(|day| Written { day_n: *day, level: self.level })
    }

    fn first_day(&self) -> Option<i64> {
        self.by_change.values().min().copied()
    }
}

struct Document {
    kind: &'static Kind,
    automerge: Automerge,
    days: Days,
}

/// The published tables, and the documents that fill them.
pub struct Records {
    pub connection: Connection,
    documents: BTreeMap<(String, DocId), Document>,
}

impl Records {
    pub fn new() -> Self {
        let connection = Connection::open_in_memory().expect("a database in memory opens");
        for table in tables() {
            connection.execute_batch(&table.ddl()).expect("the dictionary's tables are SQL");
        }
        let mut records = Self { connection, documents: BTreeMap::new() };
        for path in ["3211", "3211/02", STREET] {
            records.add_unit(path, 1);
        }
        records
    }

    pub fn add_unit(&mut self, path: &str, programme: i64) {
        let unit = unit(path);
        let level = unit.level().to_string();
        let parent = unit.parent().map(|parent| parent.to_string()).unwrap_or_default();
        let known = [
            ("unit", path),
            ("doc", path),
            ("parent", &parent),
            ("level", &level),
            ("code", &unit.code()),
            ("name", NAME),
        ];
        let table = tables().iter().find(|table| table.name == "unit").expect("the dictionary has units");
        let cell = |column: &Column| match (column.ty, known.iter().find(|(name, _)| *name == column.name)) {
            (ColumnType::Text, known) => {
                Value::Text(known.map(|(_, text)| *text).unwrap_or_default().to_owned())
            }
            (ColumnType::Int, _) if column.name == "programme" => Value::Integer(programme),
            (ColumnType::Int, _) if column.name == "end_n" => Value::Integer(linli_model::date::OPEN_END),
            (ColumnType::Int, _) => Value::Integer(0),
        };
        self.put("unit", table.columns.iter().map(cell).collect());
    }

    /// Records a community and its register on a day.
    pub fn add_community(&mut self, plan: &Plan, data: &CommunityData, recorded: i64) {
        self.add_unit(data.unit.as_str(), 1);
        for household in &data.households {
            for document in &household.documents {
                self.write(&data.unit, document, recorded);
            }
        }
        let above =
            [linli_generate::exchanges(plan)].into_iter().chain(linli_generate::oversight(plan, data));
        let office = linli_generate::office(plan, &data.unit, Some(data));
        let returns = linli_generate::returns(plan, &data.unit, &[data], recorded, plan.as_of + 13);
        let returns = returns.into_iter().map(|document| (filed(&document), document));
        for document in linli_generate::dwelling_register(plan, data).into_iter().chain(above).chain(office) {
            self.write(&data.unit, &document, recorded);
        }
        for (day, document) in returns {
            self.write(&data.unit, &document, day);
        }
    }

    /// Records on a day what a street keeps, and files its register.
    pub fn add_street(&mut self, plan: &Plan, street: &UnitPath, below: &[CommunityData], recorded: i64) {
        let register =
            linli_generate::street_register(plan, street, &below.iter().collect::<Vec<_>>(), recorded);
        let office = linli_generate::office(plan, street, None);
        for document in office.into_iter().chain([register, linli_generate::exchanges(plan)]) {
            self.write(street, &document, recorded);
        }
    }

    /// Writes edits to a document of a unit and renews its rows. What stands in a community's oversight
    /// the street wrote.
    pub fn write(&mut self, unit: &UnitPath, edits: &DocumentEdits, recorded: i64) {
        let key = (unit.to_string(), edits.id);
        let channel = edits.kind.channels[0];
        let level = if channel == Channel::Oversight { Level::Street } else { Level::Community };
        let is_new = !self.documents.contains_key(&key);
        let document = self.documents.entry(key).or_insert_with(|| Document {
            kind: edits.kind,
            automerge: linli_model::new_document(edits.kind),
            days: Days { by_change: BTreeMap::new(), level },
        });
        let Document { kind, automerge, days } = document;
        automerge.set_actor(ActorId::from([7; 16]));
        let mut transaction = automerge.transaction();
        linli_model::apply(&mut transaction, kind, &edits.edits).expect("generated edits fit their kind");
        let (hash, _) = transaction.commit();
        days.by_change.extend(hash.map(|hash| (hash, recorded)));
        let problems = linli_model::validate(kind, &linli_model::read(automerge, kind));
        assert!(problems.is_empty(), "{}: {problems:?}", edits.id);
        let space = Space::new(unit.clone(), channel);
        let rows = linli_model::rows(kind, automerge, edits.id, &space, days);
        for table in tables().iter().filter(|_| !is_new) {
            let sql = format!("DELETE FROM \"{}\" WHERE unit = ?1 AND doc = ?2", table.name);
            self.connection
                .execute(&sql, [unit.as_str(), &edits.id.to_string()])
                .expect("every table has a unit and a document");
        }
        for row in rows {
            let cells = row.cells.into_iter().map(|cell| match cell {
                Cell::Text(text) => Value::Text(text),
                Cell::Int(number) => Value::Integer(number),
            });
            self.put(&tables()[row.table].name, cells.collect());
        }
    }

    /// Everything that inspectors look at was found met, and every item that may come out empty is signed off.
    pub fn add_findings(&mut self, standard: &Standard, unit: &UnitPath, checked: i64) {
        for check in standard.checks().into_iter().chain(standard.sign_offs()) {
            let doc = format!("{unit} {} {} {}", check.item, check.part, check.subject);
            let text = |text: &str| Value::Text(text.to_owned());
            let mut cells = vec![text(unit.as_str()), text(&doc), text(&check.item), text(&check.part)];
            cells.extend([text(&check.subject), Value::Integer(1), text(""), Value::Integer(checked)]);
            cells.extend([text(""), text(""), text("city"), Value::Integer(checked)]);
            self.put("finding", cells);
        }
    }

    pub fn evaluate(&mut self, root: &UnitPath, standard: &Standard) -> Vec<Scorecard> {
        let request = Request::new(root.clone(), "2026-10-31", vec![standard]);
        linli_eval::evaluate(self, &request).expect("the evaluation runs").scorecards
    }

    pub fn explain(&mut self, unit: &UnitPath, item: &str, standard: &Standard) -> Vec<linli_eval::Subject> {
        let request = Request::new(unit.clone(), "2026-10-31", vec![standard]);
        linli_eval::explain(self, &request, unit, item).expect("the explanation runs")
    }

    fn put(&self, table: &str, cells: Vec<Value>) {
        let places = vec!["?"; cells.len()].join(", ");
        let sql = format!("INSERT INTO \"{table}\" VALUES ({places})");
        let mut statement = self.connection.prepare_cached(&sql).expect("the table is there");
        statement.execute(params_from_iter(cells)).expect("the row has the table's columns");
    }
}

impl Engine for Records {
    type Error = rusqlite::Error;

    fn execute(&mut self, sql: &str) -> Result<(), rusqlite::Error> {
        self.connection.execute_batch(sql)
    }

    fn query(&mut self, sql: &str) -> Result<Vec<Vec<SqlValue>>, rusqlite::Error> {
        let mut statement = self.connection.prepare(sql)?;
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            (0..columns)
                .map(|at| {
                    Ok(match row.get::<_, Value>(at)? {
                        Value::Integer(number) => SqlValue::Int(number),
                        Value::Text(text) => SqlValue::Text(text),
                        _ => SqlValue::Null,
                    })
                })
                .collect()
        })?;
        rows.collect()
    }

    fn insert(&mut self, table: &str, rows: &[Vec<SqlValue>]) -> Result<(), rusqlite::Error> {
        for row in rows {
            let cells = row.iter().map(|cell| match cell {
                SqlValue::Int(number) => Value::Integer(*number),
                SqlValue::Text(text) => Value::Text(text.clone()),
                SqlValue::Null => Value::Null,
            });
            let places = vec!["?"; row.len()].join(", ");
            let mut statement =
                self.connection.prepare_cached(&format!("INSERT INTO temp.{table} VALUES ({places})"))?;
            statement.execute(params_from_iter(cells))?;
        }
        Ok(())
    }
}
