//! A year's records as they come to be written: each on the day on which its device would have written it.
//!
//! A community's first registration takes in what is so on its day; after that its clerks write up what happened three
//! times a month, on the 10th, the 20th and the last day. What began is written then, and so is what ended.

use std::collections::BTreeMap;

use linli_model::{Edit, Place, Value, date};
use linli_store::DocumentEdits;
use linli_wire::UnitPath;

use crate::{
    Plan,
    card::{Card, Member},
    community::HouseholdData,
    dates::{civil, iso},
    dice::Dice,
};

/// Days before the period on which the first registration is recorded: at the earliest, and at the latest.
const REGISTERED_BEFORE: (i64, i64) = (20, 4);
/// Days before T on which those who cram write up their year.
const CRAMMED_BEFORE: i64 = 9;
/// Days after its beginning on which a placement is recorded that is recorded late.
const LATE_DAYS: i64 = 40;
/// Days after a certification on which a wrong date of birth is corrected.
const CORRECTED_DAYS: i64 = 60;
/// Fields of an item that are known when it ends.
const ENDING: [&str; 3] = ["end", "end_reason", "passed"];
/// Fields that say on which day something begins.
const BEGINNING: [&str; 3] = ["start", "day", "opened"];

/// How a community keeps its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// Everything within ten days, and every return.
    Prompt,
    /// Everything within ten days, but every third return is forgotten.
    Sloppy,
    /// What happened in the period is written up in its last days.
    Crammed,
}

/// When one unit's device writes what.
#[derive(Debug, Clone, Copy)]
pub struct Diary {
    /// The day of the first registration.
    begun: i64,
    as_of: i64,
    /// The last day on which anything is written.
    until: i64,
    pub(crate) keeping: Keeping,
}

impl Diary {
    /// The diary of a unit that is kept until a day, T or after it.
    pub fn of(plan: &Plan, unit: &UnitPath, keeping: Keeping, until: i64) -> Self {
        let mut dice = Dice::new(plan.seed, &[unit.as_str(), "diary"]);
        let (earliest, latest) = REGISTERED_BEFORE;
        let begun = plan.period_start - dice.between(latest, earliest);
        Self { begun, as_of: plan.as_of, until: until.max(plan.as_of), keeping }
    }

    /// The first day on which any unit of a plan writes.
    pub const fn first(plan: &Plan) -> i64 {
        plan.period_start - REGISTERED_BEFORE.0
    }

    /// The last day on which anything is written.
    pub const fn until(&self) -> i64 {
        self.until
    }

    /// The day on which what happened on a day is recorded.
    pub fn recorded(&self, day: i64) -> i64 {
        if day <= self.begun {
            return self.begun;
        }
        let written_up = match self.keeping {
            Keeping::Crammed => day.max(self.as_of - CRAMMED_BEFORE),
            Keeping::Prompt | Keeping::Sloppy => writing_day(day),
        };
        written_up.min(self.until)
    }

    /// The days on which the documents of a household are written, and what is written on each.
    pub fn household(&self, household: &HouseholdData) -> Vec<(i64, DocumentEdits)> {
        let card = &household.card;
        let (own, people) = household.documents.split_first().expect("a household has a document");
        let people = card.members.iter().zip(people);
        let people = people.flat_map(|(member, document)| self.person(card, member, document));
        self.card(card, own).into_iter().chain(people).collect()
    }

    /// The same of a document that is neither a card nor a person: it is begun on the day that it tells of, and what
    /// its items tell of follows.
    pub fn document(&self, document: &DocumentEdits) -> Vec<(i64, DocumentEdits)> {
        let spans = spans(document);
        let base = self.recorded(begins(&document.edits).unwrap_or(self.begun));
        parted(document, |edit| match spans.get(&edit.place) {
            None => base,
            Some(span) => self.of_item(edit, *span, base, false),
        })
    }

    /// The day on which a person of a card is first recorded.
    pub(crate) fn person_base(&self, card: &Card, member: &Member) -> i64 {
        self.recorded(card.opened.max(member.birth))
    }

    /// The day on which something of a document that was begun on another is recorded.
    pub(crate) fn begun(&self, base: i64, start: i64, late: bool) -> i64 {
        let told = if late { (start + LATE_DAYS).min(self.as_of) } else { start };
        self.recorded(told).max(base)
    }

    /// The day on which the end of something is recorded: with what comes after it.
    pub(crate) fn ended(&self, begun: i64, end: i64) -> i64 {
        self.recorded(end + 1).max(begun)
    }

    fn of_item(&self, edit: &Edit, (start, end): Span, base: i64, late: bool) -> i64 {
        let begun = start.map_or(base, |start| self.begun(base, start, late));
        match end {
            Some(end) if ENDING.contains(&edit.field.as_str()) => self.ended(begun, end),
            _ => begun,
        }
    }

    /// A card is opened as verified on that day; the day of the last verification follows.
    fn card(&self, card: &Card, document: &DocumentEdits) -> Vec<(i64, DocumentEdits)> {
        let base = self.recorded(card.opened);
        let spans = spans(document);
        let births: BTreeMap<String, i64> =
            card.members.iter().map(|member| (member.id.to_string(), member.birth)).collect();
        let mut parts = parted(document, |edit| match &edit.place {
            Place::Document if edit.field.starts_with("verified") => self.begun(base, card.verified, false),
            Place::Document => base,
            Place::Item { key, .. } => match births.get(key) {
                Some(birth) => self.begun(base, *birth, false),
                None => self.of_item(edit, spans.get(&edit.place).copied().unwrap_or_default(), base, false),
            },
        });
        if self.begun(base, card.verified, false) > base {
            let opened = Some(Value::from(iso(card.opened)));
            parts[0].1.edits.push(Edit::document("verified", opened));
        }
        parts
    }

    /// What began after the person was first recorded is news; people are verified when they are recorded, and their cards
    /// after that. A wrong date of birth stands, without an ID number, until it is corrected.
    fn person(&self, card: &Card, member: &Member, document: &DocumentEdits) -> Vec<(i64, DocumentEdits)> {
        let base = self.person_base(card, member);
        let spans = spans(document);
        let late = |place: &Place| {
            let is_late = |key: &str| member.placements.iter().any(|one| one.recorded_late && one.key == key);
            matches!(place, Place::Item { collection, key } if collection == "placements" && is_late(key))
        };
        let corrected = member.claimed_birth.map(|_| {
            let certified = member.certifications.iter().map(|one| one.start).max().unwrap_or(base);
            self.recorded((certified + CORRECTED_DAYS).min(self.as_of)).max(base)
        });
        let mut parts = parted(document, |edit| match (spans.get(&edit.place), corrected) {
            (Some(span), _) => self.of_item(edit, *span, base, late(&edit.place)),
            (None, Some(corrected)) if matches!(edit.field.as_str(), "birth" | "id_no") => corrected,
            (None, _) => base,
        });
        for (day, part) in &mut parts {
            for edit in part.edits.iter_mut().filter(|edit| edit.field == "origin" && *day > base) {
                edit.value = Some(Value::from("event"));
            }
            for edit in part.edits.iter_mut().filter(|edit| edit.field == "verified") {
                edit.value = Some(Value::from(iso(member.verified.min(base))));
            }
        }
        if let Some(claimed) = member.claimed_birth {
            parts[0].1.edits.push(Edit::document("birth", Some(Value::from(iso(claimed)))));
        }
        parts
    }
}

/// The 10th, the 20th or the last day of a month, whichever comes first from a day on.
fn writing_day(day: i64) -> i64 {
    let date = civil(day);
    match date.day() {
        ..=10 => day + 10 - i64::from(date.day()),
        11..=20 => day + 20 - i64::from(date.day()),
        _ => date::day_number(date.last_of_month()),
    }
}

/// The first and the last day of an item, where it says so.
type Span = (Option<i64>, Option<i64>);

fn spans(document: &DocumentEdits) -> BTreeMap<Place, Span> {
    let mut items: BTreeMap<Place, Vec<Edit>> = BTreeMap::new();
    for edit in document.edits.iter().filter(|edit| edit.place != Place::Document) {
        items.entry(edit.place.clone()).or_default().push(edit.clone());
    }
    let span = |edits: &[Edit]| (begins(edits), day_in(edits, "end"));
    items.into_iter().map(|(place, edits)| (place, span(&edits))).collect()
}

fn begins(edits: &[Edit]) -> Option<i64> {
    BEGINNING.into_iter().find_map(|field| day_in(edits, field))
}

fn day_in(edits: &[Edit], field: &str) -> Option<i64> {
    let edit = edits.iter().find(|edit| edit.field == field)?;
    date::day_of_iso(edit.value.as_ref()?.as_text()?)
}

/// Edits of one document by the day on which they are written, the first day first.
fn parted(document: &DocumentEdits, day_of: impl Fn(&Edit) -> i64) -> Vec<(i64, DocumentEdits)> {
    let mut by_day: BTreeMap<i64, Vec<Edit>> = BTreeMap::new();
    for edit in &document.edits {
        by_day.entry(day_of(edit)).or_default().push(edit.clone());
    }
    let part = |(day, edits)| (day, DocumentEdits { id: document.id, kind: document.kind, edits });
    by_day.into_iter().map(part).collect()
}
