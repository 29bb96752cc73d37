//! What an evaluation says of the programme, beside what was declared.

use std::collections::BTreeSet;

use linli_eval::{Evaluation, Outcome, PartScore, Scorecard};
use linli_wire::{Level, UnitPath};
use serde::Serialize;

use super::{
    goals,
    progress::{Goal, Share, of_levels},
    year_of,
};
use crate::{
    error::NodeError,
    evaluation::{Evaluated, as_of_today},
    node::Node,
};

/// The programme by the scorecards of one evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scored {
    pub communities: Met,
    pub streets: Met,
    /// Of those laid off and unemployed in the programme's communities, placed: item C10 of them all together, against
    /// its threshold as the programme's goal states it.
    pub placed: Share,
    /// Of those who can and want to work, placed: item C13 of all communities together.
    pub employed: Goal,
    /// Communities in which that share reaches the programme's goal by itself.
    pub at_goal: Share,
}

/// The units of one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Met {
    /// The units that were scored: every one in the programme is.
    pub in_programme: u64,
    /// From the road, declared in time, as it stands today.
    pub declared: u64,
    /// Scorecards that meet the standard.
    pub met: u64,
}

/// Reads the programme off an evaluation of what lies at and below a unit.
pub fn scored(node: &Node, root: &UnitPath, evaluated: &Evaluated) -> Result<Scored, NodeError> {
    let year = year_of(&evaluated.period.as_of)?;
    let today =
        as_of_today().parse().map_err(|e: linli_eval::DateError| NodeError::Evaluation(e.to_string()))?;
    let (communities, streets) = of_levels(node, root, year, today)?;
    let evaluation = &evaluated.evaluation;
    let percent = goals()?.employed_percent;
    let able: Vec<Share> = shares(evaluation, "C13").collect();
    let all = |shares: &mut dyn Iterator<Item = Share>| {
        let (count, of) = shares.fold((0, 0), |(count, of), one| (count + one.count, of + one.of));
        Share::new(count, of)
    };
    let at_goal = able.iter().filter(|share| share.reaches(percent)).count() as u64;
    Ok(Scored {
        communities: met(evaluation, Level::Community, communities.declared.count),
        streets: met(evaluation, Level::Street, streets.declared.count),
        placed: all(&mut shares(evaluation, "C10")),
        employed: Goal::new(all(&mut able.iter().cloned()), percent),
        at_goal: Share::new(at_goal, able.len() as u64),
    })
}

fn met(evaluation: &Evaluation, level: Level, declared: u64) -> Met {
    let of_level = evaluation.scorecards.iter().filter(|card| card.unit.level() == level);
    let units: BTreeSet<&UnitPath> = of_level.clone().map(|card| &card.unit).collect();
    let meets: BTreeSet<&UnitPath> =
        of_level.filter(|card| card.outcome == Outcome::Meets).map(|card| &card.unit).collect();
    Met { in_programme: units.len() as u64, declared, met: meets.len() as u64 }
}

/// Of each community the people whom an item counts, and those of them who are placed.
fn shares<'e>(evaluation: &'e Evaluation, item: &'e str) -> impl Iterator<Item = Share> + 'e {
    let part = move |card: &'e Scorecard| -> Option<&'e PartScore> {
        card.item(item)?.parts.iter().find(|part| part.id == "placed")
    };
    let communities = evaluation.scorecards.iter().filter(|card| card.unit.level() == Level::Community);
    communities.filter_map(part).map(|part| Share::new(part.hits, part.n))
}
