//! `linli person`: people on the cards.

mod change;
mod show;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::{cli::values, context::Context, failure::Ended};

pub use show::{items, json, now, print_fields, print_items, values};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show a person with everything recorded
    #[command(after_help = "Example:\n  linli --data clerk person show 11010519491231002X")]
    Show {
        /// The citizen ID number
        #[arg(value_name = "ID_NO")]
        id_no: String,
        /// Instead list every change of the person: when, by which device, old and new value
        #[arg(long)]
        history: bool,
        /// Why somebody looks at people's data
        #[arg(long, default_value = "person show")]
        why: String,
    },
    /// Add a person to a card
    #[command(
        after_help = "Example:\n  linli --data clerk person new --card 32110200100100001 --relation 配偶 name=李四 id_no=…\n\n\
        Birth date and sex are taken from the ID number."
    )]
    New(New),
    /// Change a person; an empty value empties the field
    #[command(
        after_help = "Example:\n  linli --data clerk person set 11010519491231002X phone=13900000000 education=大学本科"
    )]
    Set {
        /// The citizen ID number
        #[arg(value_name = "ID_NO")]
        id_no: String,
        /// field=value, the field in Chinese or English
        #[arg(value_name = "FIELD=VALUE", required = true, value_parser = values::assignment)]
        fields: Vec<(String, String)>,
    },
    /// Begin another status, ability, wish or residence state; the one before ends the day before
    #[command(after_help = "Examples:\n  \
        linli --data clerk person status 11010519491231002X 2 --since 2026-03-01 --reason 01\n  \
        linli --data clerk person status 11010519491231002X 1 --dimension wish --since 2026-03-01\n\n\
        Status: 1 employed, 2 registered unemployed, 3 laid off, 4 unregistered unemployed, 5 student, 6 serving, \
        7 retired, 8 no wish, 9 unable, 10 in prison, 99 other.")]
    Status(Status),
    /// Record a placement, after which the person counts as employed
    #[command(after_help = "Example:\n  \
        linli --data clerk person place 11010519491231002X --from 2026-05-06 --form 10 --evidence contract --employer 某公司")]
    Place(Place),
    /// End the open placement
    #[command(
        after_help = "Example:\n  linli --data clerk person leave 11010519491231002X --on 2026-09-30 --status 2 --reason 01"
    )]
    Leave(Leave),
    /// Record a hardship certification
    #[command(
        after_help = "Example:\n  linli --data clerk person certify 11010519491231002X --category 1 --since 2026-02-01 --worker 王芳\n\n\
        Category: 1 older (4050), 2 low income, 3 disabled, 4 zero-employment household, 5 land requisition, \
        6 veteran, 7 long-term unemployed, 8 graduate, 9 set by the city."
    )]
    Certify(Certify),
}

#[derive(Debug, Args)]
struct New {
    /// The number of the card
    #[arg(long, value_name = "CARD_NO")]
    card: String,
    /// Relation to the head: 户主, 配偶, 02, spouse …
    #[arg(long)]
    relation: String,
    /// field=value, the field in Chinese or English
    #[arg(value_name = "FIELD=VALUE", required = true, value_parser = values::assignment)]
    fields: Vec<(String, String)>,
}

#[derive(Debug, Args)]
struct Status {
    /// The citizen ID number
    #[arg(value_name = "ID_NO")]
    id_no: String,
    /// The code or name of what holds from now on
    code: String,
    /// From which day
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    since: String,
    /// What it is about: status, ability, wish or residence
    #[arg(long, default_value = "status")]
    dimension: String,
    /// Why: the code or name of a reason
    #[arg(long)]
    reason: Option<String>,
    #[arg(long)]
    former_employer: Option<String>,
    /// The number of the registration certificate
    #[arg(long)]
    certificate: Option<String>,
    #[arg(long)]
    evidence: Option<String>,
    /// event, import, transfer or correction
    #[arg(long, default_value = "event")]
    origin: String,
}

#[derive(Debug, Args)]
struct Place {
    /// The citizen ID number
    #[arg(value_name = "ID_NO")]
    id_no: String,
    /// The first day at work
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    from: String,
    /// 10 employer, 20 self-employed, 30 flexible, 40 public-welfare post, 90 other
    #[arg(long)]
    form: String,
    /// contract, insurance, licence, aid_post or flexible
    #[arg(long)]
    evidence: String,
    /// The number on the evidence
    #[arg(long)]
    evidence_ref: Option<String>,
    #[arg(long)]
    employer: Option<String>,
    /// Yuan a month
    #[arg(long)]
    pay: Option<String>,
    /// Leave the person's status as it is
    #[arg(long)]
    keep_status: bool,
    /// event, import, transfer or correction
    #[arg(long, default_value = "event")]
    origin: String,
}

#[derive(Debug, Args)]
struct Leave {
    /// The citizen ID number
    #[arg(value_name = "ID_NO")]
    id_no: String,
    /// The last day at work
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    on: String,
    /// Why it ended
    #[arg(long)]
    why: Option<String>,
    /// The status from the day after: 2 registered unemployed, 4 unregistered …
    #[arg(long)]
    status: Option<String>,
    /// The reason of that status
    #[arg(long)]
    reason: Option<String>,
}

#[derive(Debug, Args)]
struct Certify {
    /// The citizen ID number
    #[arg(value_name = "ID_NO")]
    id_no: String,
    /// The hardship category, by code or name
    #[arg(long)]
    category: String,
    /// Certified on
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    since: String,
    /// Who is responsible for helping
    #[arg(long)]
    worker: Option<String>,
    /// event, import, transfer or correction
    #[arg(long, default_value = "event")]
    origin: String,
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        match &self.action {
            Action::Show { id_no, history, why } => show::show(context, id_no, *history, why),
            Action::New(new) => change::new(context, new),
            Action::Set { id_no, fields } => change::set(context, id_no, fields),
            Action::Status(status) => change::status(context, status),
            Action::Place(place) => change::place(context, place),
            Action::Leave(leave) => change::leave(context, leave),
            Action::Certify(certify) => change::certify(context, certify),
        }
    }
}

/// Says whether a change made a difference.
pub fn told(context: &mut Context, changed: bool) -> Result<Ended> {
    if context.json {
        context.out.json(&serde_json::json!({"changed": changed}))?;
    } else {
        let language = context.language;
        let text = if changed { ("已保存", "saved") } else { ("内容未变", "nothing changed") };
        context.out.note(language.pick(text.0, text.1));
    }
    Ok(Ended::Done)
}
