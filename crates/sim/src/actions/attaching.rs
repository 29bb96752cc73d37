//! Photos that are attached to cards.

use linli_log::fact::Changes;
use linli_model::{Edit, Value, kind};
use linli_node::NodeError;
use linli_store::{
    DocumentEdits, StoreError,
    attachments::{FileHash, hex},
};
use linli_wire::{Channel, DocId, Space};

use crate::{trouble::Violation, world::World};

/// Most photos are small; one in so many takes several pieces.
const LARGE_ONE_IN: u64 = 4;
const SMALL_BYTES: u64 = 20_000;
const LARGE_BYTES: u64 = 600_000;

/// A file that was attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    pub space: Space,
    pub document: DocId,
    pub hash: FileHash,
}

impl World {
    /// A clerk attaches a photo to a card.
    pub fn attach(&mut self, device: usize) -> Result<(), Violation> {
        let Some(node) = self.machines[device].node.clone() else { return Ok(()) };
        let most = if self.chance.one_in(LARGE_ONE_IN) { LARGE_BYTES } else { SMALL_BYTES };
        let bytes = 1 + self.chance.below(most);
        let (seed, card) = (self.chance.next(), self.card_id(device));
        let photo: Vec<u8> = (0..bytes).map(|at| (seed.rotate_left(at as u32 % 64) ^ at) as u8).collect();
        let hash = match node.with(|r| r.attach(bytes, photo.as_slice())) {
            Ok(hash) => hash,
            Err(error) => return self.failed(device, &NodeError::from(error)),
        };
        self.note(device, &format!("attaches {bytes} bytes to document {card}"));
        let item = hex(&hash)[..32].to_owned();
        let set = |field: &str, value: Value| Edit::item("attachments", &item, field, Some(value));
        let edits = vec![set("sha256", hex(&hash).into()), set("length", (bytes as i64).into())];
        let space = Space::new(self.machines[device].unit.clone(), Channel::Records);
        let now = node.now();
        let document = DocumentEdits { id: card, kind: &kind::HOUSEHOLD, edits };
        match node.with(|r| r.write(now, |w| w.edit(&space, &[document], Changes::default()))) {
            Ok(_) => {
                self.attached.push(Attached { space, document: card, hash });
                node.announce();
            }
            Err(StoreError::Erased(_)) => {}
            // It knows that it may not.
            Err(StoreError::NotAllowed { .. } | StoreError::NoGrant(_)) if self.machines[device].outcast => {}
            Err(error) => return self.failed(device, &NodeError::from(error)),
        }
        self.work(device)
    }
}
