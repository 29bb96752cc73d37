//! The command line: what can be said, and the help that explains it.

mod chinese;
pub mod mistyped;
pub mod network;
pub mod period;
pub mod values;

use std::path::PathBuf;

use anyhow::Result;
use clap::{CommandFactory as _, Parser, Subcommand};

use crate::{commands as c, context::Context, failure::Ended, language::Language};

/// Household cards and employment ledgers of a community: entered with or without a network, gathered by
/// street, district and city, evaluated and verified.
#[derive(Debug, Parser)]
#[command(name = "linli", version, disable_help_subcommand = true, max_term_width = 100)]
pub struct Cli {
    /// The directory with this device's data
    #[arg(long, global = true, value_name = "DIR", env = "LINLI_DATA", hide_env_values = true)]
    pub data: Option<PathBuf>,
    /// Answer in JSON, for programs
    #[arg(long, global = true)]
    pub json: bool,
    /// Say more of what happens; twice or three times for more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    #[command(subcommand)]
    pub command: Command,
}

/// Declares the commands: each is a module of `commands` with `Arguments` that run.
macro_rules! commands {
    ($($(#[$meta:meta])* $name:ident $module:ident;)*) => {
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $($(#[$meta])* $name(c::$module::Arguments),)*
        }

        impl Command {
            pub fn run(&self, context: &mut Context) -> Result<Ended> {
                match self {
                    $(Self::$name(arguments) => arguments.run(context),)*
                }
            }
        }
    };
}

commands! {
    /// Show one card, list or change cards
    Card card;
    /// Show or change a person: status, placement, hardship
    Person person;
    /// List fields that two devices wrote apart from each other, and choose a value
    Conflicts conflicts;
    /// Offer people to another community, and answer offers
    Move moves;
    /// Record a visit to a household
    Visit visit;
    /// Attach photos and scans as evidence, list and fetch them
    Attach attach;
    /// Take in cards and people from a spreadsheet, or lists: placements, visits, vacancies, dwellings, staff
    Import import;
    /// Write cards and people to a spreadsheet, or one of these lists
    Export export;
    /// Print a ledger
    Ledger ledger;
    /// Take vacancies of a labour market in, give seekers and referrals out
    Market market;
    /// Exchange everything with the hub once
    Sync sync;
    /// Stay connected to the hub
    Serve serve;
    /// Say how far this device and its hubs are
    Status status;
    /// Join a realm with an invitation, or with files where there is no network
    Join join;
    /// Set up a hub, run it, or run its nightly work
    Hub hub;
    /// Say which hubs this device reports to, and in which order
    Hubs hubs;
    /// Invite a device
    Invite invite;
    /// Answer a join request that came as a file
    Grant grant;
    /// List the devices that hold a grant
    Devices devices;
    /// Give this device another key
    Rekey rekey;
    /// Take a device's grant away
    Revoke revoke;
    /// List entries without effect, explain them, write them again
    Held held;
    /// Erase a card or a person from every replica
    Erase erase;
    /// Carry data on a USB stick
    Bundle bundle;
    /// Score units by the standard
    Evaluate evaluate;
    /// List everybody and everything that a score was counted from
    Explain explain;
    /// List what asks for a look: people counted twice, missing evidence, ledgers that disagree …
    Findings findings;
    /// Show the standards and what inspectors check
    Standard standard;
    /// Record everything besides cards and people: vacancies, services, returns, findings …
    Record record;
    /// File a monthly return or a street's register, counted from the records
    Return returns;
    /// The road to recognition: declare, review, check, inspect, publish, decide
    Assess assess;
    /// Show how far the programme has come: units, targets, campaigns, equipment, scope, organisation
    Programme programme;
    /// Write the report on the programme, every number of it traceable
    Report report;
    /// Make, verify, show or compare snapshots
    Snapshot snapshot;
    /// List the units; move, merge or split them; say which are in the programme
    Unit unit;
    /// Begin a realm: one city under one root key
    Realm realm;
    /// Check the data of this device
    Doctor doctor;
    /// Fill this community, or a whole city, with invented people, for trying things out
    Generate generate;
    /// Measure how long this machine takes for a city of a size
    Bench bench;
    /// Show a whole city on this machine, from enrolment to a verified snapshot
    Demo demo;
}

impl Command {
    /// Whether it cannot be done by a process that serves already.
    pub const fn needs_the_directory(&self) -> bool {
        match self {
            Self::Serve(_)
            | Self::Demo(_)
            | Self::Rekey(_)
            | Self::Realm(c::realm::Arguments { action: c::realm::Action::Init(_) }) => true,
            Self::Hub(arguments) => arguments.needs_the_directory(),
            Self::Join(arguments) => arguments.needs_the_directory(),
            Self::Doctor(arguments) => arguments.rebuild || arguments.repack,
            _ => false,
        }
    }
}

/// Who uses which command, in the order of the help.
const GROUPS: [(&str, &str, &[&str]); 5] = [
    (
        "社区、街道工作人员",
        "For clerks",
        &[
            "join",
            "card",
            "person",
            "move",
            "conflicts",
            "visit",
            "attach",
            "return",
            "import",
            "export",
            "ledger",
            "market",
            "sync",
            "serve",
            "hubs",
            "bundle",
            "rekey",
            "status",
        ],
    ),
    (
        "上级机器管理员",
        "For hub operators",
        &["hub", "invite", "grant", "devices", "revoke", "held", "erase"],
    ),
    (
        "检查与评估",
        "For evaluation and inspection",
        &["evaluate", "explain", "findings", "standard", "record", "assess", "programme", "report"],
    ),
    ("审计", "For auditors", &["snapshot"]),
    (
        "建域与维护",
        "For setting up and maintenance",
        &["demo", "realm", "unit", "doctor", "generate", "bench"],
    ),
];

/// The command line with its help in a language.
pub fn command(language: Language) -> clap::Command {
    let mut command = Cli::command();
    if language == Language::Chinese {
        command = chinese::translated(command);
    }
    let width = command.get_subcommands().map(|c| c.get_name().len()).max().unwrap_or(0);
    let mut groups = String::new();
    for (zh, en, names) in GROUPS {
        groups.extend(["\n", language.pick(zh, en), ":\n"]);
        for name in names {
            let about = command.find_subcommand(name).and_then(|c| c.get_about()).map(ToString::to_string);
            let line = format!("  {name:width$}  {}\n", about.unwrap_or_default());
            groups.push_str(&line);
        }
    }
    let ending = language.pick(
        "`linli 命令 --help` 说明每条命令并给出例子。",
        "`linli COMMAND --help` explains a command, with an example.",
    );
    let options = language.pick("选项", "Options");
    let usage = language.pick("用法", "Usage");
    command.help_template(format!(
        "{{about}}\n\n{usage}: linli [OPTIONS] COMMAND\n{groups}\n{options}:\n{{options}}\n\n{ending}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound_in_both_languages() {
        for language in [Language::Chinese, Language::English] {
            command(language).debug_assert();
        }
    }

    #[test]
    fn every_command_stands_in_one_group_of_the_help_and_has_an_example() {
        let command = Cli::command();
        for sub in command.get_subcommands() {
            let name = sub.get_name();
            let groups = GROUPS.iter().filter(|(_, _, names)| names.contains(&name)).count();
            assert_eq!(groups, 1, "{name}");
            let below: Vec<&clap::Command> = sub.get_subcommands().collect();
            for leaf in if below.is_empty() { vec![sub] } else { below } {
                let help = leaf.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.contains("linli "), "{name} {} has no example", leaf.get_name());
            }
        }
        let named = GROUPS.iter().flat_map(|(_, _, names)| names.iter());
        for name in named {
            assert!(command.find_subcommand(name).is_some(), "{name}");
        }
    }

    #[test]
    fn what_clerks_type_is_read() {
        for line in [
            "linli --data d card show 32110200100100001",
            "linli person status 11010519491231002X 2 --since 2026-01-05 --reason 01",
            "linli visit 32110200100100001 --day 2026-10-01 --how home --result 在家",
            "linli conflicts --unit 3211/02/001/001",
            "linli conflicts settle 3f2a9c01 start@5b0c11d2 --take 2",
            "linli conflicts settle 3f2a9c01 name 张三",
            "linli person show 11010519491231002X --history",
            "linli move offer 11010519491231002X --to 3211/02/001/002",
            "linli move accept 3f2a9c01 --card 32110200100200001 --relation 户主",
            "linli card merge 32110200100100002 --into 32110200100100001",
            "linli card split 32110200100100001 11010519491231002X=户主",
            "linli invite --unit 321102001001 --rights clerk --days 3",
            "linli evaluate --as-of 2026-10-31 --json",
            "linli sync --peer 192.168.1.20:7311 --max-rate 64k --window 22:00-06:00 --metered --proxy proxy:3128",
            "linli serve --metered=off --listen 0.0.0.0:7311",
            "linli serve --lan --slow-link",
            "linli sync --lan=192.168.1.20",
            "linli hubs add 127.0.0.1:7311 street --first",
            "linli join --request request.linli",
            "linli join LINLI1:ABC --label 王芳",
            "linli hub init --root root --unit 3211 --listen 127.0.0.1:7311",
            "linli hub init --invite LINLI1:ABC --label 街道",
            "linli import cards.xlsx --unit 321102001001",
            "linli snapshot diff a.linli b.linli",
            "linli realm rotate --next next-root.key",
            "linli unit move 3211/02/001/001 --to 3211/02/002/009 --from 2027-01-01",
            "linli record service --of 11010519491231002X what=guidance day=today",
            "linli return --month 2026-10 --form register --show",
            "linli held reauthor --all --device 3f2a",
            "linli revoke 0123abcd --reason lost --since-compromise --keep-nothing",
        ] {
            if let Err(error) = Cli::try_parse_from(line.split(' ')) {
                panic!("{line}: {error}");
            }
        }
        for line in [
            "linli join",
            "linli sync --window 22-6",
            "linli sync --max-rate 12",
            "linli serve --metered maybe",
            "linli evaluate --as-of yesterday",
            "linli invite --unit 12",
            "linli held reauthor",
            "linli conflicts settle 3f2a9c01 name",
            "linli conflicts settle 3f2a9c01 name 张三 --take 1",
            "linli",
            "linli hub init --root a --invite b",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}
