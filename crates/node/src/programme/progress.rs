//! Units by the dated facts of their road, and the shares of them.

use std::collections::BTreeMap;

use linli_eval::{
    Calendar, Date, Ratio,
    road::{Goals, Road, Rules},
};
use linli_store::{Replica, StoreError};
use linli_wire::{Level, UnitPath};
use serde::Serialize;

use crate::{
    error::NodeError,
    node::Node,
    road::{self, Years},
};

/// A part of a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Share {
    pub count: u64,
    pub of: u64,
    /// For showing only: two decimals, truncated, so that less than the goal never looks like it. Empty without a
    /// whole.
    pub percent: String,
}

impl Share {
    pub fn new(count: u64, of: u64) -> Self {
        let percent = Ratio::new(i128::from(count) * 100, i128::from(of)).map(Ratio::shown);
        Self { count, of, percent: percent.unwrap_or_default() }
    }

    /// Whether it is at least so many hundredths of the whole. Nothing of nothing reaches nothing.
    pub const fn reaches(&self, percent: u64) -> bool {
        self.of > 0 && 100 * self.count as u128 >= percent as u128 * self.of as u128
    }
}

/// A share and what it is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Goal {
    pub share: Share,
    pub percent: u64,
    /// How many are needed of the whole.
    pub needed: u64,
    pub reached: bool,
}

impl Goal {
    pub fn new(share: Share, percent: u64) -> Self {
        let needed = (percent * share.of).div_ceil(100);
        Self { percent, needed, reached: share.reaches(percent), share }
    }
}

/// The units of one level, each counted once for each fact. All are shares of the units in the programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The units that the published table `unit` marks.
    pub in_programme: u64,
    /// `Road::declared`, before the unit was found to meet.
    pub declared: Share,
    /// `Road::declared` and `Road::late`: after it was found to meet.
    pub declared_late: Share,
    /// `Road::inspected`.
    pub inspected: Share,
    /// `Road::met`: the result of the latest inspection. What today's records would give is in an evaluation.
    pub met: Share,
    /// Declared in time, and met.
    pub declared_met: Share,
    /// Declared in time and inspected, and did not meet.
    pub declared_failed: Share,
    /// `Road::published`.
    pub published: Share,
    /// `Road::recognised` in this year, and not ended since.
    pub recognised: Share,
    /// Declared in time this year, against what is to be declared in a year; streets have no such goal.
    pub this_year: Option<Goal>,
    /// Recognised in this year or those before it that the programme counts, and not ended since.
    pub in_all: Goal,
}

/// The communities and the streets at and below a unit.
pub(crate) fn of_levels(
    node: &Node,
    root: &UnitPath,
    year: i64,
    today: Date,
) -> Result<(Progress, Progress), NodeError> {
    let (rules, calendar) = road::rules()?;
    let (marked, mut cases) =
        node.with(|r| Ok::<_, NodeError>((marked(r, root, today)?, road::cases(r, root, year)?)))?;
    // What was done about a unit that is not in the programme is on its road, and in no share.
    cases.retain(|unit, _| marked.contains_key(unit));
    let clock = Clock { rules: &rules, calendar: &calendar, year, today };
    let of = |level: Level| {
        let of_level: Vec<&Years> =
            cases.iter().filter(|(unit, _)| unit.level() == level).map(|(_, years)| years).collect();
        clock.progress(level, &of_level)
    };
    Ok((of(Level::Community), of(Level::Street)))
}

/// The units of the programme at and below a unit that are there on a day, with their names.
pub(crate) fn marked(
    replica: &Replica,
    root: &UnitPath,
    on: Date,
) -> Result<BTreeMap<UnitPath, String>, StoreError> {
    let units: Vec<(String, String)> = replica.query(
        "SELECT unit, name FROM unit WHERE programme = 1 AND level IN ('street', 'community')
         AND start_n <= ?1 AND end_n >= ?1",
        [on.day_number()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let read = units.into_iter().filter_map(|(unit, name)| Some((unit.parse::<UnitPath>().ok()?, name)));
    Ok(read.filter(|(unit, _)| root.covers(unit)).collect())
}

struct Clock<'a> {
    rules: &'a Rules,
    calendar: &'a Calendar,
    year: i64,
    today: Date,
}

impl Clock<'_> {
    fn progress(&self, level: Level, units: &[&Years]) -> Progress {
        let roads: Vec<Road> = units.iter().filter_map(|years| self.stand(years, self.year)).collect();
        let whole = units.len() as u64;
        let share = |fact: &dyn Fn(&Road) -> bool| {
            Share::new(roads.iter().filter(|road| fact(road)).count() as u64, whole)
        };
        let in_time = |road: &Road| road.declared.is_some() && !road.late;
        let declared = share(&in_time);
        let goals: Goals = self.rules.programme;
        let first = self.year - goals.years + 1;
        let in_all = units.iter().filter(|years| {
            (first..=self.year).any(|year| self.stand(years, year).is_some_and(|road| is_recognised(&road)))
        });
        let percent = if level == Level::Street { goals.streets_percent } else { goals.communities_percent };
        Progress {
            in_programme: whole,
            declared_late: share(&|road| road.declared.is_some() && road.late),
            inspected: share(&|road| road.inspected.is_some()),
            met: share(&|road| road.met.is_some()),
            declared_met: share(&|road| in_time(road) && road.met.is_some()),
            declared_failed: share(&|road| in_time(road) && road.inspected.is_some() && road.met.is_none()),
            published: share(&|road| road.published.is_some()),
            recognised: share(&is_recognised),
            this_year: (level == Level::Community)
                .then(|| Goal::new(declared.clone(), goals.declared_percent)),
            declared,
            in_all: Goal::new(Share::new(in_all.count() as u64, whole), percent),
        }
    }

    /// Where a unit stands in one of its years.
    fn stand(&self, years: &Years, year: i64) -> Option<Road> {
        let up_to: Years = years.range(..=year).map(|(year, case)| (*year, case.clone())).collect();
        up_to.contains_key(&year).then(|| road::stand(self.rules, self.calendar, &up_to, self.today))?
    }
}

fn is_recognised(road: &Road) -> bool {
    road.recognised.is_some() && road.ended.is_none()
}
