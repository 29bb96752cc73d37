//! Offering people to another community, and taking an offer back.

use std::collections::BTreeSet;

use anyhow::Result;
use clap::Args;
use linli_model::{Edit, Value, kind::MOVE_OFFER};
use linli_node::{Node, as_of_today};
use linli_store::DocumentEdits;
use linli_wire::{Channel, DocId, Space, UnitPath};
use serde_json::json;

use super::{Offer, answer, offers};
use crate::{
    cli::values,
    context::{Context, own_unit},
    documents::{self, Found},
    failure::{Ended, Refused},
    language::Language,
};

#[derive(Debug, Args)]
pub struct Offering {
    /// The citizen ID number of the person
    #[arg(value_name = "ID_NO", required_unless_present = "card")]
    id_no: Option<String>,
    /// Everybody on this card instead
    #[arg(long, value_name = "CARD_NO", conflicts_with = "id_no")]
    card: Option<String>,
    /// The community that they move to
    #[arg(long, value_name = "UNIT", value_parser = values::unit)]
    to: UnitPath,
    /// Why
    #[arg(long)]
    reason: Option<String>,
}

#[derive(Debug, Args)]
pub struct Withdraw {
    /// The first digits of the offer, as `linli move list` shows them
    #[arg(value_name = "OFFER")]
    offer: String,
    /// Why
    #[arg(long)]
    reason: Option<String>,
}

impl Offering {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let (people, known) = self.people(context, &node)?;
        let Some(first) = people.first() else {
            let message = context.say("户卡上没有可迁移的人员", "there is nobody on the card who could move");
            return Err(Refused::new(message).into());
        };
        let offered = people.iter().map(|person| self.offer(context, &known, person));
        let documents = offered.collect::<Result<Vec<_>>>()?;
        documents::write(context, &node, &first.space, &documents)?;
        let ids: Vec<String> = documents.iter().map(|document| document.id.to_string()).collect();
        if context.json {
            return self.told(context, &ids);
        }
        for id in &ids {
            context.out.line(id)?;
        }
        context.out.note(context.language.pick(
            "已提出；同步后由共同上级转交迁入社区，答复之前仍计入本社区",
            "offered; after a sync the hub above both passes it on, and until there is an answer this community counts the person",
        ));
        Ok(Ended::Done)
    }

    fn told(&self, context: &mut Context, ids: &[String]) -> Result<Ended> {
        let told = if self.card.is_some() { json!({"offers": ids}) } else { json!({"offer": ids[0]}) };
        context.out.json(&told)?;
        Ok(Ended::Done)
    }

    /// Whom the offer is about: one person, or those on a card who were not offered yet and have not gone. With the
    /// offers that their community knows.
    fn people(&self, context: &Context, node: &Node) -> Result<(Vec<Found>, Vec<Offer>)> {
        if let Some(id_no) = &self.id_no {
            let person = documents::person(context, node, id_no)?;
            let known = offers(node, &person.space.unit)?;
            return Ok((vec![person], known));
        }
        let card = documents::card(context, node, self.card.as_deref().unwrap_or_default())?;
        let known = offers(node, &card.space.unit)?;
        let taken = |offer: &&Offer| matches!(offer.decision.as_str(), "" | "accepted");
        let offered: BTreeSet<&str> = known.iter().filter(taken).map(|offer| offer.person.as_str()).collect();
        let members = card.record.items("members").filter(|(key, _)| !offered.contains(key));
        let people = members.map(|(key, _)| {
            let id: DocId = key.parse()?;
            documents::open(node, card.space.clone(), id, &linli_model::kind::PERSON)
        });
        let people = people.collect::<Result<_>>()?;
        Ok((people, known))
    }

    fn offer(&self, context: &Context, known: &[Offer], person: &Found) -> Result<DocumentEdits> {
        let from = &person.space.unit;
        if self.to == *from {
            let message = context.say("迁入社区就是本社区", "the person is in that community already");
            return Err(Refused::new(message).into());
        }
        let number = person.record.text("id_no");
        if number.is_empty() {
            let name = person.record.text("name");
            let message = match context.language {
                Language::Chinese => format!("{name}没有身份号码，不能迁移"),
                Language::English => format!("{name} has no ID number and cannot be moved"),
            };
            let hint = context.say("先用 `linli person set` 补录", "enter it with `linli person set` first");
            return Err(Refused::new(message).hint(hint).into());
        }
        let open = known.iter().find(|o| o.person == person.id.to_string() && o.decision.is_empty());
        if let Some(open) = open {
            let message = match context.language {
                Language::Chinese => format!("此人已有未答复的申请 {}", &open.id[..8]),
                Language::English => format!("there is an offer of this person already, {}", &open.id[..8]),
            };
            let hint = context.say(
                "`linli move list` 列出申请，`linli move withdraw` 撤回",
                "`linli move list` lists the offers, `linli move withdraw` takes one back",
            );
            return Err(Refused::new(message).hint(hint).into());
        }
        let fields = [
            ("from_unit", from.to_string()),
            ("to_unit", self.to.to_string()),
            ("person", person.id.to_string()),
            ("id_no", number.to_owned()),
            ("day", as_of_today()),
            ("reason", self.reason.clone().unwrap_or_default()),
        ];
        let filled = fields.iter().filter(|(_, value)| !value.is_empty());
        let edits =
            filled.map(|(field, value)| Edit::document(field, Some(Value::from(value.as_str())))).collect();
        Ok(DocumentEdits { id: documents::random_id()?, kind: &MOVE_OFFER, edits })
    }
}

impl Withdraw {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let unit = own_unit(&node)?;
        let digits = self.offer.to_lowercase();
        let mut found = offers(&node, &unit)?.into_iter().filter(|offer: &Offer| {
            let named = digits.len() >= 4 && offer.id.starts_with(&digits);
            named && offer.from == unit.as_str() && offer.decision.is_empty()
        });
        let (Some(offer), None) = (found.next(), found.next()) else {
            let message = match context.language {
                Language::Chinese => format!("本社区没有未答复的申请 {digits}"),
                Language::English => format!("this community has no offer {digits} that waits for an answer"),
            };
            let hint = context.say("`linli move list` 列出申请", "`linli move list` lists the offers");
            return Err(Refused::new(message).hint(hint).into());
        };
        let why = self.reason.as_deref().map(|reason| ("reason", reason));
        // Beside the offer, whose id is taken in these records.
        let id = documents::random_id()?;
        let withdrawn = DocumentEdits { id, ..answer::answer(&offer, "withdrawn", why.as_slice())? };
        documents::write(context, &node, &Space::new(unit, Channel::Records), &[withdrawn])?;
        if context.json {
            context.out.json(&json!({"offer": offer.id}))?;
        } else {
            context.out.note(context.language.pick(
                "已撤回；同步后迁入社区会得知，若已接收则以接收为准",
                "taken back; after a sync the other community hears of it, and if it has accepted by then, that stands",
            ));
        }
        Ok(Ended::Done)
    }
}
