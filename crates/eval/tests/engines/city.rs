//! Rows for every published table, drawn so that measures find something to join and to compare.
//!
//! Beside a few families told by hand, nothing here names a table: the dictionary has the columns, and the
//! packs' SQL tells which texts and numbers a column is compared with and which columns are joined. Joined
//! columns draw from one pool.

use std::collections::{BTreeMap, BTreeSet};

use linli_eval::{Check, Date, SqlValue, Standard};

use crate::{
    harvest::Harvest,
    support::{AS_OF, World, date, doc},
};

const DICTIONARY: &str = include_str!("../../../../protocol/ledgers/tables.toml");
const STREETS: [&str; 2] = ["3211/02/001", "3211/02/002"];
/// Documents of each kind in a unit.
const DOCUMENTS: u64 = 50;
/// A document refers to those that follow it, so that several refer to each other.
const NEIGHBOURS: u64 = 3;
/// Texts that engines might order, fold or escape differently.
const ODD: [&str; 9] = ["", "a", "B", "ä", "Z", "文", "二", "O'Neil", "a b"];
const OPEN: i64 = 99_999_999;

pub fn generate(seed: u64, standards: &[&Standard]) -> World {
    let mut world = World::new();
    let mut units = vec!["3211/02/001/001".to_owned(), "3211/02/001/002".to_owned()];
    world.unit(STREETS[1], 1);
    for path in ["3211/02/001/003", "3211/02/002/001", "3211/02/002/002"] {
        world.unit(path, 1);
        units.push(path.to_owned());
    }
    for unit in &units {
        families(&mut world, unit);
    }
    units.extend(STREETS.map(str::to_owned));
    quiet(&mut world);
    merged(&mut world);
    sprung(&mut world);
    let tables = tables(&world);
    let kinds: BTreeSet<String> = tables.iter().map(|table| table.kind.clone()).collect();
    let kinds = kinds.into_iter().collect();
    let (harvest, checks) = (Harvest::of(standards), checks(standards));
    let mut city = City { random: seed, harvest, checks, units, kinds };
    for table in tables.iter().filter(|table| table.name != "unit") {
        for unit in city.units.clone() {
            // From numbers of its own, so that another table does not change what stands in this one.
            let letters = table.name.bytes().chain(unit.bytes());
            city.random =
                letters.fold(seed, |sum, letter| sum.wrapping_mul(31).wrapping_add(u64::from(letter)));
            city.fill(&mut world, table, &unit);
        }
    }
    world
}

/// What chance alone hardly brings together: a family cleared in time, one that is not, a couple out of work, and
/// somebody who died.
fn families(world: &mut World, unit: &str) {
    for end in ["2026-03-20", ""] {
        let alone = world.person(unit);
        world.episode(&alone, "status", "2", "2026-03-01", end);
        if !end.is_empty() {
            world.placement(&alone, "2026-03-21", "", "contract").visit(&alone, "2026-09-15");
        }
    }
    let gone = world.person(unit);
    let died = [("reason", "22".into()), ("evidence", "certificate".into())];
    world.episode_with(&gone, "status", "99", "2026-05-01", "", &died);
    let head = world.person(unit);
    let spouse = world.member(unit, &head.card, "12");
    world.episode(&head, "status", "2", "2026-02-01", "").episode(&spouse, "status", "3", "2025-12-01", "");
}

/// A community in which chance has no part, so that days and months stand out on which nothing was done:
/// one exchange, one return, and somebody long out of work with a referral.
fn quiet(world: &mut World) {
    let unit = "3211/02/002/003";
    world.unit(unit, 1);
    families(world, unit);
    let seeker = world.person(unit);
    world.episode(&seeker, "status", "2", "2026-01-05", "");
    let day = |name: &'static str, iso: &str| [(name, iso.into())];
    let days = |name: &'static str, iso: &str| (name, SqlValue::Int(date(iso)));
    let (vacancy, filed) = (world.next_doc(), world.next_doc());
    let mut add = |table: &str, doc: &str, given: &[(&'static str, SqlValue)]| {
        let about = [("unit", unit.into()), ("doc", doc.into())];
        world.add(table, &about.into_iter().chain(given.iter().cloned()).collect::<Vec<_>>());
    };
    add("exchange_day", "exchanges", &day("day", "2026-03-02"));
    add("vacancy", &vacancy, &[days("start_n", "2026-01-01"), days("end_n", "2026-10-01")]);
    add("referral", &seeker.doc, &[days("day_n", "2026-02-02"), ("vacancy", vacancy.as_str().into())]);
    add(
        "unit_return",
        &filed,
        &[("form", "monthly".into()), ("month", "2026-09".into()), days("day_n", "2026-10-09")],
    );
    add("return_cell", &filed, &[("cell", "people".into()), ("value", SqlValue::Int(4))]);
}

/// Three communities that went on in each other within the period, and at last in the quiet one.
fn merged(world: &mut World) {
    let street = "3211/02/002";
    for (number, successor, end) in [(6, 5, "2026-02-28"), (5, 4, "2026-04-30"), (4, 3, "2026-06-30")] {
        let (unit, successor) = (format!("{street}/00{number}"), format!("{street}/00{successor}"));
        let doc = world.next_doc();
        let given = [
            ("unit", unit.as_str().into()),
            ("doc", doc.as_str().into()),
            ("parent", street.into()),
            ("level", "community".into()),
            ("programme", SqlValue::Int(1)),
            ("end", end.into()),
            ("successor", successor.as_str().into()),
        ];
        world.add("unit", &given);
        families(world, &unit);
    }
}

/// What chance hardly brings together for the traps: an employer of ten people within a month, a card split off when its
/// household became a zero-employment one, thirty events recorded at the end, somebody out of work whom nobody registers, and
/// a status that changes all the time.
fn sprung(world: &mut World) {
    let unit = "3211/02/002/001";
    for _ in 0..10 {
        let hired = world.with_earner(unit);
        let key = world.next_doc();
        let given = [
            ("unit", unit.into()),
            ("doc", hired.doc.as_str().into()),
            ("placement", key.as_str().into()),
            ("start", "2026-05-05".into()),
            ("employer", "employer of many".into()),
        ];
        world.add("placement", &given);
    }
    let alone = world.person(unit);
    world.episode(&alone, "status", "2", "2026-03-01", "");
    let card = world.next_doc();
    let given = [
        ("unit", unit.into()),
        ("doc", card.as_str().into()),
        ("kind", "1".into()),
        ("opened", "2026-03-20".into()),
        ("split_from", alone.card.as_str().into()),
    ];
    world.add("household", &given);
    let unit = "3211/02/002/003";
    for _ in 0..30 {
        let late = world.with_earner(unit);
        let key = world.next_doc();
        let given = [
            ("unit", unit.into()),
            ("doc", late.doc.as_str().into()),
            ("episode", key.as_str().into()),
            ("dimension", "status".into()),
            ("code", "2".into()),
            ("start", "2026-09-01".into()),
            ("origin", "event".into()),
            ("recorded_n", date("2026-10-20").into()),
        ];
        world.add("episode", &given);
    }
    let unregistered = world.with_earner(unit);
    world.episode(&unregistered, "status", "4", "2026-01-05", "");
    let restless = world.with_earner(unit);
    let spans = [
        ("2", "2025-12-01", "2026-01-31"),
        ("1", "2026-02-01", "2026-03-31"),
        ("2", "2026-04-01", "2026-05-31"),
    ];
    for (code, start, end) in spans.into_iter().chain([("1", "2026-06-01", "")]) {
        world.episode(&restless, "status", code, start, end);
    }
}

struct Table {
    name: String,
    /// The kind of document that its rows come from.
    kind: String,
    key: Option<String>,
    columns: Vec<(String, String)>,
}

fn tables(world: &World) -> Vec<Table> {
    let file: toml::Table = DICTIONARY.parse().expect("the dictionary is TOML");
    let listed = file["table"].as_array().expect("tables are a list");
    let said = |table: &str, what: &str| -> Option<String> {
        let found = listed.iter().find(|row| row["name"].as_str() == Some(table));
        found.and_then(|row| row.get(what)).and_then(toml::Value::as_str).map(str::to_owned)
    };
    let table = |(name, columns): (&str, &Vec<(String, String)>)| Table {
        name: name.to_owned(),
        kind: said(name, "source").expect("every table has a source"),
        key: said(name, "key"),
        columns: columns.clone(),
    };
    world.tables().map(table).collect()
}

fn checks(standards: &[&Standard]) -> Vec<Check> {
    standards.iter().flat_map(|standard| [standard.checks(), standard.sign_offs()].concat()).collect()
}

struct City {
    random: u64,
    harvest: Harvest,
    checks: Vec<Check>,
    units: Vec<String>,
    kinds: Vec<String>,
}

impl City {
    fn fill(&mut self, world: &mut World, table: &Table, unit: &str) {
        let answers_checks = table.columns.iter().any(|(name, _)| name == "part");
        let most = if answers_checks {
            6
        } else if table.key.is_some() {
            3
        } else {
            1
        };
        for number in 0..DOCUMENTS {
            let mut keys = BTreeSet::new();
            for _ in 0..=self.below(most) {
                let row = self.row(table, unit, number);
                let key = table.key.as_ref().and_then(|key| row.get(key.as_str()).cloned());
                // One row a document, or one a key within it, as the store keeps it.
                if !keys.insert(key.map(|key| format!("{key:?}"))) && !answers_checks {
                    continue;
                }
                let mut given: Vec<(&str, SqlValue)> =
                    row.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
                if answers_checks {
                    let own = world.next_doc();
                    given.retain(|(name, _)| *name != "doc");
                    given.push(("doc", own.as_str().into()));
                }
                world.add(&table.name, &given);
            }
        }
    }

    fn row(&mut self, table: &Table, unit: &str, number: u64) -> BTreeMap<String, SqlValue> {
        let index = self.below(self.checks.len() as u64) as usize;
        let check = self.checks[index].clone();
        let has = |name: &str| table.columns.iter().any(|(column, _)| column == name);
        let mut row = BTreeMap::new();
        for (name, kind) in &table.columns {
            let twin = format!("{name}_n");
            let value = match name.as_str() {
                "unit" => unit.into(),
                "doc" => document(unit, &table.kind, number).as_str().into(),
                "item" if self.below(4) > 0 => check.item.as_str().into(),
                "part" => check.part.as_str().into(),
                "subject" if has("part") => check.subject.as_str().into(),
                _ if row.contains_key(name) => continue,
                _ if table.key.as_ref() == Some(name) && !self.harvest.is_joined(name) => {
                    format!("{:016x}", self.below(u64::MAX)).as_str().into()
                }
                _ if kind == "text" && has(&twin) => {
                    let (text, number) = self.day(name == "end", row.get("start_n"));
                    row.insert(twin, number.into());
                    text.as_str().into()
                }
                _ if kind == "text" => self.text(name, unit, number).as_str().into(),
                _ => self.number(name).into(),
            };
            row.insert(name.clone(), value);
        }
        row
    }

    fn text(&mut self, column: &str, unit: &str, number: u64) -> String {
        let literals = self.harvest.texts(column);
        if !literals.is_empty() && column != "subject" && self.below(8) > 0 {
            return self.pick(&literals);
        }
        let class = self.harvest.class(column);
        let references = class == self.harvest.class("doc") || column == "subject";
        if class == self.harvest.class("unit") {
            let units = self.units.clone();
            return self.pick(&units);
        }
        if references && self.below(8) > 0 {
            let kind = if self.kinds.iter().any(|kind| kind == column) {
                column.to_owned()
            } else if self.below(3) > 0 {
                "person".to_owned()
            } else {
                let kinds = self.kinds.clone();
                self.pick(&kinds)
            };
            // Seldom to another unit's document: whoever does not read that unit must not miss it.
            let other = self.below(16) as usize;
            let unit = self.units.get(other).map_or(unit, String::as_str).to_owned();
            return document(&unit, &kind, (number + self.below(NEIGHBOURS)) % DOCUMENTS);
        }
        let odd = ODD[self.below(ODD.len() as u64) as usize];
        if odd.is_empty() { String::new() } else { format!("{odd}{}", self.below(40)) }
    }

    fn number(&mut self, column: &str) -> i64 {
        let as_of = date(AS_OF);
        if column.ends_with("_n") {
            return match self.below(8) {
                // The first day of a span lies before the period more often than not, its last after it.
                3.. if column.contains("from") => as_of - 200 - self.below(15_000) as i64,
                3.. if column.contains("until") => as_of - 200 + self.below(15_000) as i64,
                0 => 0,
                1 => OPEN,
                2 => as_of - self.below(25_000) as i64,
                _ => as_of + 30 - self.below(480) as i64,
            };
        }
        let mut numbers = self.harvest.numbers(column);
        numbers.extend([0, 1]);
        let index = self.below(numbers.len() as u64) as usize;
        numbers[index]
    }

    /// A date of the period or around it, rarely of long ago, sometimes none. An end mostly follows its start.
    fn day(&mut self, is_end: bool, start: Option<&SqlValue>) -> (String, i64) {
        let number = match (self.below(8), start) {
            (0 | 1, _) => return (String::new(), if is_end { OPEN } else { 0 }),
            (3.., Some(SqlValue::Int(start))) if is_end => start + self.below(400) as i64,
            (2, _) => date(AS_OF) - self.below(25_000) as i64,
            _ => date(AS_OF) + 60 - self.below(480) as i64,
        };
        (Date::from_day_number(number).to_string(), number)
    }

    fn pick(&mut self, from: &[String]) -> String {
        from[self.below(from.len() as u64) as usize].clone()
    }

    /// A number below this one, by splitmix64.
    fn below(&mut self, limit: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

fn document(unit: &str, kind: &str, number: u64) -> String {
    let letters = unit.bytes().chain(kind.bytes());
    let place = letters.fold(7_u32, |sum, letter| sum.wrapping_mul(31).wrapping_add(u32::from(letter)));
    doc(place.wrapping_mul(2_654_435_769).wrapping_add(number as u32))
}
