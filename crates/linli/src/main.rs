//! `linli`: household cards and employment ledgers that work without a network, and the hubs that gather
//! them. See `linli --help`.

mod authors;
mod cli;
mod commands;
mod context;
mod control;
mod demo;
mod documents;
mod failure;
mod history;
mod language;
mod output;
mod repeated;
mod settled;
mod silence;
mod standing;
mod twins;

use std::{
    ffi::OsString,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{FromArgMatches as _, error::ErrorKind};

use crate::{
    cli::Cli,
    context::Context,
    failure::{DONE, Ended, OURS, REFUSED},
    language::Language,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Waiting for another command that uses the data directory; commands are short.
const LOCK_PATIENCE: Duration = Duration::from_secs(10);
const LOCK_RETRY: Duration = Duration::from_millis(100);
/// Waiting at the end for commands that were passed on.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let language = Language::from_environment();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // A panic is a mistake of ours; its message is on standard error by then.
    let outcome = std::panic::catch_unwind(|| run(&arguments, language));
    ExitCode::from(outcome.unwrap_or(OURS))
}

fn run(arguments: &[OsString], language: Language) -> u8 {
    let parsed = cli::command(language)
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            match cli::mistyped::chinese(&error).filter(|_| language == Language::Chinese) {
                Some(told) => output::Output::standard().note(&told),
                None => drop(error.print()),
            }
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => DONE,
                _ => REFUSED,
            };
        }
    };
    observe(cli.verbose);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = anyhow::Error::new(error).context("cannot start");
            failure::tell(&mut output::Output::standard(), language, &error);
            return OURS;
        }
    };
    let mut context = Context::own(cli.data.clone(), cli.json, language, runtime.handle().clone());
    let code = run_or_pass_on(&cli, &mut context, arguments);
    runtime.shutdown_timeout(SHUTDOWN_PATIENCE);
    code
}

/// Runs the command; where another process serves with the data, it is asked to.
fn run_or_pass_on(cli: &Cli, context: &mut Context, arguments: &[OsString]) -> u8 {
    let begun = Instant::now();
    loop {
        let error = match cli.command.run(context) {
            Ok(Ended::Done) => return DONE,
            Ok(Ended::Refused) => return REFUSED,
            Err(error) => error,
        };
        // A command opens the data before it does anything else, so nothing was done yet.
        if !failure::is_locked(&error) {
            return failure::tell(&mut context.out, context.language, &error);
        }
        let language = context.language;
        let asked = context
            .data()
            .ok()
            .and_then(|data| control::pass_on(&data, arguments, language, &mut context.out));
        match asked {
            Some(Ok(code)) => return code,
            Some(Err(error)) => return failure::tell(&mut context.out, language, &error),
            None if begun.elapsed() > LOCK_PATIENCE => {
                return failure::tell(&mut context.out, language, &error);
            }
            None => std::thread::sleep(LOCK_RETRY),
        }
    }
}

/// Sends what the libraries trace to standard error. `RUST_LOG` decides, else `--verbose`.
fn observe(verbose: u8) {
    use tracing_subscriber::EnvFilter;
    let level = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let format = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter);
    // Somebody may have set one up already, which is as good.
    let _ = format.with_target(false).try_init();
}
