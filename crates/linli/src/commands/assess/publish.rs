//! `linli assess publish`: the list of units, and the frozen score of each.

use anyhow::Result;
use clap::Args;
use linli_eval::{
    Date,
    road::{Paper, Standing, Step, Verdict},
};
use linli_node::{Node, as_of_today, road};
use linli_wire::{Channel, Space, UnitPath};

use super::{
    paper::{self, NoticeHead},
    score,
    step::{self, Desk, PaperArguments},
};
use crate::{
    cli::values,
    context::{Context, own_unit},
    documents,
    failure::Refused,
    language::Language,
};

#[derive(Debug, Args)]
pub struct Publish {
    /// The unit that it is about; again for each further one
    #[arg(long, value_parser = values::unit, required_unless_present = "all")]
    unit: Vec<UnitPath>,
    /// Every unit that declared, meets and is not published yet
    #[arg(long, conflicts_with = "unit")]
    all: bool,
    /// How many working days it lasts; without it as the programme says
    #[arg(long)]
    workdays: Option<u32>,
    /// The newspaper that prints it
    #[arg(long)]
    newspaper: Option<String>,
    /// The day on which it is printed
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    newspaper_day: Option<String>,
    /// The heading of the list
    #[arg(long)]
    title: Option<String>,
    #[command(flatten)]
    paper: PaperArguments,
}

impl Publish {
    pub fn run(&self, context: &mut Context) -> Result<()> {
        let node = context.node()?;
        let own = own_unit(&node)?;
        let (rules, calendar) = road::rules()?;
        let day: Date = self.paper.day.parse()?;
        let until = calendar.plus_workdays(day, self.workdays.unwrap_or(rules.publication_workdays));
        let notice = documents::random_id()?;
        let mut listed = Vec::new();
        for unit in self.units(context, &node, &own)? {
            let desk = Desk::at(context, node.clone(), &unit, &self.paper)?;
            let paper = Paper {
                until: Some(until),
                score: desk.road.inspection.clone().unwrap_or_default(),
                ..desk.paper(Step::Publication, Verdict::Done, notice.to_string())?
            };
            desk.allowed(context, &paper)?;
            let card = score::kept(context, &node, &own, &paper.score.scorecard)?;
            listed.push((desk, paper, card));
        }
        let head = NoticeHead {
            start: &self.paper.day,
            end: &until.to_string(),
            newspaper: self.newspaper.as_deref().unwrap_or_default(),
            newspaper_day: self.newspaper_day.as_deref().unwrap_or_default(),
            title: self.title.as_deref().unwrap_or_default(),
        };
        let units = listed.iter().map(|(desk, paper, _)| (desk.unit.as_str(), &paper.score));
        let mut list = vec![paper::notice(notice, step::year(self.paper.year)?, head, units)];
        list.extend(listed.iter().map(|(_, _, card)| score::keep(card)));
        let mut written = vec![(Space::new(own, Channel::Notices), list)];
        for (desk, paper, _) in &listed {
            written.push((Space::new(desk.unit.clone(), Channel::Oversight), vec![desk.document(paper)?]));
        }
        // List and papers at once: a paper that names the list is never without it, nor the list without its papers.
        let written: Vec<_> = written.iter().map(|(space, documents)| (space, &documents[..])).collect();
        documents::write_all(context, &node, &written)?;
        if context.json {
            let units: Vec<String> = listed.iter().map(|(desk, ..)| desk.unit.to_string()).collect();
            return context.out.json(&serde_json::json!({"notice": notice.to_string(),
                "from": day.to_string(), "until": until.to_string(), "units": units}));
        }
        let count = listed.len();
        context.out.line(&match context.language {
            Language::Chinese => format!("公示 {count} 个单位，{day} 至 {until}（{notice}）"),
            Language::English => format!("published {count} units from {day} until {until} ({notice})"),
        })
    }

    fn units(&self, context: &Context, node: &Node, own: &UnitPath) -> Result<Vec<UnitPath>> {
        if !self.all {
            return Ok(self.unit.clone());
        }
        let year = step::year(self.paper.year)?;
        let today: Date = as_of_today().parse()?;
        let (rules, calendar) = road::rules()?;
        node.materialise()?;
        let cases = node.with(|r| road::cases(r, own, year))?;
        let met = |years| {
            road::stand(&rules, &calendar, years, today).is_some_and(|road| road.standing == Standing::Met)
        };
        let units: Vec<UnitPath> =
            cases.iter().filter(|(_, years)| met(years)).map(|(unit, _)| unit.clone()).collect();
        if units.is_empty() {
            let message = context.say(
                "没有已申报、已达标而未公示的单位",
                "there is no unit that declared, meets and is not published yet",
            );
            return Err(Refused::new(message).into());
        }
        Ok(units)
    }
}
