//! Standards that are measured together, and how often each of their measures has to run.

use crate::{
    derived::Needed,
    error::EvalError,
    evaluate::Request,
    lint,
    period::Period,
    standard::{Part, SIGN_OFF, Standard, measure_file},
};

/// Standards whose measures find the same tables: one for communities and one for streets, as a rule.
pub struct Family<'a> {
    pub period: Period,
    pub standards: Vec<&'a Standard>,
    /// The derived tables that any of their measures needs.
    pub derived: Vec<Needed>,
    pub runs: Vec<Run<'a>>,
    /// Of the derived tables, those that a street's own slice takes from all its communities.
    pub across: Vec<Needed>,
}

/// One measure as it is run: once for all standards that have it, word for word.
pub struct Run<'a> {
    /// The file and the standard that it is named by in messages.
    pub what: String,
    pub sql: &'a str,
    /// By the position of each standard that has it, what its parts read.
    pub readers: Vec<(usize, Vec<Reads<'a>>)>,
    /// The position of the standard whose checks it looks for, if it does.
    pub checks_of: Option<usize>,
    /// Whether it looks at the unit that rows count for, so that a community's rows say nothing of its street's.
    pub asks_unit: bool,
    /// Whether a street's own rows take the records of all its communities.
    pub across: bool,
    /// Columns by a value of which rows of several members count as one.
    pub together: Vec<(String, String)>,
}

/// A part that reads rows of a measure.
pub struct Reads<'a> {
    /// The name of the rows.
    pub rows: String,
    pub item: &'a str,
    pub part: &'a str,
    pub purpose: Purpose,
}

/// What a part makes of rows: it scores them, or they are a reason not to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Score,
    Block,
    BlockSignOff,
}

pub fn families<'a, E: std::error::Error + Send + Sync + 'static>(
    request: &Request<'a>,
) -> Result<Vec<Family<'a>>, EvalError<E>> {
    let mut families: Vec<Family<'a>> = Vec::new();
    for standard in &request.standards {
        let period = period(request, standard)?;
        let same =
            |family: &&mut Family<'a>| family.period == period && family.standards[0].shares_tables(standard);
        if let Some(family) = families.iter_mut().find(same) {
            family.standards.push(standard);
        } else {
            let (derived, runs, across) = (Vec::new(), Vec::new(), Vec::new());
            families.push(Family { period, standards: vec![standard], derived, runs, across });
        }
    }
    for family in &mut families {
        family.derived = Standard::needed_by_all(&family.standards);
        family.runs = runs(&family.standards);
        let across = family.runs.iter().filter(|run| run.across).map(|run| run.sql.to_owned());
        let together =
            family.runs.iter().flat_map(|run| &run.together).map(|(table, column)| shared(table, column));
        let queries: Vec<String> = across.chain(together).collect();
        family.across = family.standards[0].derived_for(queries.iter().map(String::as_str));
    }
    if families.is_empty() { Err(EvalError::NoStandard) } else { Ok(families) }
}

pub fn period<E: std::error::Error + Send + Sync + 'static>(
    request: &Request<'_>,
    standard: &Standard,
) -> Result<Period, EvalError<E>> {
    let period = Period::of(standard, request.start, request.as_of, request.close)?;
    if period.runs_forwards() {
        return Ok(period);
    }
    Err(EvalError::Period {
        start: period.start.to_string(),
        as_of: period.as_of.to_string(),
        close: period.close.to_string(),
    })
}

fn runs<'a>(standards: &[&'a Standard]) -> Vec<Run<'a>> {
    let mut runs: Vec<Run<'a>> = Vec::new();
    for (at, standard) in standards.iter().copied().enumerate() {
        for measure in standard.measures() {
            let file = measure_file(measure);
            let sql = standard.file(&file);
            let reader = (at, reads(standard, measure));
            let known = runs.iter_mut().find(|run| run.sql == sql && run.checks_of.is_none());
            if let Some(run) = known {
                run.readers.push(reader);
                continue;
            }
            runs.push(Run {
                what: format!("the measure {file} of standard {}", standard.id),
                sql,
                readers: vec![reader],
                checks_of: lint::reads(sql).contains("slot").then_some(at),
                asks_unit: lint::asks(sql, "pool", "unit"),
                across: lint::head(sql, "-- across:").iter().any(|word| word == "members"),
                together: lint::head(sql, "-- together:").iter().filter_map(|name| column(name)).collect(),
            });
        }
    }
    runs
}

/// The query for how many values of a column several units of the scope have in common.
pub fn shared(table: &str, column: &str) -> String {
    format!(
        "SELECT COUNT(*) AS shared FROM (SELECT t.{column} AS value FROM {table} t JOIN scope s ON s.unit = t.unit \
         GROUP BY t.{column} HAVING COUNT(DISTINCT t.unit) > 1) g"
    )
}

fn column(name: &str) -> Option<(String, String)> {
    let (table, column) = name.split_once('.')?;
    Some((table.to_owned(), column.to_owned()))
}

/// Everything that parts of a standard read from a measure.
fn reads<'a>(standard: &'a Standard, measure: &str) -> Vec<Reads<'a>> {
    let mut reads = Vec::new();
    for item in &standard.items {
        if item.can_be_empty() && measure == crate::standard::FINDINGS {
            let rows = item.sign_off_name();
            reads.push(Reads { rows, item: &item.id, part: SIGN_OFF, purpose: Purpose::Score });
        }
        for part in item.parts.iter().filter(|part| part.source.measure() == measure) {
            let of = |(purpose, rows): (Purpose, Option<String>)| {
                Some(Reads { rows: rows?, item: &item.id, part: &part.id, purpose })
            };
            reads.extend(purposes(&item.id, part).into_iter().filter_map(of));
        }
    }
    reads
}

fn purposes(item: &str, part: &Part) -> [(Purpose, Option<String>); 3] {
    [
        (Purpose::Score, Some(part.source.rows(item, &part.id))),
        (Purpose::Block, part.blocked_by.clone()),
        (Purpose::BlockSignOff, part.sign_off_blocked_by.clone()),
    ]
}
