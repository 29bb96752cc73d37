//! The history of one document: which changes it has, and what stands behind a change.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
};

use automerge::{ActorId, Automerge, ObjId, ObjType, ReadDoc};

use super::{VetError, VettedChange, is_salt};
use crate::change::{ChangeHash, ChangeParts};

#[derive(Debug)]
struct Node {
    hash: ChangeHash,
    actor: usize,
    start_op: u64,
    max_op: u64,
    deps: Vec<usize>,
    /// Whether it carries a salt.
    salted: bool,
}

/// An operation by its counter and its actor.
pub(super) type OperationId = (u64, ActorId);

/// What a vetted operation wrote, as far as later operations may refer to it.
#[derive(Debug, Clone)]
pub(super) struct Written {
    /// The map by the operation that made it; `None` for the document's root.
    pub object: Option<OperationId>,
    pub key: String,
    /// How deep the map stands that the operation made; `None` where it wrote a value.
    pub map_depth: Option<usize>,
}

/// The changes of one document: those that the Automerge document has and those vetted since.
#[derive(Debug)]
pub struct DocumentGraph<'d> {
    document: &'d Automerge,
    nodes: Vec<Node>,
    places: BTreeMap<ChangeHash, usize>,
    actors: BTreeMap<ActorId, usize>,
    /// For each actor its changes in order; `seq` 1 stands first.
    by_actor: Vec<Vec<usize>>,
    heads: BTreeSet<usize>,
    /// Changes that the Automerge document has: the first so many nodes.
    in_document: usize,
    /// What the changes wrote that the Automerge document does not have yet.
    written: BTreeMap<OperationId, Written>,
}

/// Which changes stand behind a change.
pub(super) enum Ancestors {
    Everything,
    Some(Vec<bool>),
}

impl Ancestors {
    fn has(&self, place: usize) -> bool {
        match self {
            Self::Everything => true,
            Self::Some(marks) => marks[place],
        }
    }
}

impl<'d> DocumentGraph<'d> {
    pub fn of(document: &'d Automerge) -> Self {
        let mut graph = Self {
            document,
            nodes: Vec::new(),
            places: BTreeMap::new(),
            actors: BTreeMap::new(),
            by_actor: Vec::new(),
            heads: BTreeSet::new(),
            in_document: 0,
            written: BTreeMap::new(),
        };
        for meta in document.get_changes_meta(&[]) {
            let deps = meta.deps.iter().filter_map(|d| graph.places.get(&d.0).copied()).collect();
            let actor = graph.actor_or_new(&meta.actor);
            let (start_op, max_op) = (meta.start_op, meta.max_op);
            let salted = meta.message.as_deref().is_some_and(is_salt);
            graph.insert(Node { hash: meta.hash.0, actor, start_op, max_op, deps, salted });
        }
        graph.in_document = graph.nodes.len();
        graph
    }

    /// Whether the change is here. One that is need not be vetted again.
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.places.contains_key(hash)
    }

    /// Counts a vetted change as present, so that what builds on it can be vetted before any of it
    /// is applied. A change that is here already is not counted twice.
    pub fn add(&mut self, vetted: &VettedChange) {
        if self.contains(&vetted.hash) {
            return;
        }
        let change = &vetted.change;
        let deps = change.deps().iter().filter_map(|d| self.places.get(&d.0).copied()).collect();
        let actor = self.actor_or_new(change.actor_id());
        let (start_op, max_op) = (change.start_op().get(), change.max_op());
        let salted = change.message().is_some_and(is_salt);
        self.insert(Node { hash: vetted.hash, actor, start_op, max_op, deps, salted });
        self.written.extend(vetted.written.iter().cloned());
    }

    /// Lets the document's changes have counted so far, for tests of a limit that none can reach.
    #[cfg(test)]
    pub(super) fn pretend_max_op(&mut self, max_op: u64) {
        self.nodes.iter_mut().for_each(|node| node.max_op = max_op);
    }

    fn actor_or_new(&mut self, actor: &ActorId) -> usize {
        if let Some(at) = self.actors.get(actor) {
            return *at;
        }
        let at = self.by_actor.len();
        self.actors.insert(actor.clone(), at);
        self.by_actor.push(Vec::new());
        at
    }

    fn insert(&mut self, node: Node) {
        let place = self.nodes.len();
        for dep in &node.deps {
            self.heads.remove(dep);
        }
        self.heads.insert(place);
        self.places.insert(node.hash, place);
        self.by_actor[node.actor].push(place);
        self.nodes.push(node);
    }

    /// Checks the change's place in the document's history (dependencies, sequence and start) and
    /// returns what stands behind it.
    pub(super) fn check_place(&self, parts: &ChangeParts<'_>) -> Result<Ancestors, VetError> {
        let actor = self.actors.get(&ActorId::from(parts.actor));
        let own: &[usize] = actor.map_or(&[], |at| &self.by_actor[*at]);
        let expected = own.len() as u64 + 1;
        if parts.seq == 0 {
            return Err(VetError::SequenceGap { expected, found: 0 });
        }
        let (mut deps, mut max_op) = (Vec::with_capacity(parts.deps.len()), 0);
        for dep in &parts.deps {
            let place = *self.places.get(dep).ok_or(VetError::MissingDependency(*dep))?;
            max_op = max_op.max(self.nodes[place].max_op);
            deps.push(place);
        }
        // Asked after the dependencies: a change that could not be applied anyway repeats nothing.
        if parts.seq < expected {
            return Err(VetError::Repeated(parts.seq));
        }
        if parts.seq > expected {
            return Err(VetError::SequenceGap { expected, found: parts.seq });
        }
        let ancestors = self.ancestors(&deps);
        if own.last().is_some_and(|last| !ancestors.has(*last)) {
            return Err(VetError::NotAfterOwn);
        }
        if parts.start_op != max_op + 1 {
            return Err(VetError::StartOp { expected: max_op + 1, found: parts.start_op });
        }
        Ok(ancestors)
    }

    /// What stands behind a change with these dependencies. Nearly always that is everything.
    fn ancestors(&self, deps: &[usize]) -> Ancestors {
        if self.heads.iter().all(|head| deps.contains(head)) {
            return Ancestors::Everything;
        }
        let mut marks = vec![false; self.nodes.len()];
        let mut open = deps.to_vec();
        while let Some(place) = open.pop() {
            if !std::mem::replace(&mut marks[place], true) {
                open.extend(&self.nodes[place].deps);
            }
        }
        Ancestors::Some(marks)
    }

    /// Whether a salt stands behind a change: then nobody can guess the hashes that it depends on.
    pub(super) fn has_salt(&self, ancestors: &Ancestors) -> bool {
        self.nodes.iter().enumerate().any(|(place, node)| node.salted && ancestors.has(place))
    }

    /// The change that an operation is part of, if it stands behind the one that is vetted.
    fn change_of(&self, ancestors: &Ancestors, (counter, actor): &OperationId) -> Option<usize> {
        let own = &self.by_actor[*self.actors.get(actor)?];
        let at = own.partition_point(|place| self.nodes[*place].max_op < *counter);
        let place = *own.get(at)?;
        (self.nodes[place].start_op <= *counter && ancestors.has(place)).then_some(place)
    }

    /// How deep a map stands that an ancestor made; `None` if there is no such map.
    pub(super) fn map_depth(&self, ancestors: &Ancestors, map: &OperationId) -> Option<usize> {
        let place = self.change_of(ancestors, map)?;
        if place >= self.in_document {
            return self.written.get(map)?.map_depth;
        }
        let object = object_id(map);
        self.asking(|document| match document.object_type(&object) {
            Ok(ObjType::Map) => document.parents(&object).ok().map(Iterator::count),
            _ => None,
        })
    }

    /// Whether an ancestor wrote this operation at this key of this object.
    pub(super) fn wrote(
        &self,
        ancestors: &Ancestors,
        operation: &OperationId,
        object: Option<&OperationId>,
        key: &str,
    ) -> bool {
        let Some(place) = self.change_of(ancestors, operation) else { return false };
        if place >= self.in_document {
            let written = self.written.get(operation);
            return written.is_some_and(|w| w.object.as_ref() == object && w.key == key);
        }
        let object = object.map_or(ObjId::Root, object_id);
        let is_it = |id: &ObjId| matches!(id, ObjId::Id(counter, actor, _) if *counter == operation.0 && *actor == operation.1);
        // What was overwritten since is still to be seen right after its own change.
        let then = [automerge::ChangeHash(self.nodes[place].hash)];
        self.asking(|document| {
            let now = document.get_all(&object, key).ok()?;
            let here = now.iter().any(|(_, id)| is_it(id));
            let was_here = || document.get_all_at(&object, key, &then).ok();
            (here || was_here()?.iter().any(|(_, id)| is_it(id))).then_some(())
        })
        .is_some()
    }

    /// Asks Automerge, which may panic when asked for what it does not have.
    fn asking<T>(&self, ask: impl FnOnce(&Automerge) -> Option<T>) -> Option<T> {
        catch_unwind(AssertUnwindSafe(|| ask(self.document))).ok().flatten()
    }
}

fn object_id((counter, actor): &OperationId) -> ObjId {
    ObjId::Id(*counter, actor.clone(), 0)
}
