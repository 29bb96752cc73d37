//! The figures of the report on the programme: `protocol/report/figures.toml` and its SQL, read once, and what they
//! give for each unit.

mod files;

use std::{collections::BTreeMap, sync::OnceLock};

use linli_wire::UnitPath;
use serde::Deserialize;

use crate::{
    date::DateError,
    derived::{self, Derived, Needed},
    engine::{Engine, SqlValue},
    error::EvalError,
    evaluate::prepare,
    ledger::{Given, View, over, told},
    lint,
};

/// What the query of every file returns.
const COLUMNS: [&str; 3] = ["unit", "figure", "value"];
/// Days up to T on which an exchange of data counts as recent.
const RECENT_DAYS: i64 = 30;

/// One number of the report.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    pub id: String,
    pub zh: String,
    pub en: String,
    /// What is counted, as Chinese counts it (人, 户).
    pub of: String,
}

/// One query and the figures that it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The file, by its path from `protocol/report`.
    pub file: String,
    pub figures: Vec<Figure>,
    pub sql: &'static str,
}

/// The dictionary of figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dictionary {
    /// The derived tables that the queries read: name and text of each file, in order.
    pub tables: Vec<(String, &'static str)>,
    pub queries: Vec<Query>,
    /// Of the tables that these files make, those that the queries need.
    derived: Vec<Needed>,
}

impl Dictionary {
    /// A figure and the query that gives it.
    pub fn figure(&self, id: &str) -> Option<(&Query, &Figure)> {
        let all =
            self.queries.iter().flat_map(|query| query.figures.iter().map(move |figure| (query, figure)));
        all.into_iter().find(|(_, figure)| figure.id == id)
    }
}

/// The values of the figures by unit. What is not there is 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures(BTreeMap<String, BTreeMap<UnitPath, i64>>);

impl Figures {
    /// A figure of the units for which `inside` holds, summed.
    pub fn sum(&self, figure: &str, inside: impl Fn(&UnitPath) -> bool) -> i64 {
        let of_units = self.0.get(figure).into_iter().flatten();
        of_units.filter(|(unit, _)| inside(unit)).map(|(_, value)| value).sum()
    }

    /// A figure of all units together.
    pub fn total(&self, figure: &str) -> i64 {
        self.sum(figure, |_| true)
    }
}

/// The figures and what they need.
pub fn dictionary() -> &'static Dictionary {
    static DICTIONARY: OnceLock<Dictionary> = OnceLock::new();
    DICTIONARY
        .get_or_init(|| read(files::DICTIONARY).expect("the dictionary is part of the program, and tested"))
}

/// The tables that queries find beside `scope` and `param`.
fn given(view: &View<'_>) -> Result<Vec<Given>, DateError> {
    let as_of = view.period()?.as_of;
    let days = (0..=RECENT_DAYS).map(|back| vec![SqlValue::Text(as_of.plus_days(-back).to_string())]);
    Ok(vec![Given { name: "recent_day", columns: "day TEXT NOT NULL", rows: days.collect() }])
}

/// Counts every figure for every unit of a view.
pub fn figures<E: Engine>(engine: &mut E, view: &View<'_>) -> Result<Figures, EvalError<E::Error>> {
    let dictionary = dictionary();
    over(engine, view, &given(view)?, &dictionary.derived, |engine| {
        let mut found = Figures::default();
        for query in &dictionary.queries {
            let what = format!("counting {}", query.file);
            for row in prepare::rows(engine, &what, COLUMNS.len(), query.sql)? {
                let (unit, figure) = (prepare::text(&what, &row, 0)?, prepare::text(&what, &row, 1)?);
                let value = prepare::integer(&what, &row, 2)?;
                if !query.figures.iter().any(|known| known.id == figure) || value < 0 {
                    return Err(prepare::shape(
                        &what,
                        format!("the figure `{figure}` with the value {value}"),
                    ));
                }
                let unit: UnitPath = unit
                    .parse()
                    .map_err(|error| prepare::shape(&what, format!("`{unit}` as a unit: {error}")))?;
                if found.0.entry(figure.clone()).or_default().insert(unit.clone(), value).is_some() {
                    return Err(prepare::shape(&what, format!("the figure `{figure}` of {unit} twice")));
                }
            }
        }
        Ok(found)
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    tables: Vec<String>,
    query: Vec<FileQuery>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileQuery {
    sql: String,
    figures: Vec<Figure>,
}

fn read(text: &str) -> Result<Dictionary, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let content = |name: &str| files::content(name).ok_or_else(|| format!("there is no file `{name}`"));
    let tables = file.tables.iter().map(|name| Ok((name.clone(), content(name)?)));
    let tables: Vec<(String, &'static str)> = tables.collect::<Result<_, String>>()?;
    let queries = file.query.into_iter().map(|FileQuery { sql: file, figures }| {
        let sql = content(&file)?;
        let columns = lint::query(&file, sql).map_err(|found| told(&found))?;
        if columns != COLUMNS {
            return Err(format!("{file}: the query returns other columns: {}", columns.join(", ")));
        }
        Ok(Query { file, figures, sql })
    });
    let queries: Vec<Query> = queries.collect::<Result<_, String>>()?;
    let mut derived = Vec::new();
    for (name, sql) in &tables {
        derived.extend(Derived::of(name, sql).map_err(|found| told(&found))?);
    }
    let derived = derived::needed(&derived, queries.iter().map(|query| query.sql));
    Ok(Dictionary { tables, queries, derived })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_query_declares_the_figures_that_it_is_listed_with() {
        let mut ids = BTreeSet::new();
        for query in &dictionary().queries {
            let heads = query.sql.lines().filter_map(|line| line.strip_prefix("-- figures: "));
            let declared: BTreeSet<&str> = heads.flat_map(str::split_whitespace).collect();
            let listed: BTreeSet<&str> = query.figures.iter().map(|figure| figure.id.as_str()).collect();
            assert_eq!(declared, listed, "{}", query.file);
            for id in listed {
                assert!(query.sql.contains(&format!("'{id}'")), "{} {id}", query.file);
                assert!(ids.insert(id), "{id} twice");
                assert!(!dictionary().figure(id).expect("it is there").1.zh.is_empty());
            }
        }
    }

    #[test]
    fn every_file_is_used_and_derives_what_it_says() {
        let dictionary = dictionary();
        for (name, sql) in &dictionary.tables {
            lint::table(name, sql).expect("a derived table keeps the rules");
        }
        assert_eq!(dictionary.tables.len() + dictionary.queries.len(), files::TEXTS.len());
    }
}
