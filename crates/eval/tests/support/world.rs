//! Rows of the published tables, written with as few words as a test needs.

use std::collections::BTreeMap;

use linli_eval::{Date, SqlValue, Standard};

/// The as-of date of every test, at the end of the period from 1 November 2025.
pub const AS_OF: &str = "2026-10-31";
const DICTIONARY: &str = include_str!("../../../../protocol/ledgers/tables.toml");
const OPEN: i64 = 99_999_999;

/// The id of the document that a test calls by a number.
pub fn doc(number: u32) -> String {
    format!("{number:032x}")
}

pub fn date(text: &str) -> i64 {
    text.parse::<Date>().expect("a date in a test is one").day_number()
}

/// A table's columns, each with its type.
type Columns = Vec<(String, String)>;

#[derive(Clone)]
pub struct World {
    tables: BTreeMap<String, Columns>,
    rows: Vec<(String, Vec<SqlValue>)>,
    serial: u32,
}

/// A person of the world: the unit and the documents of card and person.
#[derive(Clone)]
pub struct Person {
    pub unit: String,
    pub card: String,
    pub doc: String,
    pub id_no: String,
}

impl World {
    /// A world with a city, a district, a street and two communities, the second outside the programme.
    pub fn new() -> Self {
        let mut world = Self { tables: dictionary(), rows: Vec::new(), serial: 1000 };
        world.unit("3211", 0);
        world.unit("3211/02", 0);
        world.unit("3211/02/001", 1);
        world.unit("3211/02/001/001", 1);
        world.unit("3211/02/001/002", 0);
        world
    }

    pub fn tables(&self) -> impl Iterator<Item = (&str, &Columns)> {
        self.tables.iter().map(|(name, columns)| (name.as_str(), columns))
    }

    pub fn rows(&self) -> impl Iterator<Item = (&str, &Vec<SqlValue>)> {
        self.rows.iter().map(|(table, row)| (table.as_str(), row))
    }

    /// The same rows in another order.
    pub fn permuted(&self, order: impl Fn(usize) -> u64) -> Self {
        let mut world = self.clone();
        let mut rows: Vec<_> = world.rows.into_iter().enumerate().collect();
        rows.sort_by_key(|(index, _)| order(*index));
        world.rows = rows.into_iter().map(|(_, row)| row).collect();
        world
    }

    /// Adds a row. A date also fills its day number; without one an end is open and another day unknown.
    /// Every other column that is not given is empty, 0, or recorded on 1 December 2025.
    pub fn add(&mut self, table: &str, given: &[(&str, SqlValue)]) -> &mut Self {
        let columns = &self.tables[table];
        for (name, _) in given {
            assert!(columns.iter().any(|(column, _)| column == name), "{table} has no column {name}");
        }
        let value =
            |name: &str| given.iter().find(|(column, _)| *column == name).map(|(_, value)| value.clone());
        let row = columns
            .iter()
            .map(|(name, kind)| {
                value(name).unwrap_or_else(|| match (kind.as_str(), name.strip_suffix("_n")) {
                    ("int", Some("recorded")) => SqlValue::Int(date("2025-12-01")),
                    // An end counts as recorded with the row.
                    ("int", Some("end_recorded")) => {
                        value("recorded_n").unwrap_or_else(|| SqlValue::Int(date("2025-12-01")))
                    }
                    ("int", Some(day)) => match value(day) {
                        Some(SqlValue::Text(text)) if !text.is_empty() => SqlValue::Int(date(&text)),
                        _ => SqlValue::Int(if day == "end" { OPEN } else { 0 }),
                    },
                    ("int", None) => SqlValue::Int(0),
                    _ => SqlValue::Text(String::new()),
                })
            })
            .collect();
        self.rows.push((table.to_owned(), row));
        self
    }

    /// The world as somebody sees it who is shown only some rows of each table.
    pub fn seen(&self, shown: impl Fn(&str, &[SqlValue]) -> bool) -> Self {
        let mut world = self.clone();
        world.rows.retain(|(table, row)| shown(table, row));
        world
    }

    /// Takes back every row of a table that holds a text.
    pub fn remove(&mut self, table: &str, text: &str) -> &mut Self {
        let before = self.rows.len();
        self.rows.retain(|(name, row)| name != table || !row.contains(&SqlValue::from(text)));
        assert!(self.rows.len() < before, "{table} has no row with {text}");
        self
    }

    pub fn next_doc(&mut self) -> String {
        self.serial += 1;
        doc(self.serial)
    }

    pub fn unit(&mut self, path: &str, programme: i64) -> &mut Self {
        let level = ["city", "district", "street", "community"][path.matches('/').count()];
        let doc = self.next_doc();
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        self.add(
            "unit",
            &[
                ("unit", path.into()),
                ("parent", parent.into()),
                ("doc", doc.as_str().into()),
                ("level", level.into()),
                ("programme", programme.into()),
            ],
        )
    }

    /// A person on a card and in a dwelling of their own, all in order: registered here, verified on T and in each month before.
    pub fn person(&mut self, unit: &str) -> Person {
        let card = self.next_doc();
        let dwelling = format!("dwelling {}", self.serial);
        self.add(
            "household",
            &[
                ("unit", unit.into()),
                ("doc", card.as_str().into()),
                ("card_no", card.as_str().into()),
                ("kind", "1".into()),
                ("state", "1".into()),
                ("head", doc(self.serial + 1).as_str().into()),
                ("dwelling", dwelling.as_str().into()),
                ("address", "1 Lane".into()),
                ("opened", "2025-11-10".into()),
                ("verified", AS_OF.into()),
            ],
        );
        for day in ["2026-07-20", "2026-08-20", "2026-09-20"] {
            let of_card = [("unit", unit), ("doc", card.as_str()), ("verification", day), ("day", day)];
            self.add("card_verification", &of_card.map(|(name, value)| (name, value.into())));
        }
        let register = doc(1);
        self.add(
            "dwelling",
            &[
                ("unit", unit.into()),
                ("doc", register.as_str().into()),
                ("dwelling_id", dwelling.as_str().into()),
                ("dwelling", dwelling.as_str().into()),
                ("start", "2020-01-01".into()),
            ],
        );
        self.member(unit, &card, "01")
    }

    /// One more person on a card.
    pub fn member(&mut self, unit: &str, card: &str, relation: &str) -> Person {
        let person = self.next_doc();
        let id_no = format!("9{:017}", self.serial);
        self.add(
            "member",
            &[
                ("unit", unit.into()),
                ("doc", card.into()),
                ("person", person.as_str().into()),
                ("relation", relation.into()),
            ],
        );
        self.document(unit, &person, &id_no);
        Person { unit: unit.to_owned(), card: card.to_owned(), doc: person, id_no }
    }

    /// A person document alone.
    pub fn document(&mut self, unit: &str, person: &str, id_no: &str) -> &mut Self {
        self.add(
            "person",
            &[
                ("unit", unit.into()),
                ("doc", person.into()),
                ("id_no", id_no.into()),
                ("id_valid", 1.into()),
                ("sex", "1".into()),
                ("birth", "1990-05-05".into()),
                ("work_from_n", date("2006-05-05").into()),
                ("work_until_n", date("2053-04-30").into()),
                ("verified", AS_OF.into()),
            ],
        )
    }

    pub fn episode(
        &mut self,
        person: &Person,
        dimension: &str,
        code: &str,
        start: &str,
        end: &str,
    ) -> &mut Self {
        self.episode_with(person, dimension, code, start, end, &[])
    }

    pub fn episode_with(
        &mut self,
        person: &Person,
        dimension: &str,
        code: &str,
        start: &str,
        end: &str,
        more: &[(&str, SqlValue)],
    ) -> &mut Self {
        let key = self.next_doc();
        let mut row: Vec<(&str, SqlValue)> = vec![
            ("unit", person.unit.as_str().into()),
            ("doc", person.doc.as_str().into()),
            ("episode", key.as_str().into()),
            ("dimension", dimension.into()),
            ("code", code.into()),
            ("start", start.into()),
            ("end", end.into()),
            ("origin", "import".into()),
        ];
        row.extend(more.iter().cloned());
        self.add("episode", &row)
    }

    pub fn placement(&mut self, person: &Person, start: &str, end: &str, evidence: &str) -> &mut Self {
        let key = self.next_doc();
        self.add(
            "placement",
            &[
                ("unit", person.unit.as_str().into()),
                ("doc", person.doc.as_str().into()),
                ("placement", key.as_str().into()),
                ("start", start.into()),
                ("end", end.into()),
                ("evidence", evidence.into()),
                ("origin", "import".into()),
            ],
        )
    }

    pub fn visit(&mut self, person: &Person, day: &str) -> &mut Self {
        let key = self.next_doc();
        self.add(
            "visit",
            &[
                ("unit", person.unit.as_str().into()),
                ("doc", person.card.as_str().into()),
                ("visit", key.as_str().into()),
                ("day", day.into()),
            ],
        )
    }

    pub fn certify(&mut self, person: &Person, start: &str, end: &str) -> &mut Self {
        let key = self.next_doc();
        self.add(
            "certification",
            &[
                ("unit", person.unit.as_str().into()),
                ("doc", person.doc.as_str().into()),
                ("certification", key.as_str().into()),
                ("category", "1".into()),
                ("start", start.into()),
                ("end", end.into()),
                ("origin", "import".into()),
            ],
        )
    }

    /// A person whose spouse has work, so that the family is no zero-employment one.
    pub fn with_earner(&mut self, unit: &str) -> Person {
        let person = self.person(unit);
        let spouse = self.member(unit, &person.card, "12");
        self.episode(&spouse, "status", "1", "2020-01-01", "");
        person
    }

    /// Registered unemployed since 15 November 2025.
    pub fn unemployed(&mut self, unit: &str) -> Person {
        let person = self.with_earner(unit);
        self.episode(&person, "status", "2", "2025-11-15", "").registered(&person, "2025-11-15");
        person
    }

    /// Registered unemployed and since 1 March 2026 in a placement that is verified at T.
    pub fn placed(&mut self, unit: &str) -> Person {
        let person = self.with_earner(unit);
        self.episode(&person, "status", "2", "2025-11-15", "2026-02-28");
        self.episode(&person, "status", "1", "2026-03-01", "");
        self.placement(&person, "2026-03-01", "", "contract").visit(&person, "2026-09-15");
        person
    }

    /// A registration that is open.
    pub fn registered(&mut self, person: &Person, start: &str) -> &mut Self {
        let given = [
            ("unit", person.unit.as_str().into()),
            ("doc", person.doc.as_str().into()),
            ("start", start.into()),
        ];
        self.add("registration", &given)
    }

    pub fn finding(
        &mut self,
        unit: &str,
        check: (&str, &str, &str),
        hit: i64,
        more: &[(&str, SqlValue)],
    ) -> &mut Self {
        let doc = self.next_doc();
        let mut row: Vec<(&str, SqlValue)> = vec![
            ("unit", unit.into()),
            ("item", check.0.into()),
            ("part", check.1.into()),
            ("subject", check.2.into()),
            ("hit", hit.into()),
        ];
        row.extend(more.iter().cloned());
        for (name, value) in [("doc", doc.as_str()), ("stage", "district"), ("day", "2026-11-05")] {
            if !row.iter().any(|(given, _)| *given == name) {
                row.push((name, value.into()));
            }
        }
        self.add("finding", &row)
    }

    /// A finding that is met for every check of a standard, and every empty denominator signed off.
    pub fn all_met(&mut self, unit: &str, standard: &Standard) -> &mut Self {
        for check in standard.checks().into_iter().chain(standard.sign_offs()) {
            self.finding(unit, (&check.item, &check.part, &check.subject), 1, &[]);
        }
        self
    }

    /// Takes the signature back.
    pub fn unsigned(&mut self, unit: &str, item: &str) -> &mut Self {
        self.rows.retain(|(table, row)| {
            let is = |text: &str| row.contains(&SqlValue::from(text));
            !(table == "finding" && is(unit) && is(item) && is("sign_off"))
        });
        self
    }

    /// A reviewer's signature that an item has nobody to count.
    pub fn sign_off(&mut self, unit: &str, item: &str) -> &mut Self {
        self.finding(unit, (item, "sign_off", "sign_off"), 1, &[])
    }

    pub fn disproof(
        &mut self,
        unit: &str,
        subject: &str,
        item: &str,
        more: &[(&str, SqlValue)],
    ) -> &mut Self {
        let doc = self.next_doc();
        let mut row: Vec<(&str, SqlValue)> = vec![
            ("unit", unit.into()),
            ("doc", doc.as_str().into()),
            ("subject", subject.into()),
            ("item", item.into()),
        ];
        row.extend(more.iter().cloned());
        for (name, value) in [("stage", "city"), ("day", "2026-11-06"), ("reason", "not at work")] {
            if !row.iter().any(|(given, _)| *given == name) {
                row.push((name, value.into()));
            }
        }
        self.add("disproof", &row)
    }

    /// Says on a person's document which community counts the person instead.
    pub fn shadow(&mut self, person: &Person, counted_by: &str) -> &mut Self {
        let at = self.column("person", "counted_by");
        let of_person = |row: &&mut (String, Vec<SqlValue>)| {
            row.0 == "person" && row.1.contains(&SqlValue::from(person.doc.as_str()))
        };
        let row = self.rows.iter_mut().find(of_person).expect("the person has a document");
        row.1[at] = counted_by.into();
        self
    }

    fn column(&self, table: &str, name: &str) -> usize {
        let columns = self.tables.get(table).expect("the dictionary has the table");
        columns.iter().position(|(column, _)| column == name).expect("the table has the column")
    }

    pub fn determine(&mut self, person: &Person, counted: &str, stage: &str, day: &str) -> &mut Self {
        let doc = self.next_doc();
        self.add(
            "determination",
            &[
                ("unit", person.unit.as_str().into()),
                ("doc", doc.as_str().into()),
                ("id_no", person.id_no.as_str().into()),
                ("counted_unit", counted.into()),
                ("day", day.into()),
                ("stage", stage.into()),
            ],
        )
    }
}

/// The published dictionary of the tables.
fn dictionary() -> BTreeMap<String, Columns> {
    let file: toml::Table = DICTIONARY.parse().expect("the dictionary is TOML");
    let text = |value: &toml::Value, key: &str| value[key].as_str().expect("names are texts").to_owned();
    file["table"]
        .as_array()
        .expect("tables are a list")
        .iter()
        .map(|table| {
            let columns = table["columns"].as_array().expect("columns are a list");
            let columns = columns.iter().map(|column| (text(column, "name"), text(column, "type"))).collect();
            (text(table, "name"), columns)
        })
        .collect()
}
