//! `linli move`: people who move from one community to another.

mod answer;
mod offer;

use anyhow::Result;
use clap::{Args, Subcommand};
use linli_node::{Node, note_view};
use linli_wire::UnitPath;
use serde_json::json;

use crate::{
    context::{Context, own_unit},
    failure::Ended,
    output::Table,
};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Offer people to another community; until it accepts, this one counts them
    #[command(
        after_help = "Examples:\n  linli --data clerk move offer 11010519491231002X --to 3211/02/001/002 --reason 搬家\n  \
        linli --data clerk move offer --card 32110200100100001 --to 3211/02/001/002"
    )]
    Offer(offer::Offering),
    /// Take an offer back that nobody has answered
    #[command(after_help = "Example:\n  linli --data clerk move withdraw 3f2a9c01 --reason 不搬了")]
    Withdraw(offer::Withdraw),
    /// List the offers of and to this unit, and how they were answered
    #[command(after_help = "Example:\n  linli --data clerk move list")]
    List {
        /// Why somebody looks at people's data
        #[arg(long, default_value = "move list")]
        why: String,
    },
    /// Take a person who was offered onto a card
    #[command(
        after_help = "Example:\n  linli --data clerk move accept 3f2a9c01 --card 32110200100200001 --relation 户主"
    )]
    Accept(answer::Accept),
    /// Say no to an offer
    #[command(after_help = "Example:\n  linli --data clerk move refuse 3f2a9c01 --reason 未在本社区居住")]
    Refuse(answer::Refuse),
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        match &self.action {
            Action::Offer(offer) => offer.run(context),
            Action::Withdraw(withdraw) => withdraw.run(context),
            Action::List { why } => list(context, why),
            Action::Accept(accept) => accept.run(context),
            Action::Refuse(refuse) => refuse.run(context),
        }
    }
}

/// An offer as one unit sees it.
struct Offer {
    id: String,
    from: String,
    to: String,
    person: String,
    id_no: String,
    day: String,
    reason: String,
    /// Empty while there is no answer.
    decision: String,
    why: String,
}

/// The offers of and to a unit, as it has them.
fn offers(node: &Node, unit: &UnitPath) -> Result<Vec<Offer>> {
    node.materialise()?;
    let sql = "SELECT o.doc, o.from_unit, o.to_unit, o.person, o.id_no, o.day, o.reason,
                      COALESCE(MAX(a.decision), ''), COALESCE(MAX(a.reason), '')
               FROM move_offer o LEFT JOIN move_answer a ON a.unit = o.unit AND a.offer = o.doc
               WHERE o.unit = ?1 GROUP BY o.doc ORDER BY o.day, o.doc";
    let rows = node.with(|r| {
        r.query(sql, [unit.as_str()], |row| {
            Ok(Offer {
                id: row.get(0)?,
                from: row.get(1)?,
                to: row.get(2)?,
                person: row.get(3)?,
                id_no: row.get(4)?,
                day: row.get(5)?,
                reason: row.get(6)?,
                decision: row.get(7)?,
                why: row.get(8)?,
            })
        })
    })?;
    Ok(rows)
}

fn list(context: &mut Context, why: &str) -> Result<Ended> {
    let node = context.node()?;
    let unit = own_unit(&node)?;
    note_view(&node, &unit, "move list", why)?;
    let all = offers(&node, &unit)?;
    if context.json {
        let all: Vec<_> = all
            .iter()
            .map(|offer| {
                json!({"offer": offer.id, "from": offer.from, "to": offer.to, "person": offer.person, "id_no": offer.id_no,
                    "day": offer.day, "reason": offer.reason, "decision": offer.decision, "answer_reason": offer.why})
            })
            .collect();
        context.out.json(&all)?;
        return Ok(Ended::Done);
    }
    let language = context.language;
    let headings = [
        ("申请", "offer"),
        ("迁出", "from"),
        ("迁入", "to"),
        ("公民身份号码", "ID number"),
        ("申请日期", "offered on"),
        ("原因", "reason"),
        ("答复", "answer"),
        ("理由", "why"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en)));
    for offer in &all {
        let decision = linli_model::codes::MOVE_DECISION.get(&offer.decision);
        let decision =
            decision.map_or(language.pick("待答复", "waits"), |code| language.pick(code.zh, code.en));
        let id = &offer.id[..8];
        table.row([
            id,
            &offer.from,
            &offer.to,
            &offer.id_no,
            &offer.day,
            &offer.reason,
            decision,
            &offer.why,
        ]);
    }
    context.out.table(&table)?;
    Ok(Ended::Done)
}
