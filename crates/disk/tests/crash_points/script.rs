//! What the two machines do: about 300 operations, the same for the same seed.

use std::collections::BTreeMap;

use linli_disk::Chance;
use linli_log::{Grant, Head, Kind, LogHeads, Revoke, Rights, fact::Changes};
use linli_model::{Edit, Value, kind};
use linli_store::{DocumentEdits, StoreError};
use linli_wire::{Channel, DeviceKey, DocId};

use crate::{
    exchange::exchange,
    world::{COMMUNITY, NOW, STREET, Who, World, space, unit},
};

pub const OPERATIONS: usize = 300;
const CARDS: u64 = 30;
/// Cards that one entry changes at most.
const TOGETHER: u64 = 4;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// One entry of the device that gives each of these cards this telephone number.
    Edit {
        cards: Vec<u8>,
        phone: String,
    },
    /// The hub writes what it found about the community.
    Find(u8),
    /// The hub lets another device write.
    Grant(u8),
    /// The hub revokes it again.
    Revoke(u8),
    Seal(Who),
    Exchange,
    Rebuild(Who),
    /// Small segments are merged.
    Repack(Who),
    /// The process ends and starts again.
    Reopen(Who),
}

/// The script.
pub fn script(seed: u64) -> Vec<Operation> {
    let mut chance = Chance::new(seed);
    let mut next = |at: usize| match chance.below(100) {
        0..55 => Operation::Edit {
            cards: (0..=chance.below(TOGETHER)).map(|_| chance.below(CARDS) as u8).collect(),
            phone: at.to_string(),
        },
        55..65 => Operation::Find(at as u8),
        65..68 => Operation::Grant(at as u8),
        68..70 => Operation::Revoke(at as u8),
        70..76 => Operation::Seal(Who::Device),
        76..78 => Operation::Seal(Who::Hub),
        78..81 => Operation::Reopen(Who::Device),
        81..84 => Operation::Reopen(Who::Hub),
        _ => Operation::Exchange,
    };
    let mut script: Vec<Operation> = (0..OPERATIONS).map(&mut next).collect();
    // Rebuilding writes everything: one each, while there is not too much of it.
    script[60] = Operation::Rebuild(Who::Device);
    script[70] = Operation::Rebuild(Who::Hub);
    // Repacking, once there is something to merge.
    script[150] = Operation::Repack(Who::Device);
    script[160] = Operation::Repack(Who::Hub);
    script
}

impl Operation {
    /// Does it, and notes what is acknowledged by its end.
    pub fn perform(&self, world: &mut World) -> Result<(), StoreError> {
        match self {
            Self::Edit { cards, phone } => {
                let documents: Vec<_> =
                    unique(cards).into_iter().map(|card| household(card, phone)).collect();
                let records = space(COMMUNITY, Channel::Records);
                world.device.replica.write(NOW, |w| w.edit(&records, &documents, Changes::default()))?;
                world.device.acknowledge()
            }
            Self::Find(number) => {
                let documents = [finding(*number)];
                let oversight = space(COMMUNITY, Channel::Oversight);
                world.hub.replica.write(NOW, |w| w.edit(&oversight, &documents, Changes::default()))?;
                world.hub.acknowledge()
            }
            Self::Grant(number) => {
                let grant = Grant {
                    device: DeviceKey([*number; 32]),
                    recipient: [*number; 32],
                    unit: unit(COMMUNITY),
                    rights: Rights::clerk(),
                    not_after: None,
                    label: number.to_string(),
                };
                let notices = space(STREET, Channel::Notices);
                world.hub.replica.write(NOW, |w| w.fact(&notices, Kind::Grant, &grant))?;
                world.hub.acknowledge()
            }
            Self::Revoke(number) => {
                let revoke = Revoke {
                    device: DeviceKey([number.wrapping_sub(30); 32]),
                    cut: Vec::<LogHeads>::new(),
                    since_compromise: false,
                    reason: "lost".to_owned(),
                };
                let notices = space(STREET, Channel::Notices);
                world.hub.replica.write(NOW, |w| w.fact(&notices, Kind::Revoke, &revoke))?;
                world.hub.acknowledge()
            }
            Self::Seal(who) => {
                let _: Vec<(_, Head)> = world.machine(*who).replica.seal()?;
                Ok(())
            }
            Self::Exchange => exchange(world).map(drop),
            Self::Rebuild(who) => world.machine(*who).replica.rebuild().map(drop),
            Self::Repack(who) => world.machine(*who).replica.repack().map(drop),
            Self::Reopen(who) => world.machine(*who).reopen(),
        }
    }
}

/// The telephone numbers after these operations, by card.
pub fn phones<'o>(done: impl Iterator<Item = &'o Operation>) -> BTreeMap<u8, String> {
    let mut phones = BTreeMap::new();
    for operation in done {
        if let Operation::Edit { cards, phone } = operation {
            phones.extend(cards.iter().map(|card| (*card, phone.clone())));
        }
    }
    phones
}

fn unique(cards: &[u8]) -> std::collections::BTreeSet<u8> {
    cards.iter().copied().collect()
}

pub fn household(card: u8, phone: &str) -> DocumentEdits {
    let text = |field: &str, value: &str| Edit::document(field, Some(Value::from(value)));
    DocumentEdits {
        id: DocId([card; 16]),
        kind: &kind::HOUSEHOLD,
        edits: vec![text("card_no", &format!("32110200100100{card:03}")), text("phone", phone)],
    }
}

fn finding(number: u8) -> DocumentEdits {
    let edits = vec![
        Edit::document("item", Some(Value::from("C07"))),
        Edit::document("hit", Some(Value::Int(1))),
        Edit::document("note", Some(Value::from(number.to_string().as_str()))),
    ];
    DocumentEdits { id: DocId([number % 16; 16]), kind: &kind::FINDING, edits }
}
