//! One household of a community: people, lives, card and visits put together.

use crate::{
    Plan,
    card::{Card, Member, Visit},
    community::Community,
    dates,
    dice::Dice,
    family::{self, Home},
    help, names,
    number::Numbers,
    office::Vacancies,
    roles::Role,
    story::Story,
    visits, work,
};

/// The last visit before T was made at most so many days before it.
const LAST_VISIT_DAYS: i64 = 18;

/// Makes the household with a number, in a dwelling.
pub fn household(
    plan: &Plan,
    community: &Community<'_>,
    numbers: &mut Numbers,
    number: usize,
    role: Role,
    vacancies: &Vacancies,
) -> Card {
    let unit = community.unit;
    let mut dice = Dice::new(plan.seed, &[unit.as_str(), "household", &number.to_string()]);
    let dice = &mut dice;
    let story = Story::of(dice, plan, role);
    let place = dwelling(community.name, number);
    let opened = opened(dice, plan, role);
    let visited = visited(dice, plan, role, opened);
    let verified = match role {
        Role::Ordinary { stale: true } => opened + dice.between(0, 5),
        Role::Placed { visited: false } => plan.as_of - dice.between(2, LAST_VISIT_DAYS),
        _ => visited.iter().copied().max().unwrap_or(opened),
    };
    let residence = residence(dice, role);
    let local = residence == "1";
    let division = if local {
        unit.code()[..6].to_owned()
    } else {
        dice.pick(&["320100", "320400", "321000", "341100", "410300"]).to_owned()
    };
    let kind = if local { "51" } else { dice.pick(&["52", "52", "22"]) };
    let home = Home { as_of: plan.as_of, registration_kind: kind, registration_division: division, verified };
    let mut members = family::members(dice, numbers, &home, story.shape);
    story.live(dice, plan, &mut members);
    live_there(dice, plan, residence, &mut members);
    for member in &mut members {
        help::give(dice, plan, vacancies, member);
    }
    let visits = visits(dice, plan, &story, role, visited, &members);
    Card {
        id: dice.document(),
        number: card_number(community, number),
        dwelling: place.number,
        registered_address: if local { place.address.clone() } else { "外市".to_owned() },
        address: place.address,
        phone: members.first().map(|head| head.phone.clone()).unwrap_or_default(),
        low_income: story.low_income,
        opened,
        split_from: None,
        verified,
        verified_by: names::worker(dice),
        members,
        visits,
    }
}

/// A dwelling: its number in the street's register, and where it is.
#[derive(Debug, Clone)]
pub struct Place {
    pub number: String,
    pub address: String,
}

/// The `number`-th dwelling of a community, counted from 0: four to a staircase of six floors.
pub fn dwelling(community_name: &str, number: usize) -> Place {
    let (building, staircase) = (number / 48 + 1, number / 24 % 2 + 1);
    let (floor, door) = (number / 4 % 6 + 1, number % 4 + 1);
    let place = names::place_name(community_name);
    Place {
        number: format!("{building}-{staircase}-{floor}{door:02}"),
        address: format!("{place}{building}幢{staircase}单元{floor}{door:02}室"),
    }
}

/// The division code and five digits.
pub fn card_number(community: &Community<'_>, number: usize) -> String {
    format!("{}{:05}", community.unit.code(), number + 1)
}

/// A visit to a household.
pub fn visit(dice: &mut Dice, day: i64) -> Visit {
    Visit {
        key: dice.key(),
        day,
        how: dice.weighted(&[(6, "home"), (3, "phone"), (1, "office")]),
        result: names::visit_result(dice),
        visitor: names::worker(dice),
    }
}

/// Cards were opened in the months before the period, in the campaign of registration.
fn opened(dice: &mut Dice, plan: &Plan, role: Role) -> i64 {
    match role {
        Role::Ordinary { stale: true } => plan.as_of - dice.between(390, 700),
        _ => plan.period_start - dice.between(30, 400),
    }
}

/// Days of visits that the household's part asks for.
fn visited(dice: &mut Dice, plan: &Plan, role: Role, opened: i64) -> Vec<i64> {
    let days: &[(i64, i64)] = match role {
        Role::Ordinary { stale: true } => &[],
        Role::Ordinary { stale: false } => &[(5, 330)],
        // No visit in the ninety days to T.
        Role::Placed { visited: false } => &[(185, 205), (140, 160), (95, 120)],
        _ => &[(100, 110), (70, 80), (40, 50), (1, LAST_VISIT_DAYS)],
    };
    let days = days.iter().map(|(low, high)| plan.as_of - dice.between(*low, *high));
    days.filter(|day| *day >= opened).collect()
}

/// Those visits, and one in every window in which another was due.
fn visits(
    dice: &mut Dice,
    plan: &Plan,
    story: &Story,
    role: Role,
    mut days: Vec<i64>,
    members: &[Member],
) -> Vec<Visit> {
    let mut windows = visits::windows(plan, members, story.weekly());
    if matches!(role, Role::Placed { visited: false }) {
        windows.retain(|(_, until)| *until < plan.as_of - 90);
    }
    days.extend(visits::missing(&windows, &days));
    days.sort_unstable();
    days.into_iter().map(|day| visit(dice, day)).collect()
}

/// Where the household is registered: here (1), or elsewhere (2) for less or more than six months. Who was
/// out of work and has lived here for less is another community's, so only ordinary households have.
fn residence(dice: &mut Dice, role: Role) -> &'static str {
    match role {
        Role::Ordinary { .. } => dice.weighted(&[(86, "1"), (12, "2"), (2, "2 lately")]),
        _ => dice.weighted(&[(92, "1"), (8, "2")]),
    }
}

fn live_there(dice: &mut Dice, plan: &Plan, residence: &'static str, members: &mut [Member]) {
    let (code, days) = match residence {
        "2 lately" => ("2", dice.between(20, 150)),
        "2" => ("2", dice.between(400, 3_000)),
        _ => ("1", dice.between(1_000, 7_000)),
    };
    for member in members {
        // A grown-up child is often registered with the parents and lives elsewhere.
        let away =
            code == "1" && member.placements.is_empty() && is_adult_child(plan, member) && dice.chance(30);
        let code = if away { "3" } else { code };
        work::state(dice, member, "residence", code, plan.as_of - days, "");
    }
}

fn is_adult_child(plan: &Plan, member: &Member) -> bool {
    matches!(member.relation, "21" | "22" | "29" | "31" | "32" | "39")
        && dates::age_years(member.birth, plan.as_of) >= 24
}
