//! `linli generate`: invented people, for trying things out.

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

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  linli --data clerk generate --households 200 --seed 7\n  \
    linli --data street generate --households 200 --seed 7 --unit 3211/02/004/001\n\n\
    The second writes the dwelling register that the street keeps of the same invented community. \
    Nobody in it exists: the ID numbers begin with 98 or 99, as none does. Not for a community in use.")]
pub struct Arguments {
    /// How many households
    #[arg(long, default_value_t = 100)]
    households: usize,
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

fn quality(text: &str) -> Result<Quality, String> {
    let names = || Quality::ALL.map(Quality::name).join(", ");
    Quality::by_name(text).ok_or_else(|| format!("`{text}` is none; there are: {}", names()))
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let unit = unit_or_own(&node, self.unit.as_ref())?;
        if unit.level() != Level::Community {
            let message = match context.language {
                Language::Chinese => format!("{unit} 不是社区；请用 --unit 指明社区"),
                Language::English => format!("{unit} is no community; name one with --unit"),
            };
            return Err(Refused::new(message).into());
        }
        let as_of = match &self.as_of {
            Some(as_of) => as_of.clone(),
            None => linli_eval::default_period(&as_of_today())?.1,
        };
        let day =
            |text: &str| date::day_of_iso(text).ok_or_else(|| Refused::new(format!("`{text}` is no date")));
        let plan = Plan {
            seed: self.seed,
            as_of: day(&as_of)?,
            period_start: day(&period_start(&as_of)?)?,
            households: self.households,
        };
        let name = super::realm::names(&node)?.remove(unit.as_str()).unwrap_or_else(|| unit.code());
        // The code's digits keep the ID numbers of two communities apart.
        let index = unit.code()[4..].parse::<u64>().unwrap_or_default() % linli_generate::COMMUNITIES_MAX;
        let data = community(&plan, &Community { unit: &unit, name: &name, index, quality: self.quality });
        write(&node, &plan, &unit, &name, &data).map_err(NodeError::from)?;
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
