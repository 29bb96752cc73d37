//! The traps that the software looks for: `protocol/findings/findings.toml` and its SQL, read once, and what they
//! find of a unit and what lies below it.

mod files;

use std::sync::OnceLock;

use serde::Deserialize;

use crate::{
    derived::{self, Derived, Needed},
    engine::{Engine, SqlValue},
    error::EvalError,
    evaluate::prepare,
    ledger::{Given, View, over, told},
    lint,
};

/// What the query of every trap returns.
const COLUMNS: [&str; 6] = ["unit", "trap", "subject", "severity", "reason", "ref"];

/// What a trap's subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// A person's document.
    Person,
    /// A card's document.
    Household,
    /// An employer's name.
    Employer,
    /// The unit itself.
    Unit,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Notice,
    Warning,
    Serious,
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Serious => "serious",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Notice, Self::Warning, Self::Serious].into_iter().find(|severity| severity.as_str() == text)
    }
}

/// Why a trap has sprung.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    pub code: String,
    pub zh: String,
    pub en: String,
}

/// A number that traps compare with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    pub name: String,
    pub value: i64,
    pub zh: String,
    pub en: String,
}

/// One trap of the dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trap {
    pub id: String,
    pub zh: String,
    pub en: String,
    pub about: About,
    pub reasons: Vec<Reason>,
    /// The query.
    pub sql: &'static str,
}

impl Trap {
    pub fn reason(&self, code: &str) -> Option<&Reason> {
        self.reasons.iter().find(|reason| reason.code == code)
    }
}

/// The dictionary of traps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dictionary {
    /// The derived tables that the queries read: name and text of each file, in order.
    pub tables: Vec<(String, &'static str)>,
    pub thresholds: Vec<Threshold>,
    pub traps: Vec<Trap>,
    /// Of the tables that these files make, those that the queries need.
    derived: Vec<Needed>,
}

/// One thing that a trap caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub trap: &'static Trap,
    pub unit: String,
    /// What [`Trap::about`] says.
    pub subject: String,
    pub severity: Severity,
    pub reason: &'static Reason,
    /// The document or key that shows it.
    pub reference: String,
}

/// The traps and what they need.
pub fn dictionary() -> &'static Dictionary {
    static DICTIONARY: OnceLock<Dictionary> = OnceLock::new();
    DICTIONARY
        .get_or_init(|| read(files::DICTIONARY).expect("the dictionary is part of the program, and tested"))
}

/// What the traps find, the most serious first, then by unit, trap and subject.
pub fn find<E: Engine>(engine: &mut E, view: &View<'_>) -> Result<Vec<Found>, EvalError<E::Error>> {
    let dictionary = dictionary();
    let thresholds = dictionary.thresholds.iter();
    let given = [
        Given { name: "month_end", columns: prepare::MONTH_END, rows: view.period()?.month_ends() },
        Given {
            name: "threshold",
            columns: "name TEXT NOT NULL, value BIGINT NOT NULL",
            rows: thresholds.map(|one| vec![one.name.as_str().into(), one.value.into()]).collect(),
        },
    ];
    let mut all = over(engine, view, &given, &dictionary.derived, |engine| {
        let mut all = Vec::new();
        for trap in &dictionary.traps {
            let what = format!("looking for {}", trap.id);
            for row in prepare::rows(engine, &what, COLUMNS.len(), trap.sql)? {
                all.push(found(&what, trap, &row)?);
            }
        }
        Ok(all)
    })?;
    all.sort_by(|a, b| {
        let key = |found: &Found| (found.unit.clone(), found.trap.id.clone(), found.subject.clone());
        b.severity.cmp(&a.severity).then_with(|| (key(a), &a.reference).cmp(&(key(b), &b.reference)))
    });
    Ok(all)
}

fn found<E: std::error::Error + Send + Sync + 'static>(
    what: &str,
    trap: &'static Trap,
    row: &[SqlValue],
) -> Result<Found, EvalError<E>> {
    let text = |column: usize| prepare::text(what, row, column);
    let (severity, code) = (text(3)?, text(4)?);
    let unknown = |what_is: &str, value: &str| prepare::shape(what, format!("{what_is} `{value}`"));
    Ok(Found {
        trap,
        unit: text(0)?,
        subject: text(2)?,
        severity: Severity::parse(&severity).ok_or_else(|| unknown("the severity", &severity))?,
        reason: trap.reason(&code).ok_or_else(|| unknown("the reason", &code))?,
        reference: text(5)?,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    tables: Vec<String>,
    threshold: Vec<Threshold>,
    trap: Vec<FileTrap>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTrap {
    id: String,
    zh: String,
    en: String,
    about: About,
    sql: String,
    reasons: Vec<Reason>,
}

fn read(text: &str) -> Result<Dictionary, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    let content = |name: &str| files::content(name).ok_or_else(|| format!("there is no file `{name}`"));
    let tables = file.tables.iter().map(|name| Ok((name.clone(), content(name)?)));
    let tables: Vec<(String, &'static str)> = tables.collect::<Result<_, String>>()?;
    let traps = file.trap.into_iter().map(|trap| {
        let sql = content(&trap.sql)?;
        let columns = lint::query(&trap.sql, sql).map_err(|found| told(&found))?;
        if columns != COLUMNS {
            return Err(format!("{}: the query returns other columns: {}", trap.id, columns.join(", ")));
        }
        let FileTrap { id, zh, en, about, reasons, .. } = trap;
        Ok(Trap { id, zh, en, about, reasons, sql })
    });
    let traps: Vec<Trap> = traps.collect::<Result<_, String>>()?;
    let mut derived = Vec::new();
    for (name, sql) in &tables {
        derived.extend(Derived::of(name, sql).map_err(|found| told(&found))?);
    }
    let derived = derived::needed(&derived, traps.iter().map(|trap| trap.sql));
    Ok(Dictionary { tables, thresholds: file.threshold, traps, derived })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_query_names_its_own_trap_its_reasons_and_thresholds_that_there_are() {
        let dictionary = dictionary();
        let mut used = BTreeSet::new();
        for trap in &dictionary.traps {
            assert!(trap.sql.contains(&format!("'{}' AS trap", trap.id)), "{}", trap.id);
            let head = trap.sql.lines().find_map(|line| line.strip_prefix("-- reasons: "));
            let declared: Vec<&str> = head.into_iter().flat_map(str::split_whitespace).collect();
            let listed: Vec<&str> = trap.reasons.iter().map(|reason| reason.code.as_str()).collect();
            assert_eq!(declared, listed, "{}", trap.id);
            for code in listed {
                assert!(trap.sql.contains(&format!("'{code}'")), "{} {code}", trap.id);
            }
            let named = trap.sql.split(".name = '").skip(1).filter_map(|rest| rest.split('\'').next());
            used.extend(named.map(str::to_owned));
        }
        let known: BTreeSet<String> = dictionary.thresholds.iter().map(|one| one.name.clone()).collect();
        assert_eq!(used, known);
    }

    #[test]
    fn every_file_is_used_and_derives_what_it_says() {
        let dictionary = dictionary();
        for (name, sql) in &dictionary.tables {
            lint::table(name, sql).expect("a table of the standards keeps the rules");
        }
        assert_eq!(dictionary.tables.len() + dictionary.traps.len(), files::TEXTS.len());
    }

    #[test]
    fn a_query_that_returns_other_columns_is_refused() {
        let swapped = files::DICTIONARY
            .replace("sql = \"sql/stale.sql\"", "sql = \"../standards/shared/tables/60_hardship.sql\"");
        assert!(read(&swapped).is_err());
    }
}
