//! DuckDB and PostgreSQL give the rows that the built-in engine gives: for every statement of an evaluation
//! by both standards, of the nineteen ledgers, of the traps that are looked for and of the figures of the report, every derived table and every measure, over a city whose rows
//! are drawn from the dictionary and from what their SQL compares.
//!
//! Tables and measures are taken from the dictionary and the packs, so a new one is looked at without being
//! named here. Where an engine is not there and cannot be had, the test says so and passes, unless
//! `LINLI_TESTS_ENGINES=required`, as in the gate. `LINLI_TESTS_SEED` draws another city.

mod city;
mod harvest;
mod recorder;
#[path = "../support/mod.rs"]
mod support;

use std::{fs, path::PathBuf, process::Command, sync::OnceLock};

use linli_eval::{
    Request, Standard, evaluate, figures, findings,
    ledger::{self, View, ledgers},
};
use linli_wire::Arrangement;
use recorder::Recorder;
use support::{AS_OF, Sqlite, path};

/// The release that the gate compares with.
const DUCKDB: &str = "duckdb==1.4.1";
const SEED: u64 = 2026;
/// Cities that are drawn until one has a row for everything.
const CITIES_MAX: u64 = 5;
/// What the script returns where its engine is not there.
const NOT_THERE: i32 = 77;

/// An evaluation of the city, with everything that was asked of the engine and what it answered.
fn recording() -> &'static PathBuf {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let first = std::env::var("LINLI_TESTS_SEED").map_or(SEED, |text| text.parse().expect("a number"));
        let (community, street) = (Standard::community(), Standard::street());
        let standards = vec![&community, &street];
        let drawn = |seed: u64| {
            let world = city::generate(seed, &standards);
            let mut recorder = Recorder::new(Sqlite::of(&world), &world, &standards);
            let request = Request::new(path("3211"), AS_OF, standards.clone());
            evaluate(&mut recorder, &request).expect("the city evaluates");
            let (city, arrangement) = (path("3211"), Arrangement::default());
            let view = View { unit: &city, arrangement: &arrangement, as_of: AS_OF, known: "2026-11-10" };
            for ledger in ledgers() {
                if ledger::rows(&mut recorder, ledger, &view).expect("the ledger reads").is_empty() {
                    recorder.note_silent(&ledger.id);
                }
            }
            let found = findings::find(&mut recorder, &view).expect("the traps read");
            for trap in &findings::dictionary().traps {
                if !found.iter().any(|found| found.trap.id == trap.id) {
                    recorder.note_silent(&trap.id);
                }
            }
            figures::figures(&mut recorder, &view).expect("the figures count");
            recorder
        };
        // A city of which no row reaches a table, measure or ledger says nothing of it: the next is drawn.
        let mut cities = (first..first + CITIES_MAX).map(drawn);
        let mut evaluated = cities.next().expect("at least one city is drawn");
        while !evaluated.silent().is_empty() {
            let silent = evaluated.silent();
            let next = cities.next();
            evaluated =
                next.unwrap_or_else(|| panic!("no row of any city reaches {silent:?}; widen city.rs"));
        }
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("evaluation.jsonl");
        fs::write(&file, evaluated.lines()).expect("the recording can be written");
        file
    })
}

/// A Python that has DuckDB, in a place of its own.
fn python_with_duckdb() -> Result<PathBuf, String> {
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("duckdb-python");
    let python = place.join("bin/python");
    let ready = place.join(DUCKDB);
    if !ready.exists() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place))?;
        run(Command::new(&python).args(["-m", "pip", "install", "-q", "--only-binary=:all:", DUCKDB]))?;
        fs::write(&ready, "").map_err(|error| error.to_string())?;
    }
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {}", said.trim())) }
}

fn compare(engine: &str, python: Result<PathBuf, String>) {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/engines/rerun.py");
    let output = python.and_then(|python| {
        let mut command = Command::new(python);
        command.arg(script).arg(engine).arg(recording());
        command.output().map_err(|error| format!("{command:?}: {error}"))
    });
    let missing = match output {
        Ok(output) if output.status.success() => return,
        Ok(output) if output.status.code() != Some(NOT_THERE) => {
            panic!("{engine}: {}", String::from_utf8_lossy(&output.stdout));
        }
        Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
        Err(problem) => problem,
    };
    let required = std::env::var("LINLI_TESTS_ENGINES").is_ok_and(|value| value == "required");
    assert!(!required, "{engine} is required and not there: {missing}");
    skip(engine, &missing);
}

#[allow(clippy::print_stderr, reason = "a test that looked at nothing has to say so")]
fn skip(engine: &str, missing: &str) {
    eprintln!("skipped: {engine} is not there, so its rows were not compared: {missing}");
}

#[test]
fn duckdb_gives_the_rows_of_the_built_in_engine() {
    compare("duckdb", python_with_duckdb());
}

#[test]
fn postgresql_gives_the_rows_of_the_built_in_engine() {
    compare("postgresql", Ok(PathBuf::from("python3")));
}
