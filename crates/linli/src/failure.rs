//! How a failure is told, and which exit code it has.

mod chinese;

use std::fmt;

use linli_audit::SnapshotError;
use linli_net::NetError;
use linli_node::NodeError;
use linli_store::StoreError;
use linli_workbook::ImportError;

use crate::{
    language::Language,
    output::{Closed, Output},
};

/// Done.
pub const DONE: u8 = 0;
/// Refused, or a failure that was to be expected: of the network, of a file, of what was asked for.
pub const REFUSED: u8 = 1;
/// Our own failure, or the machine's.
pub const OURS: u8 = 2;

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Done,
    /// It did what it could and refused the rest, or the answer is no.
    Refused,
}

/// Something that the command itself refuses, in the language of whoever asked.
#[derive(Debug)]
pub struct Refused {
    message: String,
    hint: Option<String>,
}

impl Refused {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refused {}

/// Says what went wrong; returns the exit code.
pub fn tell(output: &mut Output, language: Language, error: &anyhow::Error) -> u8 {
    if error.is::<Closed>() {
        return DONE;
    }
    let heading = language.pick("错误", "error");
    let message = if language == Language::Chinese { chinese::message(error) } else { None };
    if let Some(message) = message {
        output.note(&format!("{heading}: {message}"));
    } else {
        let mut told = error.to_string();
        output.note(&format!("{heading}: {told}"));
        for cause in error.chain().skip(1) {
            let text = cause.to_string();
            // Errors that pass their source on say the same thing twice.
            if !told.contains(&text) {
                output.note(&format!("  {}: {text}", language.pick("原因", "caused by")));
                told = text;
            }
        }
    }
    if let Some(hint) = hint(error, language) {
        output.note(&format!("{}: {hint}", language.pick("提示", "hint")));
    }
    code(error)
}

fn hint(error: &anyhow::Error, language: Language) -> Option<String> {
    if let Some(refused) = error.chain().find_map(|cause| cause.downcast_ref::<Refused>()) {
        return refused.hint.clone();
    }
    if is_locked(error) {
        let text = language.pick(
            "等另一条命令结束后再试；若正在运行 `linli serve` 或 `linli hub serve`，请先停止它",
            "wait for the other command to end and try again; if `linli serve` or `linli hub serve` runs there, \
             stop it first",
        );
        return Some(text.to_owned());
    }
    match error.downcast_ref::<NodeError>()? {
        // Whoever closed the link said why.
        NodeError::Net(NetError::ClosedByPeer { .. }) => None,
        NodeError::Net(_) => Some(
            language
                .pick(
                    "检查上级机器是否在运行、地址和端口是否正确、防火墙是否放行 UDP 或 TCP；已录入的内容都在本机，稍后再试即可",
                    "check that the hub runs, that address and port are right and that the firewall lets UDP \
                     or TCP through; what was entered is safe here, try again later",
                )
                .to_owned(),
        ),
        _ => None,
    }
}

/// Whether another process holds the data directory.
pub fn is_locked(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(cause.downcast_ref::<StoreError>(), Some(StoreError::Locked(_)))
            || matches!(cause.downcast_ref::<NodeError>(), Some(NodeError::Store(StoreError::Locked(_))))
    })
}

fn code(error: &anyhow::Error) -> u8 {
    let ours = |cause: &(dyn std::error::Error + 'static)| {
        if let Some(error) = cause.downcast_ref::<NodeError>() {
            return error.is_internal() || matches!(error, NodeError::Store(source) if is_ours(source));
        }
        if let Some(SnapshotError::Store(source)) = cause.downcast_ref() {
            return is_ours(source);
        }
        if let Some(ImportError::Store(source)) = cause.downcast_ref() {
            return is_ours(source);
        }
        cause.downcast_ref::<StoreError>().is_some_and(is_ours)
    };
    if error.chain().any(ours) { OURS } else { REFUSED }
}

const fn is_ours(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Corrupt(_)
            | StoreError::Database(_)
            | StoreError::Migration(_)
            | StoreError::Random(_)
            | StoreError::DamagedSegment(_)
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn what_was_refused_and_what_is_our_fault_have_codes_of_their_own() {
        let locked = || StoreError::Locked(PathBuf::from("/data"));
        for (error, expected) in [
            (anyhow::Error::new(Refused::new("no")), REFUSED),
            (anyhow::Error::new(NodeError::NoGrant), REFUSED),
            (anyhow::Error::new(NodeError::Store(locked())), REFUSED),
            (anyhow::Error::new(StoreError::Corrupt("x".to_owned())), OURS),
            (anyhow::Error::new(NodeError::Store(StoreError::Corrupt("x".to_owned()))), OURS),
            (anyhow::Error::new(StoreError::Corrupt("x".to_owned())).context("while importing"), OURS),
        ] {
            assert_eq!(code(&error), expected, "{error:#}");
        }
        assert!(is_locked(&anyhow::Error::new(NodeError::Store(locked()))));
        assert!(!is_locked(&anyhow::Error::new(NodeError::NoRealm)));
    }
}
