//! An invented city as rows: a few communities made of real documents, each many times under other units.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result};
use automerge::{ActorId, ChangeHash};
use linli_eval::Changes;
use linli_generate::{Community, CommunityData, Plan, Quality};
use linli_model::{Cell, Provenance, date, rows::Written, tables};
use linli_store::{BareTables, DocumentEdits};
use linli_wire::{Channel, Level, Space, UnitPath};

use crate::demo::UNITS;

const AS_OF: &str = "2026-10-31";
const START: &str = "2025-11-01";
/// Everything was recorded before the period, so that past month-ends and returns are looked at as well.
const RECORDED: &str = "2025-10-20";

pub struct City {
    pub tables: BareTables,
    pub root: UnitPath,
    pub as_of: String,
    pub households: usize,
    pub people: usize,
    pub rows: usize,
    /// When each unit's records last changed.
    pub changes: Changes,
    communities: Vec<UnitPath>,
}

/// One row of a template: the table, and its cells.
type Row = (usize, Vec<Cell>);

/// The rows of one invented community.
struct Template {
    unit: UnitPath,
    households: usize,
    people: usize,
    rows: Vec<Row>,
}

impl City {
    pub fn create(directory: &Path, communities: usize, households: usize, seed: u64) -> Result<Self> {
        let list = directory.with_extension("csv");
        std::fs::write(&list, UNITS)?;
        let units = linli_node::read_units(&list)?;
        let root = units.city().clone();
        let of = |level| units.0.keys().filter(move |unit: &&UnitPath| unit.level() == level);
        let chosen: Vec<UnitPath> = of(Level::Community).take(communities).cloned().collect();
        let mut tables = BareTables::create(directory)?;
        tables.together(|tables| {
            for unit in units.0.keys() {
                let scored = matches!(unit.level(), Level::Street | Level::Community)
                    && chosen.iter().any(|community| unit.covers(community));
                tables.insert([unit_row(unit, scored)])?;
            }
            Ok(())
        })?;
        let qualities = Quality::ALL.into_iter().enumerate();
        let templates: Vec<Template> = qualities
            .map(|(index, quality)| Template::of(seed, index as u64, quality, households))
            .collect::<Result<_>>()?;
        let mut city = Self {
            tables,
            root,
            as_of: AS_OF.to_owned(),
            households: 0,
            people: 0,
            rows: 0,
            changes: Changes::default(),
            communities: chosen,
        };
        for number in 0..city.communities.len() {
            // Two thirds are good, as in a city that tries.
            let quality = if number % 3 == 0 { 1 + number / 3 % (templates.len() - 1) } else { 0 };
            city.add(number, &templates[quality])?;
        }
        Ok(city)
    }

    fn changed(&mut self, unit: &UnitPath) {
        self.changes.now += 1;
        self.changes.spaces.insert(Space::new(unit.clone(), Channel::Records), self.changes.now);
    }

    fn add(&mut self, number: usize, template: &Template) -> Result<()> {
        let unit = self.communities[number].clone();
        self.changed(&unit);
        self.households += template.households;
        self.people += template.people;
        self.rows += template.rows.len();
        self.tables.together(|tables| {
            for (table, cells) in &template.rows {
                tables.insert([(*table, renamed(*table, cells, &template.unit, &unit, number))])?;
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Changes one community: another visit to a household. Returns which.
    pub fn change_one(&mut self) -> Result<UnitPath> {
        let unit = self.communities[self.communities.len() / 2].clone();
        let visit = linli_model::tables::table_index("visit").context("there is the table of visits")?;
        let cell = |column: &linli_model::Column| match (column.ty, column.name.as_str()) {
            (linli_model::ColumnType::Int, "day_n" | "recorded_n") => {
                Cell::Int(date::day_of_iso(AS_OF).unwrap_or_default())
            }
            (linli_model::ColumnType::Int, _) => Cell::Int(0),
            (_, "unit") => Cell::Text(unit.to_string()),
            (_, "day") => Cell::Text(AS_OF.to_owned()),
            _ => Cell::Text(format!("{:032x}", 1)),
        };
        let cells = tables()[visit].columns.iter().map(cell).collect();
        self.tables.insert([(visit, cells)])?;
        self.changed(&unit);
        Ok(unit)
    }
}

impl Template {
    fn of(seed: u64, index: u64, quality: Quality, households: usize) -> Result<Self> {
        let day = |iso| date::day_of_iso(iso).context("a date");
        let (as_of, recorded) = (day(AS_OF)?, day(RECORDED)?);
        let plan = Plan { seed, as_of, period_start: day(START)?, households };
        let unit: UnitPath = format!("3211/99/099/{:03}", index + 1).parse()?;
        let data =
            linli_generate::community(&plan, &Community { unit: &unit, name: "示例社区", index, quality });
        let mut template =
            Self { unit, households: data.households.len(), people: data.people(), rows: Vec::new() };
        for (document, recorded) in documents(&plan, &data, recorded) {
            template.project(&document, recorded)?;
        }
        Ok(template)
    }

    fn project(&mut self, edits: &DocumentEdits, recorded: i64) -> Result<()> {
        let mut document = linli_model::new_document(edits.kind);
        document.set_actor(ActorId::from([7; 16]));
        let mut transaction = document.transaction();
        linli_model::apply(&mut transaction, edits.kind, &edits.edits)?;
        transaction.commit();
        let space = Space::new(self.unit.clone(), edits.kind.channels[0]);
        let level = if space.channel == Channel::Oversight { Level::Street } else { Level::Community };
        let on_day = OnDay(Written { day_n: recorded, level });
        let rows = linli_model::rows(edits.kind, &document, edits.id, &space, &on_day);
        self.rows.extend(rows.into_iter().map(|row| (row.table, row.cells)));
        Ok(())
    }
}

/// Everything was written on one day by a device of one level.
struct OnDay(Written);

impl Provenance for OnDay {
    fn written(&self, _: &ChangeHash) -> Option<Written> {
        Some(self.0)
    }

    fn first_day(&self) -> Option<i64> {
        Some(self.0.day_n)
    }
}

/// Everything that a community and those above it have on record, with the day of recording.
fn documents(plan: &Plan, data: &CommunityData, recorded: i64) -> Vec<(DocumentEdits, i64)> {
    let households = data.households.iter().flat_map(|household| household.documents.iter().cloned());
    let register = linli_generate::dwelling_register(plan, data);
    let mut merged: BTreeMap<_, DocumentEdits> = BTreeMap::new();
    for part in register {
        merged.entry(part.id).and_modify(|whole| whole.edits.extend(part.edits.clone())).or_insert(part);
    }
    let kept = linli_generate::office(plan, &data.unit, Some(data)).into_iter();
    let above = std::iter::once(linli_generate::exchanges(plan)).chain(linli_generate::oversight(plan, data));
    let on_day =
        households.chain(merged.into_values()).chain(kept).chain(above).map(|edits| (edits, recorded));
    let returns = linli_generate::returns(plan, &data.unit, &[data], recorded, plan.as_of + 13);
    on_day.chain(returns.into_iter().map(|edits| (edits, plan.as_of))).collect()
}

/// A template's row as that of another unit: other documents, other ID numbers.
fn renamed(table: usize, cells: &[Cell], from: &UnitPath, to: &UnitPath, number: usize) -> Vec<Cell> {
    let columns = &tables()[table].columns;
    let rename = |(column, cell): (&linli_model::Column, &Cell)| match cell {
        Cell::Text(text) if text == from.as_str() => Cell::Text(to.to_string()),
        Cell::Text(text) if text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit()) => {
            Cell::Text(format!("{number:04x}{}", &text[4..]))
        }
        Cell::Text(text) if column.name == "id_no" && text.len() == 18 => {
            Cell::Text(format!("9{number:05}{}", &text[6..]))
        }
        cell => cell.clone(),
    };
    columns.iter().zip(cells).map(rename).collect()
}

fn unit_row(unit: &UnitPath, programme: bool) -> Row {
    let table = linli_model::tables::table_index("unit").unwrap_or_default();
    let cell = |column: &linli_model::Column| match (column.ty, column.name.as_str()) {
        (linli_model::ColumnType::Int, "programme") => Cell::Int(i64::from(programme)),
        (linli_model::ColumnType::Int, "end_n") => Cell::Int(date::OPEN_END),
        (linli_model::ColumnType::Int, _) => Cell::Int(0),
        (_, "unit") => Cell::Text(unit.to_string()),
        (_, "doc") => Cell::Text(linli_wire::DocId::singleton(unit.as_str()).to_string()),
        (_, "parent") => Cell::Text(unit.parent().map(|parent| parent.to_string()).unwrap_or_default()),
        (_, "level") => Cell::Text(unit.level().as_str().to_owned()),
        _ => Cell::Text(String::new()),
    };
    (table, tables()[table].columns.iter().map(cell).collect())
}
