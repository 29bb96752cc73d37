//! What the columns of a change would unfold into, counted without unfolding them.
//!
//! Automerge's columns are run-length encoded: a few bytes can stand for more operations than fit
//! into memory. So the runs of the columns that decide how much is unfolded are added up first.

use linli_wire::limits::{CHANGE_OPS_MAX, MAP_KEY_BYTES_MAX};

use super::VetError;
use crate::change::{ChangeError, ChangeParts, Input, operations::column};

/// Counts the operations and refuses what unfolds into more than its limits.
pub(super) fn check(parts: &ChangeParts<'_>) -> Result<u64, VetError> {
    let mut operations = 0;
    for (spec, data) in &parts.columns {
        match *spec {
            column::ACTION => operations = count(data)?,
            column::PREDECESSOR_COUNT => check_predecessors(data)?,
            column::KEY_TEXT => check_keys(data)?,
            column::OBJECT_ACTOR
            | column::OBJECT_COUNTER
            | column::INSERT
            | column::VALUE_LENGTHS
            | column::VALUE
            | column::PREDECESSOR_ACTOR
            | column::PREDECESSOR_COUNTER => {}
            column::KEY_ACTOR | column::KEY_COUNTER => {
                return Err(VetError::Operation("a list or text operation"));
            }
            column::EXPAND | column::MARK_NAME => return Err(VetError::Operation("a mark")),
            _ => return Err(VetError::NotCanonical),
        }
    }
    match operations {
        1..=CHANGE_OPS_MAX => Ok(operations),
        found => Err(VetError::Operations(found)),
    }
}

/// One run of a column: how often its value stands there, or that many different values follow.
enum Run {
    Repeated(u64),
    Literal(u64),
    Null(u64),
}

fn run(input: &mut Input<'_>) -> Result<Run, ChangeError> {
    Ok(match input.leb()? {
        0 => Run::Null(input.uleb()?),
        n if n > 0 => Run::Repeated(n.unsigned_abs()),
        n => Run::Literal(n.unsigned_abs()),
    })
}

/// The values of a column of numbers, each as often as it stands there in a row.
fn numbers(data: &[u8], mut each: impl FnMut(u64, u64) -> Result<(), VetError>) -> Result<(), VetError> {
    let mut input = Input(data);
    while !input.0.is_empty() {
        match run(&mut input)? {
            Run::Null(times) => each(0, times)?,
            Run::Repeated(times) => each(input.uleb()?, times)?,
            // Every literal takes bytes, so the input bounds this loop.
            Run::Literal(values) => {
                for _ in 0..values {
                    each(input.uleb()?, 1)?;
                }
            }
        }
    }
    Ok(())
}

fn count(data: &[u8]) -> Result<u64, VetError> {
    let mut operations = 0_u64;
    numbers(data, |_, times| {
        operations = operations.saturating_add(times);
        Ok(())
    })?;
    Ok(operations)
}

fn check_predecessors(data: &[u8]) -> Result<(), VetError> {
    let mut total = 0_u64;
    numbers(data, |value, times| {
        total = total.saturating_add(value.saturating_mul(times));
        if total > CHANGE_OPS_MAX { Err(VetError::Operations(total)) } else { Ok(()) }
    })
}

fn check_keys(data: &[u8]) -> Result<(), VetError> {
    let mut input = Input(data);
    let check_key = |input: &mut Input<'_>| match input.counted()?.len() {
        1..=MAP_KEY_BYTES_MAX => Ok(()),
        _ => Err(VetError::Operation("a key that is empty or too long")),
    };
    while !input.0.is_empty() {
        match run(&mut input)? {
            Run::Null(_) => return Err(VetError::Operation("a list or text operation")),
            Run::Repeated(_) => check_key(&mut input)?,
            Run::Literal(values) => {
                for _ in 0..values {
                    check_key(&mut input)?;
                }
            }
        }
    }
    Ok(())
}
