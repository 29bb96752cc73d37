//! What one cell of a row cannot know alone, and a good row as a person.

use linli_model::Value;
use linli_model::date;
use linli_model::idnumber::{IdNumber, Sex};
use linli_model::retirement::{TooEarly, too_early};

use super::{Fields, Parsed, Person, State, Why};
use crate::columns::{STATES, Target};

/// Columns whose dates cannot lie after the day of the import.
const PAST: &[&str] = &["opened", "verified", "status_since", "placed_on", "certified_on"];

/// Columns that say nothing without another: (the others, that one).
const NEEDS: &[(&[&str], &str)] = &[
    (&["status_since", "reason", "former_employer", "certificate"], "status"),
    (&["form", "employer", "pay", "evidence", "evidence_ref", "placement_ended"], "placed_on"),
    (&["hardship", "worker"], "certified_on"),
    (&["certified_on"], "hardship"),
];

pub(super) fn check(row: &mut Parsed<'_>, today_n: i64) {
    for name in PAST {
        if row.day(name).is_some_and(|day| day > today_n) {
            row.refuse(name, Why::Future);
        }
    }
    for (others, needed) in NEEDS {
        let is_bad = row.refused.iter().any(|refused| refused.column.name == *needed);
        if is_bad || row.value(needed).is_some() {
            continue;
        }
        if let Some(other) = others.iter().find(|name| row.value(name).is_some()) {
            row.refuse(needed, Why::MissingBeside { other: crate::columns::known(other) });
        }
    }
    if let (Some(opened), Some(verified)) = (row.day("opened"), row.day("verified"))
        && verified < opened
    {
        row.refuse("verified", Why::Before { other: crate::columns::known("opened") });
    }
    if let (Some(start), Some(end)) = (row.day("placed_on"), row.day("placement_ended"))
        && end < start
    {
        row.refuse("placement_ended", Why::Before { other: crate::columns::known("placed_on") });
    }
    id_number(row);
}

fn id_number(row: &mut Parsed<'_>) {
    let Some(number) = row.text("id_no").and_then(|text| IdNumber::parse(text).ok()) else { return };
    let birth = date::to_iso(number.birth());
    if row.text("birth").is_some_and(|entered| entered != birth) {
        row.refuse("birth", Why::BirthDate { expected: birth });
    }
    // Codes that say nothing of the sex do not contradict the number; what goes in is the number's.
    if row.text("sex").and_then(Sex::from_code).is_some_and(|entered| entered != number.sex()) {
        row.refuse("sex", Why::Sex { expected: number.sex() });
    }
    let category = row.text("hardship").unwrap_or_default().to_owned();
    for (name, category) in [("status_since", ""), ("placed_on", ""), ("certified_on", category.as_str())] {
        let Some(start) = row.text(name).and_then(date::from_iso) else { continue };
        match too_early(number.birth(), Some(number.sex()), category, start) {
            None => {}
            Some(TooEarly::BeforeBirth) => row.refuse(name, Why::BeforeBirth),
            Some(TooEarly::NotOfAge { years, from }) => {
                row.refuse(name, Why::NotOfAge { years, from: date::to_iso(from) });
            }
        }
    }
}

/// The person of a row of which nothing was refused. Sex and birth date are those of the ID number.
pub(super) fn person(row: &Parsed<'_>) -> Option<Person> {
    let (id_no, relation) = (row.text("id_no")?, row.text("relation")?);
    if !row.refused.is_empty() {
        return None;
    }
    let fields_of = |pick: &dyn Fn(Target) -> Option<&'static str>| -> Fields {
        row.values
            .iter()
            .filter_map(|(column, value)| pick(column.target).map(|field| (field, value.clone())))
            .collect()
    };
    let mut fields = fields_of(&|target| match target {
        Target::Person(field) => Some(field),
        _ => None,
    });
    let number = IdNumber::parse(id_no).ok()?;
    fields.insert("sex", Value::from(number.sex().code()));
    fields.insert("birth", Value::Text(date::to_iso(number.birth())));
    let states = STATES.iter().filter_map(|(dimension, _)| {
        let fields = fields_of(&|target| match target {
            Target::State(of) if of == *dimension => Some("code"),
            Target::Status(field) if *dimension == "status" => Some(field),
            _ => None,
        });
        (!fields.is_empty()).then_some(State { dimension, fields })
    });
    Some(Person {
        row: row.row.number,
        id_no: id_no.to_owned(),
        relation: relation.to_owned(),
        states: states.collect(),
        placement: fields_of(&|target| match target {
            Target::Placement(field) => Some(field),
            _ => None,
        }),
        certification: fields_of(&|target| match target {
            Target::Certification(field) => Some(field),
            _ => None,
        }),
        fields,
    })
}
