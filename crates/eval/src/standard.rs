//! A creation standard as data: items, parts, points, rules, vetoes, checks and reasons.

mod check;
mod load;
mod problem;
mod read;
mod tighten;

use std::collections::BTreeMap;

use linli_wire::{Digest, Level};

pub use problem::PackError;

use crate::{
    calendar::Calendar,
    derived::{self, Derived, Needed},
    pack,
    pack::Files,
    ratio::Ratio,
};

/// A standard that was read and checked: its points add up, its files are all there, its SQL keeps the rules.
#[derive(Debug, Clone)]
pub struct Standard {
    pub id: String,
    pub version: String,
    /// The level of the units that it scores: community or street.
    pub level: Level,
    pub zh: String,
    pub en: String,
    /// The points of all items together.
    pub total: Ratio,
    /// The points from which a unit is recognised, if no veto fails.
    pub threshold: Ratio,
    /// The points of the items with a veto together.
    pub hard_points: Ratio,
    /// Working days after the as-of date until which records are received.
    pub close_workdays: u32,
    /// Days by which the window for findings and disproofs lags behind the period.
    pub findings_lag_days: i64,
    pub categories: Vec<Category>,
    pub items: Vec<Item>,
    /// The files that create the derived tables, in the order in which they run.
    pub tables: Vec<String>,
    pub reasons: BTreeMap<String, Text>,
    pub calendar: Calendar,
    /// The hash over all files.
    pub hash: Digest,
    /// The tables that these files make.
    derived: Vec<Derived>,
    files: Files,
}

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub zh: String,
    pub en: String,
}

#[derive(Debug, Clone)]
pub struct Category {
    pub id: String,
    pub zh: String,
    pub en: String,
}

/// One item of the standard, as the score sheet lists it.
#[derive(Debug, Clone)]
pub struct Item {
    pub id: String,
    pub zh: String,
    pub en: String,
    pub category: String,
    pub points: Ratio,
    /// How it is assessed: `R` records, `K` checklist, `A` assessor's sample, `Q` survey; joined by `+`.
    pub method: String,
    /// The hard indicator (`H1`) that vetoes recognition where this item does not pass.
    pub veto: Option<String>,
    /// Where the parts do not add up but must all pass for the item's points.
    pub all_parts: bool,
    /// The item of the level below whose disproofs count here too.
    pub twin: Option<String>,
    pub parts: Vec<Part>,
}

/// A part of an item: one list of subjects and one rule over it.
#[derive(Debug, Clone)]
pub struct Part {
    pub id: String,
    pub zh: String,
    pub en: String,
    /// The most that it gives; zero for a penalty and for the tests of an item with `all_parts`.
    pub points: Ratio,
    pub rule: Rule,
    pub source: Source,
    /// Fewer subjects than this are too few to judge by.
    pub minimum: u64,
    /// What too few subjects mean.
    pub below: Below,
    /// Rows of this name leave the part pending, whatever else there is.
    pub blocked_by: Option<String>,
    /// Rows of this name forbid to sign off an empty part, which is then pending.
    pub sign_off_blocked_by: Option<String>,
}

/// Where a part's subjects come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Rows that a measure returns under this name.
    Records { measure: String, rows: String },
    /// Findings of inspectors, one for each check.
    Findings {
        checks: Vec<Slot>,
        /// Where the checks are those of an item of the level below, summed over its units: `C14.plans`.
        pooled_from: Option<String>,
        /// Where any subject may be found, and none need be: upheld complaints.
        open: bool,
    },
}

/// One thing to be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub subject: String,
    pub zh: String,
    pub en: String,
}

/// What follows from fewer subjects than the minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Below {
    /// Full points once a reviewer signs, said apart on the scorecard; pending until then.
    NotApplicable,
    /// The test passes, and nobody need sign: too few events to tell cramming from chance.
    Passes,
    /// Nothing can be said yet.
    Pending,
}

/// How hits become points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Full points where hits/n ≥ `at`, or where no more than `misses_allowed` miss; else none.
    AllOrNothing { at: Ratio, misses_allowed: u64 },
    /// No points below `from`, rising evenly from there to full points at `full`.
    Linear { from: Ratio, full: Ratio },
    /// Full points less `per_miss` for each miss, not below zero.
    Deduct { per_miss: Ratio },
    /// `per_miss` taken from the item's other parts for each miss.
    Penalty { per_miss: Ratio },
}

/// One check that an inspector answers with a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub item: String,
    pub part: String,
    pub subject: String,
    pub zh: String,
    pub en: String,
}

impl Standard {
    /// The community standard of this tree.
    pub fn community() -> Self {
        Self::load(pack::community_files()).expect("a test loads the pack of this tree")
    }

    /// The street standard of this tree.
    pub fn street() -> Self {
        Self::load(pack::street_files()).expect("a test loads the pack of this tree")
    }

    /// Reads a pack that was published, such as a district's variant. Of several problems the first is told.
    pub fn load(files: impl IntoIterator<Item = (String, String)>) -> Result<Self, PackError> {
        Self::check(files).map_err(|mut problems| problems.swap_remove(0))
    }

    /// Reads a pack, or lists everything that is wrong with it, which is at least one problem.
    pub fn check(files: impl IntoIterator<Item = (String, String)>) -> Result<Self, Vec<PackError>> {
        load::load(files)
    }

    /// Every place at which this pack, a district's, does not tighten the city's; none where it may be used.
    pub fn loosened_from(&self, city: &Self) -> Vec<PackError> {
        tighten::loosened(city, self)
    }

    /// Everything that is read from findings, in the order of the items: what an inspector is asked.
    ///
    /// What a street takes over from its communities' findings stands in the community standard alone.
    pub fn checks(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        for item in &self.items {
            for part in &item.parts {
                let Source::Findings { checks: slots, pooled_from: None, .. } = &part.source else {
                    continue;
                };
                checks.extend(slots.iter().map(|slot| Check {
                    item: item.id.clone(),
                    part: part.id.clone(),
                    subject: slot.subject.clone(),
                    zh: slot.zh.clone(),
                    en: slot.en.clone(),
                }));
            }
        }
        checks
    }

    /// The findings by which a reviewer signs that nobody is there to count, one for each item that may come
    /// out empty. They are asked for only where it does, and so stand apart from [`Standard::checks`].
    pub fn sign_offs(&self) -> Vec<Check> {
        let items = self.items.iter().filter(|item| item.can_be_empty());
        items
            .map(|item| Check {
                item: item.id.clone(),
                part: SIGN_OFF.to_owned(),
                subject: SIGN_OFF.to_owned(),
                zh: format!("审核确认“{}”无应计对象", item.zh),
                en: format!("signed off: nobody to count under \"{}\"", item.en),
            })
            .collect()
    }

    /// The item of that id.
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.id == id)
    }

    /// What a reason code means.
    pub fn reason(&self, code: &str) -> Option<&Text> {
        self.reasons.get(code)
    }

    /// The files of the pack by name, to publish or to show them.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(name, content)| (name.as_str(), content.as_str()))
    }

    /// The content of a file that the loader has checked to be there.
    pub(crate) fn file(&self, name: &str) -> &str {
        self.files.get(name).expect("the loader refuses a pack without a file that it names")
    }

    /// Whether the measures of another standard find the same derived tables.
    pub(crate) fn shares_tables(&self, other: &Self) -> bool {
        self.derived == other.derived && self.calendar == other.calendar
    }

    /// The derived tables that the measures of standards need which share them.
    pub(crate) fn needed_by_all(standards: &[&Self]) -> Vec<Needed> {
        let queries = standards.iter().flat_map(|standard| {
            standard.measures().into_iter().map(|measure| standard.file(&measure_file(measure)))
        });
        standards.first().map(|first| derived::needed(&first.derived, queries)).unwrap_or_default()
    }

    /// The derived tables that some queries need, in the order in which they are made.
    pub(crate) fn derived_for<'q>(&self, queries: impl IntoIterator<Item = &'q str>) -> Vec<Needed> {
        derived::needed(&self.derived, queries)
    }

    /// The derived tables that some of its measures need, in the order in which they are made.
    pub(crate) fn needed<'m>(&self, measures: impl IntoIterator<Item = &'m str>) -> Vec<Needed> {
        derived::needed(&self.derived, measures.into_iter().map(|measure| self.file(&measure_file(measure))))
    }

    /// The names of the measures that parts read, each once, sorted.
    pub(crate) fn measures(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.items.iter().flat_map(Item::measures).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Item {
    /// Whether an empty denominator gives this item's points, once a reviewer signs.
    pub fn can_be_empty(&self) -> bool {
        self.parts.iter().any(Part::can_be_empty)
    }

    /// The names of the measures that its parts read; one may come twice.
    pub(crate) fn measures(&self) -> impl Iterator<Item = &str> {
        let parts = self.parts.iter().map(|part| part.source.measure());
        parts.chain(self.can_be_empty().then_some(FINDINGS))
    }

    /// The name of the findings that sign this item off.
    pub(crate) fn sign_off_name(&self) -> String {
        format!("{}.{SIGN_OFF}", self.id)
    }
}

impl Part {
    /// Whether an empty denominator gives this part's points, once a reviewer signs.
    pub fn can_be_empty(&self) -> bool {
        self.below == Below::NotApplicable && matches!(self.source, Source::Records { .. })
    }
}

impl Source {
    /// The measure that lists the subjects; findings have one too.
    pub fn measure(&self) -> &str {
        match self {
            Self::Records { measure, .. } => measure,
            Self::Findings { .. } => FINDINGS,
        }
    }

    /// The name under which the measure returns the rows of this part.
    pub fn rows(&self, item: &str, part: &str) -> String {
        match self {
            Self::Records { rows, .. } | Self::Findings { pooled_from: Some(rows), .. } => rows.clone(),
            Self::Findings { .. } => format!("{item}.{part}"),
        }
    }
}

/// The part, and the subject, of a finding by which a reviewer signs off an item's empty denominators.
pub const SIGN_OFF: &str = "sign_off";

/// The measure that lists findings.
pub(crate) const FINDINGS: &str = "findings";

/// The file of a measure.
pub(crate) fn measure_file(measure: &str) -> String {
    format!("measures/{measure}.sql")
}

#[cfg(test)]
mod tests;
