//! Vetting: what must hold of a change before Automerge sees it.
//!
//! Automerge trusts that a change follows its rules and panics on several that do not, so a device
//! with a valid grant could stop a hub with one signed change. Linli's documents are maps of plain
//! values in maps, so vetting admits exactly that and refuses lists, texts, counters and marks.

mod columns;
mod graph;

use std::panic::catch_unwind;

use automerge::{ActorId, Change};
use linli_wire::{
    LogId,
    limits::{CHANGE_MESSAGE_BYTES_MAX, CHANGE_OPS_MAX, DOCUMENT_DEPTH_MAX, DOCUMENT_OPS_MAX},
};
use thiserror::Error;

pub use self::graph::DocumentGraph;
use self::graph::{Ancestors, OperationId, Written};
use crate::{
    change::{
        ChangeError, ChangeHash, ChangeParts, Input,
        operations::{self, Operation, action, value_type},
    },
    compact::{ACTOR_BYTES, ACTOR_LOG_BYTES},
};

/// Characters of the message of a document's first change: 16 random bytes in base64 without padding, so that
/// the digests of it and of what depends on it give nothing away after they were erased.
pub const SALT_CHARS: usize = 22;

/// Whether the message of a change is a salt.
pub fn is_salt(message: &str) -> bool {
    message.len() == SALT_CHARS
}

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
        "the message of the change has {0} bytes; one that has no salt behind it carries {SALT_CHARS}, none carries more than {CHANGE_MESSAGE_BYTES_MAX}"
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
        if message > CHANGE_MESSAGE_BYTES_MAX {
            return Err(VetError::Message(message));
        }
        let ancestors = self.check_place(&parts)?;
        // An actor's later changes follow its first.
        if parts.seq == 1 && !is_salt(parts.message) && !self.has_salt(&ancestors) {
            return Err(VetError::Message(message));
        }
        let count = columns::check(&parts)?;
        let max_op = parts.start_op.saturating_add(count - 1);
        if max_op > DOCUMENT_OPS_MAX {
            return Err(VetError::OperationCounter(max_op));
        }
        let operations = read(&parts)?;
        let actors = std::iter::once(&parts.actor).chain(&parts.other_actors);
        let mut vetting = Vetting {
            graph: self,
            ancestors,
            actors: actors.map(|actor| ActorId::from(*actor)).collect(),
            written: Vec::with_capacity(operations.len()),
        };
        for (counter, operation) in (parts.start_op..).zip(&operations) {
            vetting.check(counter, operation)?;
        }
        let change = decode(chunk)?;
        Ok(VettedChange { change, hash: parts.hash, written: vetting.written })
    }
}

/// Reads the operations of a change and checks that it is written as Automerge would write it: from its own
/// storage Automerge writes changes anew, and then the hashes must not differ.
fn read<'b>(parts: &ChangeParts<'b>) -> Result<Vec<Operation<&'b [u8]>>, VetError> {
    let Some(operations) = operations::read(parts) else {
        let inserts = operations::inserts(parts);
        return Err(if inserts {
            VetError::Operation("a list or text operation")
        } else {
            VetError::NotCanonical
        });
    };
    let others = &parts.other_actors;
    let mut named = vec![false; others.len() + 1];
    named[0] = true;
    for (actor, _) in operations.iter().flat_map(|o| o.object.iter().chain(&o.predecessors)) {
        named[*actor] = true;
    }
    let in_order = others.windows(2).all(|pair| pair[0] < pair[1]) && !others.contains(&parts.actor);
    if in_order && named.into_iter().all(|named| named) {
        Ok(operations)
    } else {
        Err(VetError::NotCanonical)
    }
}

/// The operations of one change, while they are gone through.
struct Vetting<'g, 'd> {
    graph: &'g DocumentGraph<'d>,
    ancestors: Ancestors,
    /// The change's own, and the others that it names.
    actors: Vec<ActorId>,
    /// What the change's operations so far wrote, by rising counter.
    written: Vec<(OperationId, Written)>,
}

impl Vetting<'_, '_> {
    fn check(&mut self, counter: u64, operation: &Operation<&[u8]>) -> Result<(), VetError> {
        check_action(operation)?;
        let key = std::str::from_utf8(operation.key).map_err(|_| VetError::Undecodable)?;
        let depth = match operation.object {
            None => 0,
            Some(map) => self.map_depth(map).ok_or(VetError::UnknownObject)?,
        };
        let makes_map = operation.action == action::MAKE_MAP;
        if makes_map && depth >= DOCUMENT_DEPTH_MAX {
            return Err(VetError::Depth);
        }
        let order = |(actor, counter): &operations::OperationId| (*counter, &self.actors[*actor]);
        if operation.predecessors.windows(2).any(|pair| order(&pair[0]) >= order(&pair[1])) {
            return Err(VetError::NotCanonical);
        }
        let object = operation.object.map(|map| self.id(map));
        for pred in &operation.predecessors {
            if !self.wrote(*pred, object.as_ref(), key) {
                return Err(VetError::UnknownPredecessor);
            }
        }
        if operation.action != action::DELETE {
            let map_depth = makes_map.then_some(depth + 1);
            let written = Written { object, key: key.to_owned(), map_depth };
            self.written.push(((counter, self.actors[0].clone()), written));
        }
        Ok(())
    }

    fn id(&self, (actor, counter): operations::OperationId) -> OperationId {
        (counter, self.actors[actor].clone())
    }

    /// What this change itself wrote with an operation before.
    fn own(&self, (actor, counter): operations::OperationId) -> Option<&Written> {
        let at = self.written.binary_search_by_key(&counter, |((counter, _), _)| *counter);
        at.ok().filter(|_| actor == 0).map(|at| &self.written[at].1)
    }

    fn map_depth(&self, map: operations::OperationId) -> Option<usize> {
        match self.own(map) {
            Some(written) => written.map_depth,
            None => self.graph.map_depth(&self.ancestors, &self.id(map)),
        }
    }

    fn wrote(&self, operation: operations::OperationId, object: Option<&OperationId>, key: &str) -> bool {
        match self.own(operation) {
            Some(written) => written.object.as_ref() == object && written.key == key,
            None => self.graph.wrote(&self.ancestors, &self.id(operation), object, key),
        }
    }
}

/// Admits what documents are made of: texts, whole numbers, maps, and taking them away again.
fn check_action(operation: &Operation<&[u8]>) -> Result<(), VetError> {
    let value = operation.value;
    let without_value = operation.value_type == value_type::NULL && value.is_empty();
    match (operation.action, operation.value_type) {
        (action::DELETE, _) if operation.predecessors.is_empty() => {
            Err(VetError::Operation("a deletion of nothing"))
        }
        (action::MAKE_MAP | action::DELETE, _) if without_value => Ok(()),
        (action::MAKE_MAP | action::DELETE, _) => Err(VetError::NotCanonical),
        (action::PUT, value_type::TEXT) => {
            std::str::from_utf8(value).map(drop).map_err(|_| VetError::Undecodable)
        }
        (action::PUT, value_type::INTEGER) => {
            let mut input = Input(value);
            input.leb()?;
            if input.0.is_empty() { Ok(()) } else { Err(VetError::NotCanonical) }
        }
        (action::PUT, _) => Err(VetError::Operation("a value that is neither text nor whole number")),
        (action::MAKE_LIST | action::MAKE_TEXT | action::MAKE_TABLE, _) => {
            Err(VetError::Operation("a list, text or table"))
        }
        (action::INCREMENT, _) => Err(VetError::Operation("a counter")),
        (action::MARK, _) => Err(VetError::Operation("a mark")),
        _ => Err(VetError::Undecodable),
    }
}

/// Decodes a change with Automerge, which may refuse it or panic.
fn decode(chunk: &[u8]) -> Result<Change, VetError> {
    catch_unwind(|| Change::from_bytes(chunk.to_vec()).map_err(|_| VetError::Undecodable))
        .unwrap_or(Err(VetError::Undecodable))
}

#[cfg(test)]
mod tests;
