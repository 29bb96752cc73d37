//! Where units stand on the road to recognition, read from the published tables.

use std::collections::BTreeMap;

use linli_eval::road::{Appeal, Case, Declaration, Paper, Road, Rules, Score, Step, Verdict, follow};
use linli_eval::{Calendar, Date, pack::CALENDAR_CN, road::ROAD};
use linli_store::{Replica, StoreError};
use linli_wire::{Level, UnitPath};

use crate::error::NodeError;

/// The rules of the road and the calendar of this tree.
pub fn rules() -> Result<(Rules, Calendar), NodeError> {
    let rules = Rules::load(ROAD).map_err(|e| NodeError::Evaluation(e.to_string()))?;
    let calendar = Calendar::load(CALENDAR_CN).map_err(|e| NodeError::Evaluation(e.to_string()))?;
    Ok((rules, calendar))
}

/// The score that a row names, from five columns on.
macro_rules! score {
    ($row:ident, $at:literal) => {
        Score {
            scorecard: $row.get($at)?,
            standard_hash: $row.get($at + 1)?,
            as_of: $row.get($at + 2)?,
            total: $row.get($at + 3)?,
            outcome: $row.get($at + 4)?,
        }
    };
}

/// The cases of one unit by year.
pub type Years = BTreeMap<i64, Case>;

/// The cases of every street and community at or below a unit that is in the programme, or of which there is
/// a declaration or a paper, up to a year. The year itself is always there.
pub fn cases(replica: &Replica, root: &UnitPath, year: i64) -> Result<BTreeMap<UnitPath, Years>, NodeError> {
    let mut found: BTreeMap<UnitPath, Years> = BTreeMap::new();
    let units: Vec<String> = replica.query(
        "SELECT unit FROM unit WHERE programme = 1 AND level IN ('street', 'community')",
        [],
        |row| row.get(0),
    )?;
    for unit in units {
        case(&mut found, root, &unit, year);
    }
    for (unit, year, declaration) in declarations(replica, year)? {
        if let Some(case) = case(&mut found, root, &unit, year) {
            case.declarations.push(declaration);
        }
    }
    for (unit, year, paper) in papers(replica, year)? {
        if let Some(case) = case(&mut found, root, &unit, year) {
            case.papers.push(paper);
        }
    }
    for (unit, year, appeal) in appeals(replica, year)? {
        if let Some(case) = case(&mut found, root, &unit, year) {
            case.appeals.push(appeal);
        }
    }
    for (unit, years) in &mut found {
        years.entry(year).or_insert_with(|| empty(unit.level()));
    }
    Ok(found)
}

/// Where a unit stands in the last of its years; a falsification of an earlier one bars it.
pub fn stand(rules: &Rules, calendar: &Calendar, years: &Years, today: Date) -> Option<Road> {
    let mut road: Option<Road> = None;
    for case in years.values() {
        let barred_until = road.and_then(|road| road.barred_until);
        let case = Case { barred_until: barred_until.max(case.barred_until), ..case.clone() };
        road = Some(follow(rules, calendar, &case, today));
    }
    road
}

fn empty(level: Level) -> Case {
    Case { level, declarations: Vec::new(), papers: Vec::new(), appeals: Vec::new(), barred_until: None }
}

fn case<'f>(
    found: &'f mut BTreeMap<UnitPath, Years>,
    root: &UnitPath,
    unit: &str,
    year: i64,
) -> Option<&'f mut Case> {
    let unit: UnitPath = unit.parse().ok()?;
    let level = unit.level();
    if !root.covers(&unit) || !matches!(level, Level::Street | Level::Community) {
        return None;
    }
    Some(found.entry(unit).or_default().entry(year).or_insert_with(|| empty(level)))
}

fn declarations(replica: &Replica, year: i64) -> Result<Vec<(String, i64, Declaration)>, StoreError> {
    replica.query(
        "SELECT unit, year, doc, day_n, withdrawn, withdrawn_n, scorecard, standard_hash, as_of, total, outcome \
         FROM declaration WHERE year <= ?1",
        [year],
        |row| {
            let withdrawn: String = row.get(4)?;
            let withdrawn_n: i64 = row.get(5)?;
            let declaration = Declaration {
                id: row.get(2)?,
                day: Date::from_day_number(row.get(3)?),
                withdrawn: (!withdrawn.is_empty()).then(|| Date::from_day_number(withdrawn_n)),
                score: score!(row, 6),
            };
            Ok((row.get(0)?, row.get(1)?, declaration))
        },
    )
}

/// Papers whose codes this version knows; what a later version adds has no effect here.
fn papers(replica: &Replica, year: i64) -> Result<Vec<(String, i64, Paper)>, StoreError> {
    let read = replica.query(
        "SELECT unit, year, doc, day_n, until, until_n, scorecard, standard_hash, as_of, total, outcome, step, \
         result, stage, about, recorded_n, result_recorded_n, scorecard_recorded_n FROM road_step WHERE year <= ?1",
        [year],
        |row| {
            let (step, verdict): (String, String) = (row.get(11)?, row.get(12)?);
            let (stage, until): (String, String) = (row.get(13)?, row.get(4)?);
            let until_n: i64 = row.get(5)?;
            let score = score!(row, 6);
            let recorded: i64 = row.get(15)?;
            let (result_n, scorecard_n): (i64, i64) = (row.get(16)?, row.get(17)?);
            let paper = (|| {
                Some(Paper {
                    id: String::new(),
                    step: Step::from_code(&step)?,
                    verdict: Verdict::from_code(&verdict)?,
                    by: level(&stage)?,
                    day: Date::from_day_number(0),
                    until: (!until.is_empty()).then(|| Date::from_day_number(until_n)),
                    about: String::new(),
                    altered: result_n > recorded || (!score.scorecard.is_empty() && scorecard_n > recorded),
                    score,
                })
            })();
            let Some(paper) = paper else { return Ok(None) };
            let paper = Paper {
                id: row.get(2)?,
                day: Date::from_day_number(row.get(3)?),
                about: row.get(14)?,
                ..paper
            };
            Ok(Some((row.get(0)?, row.get(1)?, paper)))
        },
    )?;
    Ok(read.into_iter().flatten().collect())
}

fn appeals(replica: &Replica, year: i64) -> Result<Vec<(String, i64, Appeal)>, StoreError> {
    replica.query(
        "SELECT unit, year, doc, day_n, item, subject FROM appeal WHERE year <= ?1",
        [year],
        |row| {
            let appeal = Appeal {
                id: row.get(2)?,
                day: Date::from_day_number(row.get(3)?),
                item: row.get(4)?,
                subject: row.get(5)?,
            };
            Ok((row.get(0)?, row.get(1)?, appeal))
        },
    )
}

fn level(stage: &str) -> Option<Level> {
    [Level::City, Level::District, Level::Street, Level::Community]
        .into_iter()
        .find(|level| level.as_str() == stage)
}
