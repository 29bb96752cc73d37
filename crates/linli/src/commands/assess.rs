//! `linli assess`: the road to recognition, from the declaration to the decision and after.

mod declare;
pub mod paper;
mod publish;
mod sample;
pub mod score;
mod status;
mod step;
mod words;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::{context::Context, failure::Ended};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Declare that this unit meets the standard, with its own provisional score
    #[command(after_help = "Examples:\n  linli --data clerk assess declare --report 自评报告.md\n  \
        linli --data clerk assess declare --as-of 2026-10-31 --day 2026-11-05\n\n\
        A unit that was found to meet without having declared may declare late.")]
    Declare(declare::Declare),
    /// Withdraw this unit's declaration, until it is decided about
    #[command(after_help = "Example:\n  linli --data clerk assess withdraw --year 2026")]
    Withdraw(declare::Withdraw),
    /// First review of a declaration, by the street (of a street, by the district)
    #[command(
        after_help = "Example:\n  linli --data street assess review --unit 3211/02/001/001 --result passed \
        --note 材料齐全\n\nResults: passed, returned (for correction), refused."
    )]
    Review(step::Review),
    /// Check item by item, by the district; the paper carries the score
    #[command(
        after_help = "Example:\n  linli --data district assess check --unit 3211/02/001/001 --result passed\n\n\
        Results: passed (sent up), returned (for correction), refused."
    )]
    Check(step::Check),
    /// Inspect a unit, by the city: its score decides whether it meets
    #[command(after_help = "Examples:\n  linli --data city assess inspect --unit 3211/02/001/001\n  \
        linli --data city assess inspect --unit 3211/02/001/001 --fails --note 台账不实\n\n\
        Every unit is inspected, declared or not. A score with pending items decides nothing: answer the checks \
        first, or say with --fails that the unit does not meet.")]
    Inspect(step::Inspect),
    /// Publish the list of units that declared and meet, by the city
    #[command(
        after_help = "Examples:\n  linli --data city assess publish --all --newspaper 镇江日报 --newspaper-day 2026-12-01\n  \
        linli --data city assess publish --unit 3211/02/001/001\n\n\
        The list names units and nobody. The score of each is frozen: the paper names its scorecard, cut and \
        standard, and the scorecard is sent down to everyone."
    )]
    Publish(publish::Publish),
    /// Note an objection to a published unit, accept it, answer it
    #[command(
        after_help = "Examples:\n  linli --data city assess object --unit 3211/02/001/001 --note 电话反映台账不实\n  \
        linli --data city assess object --unit 3211/02/001/001 --about 1f…e0 --result accepted\n  \
        linli --data city assess object --unit 3211/02/001/001 --about 1f…e0 --result dismissed --note 查无实据\n\n\
        Results: accepted or refused, then upheld or dismissed. The unit is held until all are closed. \
        `linli assess status --unit UNIT` names the objections."
    )]
    Object(step::Object),
    /// Decide whether a unit is recognised, after publication and objections
    #[command(
        after_help = "Example:\n  linli --data city assess decide --unit 3211/02/001/001 --result recognised \
        --number 镇就〔2026〕12号\n\nResults: recognised, refused."
    )]
    Decide(step::Decide),
    /// Yearly re-check of a recognised unit, by the district or the city
    #[command(
        after_help = "Example:\n  linli --data district assess recheck --unit 3211/02/001/001 --result fails --year 2026\n\n\
        Results: passed, fails. After a failure the city orders the unit to mend. --year is that of the recognition."
    )]
    Recheck(step::Recheck),
    /// Order a unit that failed a re-check to mend
    #[command(
        after_help = "Example:\n  linli --data city assess order --unit 3211/02/001/001 --year 2026 --note 限期整改"
    )]
    Order(step::Order),
    /// End a recognition (falsified, not_mended, lapsed or merged), or strike off for falsification before one
    #[command(
        after_help = "Example:\n  linli --data city assess end --unit 3211/02/001/001 --year 2026 --result falsified\n\n\
        Falsification ends it at once, or strikes a unit off that has declared, and bars it; not_mended is possible once the time to mend is over."
    )]
    End(step::End),
    /// Contest one subject of an item, or the decision; above, decide about it
    #[command(
        after_help = "Examples:\n  linli --data clerk assess appeal --item C10 --subject 0f…3a --reason 合同已补\n  \
        linli --data clerk assess appeal --reason 请求复核\n  \
        linli --data city assess appeal --unit 3211/02/001/001 --about 9b…71 --result upheld\n\n\
        Results: upheld, dismissed. A contested miss that is upheld has the city inspect again; a contested \
        decision is reviewed."
    )]
    Appeal(declare::Appeal),
    /// Draw the people that an inspector looks at, by a seed
    #[command(
        after_help = "Examples:\n  linli --data city assess sample --unit 3211/02/001/001 --item C06\n  \
        linli --data city assess sample --unit 3211/02/001/001 --item C06 --seed 2026-11-20-开奖号 --show\n\n\
        Whoever has the same records draws the same people by the same seed. What is found of each is recorded with \
        linli record sample_subject --of SAMPLE --key PERSON compared=10 agreed=9"
    )]
    Sample(sample::Sample),
    /// Say where every unit stands, what is due, by whom and until when
    #[command(after_help = "Examples:\n  linli --data city assess status\n  \
        linli --data street assess status --unit 3211/02/001/001 --year 2026 --json\n\n\
        A step that is overdue goes up to the level above, which may take it from then on; it is never taken as done.")]
    Status(status::Status),
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        match &self.action {
            Action::Declare(arguments) => arguments.run(context)?,
            Action::Withdraw(arguments) => arguments.run(context)?,
            Action::Review(arguments) => arguments.run(context)?,
            Action::Check(arguments) => arguments.run(context)?,
            Action::Inspect(arguments) => arguments.run(context)?,
            Action::Publish(arguments) => arguments.run(context)?,
            Action::Object(arguments) => arguments.run(context)?,
            Action::Decide(arguments) => arguments.run(context)?,
            Action::Recheck(arguments) => arguments.run(context)?,
            Action::Order(arguments) => arguments.run(context)?,
            Action::End(arguments) => arguments.run(context)?,
            Action::Appeal(arguments) => arguments.run(context)?,
            Action::Sample(arguments) => arguments.run(context)?,
            Action::Status(arguments) => arguments.run(context)?,
        }
        Ok(Ended::Done)
    }
}
