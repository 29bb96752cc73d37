//! `linli visit`: recording a visit to a household.

use anyhow::Result;
use clap::Args;
use linli_model::kind::HOUSEHOLD;
use linli_store::DocumentEdits;

use crate::{cli::values, context::Context, documents, failure::Ended, repeated};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  linli --data clerk visit 32110200100100001 --day 2026-10-12 --how home --result 在家 --by 王芳\n\n\
    One visit to a household closes every visit that was due there."
)]
pub struct Arguments {
    /// The number of the card
    #[arg(value_name = "CARD_NO")]
    card_no: String,
    /// When
    #[arg(long, value_name = "DATE", default_value = "today", value_parser = values::day)]
    day: String,
    /// How: home, phone or office
    #[arg(long, default_value = "home")]
    how: String,
    /// What came of it
    #[arg(long)]
    result: String,
    /// Who made it
    #[arg(long)]
    by: Option<String>,
    /// The card was verified on this visit
    #[arg(long)]
    verified: bool,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        let node = context.node()?;
        let card = documents::card(context, &node, &self.card_no)?;
        let key = linli_model::new_key(0);
        let given = [
            ("day", Some(self.day.as_str())),
            ("how", Some(&self.how)),
            ("result", Some(&self.result)),
            ("visitor", self.by.as_deref()),
        ];
        let mut edits = documents::item_edits(context, &HOUSEHOLD, "visits", &key, &given)?;
        let next = (
            "用 `linli card show` 查看；若另有一次走访，请在 --result 中写明不同之处",
            "`linli card show` shows it; if there was another one, --result says in what it differs",
        );
        repeated::item(context, &card, "visits", &edits, next)?;
        if self.verified {
            let mut of_card = vec![("verified".to_owned(), self.day.clone())];
            of_card.extend(self.by.clone().map(|by| ("verified_by".to_owned(), by)));
            edits.extend(documents::document_edits(context, &HOUSEHOLD, &of_card)?);
        }
        let document = DocumentEdits { id: card.id, kind: &HOUSEHOLD, edits };
        let changed = documents::write(context, &node, &card.space, &[document])?;
        super::person::told(context, changed)
    }
}
