//! Monthly returns and the street's register: the numbers that a recount finds, as known when they are filed.

use jiff::{ToSpan as _, civil::Date};
use linli_model::{date, kind};
use linli_store::DocumentEdits;
use linli_wire::UnitPath;

use crate::{
    CommunityData, Diary, Keeping, Plan,
    card::{Card, Member},
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

/// What a return says, cell by cell.
pub type Cells = [(&'static str, usize); 5];

/// What a community's returns of the months of the period say, by the last day of each month: as known on the day of
/// filing, where that comes by the last day on which the diary is kept.
pub fn as_known(plan: &Plan, data: &CommunityData, diary: &Diary) -> Vec<(i64, Cells)> {
    let ends = month_ends(plan).into_iter().filter(|end| end + FILED_AFTER <= diary.until());
    ends.map(|end| (end, cells(&[data], &Known { diary: Some(diary), as_of: end, filed: end + FILED_AFTER })))
        .collect()
}

/// A unit's monthly returns with the days on which they are filed. A sloppy unit forgets every third.
pub fn file(
    plan: &Plan,
    unit: &UnitPath,
    months: &[(i64, Cells)],
    keeping: Keeping,
) -> Vec<(i64, DocumentEdits)> {
    let forgotten = |at: usize| keeping == Keeping::Sloppy && at % 3 == 1;
    let filed = months.iter().enumerate().filter(|(at, _)| !forgotten(*at));
    filed
        .map(|(_, (end, cells))| {
            let day = end + FILED_AFTER;
            (day, document(plan, unit, "monthly", *end, day, cells))
        })
        .collect()
}

fn filed(
    plan: &Plan,
    unit: &UnitPath,
    communities: &[&CommunityData],
    form: &str,
    as_of: i64,
    day: i64,
) -> DocumentEdits {
    let known = Known { diary: None, as_of, filed: day };
    document(plan, unit, form, as_of, day, &cells(communities, &known))
}

fn document(plan: &Plan, unit: &UnitPath, form: &str, as_of: i64, day: i64, cells: &Cells) -> DocumentEdits {
    let month = &iso(as_of)[..7];
    let mut dice = Dice::new(plan.seed, &[unit.as_str(), form, month]);
    let mut fields = Fields::default();
    fields
        .text("form", form)
        .text("month", month)
        .text("as_of", &iso(as_of))
        .text("day", &iso(day))
        .text("filed_by", names::worker(&mut dice));
    for (cell, count) in cells {
        fields.item("cells", cell).number("value", *count as i64);
    }
    DocumentEdits { id: dice.document(), kind: &kind::RETURN, edits: fields.done() }
}

/// What is known of a day on the day of filing. Without a diary everything was recorded before.
struct Known<'a> {
    diary: Option<&'a Diary>,
    as_of: i64,
    filed: i64,
}

impl Known<'_> {
    fn card(&self, card: &Card) -> bool {
        card.opened <= self.as_of && self.diary.is_none_or(|diary| diary.recorded(card.opened) <= self.filed)
    }

    fn person(&self, card: &Card, member: &Member) -> bool {
        member.birth <= self.as_of
            && self.diary.is_none_or(|diary| diary.person_base(card, member) <= self.filed)
    }

    /// Whether something of a person is on record as open. An end that is not recorded yet is none.
    fn open(&self, card: &Card, member: &Member, start: i64, end: Option<i64>, late: bool) -> bool {
        let lasts = end.is_none_or(|end| end >= self.as_of);
        start <= self.as_of
            && self.diary.map_or(lasts, |diary| {
                let begun = diary.begun(diary.person_base(card, member), start, late);
                begun <= self.filed && (lasts || end.is_some_and(|end| diary.ended(begun, end) > self.filed))
            })
    }
}

/// What the communities have on record.
fn cells(communities: &[&CommunityData], known: &Known<'_>) -> Cells {
    let cards =
        || communities.iter().flat_map(|community| &community.households).map(|household| &household.card);
    let members = || cards().flat_map(|card| card.members.iter().map(move |member| (card, member)));
    let out = |(card, member): (&Card, &Member)| {
        let status =
            member.episodes.iter().filter(|e| e.dimension == "status" && matches!(e.code, "2" | "3"));
        status.filter(|episode| known.open(card, member, episode.start, episode.end, false)).count()
    };
    let placed = |(card, member): (&Card, &Member)| {
        let placements = member.placements.iter();
        placements.filter(|p| known.open(card, member, p.start, p.end, p.recorded_late)).count()
    };
    let certified = |(card, member): (&Card, &Member)| {
        member.certifications.iter().filter(|c| known.open(card, member, c.start, None, false)).count()
    };
    [
        ("households", cards().filter(|card| known.card(card)).count()),
        ("people", members().filter(|(card, member)| known.person(card, member)).count()),
        ("unemployed", members().map(out).sum()),
        ("placed", members().map(placed).sum()),
        ("hardship", members().map(certified).sum()),
    ]
}
