//! Changing people.

use anyhow::Result;
use linli_model::{
    Edit, Value,
    codes::{self, Code, CodeList},
    date,
    idnumber::IdNumber,
    kind::{HOUSEHOLD, PERSON},
    record::{self, Item},
};
use linli_store::DocumentEdits;

use super::{Certify, Leave, New, Place, Status, told};
use crate::{
    commands::card,
    context::Context,
    documents::{self, Found},
    failure::{Ended, Refused},
    language::Language,
    repeated,
};

/// A person on a card: two documents, one entry.
pub fn new(context: &mut Context, arguments: &New) -> Result<Ended> {
    let node = context.node()?;
    let household = documents::card(context, &node, &arguments.card)?;
    let id = documents::random_id()?;
    let mut edits = documents::document_edits(context, &PERSON, &card::today(&arguments.fields))?;
    let number = edits.iter().find(|edit| edit.field == "id_no").and_then(|edit| edit.value.clone());
    if let Some(Value::Text(number)) = number {
        refuse_known(context, &node, &number)?;
        if let Ok(number) = IdNumber::parse(&number) {
            let mut also = |field: &str, value: String| {
                if !edits.iter().any(|edit| edit.field == field) {
                    edits.push(Edit::document(field, Some(Value::from(value))));
                }
            };
            also("birth", date::to_iso(number.birth()));
            also("sex", number.sex().code().to_owned());
        }
    }
    let key = id.to_string();
    let relation = [("relation", Some(arguments.relation.as_str()))];
    let mut member = documents::item_edits(context, &HOUSEHOLD, "members", &key, &relation)?;
    let is_head = member.iter().any(|edit| {
        edit.value.as_ref().and_then(Value::as_text).is_some_and(|code| matches!(code, "01" | "02"))
    });
    if is_head && household.record.text("head").is_empty() {
        member.push(Edit::document("head", Some(Value::from(key.as_str()))));
    }
    let documents = [
        DocumentEdits { id, kind: &PERSON, edits },
        DocumentEdits { id: household.id, kind: &HOUSEHOLD, edits: member },
    ];
    documents::write(context, &node, &household.space, &documents)?;
    if context.json {
        context.out.json(&serde_json::json!({"document": key}))?;
    } else {
        context.out.line(&key)?;
        context.out.note(context.language.pick(
            "已加入户卡。下一步：linli person status 身份号码 代码 --since 日期",
            "the person is on the card. Next: linli person status ID_NO CODE --since DATE",
        ));
    }
    Ok(Ended::Done)
}

fn refuse_known(context: &Context, node: &linli_node::Node, number: &str) -> Result<()> {
    let own: Vec<String> =
        node.with(|r| r.query("SELECT unit FROM person WHERE id_no = ?1", [number], |row| row.get(0)))?;
    let units = node.units();
    let Some(unit) = own.iter().find(|unit| units.iter().any(|u| u.as_str() == *unit)) else { return Ok(()) };
    let message = match context.language {
        Language::Chinese => format!("{unit} 已登记身份号码 {number}"),
        Language::English => format!("{unit} has somebody with the ID number {number} already"),
    };
    let hint = context.say(
        "`linli person show` 查看；一人只能在一张户卡上",
        "see `linli person show`; a person is on one card",
    );
    Err(Refused::new(message).hint(hint).into())
}

pub fn set(context: &mut Context, id_no: &str, fields: &[(String, String)]) -> Result<Ended> {
    let node = context.node()?;
    let person = documents::person(context, &node, id_no)?;
    let edits = documents::document_edits(context, &PERSON, &card::today(fields))?;
    save(context, &node, &person, edits)
}

pub fn status(context: &mut Context, status: &Status) -> Result<Ended> {
    let node = context.node()?;
    let person = documents::person(context, &node, &status.id_no)?;
    let given = [
        ("reason", status.reason.as_deref()),
        ("former_employer", status.former_employer.as_deref()),
        ("certificate", status.certificate.as_deref()),
        ("evidence", status.evidence.as_deref()),
        ("origin", Some(status.origin.as_str())),
    ];
    let edits = episode(context, &person, &status.dimension, &status.code, &status.since, &given)?;
    save(context, &node, &person, edits)
}

pub fn place(context: &mut Context, place: &Place) -> Result<Ended> {
    let node = context.node()?;
    let person = documents::person(context, &node, &place.id_no)?;
    let employer = place.employer.as_deref().unwrap_or_default();
    // One that was ended may have been so by mistake, and nothing else opens it again.
    let same = |item: &Item| {
        let text = |field| record::text(item, field);
        text("start") == place.from && text("employer") == employer && text("end").is_empty()
    };
    let next = (
        "用 `linli person show` 查看；终止用 `linli person leave`，更正用 `linli import --kind placement`",
        "`linli person show` shows it; `linli person leave` ends it, `linli import --kind placement` corrects it",
    );
    repeated::like(context, &person, "placements", same, next)?;
    let key = event_key(&person, "placements", employer, &place.from, 0);
    let given = [
        ("start", Some(place.from.as_str())),
        ("form", Some(&place.form)),
        ("evidence", Some(&place.evidence)),
        ("evidence_ref", place.evidence_ref.as_deref()),
        ("employer", place.employer.as_deref()),
        ("pay", place.pay.as_deref()),
        ("origin", Some(&place.origin)),
    ];
    let mut edits = documents::item_edits(context, &PERSON, "placements", &key, &given)?;
    if !place.keep_status && open_code(&person, "status") != Some("1") {
        let origin = [("origin", Some(place.origin.as_str()))];
        edits.extend(episode(context, &person, "status", "1", &place.from, &origin)?);
    }
    save(context, &node, &person, edits)
}

pub fn leave(context: &mut Context, leave: &Leave) -> Result<Ended> {
    let node = context.node()?;
    let person = documents::person(context, &node, &leave.id_no)?;
    let open: Vec<&str> = person
        .record
        .items("placements")
        .filter(|(_, item)| record::text(item, "end").is_empty())
        .map(|(key, _)| key)
        .collect();
    let [key] = open.as_slice() else {
        let message = match (context.language, open.len()) {
            (Language::Chinese, 0) => "此人没有未终止的就业记录".to_owned(),
            (Language::English, 0) => "this person has no open placement".to_owned(),
            (Language::Chinese, count) => format!("此人有 {count} 条未终止的就业记录，请先核对"),
            (Language::English, count) => {
                format!("this person has {count} open placements; look at them first")
            }
        };
        return Err(Refused::new(message).into());
    };
    let given = [("end", Some(leave.on.as_str())), ("end_reason", leave.why.as_deref())];
    let mut edits = documents::item_edits(context, &PERSON, "placements", key, &given)?;
    if let Some(status) = &leave.status {
        let since = moved(&leave.on, 1)?;
        let given = [("reason", leave.reason.as_deref()), ("origin", Some("event"))];
        edits.extend(episode(context, &person, "status", status, &since, &given)?);
    }
    save(context, &node, &person, edits)
}

pub fn certify(context: &mut Context, certify: &Certify) -> Result<Ended> {
    let node = context.node()?;
    let person = documents::person(context, &node, &certify.id_no)?;
    let known = code_of(context, &codes::HARDSHIP, &certify.category)?;
    let in_force = |item: &Item| {
        let end = record::text(item, "end");
        record::text(item, "category") == known.code
            && record::text(item, "start") <= certify.since.as_str()
            && (end.is_empty() || end >= certify.since.as_str())
    };
    let next = (
        "此类认定当日有效，不必再登记；用 `linli person show` 查看",
        "this category is in force on that day, nothing is to be recorded; `linli person show` shows it",
    );
    repeated::like(context, &person, "certifications", in_force, next)?;
    let key = event_key(&person, "certifications", known.code, &certify.since, 0);
    let given = [
        ("category", Some(known.code)),
        ("start", Some(certify.since.as_str())),
        ("worker", certify.worker.as_deref()),
        ("origin", Some(certify.origin.as_str())),
    ];
    let edits = documents::item_edits(context, &PERSON, "certifications", &key, &given)?;
    save(context, &node, &person, edits)
}

/// Another episode from a day on; the open one of its dimension ends the day before.
fn episode(
    context: &Context,
    person: &Found,
    dimension: &str,
    code: &str,
    since: &str,
    given: &[(&str, Option<&str>)],
) -> Result<Vec<Edit>> {
    let list = linli_model::codes::by_name(dimension)
        .filter(|_| linli_model::codes::DIMENSION.get(dimension).is_some());
    let Some(list) = list else {
        let message = match context.language {
            Language::Chinese => format!("没有类别“{dimension}”，可填 status、ability、wish、residence"),
            Language::English => format!("`{dimension}` is none of status, ability, wish, residence"),
        };
        return Err(Refused::new(message).into());
    };
    // A name such as “其他” stands in several lists: it is looked up in the one that is meant.
    let code = code_of(context, list, code)?;
    let same = |item: &Item| {
        [("dimension", dimension), ("code", code.code), ("start", since)]
            .iter()
            .all(|(field, value)| record::text(item, field) == *value)
    };
    let next = ("用 `linli person show` 查看", "`linli person show` shows it");
    repeated::like(context, person, "episodes", same, next)?;
    let mut edits = Vec::new();
    for (key, item) in person.record.items("episodes") {
        if record::text(item, "dimension") == dimension && record::text(item, "end").is_empty() {
            edits.push(Edit::item("episodes", key, "end", Some(Value::from(moved(since, -1)?))));
        }
    }
    let key = event_key(person, "episodes", dimension, since, 1);
    let mut fields = vec![("dimension", Some(dimension)), ("code", Some(code.code)), ("start", Some(since))];
    fields.extend(given);
    edits.extend(documents::item_edits(context, &PERSON, "episodes", &key, &fields)?);
    Ok(edits)
}

/// The code of a list that was typed, as it is or by its name.
fn code_of(context: &Context, list: &'static CodeList, typed: &str) -> Result<&'static Code> {
    list.find(typed).ok_or_else(|| {
        let (zh, en) = (list.choices_zh(), list.choices_en());
        let message = match context.language {
            Language::Chinese => format!("“{typed}”不是{}代码", list.zh),
            Language::English => format!("`{typed}` is no {}", list.en),
        };
        Refused::new(message).hint(context.language.pick(&zh, &en)).into()
    })
}

/// The key of an event by what it is, so that two devices on which it is typed write one; another key where that one
/// stands for something that was corrected since.
fn event_key(person: &Found, collection: &str, what: &str, start: &str, nth: usize) -> String {
    let key = linli_workbook::item_key(person.id, collection, what, start);
    let is_taken = person.record.items(collection).any(|(known, _)| known == key);
    if is_taken { linli_model::new_key(nth) } else { key }
}

fn open_code<'p>(person: &'p Found, dimension: &str) -> Option<&'p str> {
    person
        .record
        .items("episodes")
        .map(|(_, item)| item)
        .find(|item| record::text(item, "dimension") == dimension && record::text(item, "end").is_empty())
        .map(|item| record::text(item, "code"))
}

/// A day some days later or earlier.
fn moved(day: &str, days: i64) -> Result<String> {
    let moved = date::day_of_iso(day).and_then(|day_n| date::from_day_number(day_n + days));
    Ok(moved.map(date::to_iso).ok_or_else(|| Refused::new(format!("`{day}` is no date")))?)
}

fn save(context: &mut Context, node: &linli_node::Node, person: &Found, edits: Vec<Edit>) -> Result<Ended> {
    let document = DocumentEdits { id: person.id, kind: &PERSON, edits };
    let changed = documents::write(context, node, &person.space, &[document])?;
    told(context, changed)
}
