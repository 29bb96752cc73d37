//! The outcome of one evaluation of one unit, and its one canonical encoding.

mod encoding;

use linli_wire::{Digest, UnitPath};

pub use encoding::ScorecardError;

use crate::ratio::Ratio;

/// How one unit stands by one standard at one cut.
///
/// It names everything that it follows from and nothing else: not who evaluated, nor when, nor whether the
/// score is provisional. So two hubs with the same cut get the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scorecard {
    pub unit: UnitPath,
    pub standard: String,
    pub version: String,
    pub pack: Digest,
    /// First day of the period, ISO.
    pub start: String,
    /// Last day of the period, ISO.
    pub as_of: String,
    /// Last day on which records were received, ISO.
    pub close: String,
    /// Digest of the frontier of the unit's records, where the caller gave one.
    pub frontier: Option<Digest>,
    pub items: Vec<ItemScore>,
    pub vetoes: Vec<Veto>,
    pub total: Range,
    pub outcome: Outcome,
    /// Whether an empty denominator waits for a reviewer's signature, and for nothing else.
    pub needs_sign_off: bool,
    /// Units below of which nothing is known; what is read from records is pending while there are any.
    pub without_records: Vec<UnitPath>,
}

/// Points at least and at most: the same where nothing is pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub min: Ratio,
    pub max: Ratio,
}

impl Range {
    pub const fn exactly(points: Ratio) -> Self {
        Self { min: points, max: points }
    }

    /// `79.99`, or `79.99–85.00` where something is pending. Truncated, for showing only.
    pub fn shown(&self) -> String {
        if self.min == self.max {
            self.min.shown()
        } else {
            format!("{}–{}", self.min.shown(), self.max.shown())
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemScore {
    pub id: String,
    pub state: State,
    pub points: Range,
    pub parts: Vec<PartScore>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartScore {
    pub id: String,
    pub state: State,
    pub points: Range,
    /// Whether an all-or-nothing part passes; `None` for other rules and while pending.
    pub passes: Option<bool>,
    /// The denominator: weights of all subjects.
    pub n: u64,
    /// Weights of the subjects that are hits.
    pub hits: u64,
    /// Weights of the subjects that a disproof turned from hits into misses.
    pub disproved: u64,
    /// Subjects that are shown and not counted.
    pub listed: u64,
    /// Checks that wait for a finding.
    pub missing: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Scored,
    Pending,
    NotApplicable,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scored => "scored",
            Self::Pending => "pending",
            Self::NotApplicable => "not_applicable",
        }
    }
}

/// How a hard indicator stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Veto {
    pub id: String,
    pub item: String,
    pub state: VetoState,
    /// The parts that fail, or that are pending.
    pub parts: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VetoState {
    Passes,
    Fails,
    Pending,
}

impl VetoState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passes => "passes",
            Self::Fails => "fails",
            Self::Pending => "pending",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every veto passes, the total reaches the threshold, and no empty denominator waits for a signature.
    Meets,
    /// A veto fails, or the total cannot reach the threshold.
    DoesNotMeet,
    /// What is pending decides.
    Undetermined,
    /// The unit has no records: nothing can be said, which is not the same as zero.
    NoRecords,
}

impl Outcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Meets => "meets",
            Self::DoesNotMeet => "does_not_meet",
            Self::Undetermined => "undetermined",
            Self::NoRecords => "no_records",
        }
    }
}

impl Scorecard {
    /// The canonical bytes: deterministic CBOR, described in `protocol/standards/README.md`.
    pub fn encode(&self) -> Vec<u8> {
        encoding::encode(self)
    }

    /// Reads canonical bytes back and refuses any others.
    pub fn decode(bytes: &[u8]) -> Result<Self, ScorecardError> {
        encoding::decode(bytes)
    }

    /// The digest over the canonical bytes.
    pub fn digest(&self) -> Digest {
        Digest::of(b"linli/1 scorecard", &[&self.encode()])
    }

    pub fn item(&self, id: &str) -> Option<&ItemScore> {
        self.items.iter().find(|item| item.id == id)
    }
}

#[cfg(test)]
mod tests;
