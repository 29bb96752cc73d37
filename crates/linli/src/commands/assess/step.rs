//! The steps that units above take. Each is refused before it is written if it would have no effect.

use anyhow::Result;
use clap::Args;
use linli_eval::{
    Date, Outcome,
    road::{Paper, Road, Score, Step, Verdict},
};
use linli_node::{Node, Period, as_of_today, programme, road};
use linli_store::DocumentEdits;
use linli_wire::{Channel, Space, UnitPath};
use serde_json::json;

use super::{paper, score, words};
use crate::{
    cli::{period::PeriodArguments, values},
    context::{Context, own_unit},
    documents,
    failure::Refused,
    language::Language,
};

/// What every step names.
#[derive(Debug, Args)]
pub struct Head {
    /// The unit that it is about
    #[arg(long, value_parser = values::unit)]
    unit: UnitPath,
    #[command(flatten)]
    paper: PaperArguments,
}

#[derive(Debug, Args)]
pub struct PaperArguments {
    /// The year of the programme; without it that of the last 31 October
    #[arg(long)]
    pub year: Option<i64>,
    /// The day of the paper
    #[arg(long, value_name = "DATE", default_value = "today", value_parser = values::day)]
    pub day: String,
    /// The number of the paper
    #[arg(long)]
    pub number: Option<String>,
    /// The opinion, or what was found
    #[arg(long)]
    pub note: Option<String>,
}

#[derive(Debug, Args)]
pub struct Review {
    #[command(flatten)]
    head: Head,
    /// What came of it
    #[arg(long, value_parser = verdict)]
    result: Verdict,
}

#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    head: Head,
    #[command(flatten)]
    period: PeriodArguments,
    /// What came of it
    #[arg(long, value_parser = verdict)]
    result: Verdict,
}

#[derive(Debug, Args)]
pub struct Inspect {
    #[command(flatten)]
    head: Head,
    #[command(flatten)]
    period: PeriodArguments,
    /// The unit does not meet, whatever its records say
    #[arg(long, requires = "note")]
    fails: bool,
}

#[derive(Debug, Args)]
pub struct Object {
    #[command(flatten)]
    head: Head,
    /// The document that it is about
    #[arg(long, value_name = "DOCUMENT", requires = "result")]
    about: Option<String>,
    /// What came of it
    #[arg(long, value_parser = verdict, requires = "about")]
    result: Option<Verdict>,
}

#[derive(Debug, Args)]
pub struct Decide {
    #[command(flatten)]
    head: Head,
    /// What came of it
    #[arg(long, value_parser = verdict)]
    result: Verdict,
}

#[derive(Debug, Args)]
pub struct Recheck {
    #[command(flatten)]
    head: Head,
    /// What came of it
    #[arg(long, value_parser = verdict)]
    result: Verdict,
}

#[derive(Debug, Args)]
pub struct Order {
    #[command(flatten)]
    head: Head,
}

#[derive(Debug, Args)]
pub struct End {
    #[command(flatten)]
    head: Head,
    /// Why: falsified, not_mended, lapsed or merged
    #[arg(long, value_parser = verdict)]
    result: Verdict,
}

pub fn verdict(text: &str) -> Result<Verdict, String> {
    let code = linli_model::codes::ROAD_RESULT.find(text).map_or(text, |code| code.code);
    Verdict::from_code(code).ok_or_else(|| {
        let known: Vec<&str> = Verdict::ALL.into_iter().map(Verdict::code).collect();
        values::none_of(text, &known.join(", "))
    })
}

impl Review {
    pub fn run(&self, context: &mut Context) -> Result<()> {
        let desk = Desk::open(context, &self.head.unit, &self.head.paper)?;
        let about = desk.road.declaration.clone().unwrap_or_default();
        let paper = desk.paper(Step::FirstReview, self.result, about)?;
        desk.write_and_tell(context, &paper)
    }
}

impl Check {
    pub fn run(&self, context: &mut Context) -> Result<()> {
        let desk = Desk::open(context, &self.head.unit, &self.head.paper)?;
        let paper = desk.paper(Step::Check, self.result, String::new())?;
        desk.allowed(context, &paper)?;
        let card = score::scorecard(context, &desk.node, &desk.unit, &self.period.period()?)?;
        desk.write_and_tell(context, &Paper { score: score::named(&card), ..paper })
    }
}

impl Inspect {
    pub fn run(&self, context: &mut Context) -> Result<()> {
        let desk = Desk::open(context, &self.head.unit, &self.head.paper)?;
        let verdict = if self.fails { Verdict::Fails } else { Verdict::Meets };
        let paper = desk.paper(Step::Inspection, verdict, String::new())?;
        desk.allowed(context, &paper)?;
        let card = score::scorecard(context, &desk.node, &desk.unit, &self.period.period()?)?;
        let verdict = match card.outcome {
            _ if self.fails => Verdict::Fails,
            Outcome::Meets => Verdict::Meets,
            Outcome::DoesNotMeet => Verdict::Fails,
            Outcome::Undetermined | Outcome::NoRecords => {
                let message = match context.language {
                    Language::Chinese => format!("{} 的评分尚有待定项目，不能下结论", desk.unit),
                    Language::English => {
                        format!("the score of {} is not determined, so nothing follows from it", desk.unit)
                    }
                };
                let hint = context.say(
                    "`linli evaluate --unit 单位` 列出待定项目；登记检查结果后再评，或用 --fails 认定未达标",
                    "`linli evaluate --unit UNIT` lists what is pending; record the findings and inspect again, or \
                     find with --fails that it does not meet",
                );
                return Err(Refused::new(message).hint(hint).into());
            }
        };
        // The scorecard itself is kept with the inspector, to be published as it was.
        let own = Space::new(own_unit(&desk.node)?, Channel::Records);
        documents::write(context, &desk.node, &own, &[score::keep(&card)])?;
        desk.write_and_tell(context, &Paper { verdict, score: score::named(&card), ..paper })
    }
}

impl Object {
    pub fn run(&self, context: &mut Context) -> Result<()> {
        let desk = Desk::open(context, &self.head.unit, &self.head.paper)?;
        let (step, verdict) = match self.result {
            None => (Step::Objection, Verdict::Done),
            Some(verdict @ (Verdict::Upheld | Verdict::Dismissed)) => (Step::Answer, verdict),
            Some(verdict) => (Step::Acceptance, verdict),
        };
        let paper = desk.paper(step, verdict, self.about.clone().unwrap_or_default())?;
        desk.write_and_tell(context, &paper)
    }
}

impl Decide {
    pub fn run(&self, context: &mut Context) -> Result<()> {
        plain(context, &self.head, Step::Decision, self.result)
    }
}

impl Recheck {
    pub fn run(&self, context: &mut Context) -> Result<()> {
        plain(context, &self.head, Step::Recheck, self.result)
    }
}

impl Order {
    pub fn run(&self, context: &mut Context) -> Result<()> {
        plain(context, &self.head, Step::MendOrder, Verdict::Done)
    }
}

impl End {
    pub fn run(&self, context: &mut Context) -> Result<()> {
        plain(context, &self.head, Step::Withdrawal, self.result)
    }
}

fn plain(context: &mut Context, head: &Head, step: Step, verdict: Verdict) -> Result<()> {
    let desk = Desk::open(context, &head.unit, &head.paper)?;
    let paper = desk.paper(step, verdict, String::new())?;
    desk.write_and_tell(context, &paper)
}

/// A unit's papers, opened by one above it to add another.
pub struct Desk<'a> {
    pub node: Node,
    pub unit: UnitPath,
    pub year: i64,
    pub road: Road,
    years: road::Years,
    arguments: &'a PaperArguments,
}

impl<'a> Desk<'a> {
    pub fn open(context: &Context, unit: &UnitPath, arguments: &'a PaperArguments) -> Result<Self> {
        Self::at(context, context.node()?, unit, arguments)
    }

    /// The same at a node that is open already.
    pub fn at(context: &Context, node: Node, unit: &UnitPath, arguments: &'a PaperArguments) -> Result<Self> {
        super::super::realm::known(context, &node, unit)?;
        let own = own_unit(&node)?;
        if !own.is_above(unit) {
            let message = match context.language {
                Language::Chinese => format!("{own} 不在 {unit} 之上：任何单位都不得审核、检查或认定自己"),
                Language::English => {
                    format!("{own} is not above {unit}: nobody reviews, scores or decides on their own unit")
                }
            };
            return Err(Refused::new(message).into());
        }
        Self::of(node, unit, arguments)
    }

    pub fn of(node: Node, unit: &UnitPath, arguments: &'a PaperArguments) -> Result<Self> {
        let year = year(arguments.year)?;
        node.materialise()?;
        let years = node.with(|r| road::cases(r, unit, year))?.remove(unit).unwrap_or_default();
        let (rules, calendar) = road::rules()?;
        let today: Date = as_of_today().parse()?;
        let road = road::stand(&rules, &calendar, &years, today);
        let Some(road) = road else {
            anyhow::bail!("{unit} is neither a street nor a community: only they are recognised");
        };
        Ok(Self { node, unit: unit.clone(), year, road, years, arguments })
    }

    /// The paper as it would be written, without a score.
    pub fn paper(&self, step: Step, verdict: Verdict, about: String) -> Result<Paper> {
        Ok(Paper {
            id: documents::random_id()?.to_string(),
            step,
            verdict,
            by: own_unit(&self.node)?.level(),
            day: self.arguments.day.parse()?,
            until: None,
            about,
            score: Score::default(),
            altered: false,
        })
    }

    /// Refuses a paper that would have no effect. The verdict of an inspection follows from the score, so
    /// that it does not matter here.
    pub fn allowed(&self, context: &Context, paper: &Paper) -> Result<()> {
        let today: Date = as_of_today().parse()?;
        if paper.day > today {
            let message = context.say("日期不能晚于今天", "the day of a paper cannot lie ahead");
            return Err(Refused::new(message).into());
        }
        let (rules, calendar) = road::rules()?;
        let mut years = self.years.clone();
        if let Some(case) = years.get_mut(&self.year) {
            case.papers.push(paper.clone());
        }
        let after = road::stand(&rules, &calendar, &years, today);
        let refusal = after.and_then(|road| road.without_effect.get(&paper.id).copied());
        let Some(refusal) = refusal else { return Ok(()) };
        let why = words::refusal(context.language, refusal);
        let step = words::step(context.language, paper.step);
        let message = match context.language {
            Language::Chinese => format!("{}的“{step}”未保存：{why}", self.unit),
            Language::English => format!("the {step} of {} was not saved: {why}", self.unit),
        };
        let hint = context.say(
            "`linli assess status --unit 单位` 说明目前状态和应办事项",
            "`linli assess status --unit UNIT` says where it stands and what is due",
        );
        Err(Refused::new(message).hint(hint).into())
    }

    /// The document of a paper in the unit's oversight.
    pub fn document(&self, paper: &Paper) -> Result<DocumentEdits> {
        let (number, note) = (&self.arguments.number, &self.arguments.note);
        paper::step(
            self.year,
            paper,
            number.as_deref().unwrap_or_default(),
            note.as_deref().unwrap_or_default(),
        )
    }

    pub fn write_and_tell(&self, context: &mut Context, paper: &Paper) -> Result<()> {
        self.allowed(context, paper)?;
        let space = Space::new(self.unit.clone(), Channel::Oversight);
        documents::write(context, &self.node, &space, &[self.document(paper)?])?;
        self.tell(context, paper)
    }

    /// Says what was written, and where the unit stands now.
    pub fn tell(&self, context: &mut Context, paper: &Paper) -> Result<()> {
        let after = Desk::of(self.node.clone(), &self.unit, self.arguments)?;
        let standing = after.road.standing;
        if context.json {
            return context.out.json(&json!({
                "unit": self.unit.to_string(), "year": self.year, "step": paper.step.code(),
                "result": paper.verdict.code(), "document": paper.id, "standing": standing.code(),
                "total": paper.score.total, "scorecard": paper.score.scorecard,
            }));
        }
        let (language, words) = (context.language, words::stands(context.language, &after.road));
        let step = words::taken(language, paper.step, &after.road);
        context.out.line(&match language {
            Language::Chinese => format!("{} {step}已登记（{}），现为：{words}", self.unit, paper.id),
            Language::English => format!("{}: {step} recorded ({}), now: {words}", self.unit, paper.id),
        })
    }
}

/// The year of the programme: the one asked for, or that of the last period that ended.
pub fn year(asked: Option<i64>) -> Result<i64> {
    if let Some(year) = asked {
        return Ok(year);
    }
    Ok(programme::year_of(&Period::last_until(&as_of_today())?.as_of)?)
}
