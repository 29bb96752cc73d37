//! What one field cannot know alone: dates in order, none before birth or before the age that a hardship category asks
//! for, one open episode a dimension, an ID number that agrees with birth date and sex.
//!
//! Nothing here refuses a record. What is found is shown, and counted where a measure asks for it.

use std::collections::BTreeMap;

use super::{Item, Problem, Record, What, code, text};
use crate::date::{self, OPEN_END, UNKNOWN_START};
use crate::edit::Place;
use crate::idnumber::{IdNumber, Sex};
use crate::kind::{Field, FieldType, Kind};
use crate::retirement::{TooEarly, too_early};

/// Everything in a record that does not hold together, in a fixed order.
pub fn validate(kind: &Kind, record: &Record) -> Vec<Problem> {
    let mut problems = Vec::new();
    codes(&Place::Document, kind.fields, &record.fields, &mut problems);
    for field in kind.fields.iter().filter(|field| kind.required.contains(&field.name)) {
        if !record.fields.contains_key(field.name) {
            let what = What::Missing { field_en: field.name, field_zh: field.zh };
            problems.push(Problem { place: Place::Document, field: field.name, what });
        }
    }
    order(&Place::Document, &record.fields, &mut problems);
    months(kind, record, &mut problems);
    match kind.name {
        "person" => person(record, &mut problems),
        "household" => household(record, &mut problems),
        _ => {}
    }
    for collection in kind.collections {
        for (key, item) in record.items(collection.name) {
            let place = Place::item(collection.name, key);
            codes(&place, collection.fields, item, &mut problems);
            order(&place, item, &mut problems);
        }
    }
    problems
}

/// Codes that their list does not have: of a later version, or of another dimension.
fn codes(place: &Place, schema: &'static [Field], item: &Item, problems: &mut Vec<Problem>) {
    for field in schema {
        let is_coded = matches!(field.ty, FieldType::Code(_) | FieldType::CodeBy { .. });
        let entered = text(item, field.name);
        if is_coded && !entered.is_empty() && code(field, item).is_none() {
            let what = What::UnknownCode { code: entered.to_owned() };
            problems.push(Problem { place: place.clone(), field: field.name, what });
        }
    }
}

/// Dates of which one cannot lie before the other.
const ORDERED: [(&str, &str); 4] =
    [("start", "end"), ("published_from", "published_until"), ("day", "result_day"), ("start", "loan_day")];

fn order(place: &Place, item: &Item, problems: &mut Vec<Problem>) {
    for (first, last) in ORDERED {
        let day = |field| date::day_of_iso(text(item, field));
        if let (Some(start), Some(end)) = (day(first), day(last))
            && end < start
        {
            problems.push(Problem { place: place.clone(), field: last, what: What::EndsBeforeStart });
        }
    }
}

/// A return is for a month, written `2026-10`.
fn months(kind: &Kind, record: &Record, problems: &mut Vec<Problem>) {
    let month = record.text("month");
    if kind.field("month").is_some() && !month.is_empty() && date::from_iso(&format!("{month}-01")).is_none()
    {
        problems.push(Problem { place: Place::Document, field: "month", what: What::Month });
    }
}

fn person(record: &Record, problems: &mut Vec<Problem>) {
    let mut found = |field, what| problems.push(Problem { place: Place::Document, field, what });
    if record.text("name").is_empty() {
        found("name", What::Missing { field_en: "name", field_zh: "姓名" });
    }
    let sex = Sex::from_code(record.text("sex"));
    if !record.text("id_no").is_empty() {
        match IdNumber::parse(record.text("id_no")) {
            Err(error) => found("id_no", What::IdNumber(error)),
            Ok(number) => {
                let birth = date::to_iso(number.birth());
                if !record.text("birth").is_empty() && record.text("birth") != birth {
                    found("birth", What::BirthDate { expected: birth });
                }
                if sex.is_some_and(|sex| sex != number.sex()) {
                    found("sex", What::Sex);
                }
            }
        }
    }
    let retires_as = match record.text("retirement") {
        "m60" => Some(Sex::Male),
        "f55" | "f50" => Some(Sex::Female),
        _ => None,
    };
    if let (Some(sex), Some(retires_as)) = (sex, retires_as)
        && sex != retires_as
    {
        found("retirement", What::Retirement);
    }
    episodes(record, problems);
    begun(record, sex, problems);
}

/// Nothing begins before birth, and no certification before the age that its category asks for.
fn begun(record: &Record, sex: Option<Sex>, problems: &mut Vec<Problem>) {
    let Some(birth) = date::from_iso(record.text("birth")) else { return };
    for collection in ["episodes", "placements", "certifications"] {
        for (key, item) in record.items(collection) {
            let Some(start) = date::from_iso(text(item, "start")) else { continue };
            let what = match too_early(birth, sex, text(item, "category"), start) {
                None => continue,
                Some(TooEarly::BeforeBirth) => What::BeforeBirth,
                Some(TooEarly::NotOfAge { years, from }) => {
                    What::NotOfAge { years, from: date::to_iso(from) }
                }
            };
            problems.push(Problem { place: Place::item(collection, key), field: "start", what });
        }
    }
}

/// Within a dimension a person is in one state a day, and at most one of them is open.
fn episodes(record: &Record, problems: &mut Vec<Problem>) {
    let mut by_dimension: BTreeMap<&str, Vec<(i64, i64, &str)>> = BTreeMap::new();
    for (key, item) in record.items("episodes") {
        let start = date::day_of_iso(text(item, "start")).unwrap_or(UNKNOWN_START);
        let end = date::day_of_iso(text(item, "end")).unwrap_or(OPEN_END);
        by_dimension.entry(text(item, "dimension")).or_default().push((start, end, key));
    }
    for spans in by_dimension.values_mut() {
        spans.sort_unstable();
        for pair in spans.windows(2) {
            let ((_, end, _), (start, later_end, key)) = (pair[0], pair[1]);
            if start <= end {
                let both_open = end == OPEN_END && later_end == OPEN_END;
                let what = if both_open { What::TwoOpen } else { What::Overlap };
                problems.push(Problem { place: Place::item("episodes", key), field: "start", what });
            }
        }
    }
}

fn household(record: &Record, problems: &mut Vec<Problem>) {
    let mut found = |field, what| problems.push(Problem { place: Place::Document, field, what });
    let heads = record.items("members").filter(|(_, item)| matches!(text(item, "relation"), "01" | "02"));
    if heads.count() > 1 {
        found("head", What::TwoHeads);
    }
    let head = record.text("head");
    if !head.is_empty() && !record.items("members").any(|(key, _)| key == head) {
        found("head", What::HeadNotMember);
    }
    let (opened, verified) =
        (date::day_of_iso(record.text("opened")), date::day_of_iso(record.text("verified")));
    if let (Some(opened), Some(verified)) = (opened, verified)
        && verified < opened
    {
        found("verified", What::VerifiedBeforeOpened);
    }
}
