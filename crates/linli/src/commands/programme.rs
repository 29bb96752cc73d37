//! `linli programme`: how far the programme has come, and its plan against what is on record.

mod campaigns;
mod organisation;
mod progress;
mod scope;
mod sites;
mod targets;

use anyhow::Result;
use clap::{Args, Subcommand};
use linli_model::codes::CodeList;
use linli_node::{Node, Period, as_of_today, programme};
use linli_wire::UnitPath;

use crate::{
    cli::values,
    context::{Context, unit_or_own},
    failure::Ended,
    language::Language,
};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Count declared, inspected, met, published and recognised units against the programme's goals
    #[command(after_help = "Examples:\n  linli --data city programme progress\n  \
        linli --data district programme progress --year 2025 --on 2026-01-31 --json\n\n\
        Each is a dated fact of its own: a unit that met is not therefore published, nor recognised.")]
    Progress(OfYear),
    /// Show targets as they are split from above to below, what has come of each, and sums that do not add up
    #[command(after_help = "Examples:\n  linli --data city programme targets\n  \
        linli --data city record target for_unit=3211/02 what=communities year=2026 value=12 day=today\n\n\
        Units count once they are recognised. Parts that are not the whole, and values that were set twice, are named.")]
    Targets(OfYear),
    /// Show how far mass registrations have come: dwellings with a card
    #[command(after_help = "Examples:\n  linli --data city programme campaigns\n  \
        linli --data city record campaign name=普查登记 start=2026-03-01 end=2026-06-30")]
    Campaigns(OnDay),
    /// Show what equipment each site has and what it lacks
    #[command(after_help = "Example:\n  linli --data street programme equipment --unit 3211/02/004\n\n\
        What a site is to have stands in protocol/road/road.toml.")]
    Equipment(OnDay),
    /// Show which units are in the programme, and why others are not
    #[command(after_help = "Example:\n  linli --data city programme scope\n\n\
        `linli unit scope` says what is in and why something is not; a reason holds for everything below.")]
    Scope(Where),
    /// Show leading groups, and papers with their versions
    #[command(after_help = "Examples:\n  linli --data city programme organisation\n  \
        linli --data city record paper kind=plan title=实施方案 version=2 day=today replaces=DOCUMENT")]
    Organisation(OnDay),
}

#[derive(Debug, Args)]
struct Where {
    /// The unit, with all below it; without it the device's own
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
}

#[derive(Debug, Args)]
struct OnDay {
    #[command(flatten)]
    place: Where,
    /// As things stood at the end of this day
    #[arg(long, value_name = "DATE", default_value = "today", value_parser = values::day)]
    on: String,
}

#[derive(Debug, Args)]
struct OfYear {
    #[command(flatten)]
    day: OnDay,
    /// The year of the programme; without it that of the last 31 October
    #[arg(long)]
    year: Option<i64>,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        match &self.action {
            Action::Progress(asked) => {
                let (node, unit) = asked.day.place.open(context)?;
                progress::show(context, &node, &unit, asked.year()?, &asked.day.on)?;
            }
            Action::Targets(asked) => {
                let (node, unit) = asked.day.place.open(context)?;
                targets::show(context, &node, &unit, asked.year()?, &asked.day.on)?;
            }
            Action::Campaigns(asked) => {
                let (node, unit) = asked.place.open(context)?;
                campaigns::show(context, &node, &unit, &asked.on)?;
            }
            Action::Equipment(asked) => {
                let (node, unit) = asked.place.open(context)?;
                sites::show(context, &node, &unit, &asked.on)?;
            }
            Action::Scope(asked) => {
                let (node, unit) = asked.open(context)?;
                scope::show(context, &node, &unit)?;
            }
            Action::Organisation(asked) => {
                let (node, unit) = asked.place.open(context)?;
                organisation::show(context, &node, &unit, &asked.on)?;
            }
        }
        Ok(Ended::Done)
    }
}

impl Where {
    fn open(&self, context: &Context) -> Result<(Node, UnitPath)> {
        let node = context.node()?;
        let unit = unit_or_own(&node, self.unit.as_ref())?;
        super::realm::known(context, &node, &unit)?;
        Ok((node, unit))
    }
}

impl OfYear {
    fn year(&self) -> Result<i64> {
        match self.year {
            Some(year) => Ok(year),
            None => Ok(programme::year_of(&Period::last_until(&as_of_today())?.as_of)?),
        }
    }
}

/// What a code means, or the code itself.
fn meaning(language: Language, list: &CodeList, code: &str) -> String {
    list.get(code).map_or_else(|| code.to_owned(), |found| language.pick(found.zh, found.en).to_owned())
}
