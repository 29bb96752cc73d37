//! The fixed changes that every document of a kind starts from.
//!
//! A collection is a map, and two devices that each created "the same" map would have created two, of
//! which one hides the other. So no device creates any: each kind begins with a chain of changes that
//! everybody knows, one for each schema version that adds collections, each depending only on the one
//! before, written by a reserved actor at time 0 without a message. They are never sent; their bytes
//! and hashes are pinned in `protocol/vectors/base.txt`.
//!
//! The reserved actor is 16 bytes: the ASCII text `linli/base`, the kind's code as two bytes big-endian,
//! and four zero bytes. A schema version that adds only fields has no change.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{ActorId, Automerge, Change, ObjId, ObjType, ROOT};

use crate::kind::{self, Kind};

/// What the reserved actor of every kind begins with. No log has such an id, so no device can have it.
pub const ACTOR_PREFIX: &[u8; 10] = b"linli/base";

/// A kind's chain, and where its collections are.
#[derive(Debug, Clone)]
struct Base {
    changes: Vec<Change>,
    containers: BTreeMap<&'static str, ObjId>,
}

/// The reserved actor of a kind.
pub fn base_actor(kind: &Kind) -> ActorId {
    let mut bytes = [0; 16];
    bytes[..10].copy_from_slice(ACTOR_PREFIX);
    bytes[10..12].copy_from_slice(&kind.code.to_be_bytes());
    ActorId::from(bytes)
}

/// The chain of a kind, in the order of application. It is empty for a kind without collections.
pub fn base_changes(kind: &Kind) -> Vec<Change> {
    base(kind).changes.clone()
}

/// A document of a kind that holds the chain and nothing else. Its actor is one that Automerge drew:
/// who writes sets the device's own first.
pub fn new_document(kind: &Kind) -> Automerge {
    let mut document = Automerge::new();
    document
        .apply_changes(base(kind).changes.iter().cloned())
        .expect("the chain applies to an empty document");
    document
}

/// Where a collection's items are. This is the map that the chain created, whatever a device has since
/// put under the collection's name at the root, so that no write there can hide the items.
pub(crate) fn container(kind: &Kind, collection: &str) -> Option<&'static ObjId> {
    base(kind).containers.get(collection)
}

fn base(kind: &Kind) -> &'static Base {
    static BASES: OnceLock<Vec<Base>> = OnceLock::new();
    let bases = BASES.get_or_init(|| kind::ALL.iter().map(|kind| build(kind)).collect());
    let index = usize::from(kind.code).checked_sub(1).expect("codes of kinds begin at 1");
    bases.get(index).expect("every kind stands in the list of all kinds, in the order of its code")
}

fn build(kind: &Kind) -> Base {
    let mut document = Automerge::new().with_actor(base_actor(kind));
    let mut containers = BTreeMap::new();
    for version in 1..=kind.schema {
        let mut added = kind.collections.iter().filter(|c| c.since == version).peekable();
        if added.peek().is_none() {
            continue;
        }
        let mut transaction = document.transaction();
        for collection in added {
            let container = transaction
                .put_object(ROOT, collection.name, ObjType::Map)
                .expect("the root takes a map under any name");
            containers.insert(collection.name, container);
        }
        transaction.commit_with(CommitOptions::default().with_time(0));
    }
    Base { changes: document.get_changes(&[]), containers }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::{Collection, Key};

    #[test]
    fn every_base_change_has_the_reserved_actor_time_0_and_one_predecessor_at_most() {
        for kind in kind::ALL {
            let mut before = Vec::new();
            for (index, change) in base_changes(kind).iter().enumerate() {
                assert_eq!(change.actor_id(), &base_actor(kind));
                assert_eq!(change.timestamp(), 0);
                assert_eq!(change.message(), None);
                assert_eq!(change.seq(), index as u64 + 1);
                assert_eq!(change.deps(), before);
                before = vec![change.hash()];
            }
        }
    }

    #[test]
    fn a_later_schema_version_adds_a_change_and_alters_none() {
        let mut later = kind::DWELLINGS.clone_for_test();
        later.schema = 3;
        later.collections = Box::leak(Box::new([
            Collection { since: 1, ..collection("dwellings") },
            Collection { since: 3, ..collection("rooms") },
        ]));
        let (now, later) = (build(&kind::DWELLINGS).changes, build(&later).changes);
        assert_eq!(later.len(), now.len() + 1, "version 2 adds no collection, version 3 adds one");
        assert_eq!(later[0].hash(), now[0].hash());
        assert_eq!(later[1].deps(), [now[0].hash()]);
    }

    fn collection(name: &'static str) -> Collection {
        Collection { name, zh: "", en: "", key: Key::Uuid, since: 1, fields: &[] }
    }

    impl Kind {
        fn clone_for_test(&self) -> Self {
            Self {
                code: self.code,
                name: self.name,
                zh: self.zh,
                en: self.en,
                schema: self.schema,
                channels: self.channels,
                singleton: self.singleton,
                keyed_by: self.keyed_by,
                required: self.required,
                fields: self.fields,
                collections: self.collections,
            }
        }
    }
}
