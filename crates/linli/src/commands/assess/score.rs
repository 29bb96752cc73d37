//! Scores as papers name them, and scorecards as they are kept.

use std::fmt::Write as _;

use anyhow::Result;
use linli_eval::{Scorecard, road::Score};
use linli_model::{Edit, Value, kind};
use linli_node::{Node, Period, evaluate};
use linli_store::DocumentEdits;
use linli_wire::{Channel, DocId, Space, UnitPath};

use crate::{context::Context, documents, failure::Refused, language::Language};

/// The scorecard of one unit.
pub fn scorecard(context: &Context, node: &Node, unit: &UnitPath, period: &Period) -> Result<Scorecard> {
    let evaluated = evaluate(node, unit, period)?;
    let card = evaluated.evaluation.scorecards.into_iter().find(|card| card.unit == *unit);
    card.ok_or_else(|| {
        let message = match context.language {
            Language::Chinese => format!("{unit} 不是列入创建的街道或社区，没有评分"),
            Language::English => {
                format!("{unit} is no street or community in the programme and has no score")
            }
        };
        Refused::new(message).into()
    })
}

pub fn named(card: &Scorecard) -> Score {
    Score {
        scorecard: card.digest().to_string(),
        standard_hash: card.pack.to_string(),
        as_of: card.as_of.clone(),
        total: card.total.shown(),
        outcome: card.outcome.as_str().to_owned(),
    }
}

pub fn edits(score: &Score) -> impl Iterator<Item = Edit> {
    texts(&[
        ("scorecard", &score.scorecard),
        ("standard_hash", &score.standard_hash),
        ("as_of", &score.as_of),
        ("total", &score.total),
        ("outcome", &score.outcome),
    ])
}

/// Edits of text fields, those left empty left out.
pub fn texts(given: &[(&'static str, &str)]) -> impl Iterator<Item = Edit> + use<> {
    let edits: Vec<Edit> = given
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(field, text)| Edit::document(field, Some(Value::from(*text))))
        .collect();
    edits.into_iter()
}

/// The document that keeps a scorecard, its bytes as hexadecimal text. Its id follows from the scorecard, so
/// that the same one is kept once.
pub fn keep(card: &Scorecard) -> DocumentEdits {
    let mut content = String::new();
    for byte in card.encode() {
        write!(content, "{byte:02x}").expect("a string takes what is written to it");
    }
    let mut fields = vec![Edit::document("official", Some(Value::Int(1)))];
    let (unit, digest) = (card.unit.to_string(), card.digest().to_string());
    let frontier = card.frontier.map(|frontier| frontier.to_string()).unwrap_or_default();
    fields.extend(texts(&[
        ("subject", &unit),
        ("standard", &card.standard),
        ("standard_hash", &card.pack.to_string()),
        ("as_of", &card.as_of),
        ("frontier", &frontier),
        ("content", &content),
    ]));
    DocumentEdits { id: kept_as(&digest), kind: &kind::SCORECARD, edits: fields }
}

/// The id of the document that keeps the scorecard of a digest.
fn kept_as(digest: &str) -> DocId {
    DocId::singleton(&format!("scorecard {digest}"))
}

/// The scorecard of a digest, as the inspection kept it.
pub fn kept(context: &Context, node: &Node, own: &UnitPath, digest: &str) -> Result<Scorecard> {
    let space = Space::new(own.clone(), Channel::Records);
    let found = documents::open(node, space, kept_as(digest), &kind::SCORECARD)?;
    let hex = found.record.text("content");
    let bytes: Option<Vec<u8>> = (0..hex.len() / 2)
        .map(|at| hex.get(2 * at..2 * at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect();
    let card = bytes.and_then(|bytes| Scorecard::decode(&bytes).ok());
    card.filter(|card| card.digest().to_string() == digest).ok_or_else(|| {
        let message = match context.language {
            Language::Chinese => format!("本机没有检查评估时的评分卡 {digest}"),
            Language::English => format!("the scorecard {digest} of the inspection is not on this device"),
        };
        let hint = context.say("请先与检查评估所用的设备同步", "sync with the device that inspected first");
        Refused::new(message).hint(hint).into()
    })
}
