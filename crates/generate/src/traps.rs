//! Things that look right and are not, set in a community's records for the findings to catch.

use linli_model::retirement::older_from_years;
use linli_wire::DocId;

use crate::{
    CommunityData, Plan,
    card::{Card, Episode, Member, Placement},
    community::HouseholdData,
    dates::{self, iso},
    dice::Dice,
    names, work,
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

    let ids: Vec<DocId> = data.households.iter().map(|household| household.card.id).collect();
    spring(data, "split_household", &|card| without_work_from(card).is_some(), &mut |card| {
        card.opened = without_work_from(card).map_or(card.opened, |day| day + 10);
        card.split_from = ids.iter().copied().find(|id| *id != card.id);
    });
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
    spring(data, "back_dated", &placed, &mut |card| {
        each_open_placement(card, |placement| placement.recorded_late = true);
    });
    spring(data, "flapping", &seeks, &mut |card| flap(&mut dice, card));
    spring(data, "late_exit", &seeks, &mut |card| {
        for member in card.members.iter_mut().filter(|member| open_registered(member).is_some()) {
            let key = dice.key();
            leave(member, plan.as_of - 9, key);
        }
    });
    let mut hired = hirings(&mut dice, plan, data);
    while let Some(still) = Some(hired.len()).filter(|still| *still > 0) {
        spring(data, "mass_hiring", &|card| settled(card) > 0, &mut |card| {
            for member in card.members.iter_mut().filter(|member| is_settled(member)) {
                member.placements.extend(hired.pop());
            }
        });
        if hired.len() == still {
            break;
        }
    }
    set.sort_unstable();
    set.dedup();
    set
}

/// Days after the first day out of work on which somebody too young is certified.
const CERTIFIED_AFTER: i64 = 6;

/// Certifies somebody as one of the older unemployed who was not of that age: the date of birth that stood then made the
/// person older, and was corrected since. Whether there was somebody in a lasting job to take.
pub fn certify_too_young(plan: &Plan, data: &mut CommunityData) -> bool {
    let mut dice = Dice::new(plan.seed, &[data.unit.as_str(), "too_young"]);
    let fits = |member: &Member| {
        let out = certified_on(member)?;
        let years = older_from_years(member.sex);
        let is_young = out > plan.period_start && dates::birthday(member.birth, years) > plan.as_of;
        (is_young && has_open_placement(member)).then_some((out, years))
    };
    let untouched = |card: &Card| !is_hardship(card) && card.split_from.is_none();
    let households = data.households.iter_mut().filter(|household| untouched(&household.card));
    let found = households.rev().find_map(|household| {
        let at = household.card.members.iter().position(|member| fits(member).is_some())?;
        Some((household, at))
    });
    let Some((household, at)) = found else { return false };
    let mut card = household.card.clone();
    let member = &mut card.members[at];
    let Some((day, years)) = fits(member) else { return false };
    work::certify(&mut dice, member, "1", day);
    member.claimed_birth = Some(dates::born(day, i64::from(years) + 2, dice.between(0, 300)));
    *household = HouseholdData::of(card);
    true
}

fn certified_on(member: &Member) -> Option<i64> {
    let out = member.episodes.iter().filter(|one| one.dimension == "status" && one.code == "2");
    out.map(|one| one.start + CERTIFIED_AFTER).max()
}

/// So many people whom one employer takes on in a month look like more than chance.
const HIRED: usize = 10;

/// Those whom the other traps' households may have.
const ELSEWHERE: usize = 10;

/// As many jobs with one employer, begun within three weeks; none where the community has not the people for it.
fn hirings(dice: &mut Dice, plan: &Plan, data: &CommunityData) -> Vec<Placement> {
    let people: usize = data.households.iter().map(|household| settled(&household.card)).sum();
    if people < HIRED + ELSEWHERE {
        return Vec::new();
    }
    let job = work::placement(dice, plan.as_of - 60, None, false);
    let employer = names::employer(dice);
    let begun = |at| {
        let start = plan.as_of - 60 + 2 * at as i64;
        let evidence_ref = format!("HT{}{}", &iso(start)[..4], dice.digits(6));
        Placement {
            key: dice.key(),
            start,
            form: "10",
            employer,
            evidence: "contract",
            evidence_ref,
            ..job.clone()
        }
    };
    (0..HIRED).map(begun).collect()
}

/// How many of a household simply have work.
fn settled(card: &Card) -> usize {
    if is_hardship(card) { 0 } else { card.members.iter().filter(|member| is_settled(member)).count() }
}

fn is_settled(member: &Member) -> bool {
    let status = || member.episodes.iter().filter(|one| one.dimension == "status");
    member.placements.is_empty()
        && status().count() == 1
        && status().all(|one| one.code == "1" && one.end.is_none())
}

/// The day from which a household that has found work since had none.
fn without_work_from(card: &Card) -> Option<i64> {
    let placed = card.members.iter().find(|member| has_open_placement(member))?;
    let status = |member: &Member| {
        let of_status = |one: &&Episode| one.dimension == "status";
        member.episodes.iter().filter(of_status).cloned().collect::<Vec<_>>()
    };
    let out = status(placed).into_iter().rfind(|one| matches!(one.code, "2" | "3" | "4"))?;
    let works = |one: &Episode| {
        one.code == "1" && one.start <= out.start && one.end.is_none_or(|end| end >= out.start)
    };
    let others = card.members.iter().filter(|member| member.id != placed.id);
    (!others.flat_map(status).any(|one| works(&one))).then_some(out.start)
}

fn has_open_placement(member: &Member) -> bool {
    member.placements.iter().any(|placement| placement.end.is_none())
}

fn is_hardship(card: &Card) -> bool {
    card.members.iter().any(|member| !member.certifications.is_empty())
}

fn each_open_placement(card: &mut Card, mut change: impl FnMut(&mut Placement)) {
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
