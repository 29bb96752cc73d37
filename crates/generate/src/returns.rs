//! Monthly returns and the street's register: the numbers that a recount finds, as known when they are filed.

use jiff::{ToSpan as _, civil::Date};
use linli_model::{date, kind};
use linli_store::DocumentEdits;
use linli_wire::UnitPath;

use crate::{
    CommunityData, Plan,
    card::Member,
    dates::{civil, iso},
    dice::Dice,
    names,
    write::Fields,
};

/// Days after the end of a month on which its return is filed; five working days take longer.
const FILED_AFTER: i64 = 4;

/// The monthly returns of a unit with these communities, filed by a day, of the months since everything was
/// recorded on another.
pub fn returns(
    plan: &Plan,
    unit: &UnitPath,
    communities: &[&CommunityData],
    recorded: i64,
    filed_by: i64,
) -> Vec<DocumentEdits> {
    let ends = month_ends(plan).into_iter().filter(|end| *end >= recorded && end + FILED_AFTER <= filed_by);
    ends.map(|end| filed(plan, unit, communities, "monthly", end, end + FILED_AFTER)).collect()
}

/// A street's register at the evaluation date, filed on a day.
pub fn street_register(
    plan: &Plan,
    street: &UnitPath,
    communities: &[&CommunityData],
    day: i64,
) -> DocumentEdits {
    filed(plan, street, communities, "register", plan.as_of, day)
}

/// The last days of the months of the period.
fn month_ends(plan: &Plan) -> Vec<i64> {
    let first = civil(plan.period_start);
    let first = Date::new(first.year(), first.month(), 1).unwrap_or(first);
    let ends = (1..).map_while(|months| first.checked_add(months.months()).ok());
    ends.map(|next| date::day_number(next) - 1).take_while(|end| *end <= plan.as_of).collect()
}

fn filed(
    plan: &Plan,
    unit: &UnitPath,
    communities: &[&CommunityData],
    form: &str,
    as_of: i64,
    day: i64,
) -> DocumentEdits {
    let month = &iso(as_of)[..7];
    let mut dice = Dice::new(plan.seed, &[unit.as_str(), form, month]);
    let mut fields = Fields::default();
    fields
        .text("form", form)
        .text("month", month)
        .text("as_of", &iso(as_of))
        .text("day", &iso(day))
        .text("filed_by", names::worker(&mut dice));
    for (cell, count) in cells(communities, as_of) {
        fields.item("cells", cell).number("value", count as i64);
    }
    DocumentEdits { id: dice.document(), kind: &kind::RETURN, edits: fields.done() }
}

/// What the communities have on record for a day.
fn cells(communities: &[&CommunityData], as_of: i64) -> [(&'static str, usize); 5] {
    let households = || communities.iter().flat_map(|community| &community.households);
    let members = || households().flat_map(|household| &household.card.members);
    let open = |start: i64, end: Option<i64>| start <= as_of && end.is_none_or(|end| end >= as_of);
    let out = |member: &Member| {
        let status =
            member.episodes.iter().filter(|e| e.dimension == "status" && matches!(e.code, "2" | "3"));
        status.filter(|episode| open(episode.start, episode.end)).count()
    };
    let placed = |member: &Member| member.placements.iter().filter(|p| open(p.start, p.end)).count();
    let certified = |member: &Member| member.certifications.iter().filter(|c| open(c.start, None)).count();
    [
        ("households", households().filter(|household| household.card.opened <= as_of).count()),
        ("people", members().filter(|member| member.birth <= as_of).count()),
        ("unemployed", members().map(out).sum()),
        ("placed", members().map(placed).sum()),
        ("hardship", members().map(certified).sum()),
    ]
}
