//! What a unit does itself: declare, withdraw, contest.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use linli_eval::{
    Date,
    road::{Declaration, Road, Step, Verdict},
};
use linli_model::{Edit, Value, kind};
use linli_node::{Node, Period, as_of_today, road, standard_in_force};
use linli_store::DocumentEdits;
use linli_wire::{Channel, Space, UnitPath};
use serde_json::json;

use super::{paper, score, step, words};
use crate::{
    cli::{period::PeriodArguments, values},
    context::{Context, own_unit},
    documents,
    failure::Refused,
    language::Language,
};

#[derive(Debug, Args)]
pub struct Declare {
    /// A file with the report
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The year of the programme; without it that of the last 31 October
    #[arg(long)]
    year: Option<i64>,
    /// The day of the paper
    #[arg(long, value_name = "DATE", default_value = "today", value_parser = values::day)]
    day: String,
    #[command(flatten)]
    period: PeriodArguments,
}

#[derive(Debug, Args)]
pub struct Withdraw {
    /// The year of the programme; without it that of the last 31 October
    #[arg(long)]
    year: Option<i64>,
    /// The day of the paper
    #[arg(long, value_name = "DATE", default_value = "today", value_parser = values::day)]
    day: String,
}

#[derive(Debug, Args)]
pub struct Appeal {
    /// The unit that it is about; without it the device's own
    #[arg(long, value_parser = values::unit, requires = "about")]
    unit: Option<UnitPath>,
    #[command(flatten)]
    paper: step::PaperArguments,
    /// The item whose miss is contested; without it the decision is
    #[arg(long, requires = "subject")]
    item: Option<String>,
    /// The subject, as `linli explain --json` names it
    #[arg(long, requires = "item")]
    subject: Option<String>,
    /// Why
    #[arg(long, required_unless_present = "about")]
    reason: Option<String>,
    /// The appeal that is decided about
    #[arg(long, value_name = "DOCUMENT", requires_all = ["unit", "result"], conflicts_with_all = ["item", "reason"])]
    about: Option<String>,
    /// What came of it
    #[arg(long, value_parser = step::verdict, requires = "about")]
    result: Option<Verdict>,
}

/// A unit's own cases.
struct Own {
    node: Node,
    unit: UnitPath,
    year: i64,
    years: road::Years,
    today: Date,
}

impl Own {
    fn open(context: &Context, year: Option<i64>) -> Result<Self> {
        let node = context.node()?;
        let unit = own_unit(&node)?;
        let year = step::year(year)?;
        node.materialise()?;
        let years = node.with(|r| road::cases(r, &unit, year))?.remove(&unit).unwrap_or_default();
        if years.is_empty() {
            let message = context.say(
                "只有列入创建的街道、社区才能申报",
                "only a street or community in the programme declares",
            );
            return Err(Refused::new(message).into());
        }
        Ok(Self { node, unit, year, years, today: as_of_today().parse()? })
    }

    fn stand(&self, years: &road::Years) -> Result<Option<Road>> {
        let (rules, calendar) = road::rules()?;
        Ok(road::stand(&rules, &calendar, years, self.today))
    }

    /// Refuses what would have no effect.
    fn allowed(&self, context: &Context, years: &road::Years, id: &str, day: Date) -> Result<()> {
        if day > self.today {
            let message = context.say("日期不能晚于今天", "the day of a paper cannot lie ahead");
            return Err(Refused::new(message).into());
        }
        let refusal = self.stand(years)?.and_then(|road| road.without_effect.get(id).copied());
        let Some(refusal) = refusal else { return Ok(()) };
        let why = words::refusal(context.language, refusal);
        let message = match context.language {
            Language::Chinese => format!("未保存：{why}"),
            Language::English => format!("not saved: {why}"),
        };
        let hint = context.say(
            "`linli assess status` 说明目前状态和应办事项",
            "`linli assess status` says where the unit stands and what is due",
        );
        Err(Refused::new(message).hint(hint).into())
    }

    fn write(&self, context: &Context, documents: &[DocumentEdits]) -> Result<()> {
        let space = Space::new(self.unit.clone(), Channel::Records);
        documents::write(context, &self.node, &space, documents)?;
        Ok(())
    }

    fn tell(&self, context: &mut Context, document: &str, years: &road::Years) -> Result<()> {
        let Some(road) = self.stand(years)? else { return Ok(()) };
        if context.json {
            return context.out.json(&json!({"unit": self.unit.to_string(), "year": self.year,
                "document": document, "standing": road.standing.code()}));
        }
        let standing = words::stands(context.language, &road);
        context.out.line(&match context.language {
            Language::Chinese => format!("{} {} 年度，现为：{standing}（{document}）", self.unit, self.year),
            Language::English => format!("{}, {}: now {standing} ({document})", self.unit, self.year),
        })
    }
}

impl Declare {
    pub fn run(&self, context: &mut Context) -> Result<()> {
        let own = Own::open(context, self.year)?;
        let report = match &self.report {
            Some(file) => {
                let bytes = context.read(file, linli_model::kind::CONTENT_BYTES_MAX as u64)?;
                String::from_utf8(bytes)?
            }
            None => String::new(),
        };
        let mut declaration = Declaration {
            id: documents::random_id()?.to_string(),
            day: self.day.parse()?,
            withdrawn: None,
            score: linli_eval::road::Score::default(),
        };
        let mut years = own.years.clone();
        if let Some(case) = years.get_mut(&own.year) {
            case.declarations.push(declaration.clone());
        }
        own.allowed(context, &years, &declaration.id, declaration.day)?;
        let card = score::scorecard(context, &own.node, &own.unit, &self.period.period()?)?;
        declaration.score = score::named(&card);
        let id = declaration.id.parse()?;
        own.write(context, &[paper::declaration(id, own.year, &self.day, &report, &declaration.score)])?;
        own.tell(context, &declaration.id, &years)
    }
}

impl Withdraw {
    pub fn run(&self, context: &mut Context) -> Result<()> {
        let own = Own::open(context, self.year)?;
        let day: Date = self.day.parse()?;
        let standing = own.stand(&own.years)?.and_then(|road| road.declaration);
        let mut years = own.years.clone();
        let declared = years.get_mut(&own.year).and_then(|case| {
            case.declarations.iter_mut().find(|declaration| Some(&declaration.id) == standing.as_ref())
        });
        let Some(declaration) = declared else {
            let message = context.say("没有可撤回的申报", "there is no declaration to withdraw");
            return Err(Refused::new(message).into());
        };
        declaration.withdrawn = Some(day);
        let id = declaration.id.clone();
        own.allowed(context, &years, &id, day)?;
        let edits = vec![Edit::document("withdrawn", Some(Value::from(self.day.as_str())))];
        own.write(context, &[DocumentEdits { id: id.parse()?, kind: &kind::DECLARATION, edits }])?;
        own.tell(context, &id, &years)
    }
}

/// Refuses an item that the standard of the unit does not have in the year.
fn require_item(context: &Context, own: &Own, item: &str) -> Result<()> {
    let period = Period::ending(&format!("{}-10-31", own.year));
    let standard = standard_in_force(&own.node, &own.unit, own.unit.level(), &period)?;
    if standard.item(item).is_some() {
        return Ok(());
    }
    let message = match context.language {
        Language::Chinese => format!("标准 {} 没有项目“{item}”", standard.id),
        Language::English => format!("standard {} has no item `{item}`", standard.id),
    };
    let known: Vec<&str> = standard.items.iter().map(|item| item.id.as_str()).collect();
    let hint = format!("{} {}", context.say("可填：", "there are:"), known.join(" "));
    Err(Refused::new(message).hint(hint).into())
}

impl Appeal {
    pub fn run(&self, context: &mut Context) -> Result<()> {
        if let (Some(unit), Some(about), Some(result)) = (&self.unit, &self.about, self.result) {
            return self.decide(context, unit, about, result);
        }
        let own = Own::open(context, self.paper.year)?;
        if let Some(item) = &self.item {
            require_item(context, &own, item)?;
        }
        let appeal = linli_eval::road::Appeal {
            id: documents::random_id()?.to_string(),
            day: self.paper.day.parse()?,
            item: self.item.clone().unwrap_or_default(),
            subject: self.subject.clone().unwrap_or_default(),
        };
        let mut years = own.years.clone();
        if let Some(case) = years.get_mut(&own.year) {
            case.appeals.push(appeal.clone());
        }
        own.allowed(context, &years, &appeal.id, appeal.day)?;
        let mut edits = vec![Edit::document("year", Some(Value::Int(own.year)))];
        edits.extend(score::texts(&[
            ("day", &self.paper.day),
            ("item", &appeal.item),
            ("subject", &appeal.subject),
            ("reason", self.reason.as_deref().unwrap_or_default()),
        ]));
        own.write(context, &[DocumentEdits { id: appeal.id.parse()?, kind: &kind::APPEAL, edits }])?;
        own.tell(context, &appeal.id, &years)
    }

    fn decide(&self, context: &mut Context, unit: &UnitPath, about: &str, result: Verdict) -> Result<()> {
        let desk = step::Desk::open(context, unit, &self.paper)?;
        let waits = |step| desk.road.due.iter().any(|due| due.step == Some(step) && due.about == about);
        let step = if waits(Step::Review) { Step::Review } else { Step::AppealDecision };
        let paper = desk.paper(step, result, about.to_owned())?;
        desk.write_and_tell(context, &paper)
    }
}
