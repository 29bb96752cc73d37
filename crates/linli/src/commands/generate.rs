//! `linli generate`: invented people, for trying things out.

mod city;
mod devices;
mod papers;
mod people;
mod plan;
mod schedule;
mod year;

use anyhow::Result;
use clap::Args;
use linli_eval::period_start;
use linli_generate::{
    Community, CommunityData, Plan, Quality, community, dwelling_register, exchanges, office, oversight,
    profile,
};
use linli_log::fact::Changes;
use linli_model::date;
use linli_node::{Node, NodeError, as_of_today, now};
use linli_store::StoreError;
use linli_wire::{Channel, Level, Space, UnitPath};

use crate::{
    cli::values,
    context::{Context, unit_or_own},
    failure::{Ended, Refused},
    language::Language,
};

/// Households of a community where nobody says how many: alone, and in a city.
const HOUSEHOLDS: usize = 100;
const HOUSEHOLDS_IN_A_CITY: usize = 40;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  linli --data clerk generate --households 200 --seed 7\n  \
    linli --data street generate --households 200 --seed 7 --unit 3211/02/004/001\n  \
    linli --data city generate --preset source\n\n\
    The second writes the dwelling register that the street keeps of the same invented community. \
    Nobody in it exists: the ID numbers begin with 98 or 99, as none does. Not for a community in use.\n\n\
    With --preset a city's hub without cards gets a whole city: it grants invented devices, which write as the \
    devices of communities, streets and districts do over the year, on clocks that are set back, and takes in what they \
    wrote month by month as it takes in anybody's; their keys are gone when the command ends. Every unit has records and findings. With 40 households a community it takes \
    about a minute on two cores.\n  \
    source  the programme of 13 streets and 178 communities, with the outcome that its source states, by the real \
    standards and the real road: 89 communities and 2 streets declared, all inspected, 94 communities meet and are \
    published. Assumed: of the 89, 86 meet and 3 fail; 8 meet without having declared, and declare late; the 2 streets \
    that declared meet. More in protocol/road/source.md.\n  \
    city    any programme: somewhat more than half of the communities meet, nobody has declared.")]
pub struct Arguments {
    /// A whole city at its hub: source, city; without it one community
    #[arg(long, value_parser = preset, conflicts_with_all = ["unit", "quality"])]
    preset: Option<Preset>,
    /// How many households of a community; without it 100, and 40 with --preset
    #[arg(long)]
    households: Option<usize>,
    /// Another seed gives other people
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The community; without it the device's own
    #[arg(long, value_parser = values::unit)]
    unit: Option<UnitPath>,
    /// How the community fares: good, stale-placements, hardship-missed, stale-cards, cards-missing,
    /// zero-employment
    #[arg(long, default_value = "good", value_parser = quality)]
    quality: Quality,
    /// The last day of the period; without it the last 31 October
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    as_of: Option<String>,
}

/// A city that is made as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Preset {
    Source,
    City,
}

impl Preset {
    const fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::City => "city",
        }
    }
}

fn preset(text: &str) -> Result<Preset, String> {
    let found = [Preset::Source, Preset::City].into_iter().find(|preset| preset.name() == text);
    found.ok_or_else(|| values::none_of(text, "source, city"))
}

fn quality(text: &str) -> Result<Quality, String> {
    Quality::by_name(text).ok_or_else(|| values::none_of(text, &Quality::ALL.map(Quality::name).join(", ")))
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let in_a_city = self.preset.is_some();
        let households = self.households.unwrap_or(if in_a_city { HOUSEHOLDS_IN_A_CITY } else { HOUSEHOLDS });
        let plan = self.plan(context, households)?;
        match self.preset {
            Some(preset) => city::run(context, &node, &plan, preset),
            None => self.community(context, &node, &plan),
        }
    }

    fn plan(&self, context: &Context, households: usize) -> Result<Plan> {
        let today = as_of_today();
        let as_of = match &self.as_of {
            Some(as_of) => as_of.clone(),
            None => linli_eval::default_period(&today)?.1,
        };
        if self.preset.is_some() && as_of > today {
            let message = match context.language {
                Language::Chinese => format!("{as_of} 还没有到，不能生成当年的结果"),
                Language::English => format!("{as_of} lies ahead, so nothing has come of that year yet"),
            };
            return Err(Refused::new(message).into());
        }
        let day =
            |text: &str| date::day_of_iso(text).ok_or_else(|| Refused::new(format!("`{text}` is no date")));
        let (seed, period_start) = (self.seed, day(&period_start(&as_of)?)?);
        Ok(Plan { seed, as_of: day(&as_of)?, period_start, households })
    }

    fn community(&self, context: &mut Context, node: &Node, plan: &Plan) -> Result<Ended> {
        let unit = unit_or_own(node, self.unit.as_ref())?;
        if unit.level() != Level::Community {
            let message = match context.language {
                Language::Chinese => format!("{unit} 不是社区；请用 --unit 指明社区，或用 --preset 生成全市"),
                Language::English => {
                    format!(
                        "{unit} is no community; name one with --unit, or make a whole city with --preset"
                    )
                }
            };
            return Err(Refused::new(message).into());
        }
        let name = super::realm::names(node)?.remove(unit.as_str()).unwrap_or_else(|| unit.code());
        // The code's digits keep the ID numbers of two communities apart.
        let index = unit.code()[4..].parse::<u64>().unwrap_or_default() % linli_generate::COMMUNITIES_MAX;
        let data = community(plan, &Community { unit: &unit, name: &name, index, quality: self.quality });
        write(node, plan, &unit, &name, &data).map_err(NodeError::from)?;
        node.announce();
        let (households, people) = (data.households.len(), data.people());
        if context.json {
            let answer =
                serde_json::json!({"unit": unit.to_string(), "households": households, "people": people});
            context.out.json(&answer)?;
        } else {
            context.out.line(&match context.language {
                Language::Chinese => format!("{unit}：生成 {households} 户，{people} 人"),
                Language::English => format!("{unit}: {households} households, {people} people"),
            })?;
        }
        Ok(Ended::Done)
    }
}

/// Writes what this device may: a unit above keeps the dwelling register, the community everything else.
fn write(
    node: &Node,
    plan: &Plan,
    unit: &UnitPath,
    name: &str,
    data: &CommunityData,
) -> Result<(), StoreError> {
    let above = node.units().iter().any(|own| own.is_above(unit));
    let space = Space::new(unit.clone(), if above { Channel::Oversight } else { Channel::Records });
    node.with(|r| {
        r.write(now(), |w| {
            if above {
                let kept = dwelling_register(plan, data).into_iter().chain([exchanges(plan)]);
                for document in kept.chain(oversight(plan, data)) {
                    w.edit(&space, &[document], Changes::default())?;
                }
                return Ok(());
            }
            w.edit(&space, &[profile(plan, unit, name, data.households.len())], Changes::default())?;
            w.edit(&space, &office(plan, unit, Some(data)), Changes::default())?;
            for household in &data.households {
                w.edit(&space, &household.documents, Changes::default())?;
            }
            Ok(())
        })
    })
}
