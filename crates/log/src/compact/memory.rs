//! What both sides remember while they go through a segment, so that what was met before can be named
//! briefly and what follows from it need not be said.

use std::{borrow::Cow, collections::BTreeMap};

use linli_wire::DocId;

use crate::change::{ChangeHash, operations::action};

/// Values of one key that are remembered; more stand there only if so many wrote it side by side.
const VALUES_REMEMBERED_MAX: usize = 8;

/// Things in the order in which they were first met.
#[derive(Debug)]
pub(super) struct Table<T> {
    pub items: Vec<T>,
    /// Where each stands: made when it is first asked for, which a reader never does.
    places: BTreeMap<T, usize>,
    /// So many items are in `places`.
    placed: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { items: Vec::new(), places: BTreeMap::new(), placed: 0 }
    }
}

impl<T: Ord + Clone> Table<T> {
    /// Adds an item and returns its place.
    pub fn push(&mut self, item: T) -> usize {
        self.items.push(item);
        self.items.len() - 1
    }

    pub fn place<Q>(&mut self, item: &Q) -> Option<usize>
    where
        T: std::borrow::Borrow<Q>,
        Q: Ord + ?Sized,
    {
        for at in self.placed..self.items.len() {
            self.places.insert(self.items[at].clone(), at);
        }
        self.placed = self.items.len();
        self.places.get(item).copied()
    }

    /// How far back a place stands: 1 is the latest.
    pub fn back(&self, place: usize) -> u64 {
        (self.items.len() - place) as u64
    }
}

/// An operation by the place of its actor in the table and its counter.
pub(super) type OperationPlace = (usize, u64);

/// What both sides remember of a document's earlier changes within the segment.
#[derive(Debug, Default)]
pub(super) struct DocumentMemory {
    pub hashes: Table<ChangeHash>,
    /// The last sequence number of each actor, by the actor's place in the table.
    pub last_seq: BTreeMap<usize, u64>,
    /// The counter after the last operation.
    pub next_op: u64,
    /// The maps that were made.
    pub maps: Table<OperationPlace>,
    /// The operations that stand at each key of each map, as far as they are known.
    standing: BTreeMap<(Option<OperationPlace>, usize), Standing>,
}

/// The operations at one key: nearly always one.
#[derive(Debug)]
enum Standing {
    One(OperationPlace),
    Several(Vec<OperationPlace>),
}

impl Standing {
    fn as_slice(&self) -> &[OperationPlace] {
        match self {
            Self::One(operation) => std::slice::from_ref(operation),
            Self::Several(operations) => operations,
        }
    }
}

impl DocumentMemory {
    /// What a change replaces at a key if it knew all that came before.
    pub fn expected(&self, object: Option<OperationPlace>, key: usize) -> &[OperationPlace] {
        self.standing.get(&(object, key)).map_or(&[], Standing::as_slice)
    }

    /// Remembers an operation, as the base for what comes next.
    pub fn note(
        &mut self,
        object: Option<OperationPlace>,
        key: usize,
        replaced: &[OperationPlace],
        action: u64,
        operation: OperationPlace,
    ) {
        let standing = self.standing.entry((object, key)).or_insert(Standing::Several(Vec::new()));
        if standing.as_slice().iter().all(|found| replaced.contains(found)) {
            *standing = if action == action::DELETE {
                Standing::Several(Vec::new())
            } else {
                Standing::One(operation)
            };
        } else {
            let mut several: Vec<OperationPlace> = standing.as_slice().to_vec();
            several.retain(|found| !replaced.contains(found));
            if action != action::DELETE {
                if several.len() == VALUES_REMEMBERED_MAX {
                    several.remove(0);
                }
                several.push(operation);
            }
            *standing = Standing::Several(several);
        }
        if action == action::MAKE_MAP {
            self.maps.push(operation);
        }
    }

    /// Remembers a change, after its operations.
    pub fn remember(&mut self, actor: usize, seq: u64, next_op: u64, hash: ChangeHash) {
        self.hashes.push(hash);
        self.last_seq.insert(actor, seq);
        self.next_op = next_op;
    }
}

/// What both sides remember while they go through a segment.
#[derive(Debug, Default)]
pub(super) struct Memory<'b> {
    /// Ids of documents and items, wherever they stand.
    pub ids: Table<[u8; 16]>,
    pub documents: Table<DocId>,
    /// One for each document of the table, in its order.
    pub by_document: Vec<DocumentMemory>,
    /// The document of the change before.
    pub last_document: usize,
    /// Actors of the log without what the log's id says, others whole.
    pub actors: Table<Vec<u8>>,
    pub keys: Table<Cow<'b, [u8]>>,
    /// Maps that were made before the segment, each under the name that it has in all documents of a kind.
    pub maps: Table<OperationPlace>,
    /// Changes from before the segment that others depend on: above all the fixed ones, which every document
    /// of a kind begins with.
    pub hashes: Table<ChangeHash>,
    /// Operations of derived changes so far.
    pub operations: usize,
}
