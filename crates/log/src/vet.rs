//! Vetting: what must hold of a change before Automerge sees it.
//!
//! Automerge trusts that a change follows its rules and panics on several that do not, so a device
//! with a valid grant could stop a hub with one signed change. Linli's documents are maps of plain
//! values in maps, so vetting admits exactly that and refuses lists, texts, counters and marks.

mod columns;
mod graph;

use std::panic::catch_unwind;

use automerge::{
    ActorId, Change, ObjType, ScalarValue,
    legacy::{Key, ObjectId, Op, OpId, OpType},
};
use linli_wire::{
    LogId,
    limits::{CHANGE_MESSAGE_BYTES_MAX, CHANGE_OPS_MAX, DOCUMENT_DEPTH_MAX, DOCUMENT_OPS_MAX},
};
use thiserror::Error;

pub use self::graph::DocumentGraph;
use self::graph::{Ancestors, OperationId, Written};
use crate::{
    change::{ChangeError, ChangeHash, ChangeParts},
    compact::{ACTOR_BYTES, ACTOR_LOG_BYTES},
};

/// Characters of the message of an actor's first change to a document: 16 random bytes in base64
/// without padding, so that the digest of the change gives nothing away after it was erased.
pub const SALT_CHARS: usize = 22;

/// Why a change is not let through.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VetError {
    #[error(transparent)]
    Parse(#[from] ChangeError),
    #[error("the change depends on a change that is not here yet")]
    MissingDependency(ChangeHash),
    #[error("the change's actor does not belong to the log that carries it")]
    Actor,
    #[error("the change carries a time of {0}; a change's time is 0, the entry has the time")]
    Time(i64),
    #[error(
        "the message of the change has {0} bytes; the first change of an actor carries {SALT_CHARS}, none carries more than {CHANGE_MESSAGE_BYTES_MAX}"
    )]
    Message(usize),
    #[error("change {found} of its actor came where {expected} was due")]
    SequenceGap { expected: u64, found: u64 },
    #[error("the actor wrote change {0} twice, with different content")]
    Repeated(u64),
    #[error("the change does not follow the change that its actor made before")]
    NotAfterOwn,
    #[error("operations start at {found} where the dependencies ask for {expected}")]
    StartOp { expected: u64, found: u64 },
    #[error("the change has {0} operations; between 1 and {CHANGE_OPS_MAX} are allowed")]
    Operations(u64),
    #[error("operation {0} is beyond the limit of {DOCUMENT_OPS_MAX} for a document")]
    OperationCounter(u64),
    #[error("the change writes into an object that does not exist")]
    UnknownObject,
    #[error("the change replaces an operation that does not stand at that place")]
    UnknownPredecessor,
    #[error("the change holds {0}; documents are maps of texts and whole numbers")]
    Operation(&'static str),
    #[error("the change makes maps within maps, more than the limit of {DOCUMENT_DEPTH_MAX}")]
    Depth,
    #[error("Automerge cannot decode the change")]
    Undecodable,
    #[error("the change is not written as Automerge writes it")]
    NotCanonical,
}

impl VetError {
    /// Whether the change may become good when something else arrives.
    pub const fn is_pending(&self) -> bool {
        matches!(self, Self::MissingDependency(_))
    }
}

/// A change that may be applied.
#[derive(Debug, Clone)]
pub struct VettedChange {
    pub change: Change,
    pub hash: ChangeHash,
    written: Vec<(OperationId, Written)>,
}

impl DocumentGraph<'_> {
    /// Says whether a change carried by `log` may be applied on top of what is here.
    ///
    /// The answer rests on the change and what stands behind it alone, never on what else happens
    /// to be here, except that a second change under a used sequence number is refused.
    pub fn vet(&self, log: LogId, chunk: &[u8]) -> Result<VettedChange, VetError> {
        let parts = ChangeParts::parse(chunk)?;
        if parts.actor.len() != ACTOR_BYTES || parts.actor[..ACTOR_LOG_BYTES] != log.0[..ACTOR_LOG_BYTES] {
            return Err(VetError::Actor);
        }
        if parts.time != 0 {
            return Err(VetError::Time(parts.time));
        }
        let message = parts.message.len();
        if !parts.rest.is_empty() {
            return Err(VetError::NotCanonical);
        }
        if message > CHANGE_MESSAGE_BYTES_MAX || (parts.seq == 1 && message != SALT_CHARS) {
            return Err(VetError::Message(message));
        }
        let ancestors = self.check_place(&parts)?;
        let count = columns::check(&parts)?;
        let max_op = parts.start_op.saturating_add(count - 1);
        if max_op > DOCUMENT_OPS_MAX {
            return Err(VetError::OperationCounter(max_op));
        }
        let (change, operations) = decode(chunk)?;
        let mut vetting =
            Vetting { graph: self, ancestors, own: ActorId::from(parts.actor), written: Vec::new() };
        for (counter, operation) in (parts.start_op..).zip(&operations) {
            vetting.check(counter, operation)?;
        }
        Ok(VettedChange { change, hash: parts.hash, written: vetting.written })
    }
}

/// The operations of one change, while they are gone through.
struct Vetting<'g, 'd> {
    graph: &'g DocumentGraph<'d>,
    ancestors: Ancestors,
    own: ActorId,
    /// What the change's operations so far wrote, by rising counter.
    written: Vec<(OperationId, Written)>,
}

impl Vetting<'_, '_> {
    fn check(&mut self, counter: u64, operation: &Op) -> Result<(), VetError> {
        let key = match &operation.key {
            Key::Map(key) if !operation.insert => key,
            _ => return Err(VetError::Operation("a list or text operation")),
        };
        let makes_map = match &operation.action {
            OpType::Make(ObjType::Map) => true,
            OpType::Delete if operation.pred.is_empty() => {
                return Err(VetError::Operation("a deletion of nothing"));
            }
            OpType::Delete | OpType::Put(ScalarValue::Str(_) | ScalarValue::Int(_)) => false,
            OpType::Put(_) => {
                return Err(VetError::Operation("a value that is neither text nor whole number"));
            }
            OpType::Make(_) => return Err(VetError::Operation("a list, text or table")),
            OpType::Increment(_) => return Err(VetError::Operation("a counter")),
            OpType::MarkBegin(_) | OpType::MarkEnd(_) => return Err(VetError::Operation("a mark")),
        };
        let depth = match &operation.obj {
            ObjectId::Root => 0,
            ObjectId::Id(map) => self.map_depth(map).ok_or(VetError::UnknownObject)?,
        };
        if makes_map && depth >= DOCUMENT_DEPTH_MAX {
            return Err(VetError::Depth);
        }
        for pred in operation.pred.iter() {
            if !self.wrote(pred, &operation.obj, key) {
                return Err(VetError::UnknownPredecessor);
            }
        }
        if !matches!(operation.action, OpType::Delete) {
            let written = Written {
                object: operation.obj.clone(),
                key: key.to_string(),
                map_depth: makes_map.then_some(depth + 1),
            };
            self.written.push(((counter, self.own.clone()), written));
        }
        Ok(())
    }

    /// What this change itself wrote with an operation before.
    fn own(&self, operation: &OpId) -> Option<&Written> {
        let is_own = *operation.actor() == self.own;
        let at = self.written.binary_search_by_key(&operation.counter(), |((counter, _), _)| *counter);
        at.ok().filter(|_| is_own).map(|at| &self.written[at].1)
    }

    fn map_depth(&self, map: &OpId) -> Option<usize> {
        match self.own(map) {
            Some(written) => written.map_depth,
            None => self.graph.map_depth(&self.ancestors, map),
        }
    }

    fn wrote(&self, operation: &OpId, object: &ObjectId, key: &str) -> bool {
        match self.own(operation) {
            Some(written) => written.object == *object && written.key == key,
            None => self.graph.wrote(&self.ancestors, operation, object, key),
        }
    }
}

/// Decodes a change with Automerge, which may refuse it or panic, and checks that Automerge would
/// write it with the very same bytes: from its own storage it writes changes anew, and then the
/// hashes must not differ.
fn decode(chunk: &[u8]) -> Result<(Change, Vec<Op>), VetError> {
    catch_unwind(|| {
        let change = Change::from_bytes(chunk.to_vec()).map_err(|_| VetError::Undecodable)?;
        let expanded = change.decode();
        let operations = expanded.operations.clone();
        if Change::from(expanded).raw_bytes() == chunk {
            Ok((change, operations))
        } else {
            Err(VetError::NotCanonical)
        }
    })
    .unwrap_or(Err(VetError::Undecodable))
}

#[cfg(test)]
mod tests;
