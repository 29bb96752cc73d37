//! `linli card`: household cards.

mod joining;

use anyhow::Result;
use clap::{Args, Subcommand};
use linli_model::{
    Edit, Value,
    kind::{HOUSEHOLD, PERSON},
    record,
};
use linli_node::{Node, as_of_today, note_view};
use linli_store::DocumentEdits;
use linli_wire::{Channel, Space, UnitPath};
use serde_json::json;

use super::person;
use crate::{
    cli::values,
    context::{Context, unit_or_own},
    documents::{self, Found},
    failure::{Ended, Refused},
    language::Language,
    output::Table,
    settled::{self, Settled},
};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the cards
    #[command(after_help = "Example:\n  linli --data clerk card list")]
    List {
        /// The unit; without it the device's own
        #[arg(long, value_parser = values::unit)]
        unit: Option<UnitPath>,
        /// Why somebody looks at people's data
        #[arg(long, default_value = "card list")]
        why: String,
    },
    /// Show a card with its members, what is open, and conflicts
    #[command(after_help = "Example:\n  linli --data clerk card show 32110200100100001")]
    Show {
        /// The number of the card
        #[arg(value_name = "CARD_NO")]
        card_no: String,
        /// Instead list every change of the card: when, by which device, old and new value
        #[arg(long)]
        history: bool,
        /// Why somebody looks at people's data
        #[arg(long, default_value = "card show")]
        why: String,
    },
    /// Change a card; an empty value empties the field
    #[command(
        after_help = "Example:\n  linli --data clerk card set 32110200100100001 phone=0511-84400001 verified=today"
    )]
    Set {
        /// The number of the card
        #[arg(value_name = "CARD_NO")]
        card_no: String,
        /// field=value, the field in Chinese or English
        #[arg(value_name = "FIELD=VALUE", required = true, value_parser = values::assignment)]
        fields: Vec<(String, String)>,
    },
    /// Close a card and put its people on another
    #[command(after_help = "Example:\n  \
        linli --data clerk card merge 32110200100100002 --into 32110200100100001 11010519491231002X=父亲\n\n\
        `linli card undo` takes it back.")]
    Merge(joining::Merge),
    /// Put some people of a card on a new one
    #[command(
        after_help = "Example:\n  linli --data clerk card split 32110200100100001 11010519491231002X=户主\n\n\
        `linli card undo` takes it back."
    )]
    Split(joining::Split),
    /// Take a merge, or the split that made the card, back
    #[command(after_help = "Example:\n  linli --data clerk card undo 32110200100100002")]
    Undo {
        /// The number of the card that was merged into another, or split from one
        #[arg(value_name = "CARD_NO")]
        card_no: String,
    },
    /// Open a card; without a number it takes the next one
    #[command(after_help = "Example:\n  linli --data clerk card new address=朱方路1号101 dwelling=1-101\n\n\
        Then add people: linli person new --card CARD_NO --relation 户主 name=张三 id_no=…")]
    New {
        /// The community; without it the device's own
        #[arg(long, value_parser = values::unit)]
        unit: Option<UnitPath>,
        /// The number of the card; without it the next one
        #[arg(long, value_name = "CARD_NO")]
        card_no: Option<String>,
        /// field=value, the field in Chinese or English
        #[arg(value_name = "FIELD=VALUE", value_parser = values::assignment)]
        fields: Vec<(String, String)>,
    },
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        match &self.action {
            Action::Merge(merge) => joining::merge(context, merge),
            Action::Split(split) => joining::split(context, split),
            Action::Undo { card_no } => joining::undo(context, card_no),
            Action::List { unit, why } => list(context, unit.as_ref(), why),
            Action::Show { card_no, history, why } => show(context, card_no, *history, why),
            Action::Set { card_no, fields } => set(context, card_no, fields),
            Action::New { unit, card_no, fields } => new(context, unit.as_ref(), card_no.as_deref(), fields),
        }
    }
}

fn list(context: &mut Context, unit: Option<&UnitPath>, why: &str) -> Result<Ended> {
    let node = context.node()?;
    let unit = unit_or_own(&node, unit)?;
    node.materialise()?;
    note_view(&node, &unit, "card list", why)?;
    let below = format!("{unit}/%");
    let sql = "SELECT h.card_no, COALESCE(p.name, ''), h.address, h.state, h.verified,
                      (SELECT COUNT(*) FROM member m WHERE m.doc = h.doc AND m.unit = h.unit), h.unit
               FROM household h LEFT JOIN person p ON p.doc = h.head AND p.unit = h.unit
               WHERE h.unit = ?1 OR h.unit LIKE ?2 ORDER BY h.card_no, h.doc";
    let rows: Vec<(String, String, String, String, String, i64, String)> = node.with(|r| {
        r.query(sql, [unit.as_str(), &below], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
        })
    })?;
    if context.json {
        let all: Vec<_> = rows
            .iter()
            .map(|(card_no, head, address, state, verified, members, unit)| {
                json!({"card_no": card_no, "head": head, "address": address, "state": state,
                    "verified": verified, "members": members, "unit": unit})
            })
            .collect();
        context.out.json(&all)?;
        return Ok(Ended::Done);
    }
    let language = context.language;
    let headings = [
        ("户卡编号", "card"),
        ("户主", "head"),
        ("人数", "people"),
        ("居住地址", "address"),
        ("状态", "state"),
        ("核实日期", "verified"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[2]);
    for (card_no, head, address, state, verified, members, _) in &rows {
        let state = linli_model::codes::HOUSEHOLD_STATE.get(state).map_or("", |c| language.pick(c.zh, c.en));
        table.row([card_no, head, &members.to_string(), address, state, verified]);
    }
    context.out.table(&table)?;
    context.out.note(&match language {
        Language::Chinese => format!("共 {} 户", rows.len()),
        Language::English => format!("cards: {}", rows.len()),
    });
    Ok(Ended::Done)
}

fn show(context: &mut Context, card_no: &str, history: bool, why: &str) -> Result<Ended> {
    let node = context.node()?;
    let card = documents::card(context, &node, card_no)?;
    note_view(&node, &card.space.unit, &format!("card show {card_no}"), why)?;
    if history {
        crate::history::show(context, &node, &card)?;
        return Ok(Ended::Done);
    }
    let mut members = Vec::new();
    for (person, item) in card.record.items("members") {
        let found = documents::open(&node, card.space.clone(), person.parse()?, &PERSON)?;
        members.push((found, item.clone()));
    }
    // The head first, then by relation, as the card is filled in.
    members.sort_by(|(_, a), (_, b)| record::text(a, "relation").cmp(record::text(b, "relation")));
    let conflicts = conflicts(&node, &card, &members)?;
    let settled = settled_alone(&node, &card, &members)?;
    if context.json {
        let all: Vec<_> = members
            .iter()
            .map(|(person, item)| {
                let mut value = person::json(person);
                value["relation"] = json!(record::text(item, "relation"));
                value
            })
            .collect();
        let answer = json!({"unit": card.space.unit.to_string(), "document": card.id.to_string(),
            "fields": person::values(&card.record.fields), "members": all,
            "visits": person::items(&card.record, "visits"), "conflicts": conflicts,
            "settled": settled.iter().map(|(found, one)| one.object(&found.id.to_string())).collect::<Vec<_>>()});
        context.out.json(&answer)?;
        return Ok(Ended::Done);
    }
    person::print_fields(context, &card)?;
    let language = context.language;
    let headings = [
        ("与户主关系", "relation"),
        ("姓名", "name"),
        ("性别", "sex"),
        ("出生日期", "born"),
        ("公民身份号码", "ID number"),
        ("目前情况", "now"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en)));
    let relation = HOUSEHOLD.collection("members").and_then(|c| c.field("relation"));
    for (person, item) in &members {
        let fields = &person.record.fields;
        let sex = PERSON.field("sex").map_or_else(String::new, |f| documents::shown(language, f, fields));
        table.row([
            relation.map_or_else(String::new, |field| documents::shown(language, field, item)),
            person.record.text("name").to_owned(),
            sex,
            person.record.text("birth").to_owned(),
            person.record.text("id_no").to_owned(),
            person::now(language, &person.record),
        ]);
    }
    context.out.line("")?;
    context.out.table(&table)?;
    person::print_items(context, &card, "visits")?;
    for (place, field, count) in &conflicts {
        context.out.note(&match language {
            Language::Chinese => {
                format!("待定冲突：{place} {field} 有 {count} 个取值；用 `linli conflicts` 查看并选定")
            }
            Language::English => {
                format!("conflict: {place} {field} has {count} values; `linli conflicts` shows them to choose from")
            }
        });
    }
    for (found, one) in &settled {
        context.out.note(&one.told(language, called(found)));
    }
    Ok(Ended::Done)
}

/// The person's name, or the card's number.
fn called(found: &Found) -> &str {
    match found.record.text("name") {
        "" => found.record.text("card_no"),
        name => name,
    }
}

/// What settled itself on the card and of the people on it.
fn settled_alone<'f>(
    node: &Node,
    card: &'f Found,
    members: &'f [(Found, record::Item)],
) -> Result<Vec<(&'f Found, Settled)>> {
    let mut all = Vec::new();
    for document in std::iter::once(card).chain(members.iter().map(|(person, _)| person)) {
        all.extend(settled::of(node, document)?.into_iter().map(|one| (document, one)));
    }
    Ok(all)
}

type Conflict = (String, String, i64);

fn conflicts(node: &Node, card: &Found, members: &[(Found, record::Item)]) -> Result<Vec<Conflict>> {
    let mut all = Vec::new();
    let documents = std::iter::once(card).chain(members.iter().map(|(person, _)| person));
    for document in documents {
        let name = called(document);
        let sql =
            "SELECT place, field, vals FROM conflict WHERE unit = ?1 AND doc = ?2 ORDER BY place, field";
        let rows: Vec<Conflict> = node.with(|r| {
            let keys = [document.space.unit.to_string(), document.id.to_string()];
            r.query(sql, keys, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        })?;
        all.extend(rows.into_iter().map(|(place, field, count)| (format!("{name} {place}"), field, count)));
    }
    Ok(all)
}

fn set(context: &mut Context, card_no: &str, fields: &[(String, String)]) -> Result<Ended> {
    let node = context.node()?;
    let card = documents::card(context, &node, card_no)?;
    let edits = documents::document_edits(context, &HOUSEHOLD, &today(fields))?;
    let changed = documents::write(
        context,
        &node,
        &card.space,
        &[DocumentEdits { id: card.id, kind: &HOUSEHOLD, edits }],
    )?;
    person::told(context, changed)
}

fn new(
    context: &mut Context,
    unit: Option<&UnitPath>,
    card_no: Option<&str>,
    fields: &[(String, String)],
) -> Result<Ended> {
    let node = context.node()?;
    let unit = unit_or_own(&node, unit)?;
    node.materialise()?;
    let number = match card_no {
        Some(number) => free(context, &node, number)?,
        None => next_number(&node, &unit)?,
    };
    let mut edits = vec![
        Edit::document("card_no", Some(Value::from(number.as_str()))),
        Edit::document("kind", Some(Value::from("1"))),
        Edit::document("state", Some(Value::from("1"))),
        Edit::document("opened", Some(Value::from(as_of_today()))),
    ];
    edits.extend(documents::document_edits(context, &HOUSEHOLD, &today(fields))?);
    let space = Space::new(unit, Channel::Records);
    let document = DocumentEdits { id: documents::random_id()?, kind: &HOUSEHOLD, edits };
    documents::write(context, &node, &space, &[document])?;
    if context.json {
        context.out.json(&json!({"card_no": number}))?;
    } else {
        context.out.line(&number)?;
        context.out.note(context.language.pick(
            "已建卡。下一步：linli person new --card 编号 --relation 户主 name=… id_no=…",
            "the card is open. Next: linli person new --card CARD_NO --relation head name=… id_no=…",
        ));
    }
    Ok(Ended::Done)
}

/// Refuses a number that a card has already.
fn free(context: &Context, node: &Node, number: &str) -> Result<String> {
    let found: Vec<i64> = node
        .with(|r| r.query("SELECT COUNT(*) FROM household WHERE card_no = ?1", [number], |row| row.get(0)))?;
    if found.first().is_some_and(|count| *count > 0) {
        let message = match context.language {
            Language::Chinese => format!("户卡编号 {number} 已有"),
            Language::English => format!("there is a card {number} already"),
        };
        return Err(Refused::new(message).into());
    }
    Ok(number.to_owned())
}

/// The unit's code and five digits, one more than the highest there is.
fn next_number(node: &Node, unit: &UnitPath) -> Result<String> {
    let code = unit.code();
    let numbers: Vec<String> = node.with(|r| {
        r.query("SELECT card_no FROM household WHERE unit = ?1", [unit.as_str()], |row| row.get(0))
    })?;
    let serials = numbers.iter().filter_map(|number| number.strip_prefix(&code)?.parse::<u64>().ok());
    Ok(format!("{code}{:05}", serials.max().unwrap_or_default() + 1))
}

/// `today` as a value, which the fields themselves do not know.
pub fn today(fields: &[(String, String)]) -> Vec<(String, String)> {
    let value = |text: &String| match text.as_str() {
        "today" | "今天" => as_of_today(),
        text => text.to_owned(),
    };
    fields.iter().map(|(field, text)| (field.clone(), value(text))).collect()
}
