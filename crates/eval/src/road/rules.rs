//! Who takes which step and by when, as `protocol/road/road.toml` says.

use std::collections::BTreeMap;

use linli_wire::Level;
use serde::Deserialize;
use thiserror::Error;

use super::Step;

/// The rules of this tree.
pub const ROAD: &str = include_str!("../../../../protocol/road/road.toml");

/// Why a file of rules cannot be used.
#[derive(Debug, Error)]
pub enum RulesError {
    #[error("the rules of the road are not the TOML expected: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("the rules of the road name the step `{0}`, which is none")]
    UnknownStep(String),
    #[error("the rules of the road say nothing, or say it twice, of the step `{}`", .0.code())]
    NotOnce(Step),
    #[error("the rules of the road let a {0} take the step `{step}` about a {0}", step = .1.code())]
    OwnLevel(Level, Step),
}

/// The rules: levels, clocks and sizes of samples.
#[derive(Debug, Clone)]
pub struct Rules {
    steps: BTreeMap<Step, StepRule>,
    pub programme: Goals,
    pub site: Sites,
    /// Working days that a community has for answering the offer of a person.
    pub move_answer_workdays: u32,
    pub publication_workdays: u32,
    pub publication_workdays_least: u32,
    pub filing_workdays: u32,
    pub correction_workdays: u32,
    pub recheck_months: i64,
    pub mend_days: i64,
    pub bar_years: i64,
    samples: BTreeMap<String, usize>,
}

/// What the programme as a whole is to reach, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goals {
    /// Years in which the shares of units are to be recognised.
    pub years: i64,
    pub streets_percent: u64,
    pub communities_percent: u64,
    /// Of the communities, declared in one year.
    pub declared_percent: u64,
    /// In a community, of those who can and want to work.
    pub employed_percent: u64,
}

/// What a site of each sort is to have, as codes of the list `equipment`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sites {
    pub community: Vec<String>,
    pub street: Vec<String>,
    pub urban_street: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
struct StepRule {
    street: Level,
    community: Level,
    workdays: u32,
}

impl Rules {
    pub fn load(text: &str) -> Result<Self, RulesError> {
        let file: File = toml::from_str(text)?;
        let mut steps = BTreeMap::new();
        for entry in file.step {
            let step =
                Step::from_code(&entry.code).ok_or_else(|| RulesError::UnknownStep(entry.code.clone()))?;
            let rule = StepRule {
                street: entry.by.street.level(),
                community: entry.by.community.level(),
                workdays: entry.workdays,
            };
            for (about, by) in [(Level::Street, rule.street), (Level::Community, rule.community)] {
                if by >= about {
                    return Err(RulesError::OwnLevel(about, step));
                }
            }
            if steps.insert(step, rule).is_some() {
                return Err(RulesError::NotOnce(step));
            }
        }
        if let Some(missing) = Step::ALL.into_iter().find(|step| !steps.contains_key(step)) {
            return Err(RulesError::NotOnce(missing));
        }
        Ok(Self {
            steps,
            programme: file.programme,
            site: file.site,
            move_answer_workdays: file.moves.answer_workdays,
            publication_workdays: file.publication.workdays,
            publication_workdays_least: file.publication.workdays_least,
            filing_workdays: file.appeal.filing_workdays,
            correction_workdays: file.correction.workdays,
            recheck_months: file.recheck.months,
            mend_days: file.recheck.mend_days,
            bar_years: file.recheck.bar_years,
            samples: file.sample.into_iter().map(|sample| (sample.item, sample.size)).collect(),
        })
    }

    /// The level that is due to take a step about a unit of a level.
    pub fn by(&self, step: Step, unit: Level) -> Level {
        let rule = self.rule(step);
        if unit == Level::Street { rule.street } else { rule.community }
    }

    pub fn workdays(&self, step: Step) -> u32 {
        self.rule(step).workdays
    }

    /// How many subjects an inspector draws for an item; `None` for an item that is not sampled.
    pub fn sample_size(&self, item: &str) -> Option<usize> {
        self.samples.get(item).copied()
    }

    pub fn sampled_items(&self) -> impl Iterator<Item = &str> {
        self.samples.keys().map(String::as_str)
    }

    fn rule(&self, step: Step) -> &StepRule {
        self.steps.get(&step).expect("rules are loaded only with every step")
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    programme: Goals,
    site: Sites,
    #[serde(rename = "move")]
    moves: Moves,
    publication: Publication,
    appeal: Appeal,
    recheck: Recheck,
    correction: Correction,
    step: Vec<StepEntry>,
    sample: Vec<Sample>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Moves {
    answer_workdays: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Publication {
    workdays: u32,
    workdays_least: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Appeal {
    filing_workdays: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recheck {
    months: i64,
    mend_days: i64,
    bar_years: i64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Correction {
    workdays: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepEntry {
    code: String,
    by: By,
    workdays: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct By {
    street: Above,
    community: Above,
}

/// A level that has units below it.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Above {
    City,
    District,
    Street,
}

impl Above {
    const fn level(self) -> Level {
        match self {
            Self::City => Level::City,
            Self::District => Level::District,
            Self::Street => Level::Street,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    item: String,
    size: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_the_tree_have_the_sources_numbers() {
        let rules = Rules::load(ROAD).expect("the rules in the tree are valid");
        assert_eq!((rules.publication_workdays, rules.publication_workdays_least), (7, 5));
        assert_eq!((rules.workdays(Step::Acceptance), rules.workdays(Step::Answer)), (2, 10));
        assert_eq!(rules.workdays(Step::Review), 10);
        assert_eq!((rules.mend_days, rules.bar_years, rules.recheck_months), (60, 2, 12));
        assert_eq!(rules.by(Step::FirstReview, Level::Community), Level::Street);
        assert_eq!(rules.by(Step::FirstReview, Level::Street), Level::District);
        assert_eq!((rules.sample_size("C06"), rules.sample_size("C01")), (Some(30), None));
        let goals = rules.programme;
        assert_eq!((goals.years, goals.streets_percent, goals.communities_percent), (3, 50, 90));
        assert_eq!((goals.declared_percent, goals.employed_percent), (50, 85));
        let displays = [&rules.site.community, &rules.site.street, &rules.site.urban_street];
        assert_eq!(displays.map(|site| site.iter().any(|what| what == "display")), [false, false, true]);
    }

    #[test]
    fn rules_that_leave_a_step_out_or_let_a_unit_judge_its_own_level_are_refused() {
        let own = ROAD.replacen(
            "street = \"district\", community = \"street\"",
            "street = \"street\", community = \"street\"",
            1,
        );
        let unknown = ROAD.replacen("\"first_review\"", "\"nod\"", 1);
        let twice = ROAD.replacen("\"first_review\"", "\"check\"", 1);
        for (text, says) in [(own, "about a street"), (unknown, "`nod`"), (twice, "`check`")] {
            let error = Rules::load(&text).expect_err("the rules are wrong").to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}
