//! What those above a unit keep about it over a year: exchanges, supervision, samples, a survey.

use linli_model::{Kind, kind};
use linli_store::DocumentEdits;

use crate::{CommunityData, Plan, dates::iso, dice::Dice, names, write::Fields};

/// People of a community who are sampled for its own ledgers and for its street's register.
const SAMPLED: [(&str, usize); 2] = [("C06", 30), ("S06", 30)];
/// Answers to the survey, and how many of them are of people out of work.
const ANSWERS: usize = 50;
const ANSWERS_OUT_OF_WORK: usize = 15;
/// Days from one supervision visit to the next; less than a quarter.
const SUPERVISED_DAYS: i64 = 60;

/// The days on which a unit exchanged data with its hub: every one but Sundays.
pub fn exchanges(plan: &Plan) -> DocumentEdits {
    let id = kind::EXCHANGES.fixed_id("").expect("a unit has one list of exchanges");
    let mut fields = Fields::default();
    for day in (plan.period_start..=plan.as_of).filter(|day| (day + 4) % 7 != 0) {
        fields.item("days", &iso(day)).text("means", "link");
    }
    DocumentEdits { id, kind: &kind::EXCHANGES, edits: fields.done() }
}

/// A street's supervision visits to a community, the samples drawn in it and the survey of its residents.
pub fn oversight(plan: &Plan, data: &CommunityData) -> Vec<DocumentEdits> {
    let mut dice = Dice::new(plan.seed, &[data.unit.as_str(), "oversight"]);
    let mut documents = Vec::new();
    let mut document = |dice: &mut Dice, kind: &'static Kind, fields: Fields| {
        documents.push(DocumentEdits { id: dice.document(), kind, edits: fields.done() });
    };
    for day in (plan.period_start + 20..=plan.as_of).step_by(SUPERVISED_DAYS as usize) {
        let mut visit = Fields::default();
        visit
            .text("day", &iso(day))
            .text("made_by", names::worker(&mut dice))
            .text("content", "台账、走访记录")
            .text("result", "符合要求");
        document(&mut dice, &kind::SUPERVISION, visit);
    }
    let mut people: Vec<String> = data
        .households
        .iter()
        .flat_map(|household| household.card.members.iter().map(|member| member.id.to_string()))
        .collect();
    let frame = people.len();
    for (item, size) in SAMPLED {
        dice.shuffle(&mut people);
        let mut sample = Fields::default();
        sample
            .text("item", item)
            .text("seed", &dice.digits(12))
            .number("frame", frame as i64)
            .number("size", size.min(frame) as i64)
            .text("day", &iso(plan.as_of - 10))
            .text("drawn_by", names::worker(&mut dice));
        for person in people.iter().take(size) {
            sample.item("subjects", person).number("compared", 5).number("agreed", 5);
        }
        document(&mut dice, &kind::SAMPLE, sample);
    }
    document_of_survey(&mut dice, plan, frame, &mut documents);
    documents
}

fn document_of_survey(dice: &mut Dice, plan: &Plan, frame: usize, documents: &mut Vec<DocumentEdits>) {
    let mut survey = Fields::default();
    survey
        .text("seed", &dice.digits(12))
        .number("frame", frame as i64)
        .text("day", &iso(plan.as_of - 20))
        .text("made_by", names::worker(dice));
    for at in 0..ANSWERS {
        // One in sixteen is not satisfied.
        let score = if at % 16 == 7 { 3 } else { dice.between(4, 5) };
        survey
            .item("answers", &format!("t{}", dice.digits(10)))
            .number("score", score)
            .number("out_of_work", i64::from(at < ANSWERS_OUT_OF_WORK))
            .text("day", &iso(plan.as_of - 12));
    }
    documents.push(DocumentEdits { id: dice.document(), kind: &kind::SURVEY, edits: survey.done() });
}
