//! Answering an offer, in the receiving community.

use anyhow::Result;
use clap::Args;
use linli_model::{
    Edit, Value,
    kind::{HOUSEHOLD, MOVE_ANSWER, MOVE_OFFER},
};
use linli_node::{Node, as_of_today, moved_person};
use linli_store::DocumentEdits;
use linli_wire::{Channel, DocId, Space};
use serde_json::json;

use super::{Offer, offers};
use crate::{
    context::{Context, own_unit},
    documents,
    failure::{Ended, Refused},
    language::Language,
};

#[derive(Debug, Args)]
pub struct Accept {
    /// The first digits of the offer, as `linli move list` shows them
    #[arg(value_name = "OFFER")]
    offer: String,
    /// The number of the card that the person comes on
    #[arg(long, value_name = "CARD_NO")]
    card: String,
    /// The relation to its head
    #[arg(long)]
    relation: String,
}

#[derive(Debug, Args)]
pub struct Refuse {
    /// The first digits of the offer, as `linli move list` shows them
    #[arg(value_name = "OFFER")]
    offer: String,
    /// Why
    #[arg(long)]
    reason: String,
}

impl Accept {
    /// The new person, the card that names them and the answer: one entry.
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let (records, offer) = meant(context, &node, &self.offer)?;
        let card = documents::card(context, &node, &self.card)?;
        if card.space != records {
            let message = match context.language {
                Language::Chinese => format!("户卡 {} 不在本社区", self.card),
                Language::English => format!("the card {} is not in this community", self.card),
            };
            return Err(Refused::new(message).into());
        }
        let oversight = Space::new(records.unit.clone(), Channel::Oversight);
        let copy = documents::open(&node, oversight, offer.id.parse()?, &MOVE_OFFER)?;
        let person = documents::random_id()?;
        let edits = moved_person(copy.record.text("content"), &offer.from, &offer.person)?;
        let new = DocumentEdits { id: person, kind: &linli_model::kind::PERSON, edits };
        let key = person.to_string();
        let relation = [("relation", Some(self.relation.as_str()))];
        let mut member = documents::item_edits(context, &HOUSEHOLD, "members", &key, &relation)?;
        let heads = member.iter().any(|edit| {
            edit.value.as_ref().and_then(Value::as_text).is_some_and(|code| matches!(code, "01" | "02"))
        });
        if heads && card.record.text("head").is_empty() {
            member.push(Edit::document("head", Some(Value::from(key.as_str()))));
        }
        let member = DocumentEdits { id: card.id, kind: &HOUSEHOLD, edits: member };
        let answer = answer(&offer, "accepted", &[("person", &key)])?;
        documents::write(context, &node, &records, &[new, member, answer])?;
        told(context, &json!({"document": key}))
    }
}

impl Refuse {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let (records, offer) = meant(context, &node, &self.offer)?;
        let answer = answer(&offer, "refused", &[("reason", &self.reason)])?;
        documents::write(context, &node, &records, &[answer])?;
        told(context, &json!({"offer": offer.id}))
    }
}

/// The open offer to this unit that was named.
fn meant(context: &Context, node: &Node, digits: &str) -> Result<(Space, Offer)> {
    let unit = own_unit(node)?;
    let digits = digits.to_lowercase();
    let mut found = offers(node, &unit)?.into_iter().filter(|offer| {
        digits.len() >= 4
            && offer.id.starts_with(&digits)
            && offer.to == unit.as_str()
            && offer.decision.is_empty()
    });
    if let (Some(offer), None) = (found.next(), found.next()) {
        return Ok((Space::new(unit, Channel::Records), offer));
    }
    let message = match context.language {
        Language::Chinese => format!("没有待本社区答复的申请 {digits}"),
        Language::English => format!("no offer {digits} waits for an answer of this community"),
    };
    let hint = context.say("`linli move list` 列出申请", "`linli move list` lists the offers");
    Err(Refused::new(message).hint(hint).into())
}

pub(super) fn answer(offer: &Offer, decision: &str, more: &[(&str, &str)]) -> Result<DocumentEdits> {
    let id: DocId = offer.id.parse()?;
    let day = as_of_today();
    let fields = [("offer", offer.id.as_str()), ("decision", decision), ("day", &day)];
    let fields = fields.iter().chain(more);
    let edits = fields.map(|(field, value)| Edit::document(field, Some(Value::from(*value)))).collect();
    Ok(DocumentEdits { id, kind: &MOVE_ANSWER, edits })
}

fn told(context: &mut Context, answer: &serde_json::Value) -> Result<Ended> {
    if context.json {
        context.out.json(answer)?;
    } else {
        context.out.note(context.language.pick(
            "已答复；同步后由共同上级裁定",
            "answered; after a sync the hub above both determines who counts the person",
        ));
    }
    Ok(Ended::Done)
}
