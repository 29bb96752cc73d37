//! Things that look right and are not, set in a community's records for the findings to catch.

use crate::{
    CommunityData, Plan,
    card::{Card, Episode, Member},
    community::HouseholdData,
    dice::Dice,
};

/// Sets one of each trap in households that have the people for it. Returns the ids of those that were set, as
/// `protocol/findings/findings.toml` calls them.
///
/// Nobody else's records change; a community that fails the standard goes on failing it.
pub fn set_traps(plan: &Plan, data: &mut CommunityData) -> Vec<&'static str> {
    let mut dice = Dice::new(plan.seed, &[data.unit.as_str(), "traps"]);
    let mut set = Vec::new();
    let mut taken = Vec::new();
    // Each trap takes a household of its own.
    let mut spring = |data: &mut CommunityData,
                      trap: &'static str,
                      fits: &dyn Fn(&Card) -> bool,
                      change: &mut dyn FnMut(&mut Card)| {
        let fitting =
            |(at, household): &(usize, &HouseholdData)| !taken.contains(at) && fits(&household.card);
        let found = data.households.iter().enumerate().find(fitting).map(|(at, _)| at);
        let Some(at) = found else { return };
        taken.push(at);
        let mut card = data.households[at].card.clone();
        change(&mut card);
        data.households[at] = HouseholdData::of(card);
        set.push(trap);
    };

    let placed = |card: &Card| card.members.iter().any(has_open_placement) && !is_hardship(card);
    let seeks = |card: &Card| card.members.iter().any(|member| open_registered(member).is_some());
    spring(data, "short_placement", &placed, &mut |card| {
        each_open_placement(card, |placement| placement.end = Some(plan.as_of + 5));
    });
    // One contract that two people show.
    let mut shown: Option<(&'static str, String)> = None;
    for _ in 0..2 {
        spring(data, "evidence_reused", &placed, &mut |card| {
            each_open_placement(card, |placement| {
                let (evidence, number) =
                    shown.get_or_insert_with(|| (placement.evidence, placement.evidence_ref.clone()));
                placement.evidence = evidence;
                placement.evidence_ref.clone_from(number);
            });
        });
    }
    spring(data, "no_evidence", &placed, &mut |card| {
        each_open_placement(card, |placement| {
            placement.evidence = "";
            placement.evidence_ref.clear();
        });
    });
    spring(data, "flapping", &seeks, &mut |card| flap(&mut dice, card));
    spring(data, "late_exit", &seeks, &mut |card| {
        for member in card.members.iter_mut().filter(|member| open_registered(member).is_some()) {
            let key = dice.key();
            leave(member, plan.as_of - 9, key);
        }
    });
    set.sort_unstable();
    set.dedup();
    set
}

fn has_open_placement(member: &Member) -> bool {
    member.placements.iter().any(|placement| placement.end.is_none())
}

fn is_hardship(card: &Card) -> bool {
    card.members.iter().any(|member| !member.certifications.is_empty())
}

fn each_open_placement(card: &mut Card, mut change: impl FnMut(&mut crate::card::Placement)) {
    let placements = card.members.iter_mut().flat_map(|member| &mut member.placements);
    placements.filter(|placement| placement.end.is_none()).take(1).for_each(&mut change);
}

/// The position of the open episode of somebody registered.
fn open_registered(member: &Member) -> Option<usize> {
    if !member.certifications.is_empty() {
        return None;
    }
    member
        .episodes
        .iter()
        .position(|episode| episode.dimension == "status" && episode.code == "2" && episode.end.is_none())
}

/// Out of work, at work for a few days, and out of work again, twice.
fn flap(dice: &mut Dice, card: &mut Card) {
    for member in &mut card.members {
        let Some(at) = open_registered(member) else { continue };
        let episode = member.episodes[at].clone();
        let mut part = |code, days: std::ops::Range<i64>, last: bool| {
            let of = if code == "1" {
                Episode { dimension: "status", ..Episode::default() }
            } else {
                episode.clone()
            };
            let (start, end) = (episode.start + days.start, episode.start + days.end - 1);
            Episode { key: dice.key(), code, start, end: (!last).then_some(end), ..of }
        };
        let parts = [
            part("2", 0..7, false),
            part("1", 7..10, false),
            part("2", 10..17, false),
            part("1", 17..20, false),
            part("2", 20..21, true),
        ];
        member.episodes.splice(at..=at, parts);
    }
}

/// Says on a day that somebody no longer wishes to work.
fn leave(member: &mut Member, day: i64, key: String) {
    let Some(at) = open_registered(member) else { return };
    member.episodes[at].end = Some(day - 1);
    for registration in member.help.registrations.iter_mut().filter(|one| one.end.is_none()) {
        registration.end = Some(day - 1);
    }
    member.episodes.push(Episode { key, dimension: "status", code: "8", start: day, ..Episode::default() });
}
